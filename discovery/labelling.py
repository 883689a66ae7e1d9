"""Oracles at work on many candidates, outside of any campaign."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, Self, runtime_checkable

from pydantic import ValidationError

from discovery import registry
from discovery.errors import ConfigError, InvalidInputError
from discovery.evaluation import observe
from discovery.options import TAG, mistakes
from discovery.protocols import Executor, Oracle
from discovery.types import Candidate, Observation, Outcome, Query

_CACHED: Final = "cached"


@runtime_checkable
class Remembering(Protocol):
    """An oracle that may know an answer before it is asked."""

    def recall(self, candidates: Sequence[Candidate]) -> Sequence[Outcome | None]:
        """Return what is remembered, in order, and ``None`` for the rest."""
        ...


class Labeller:
    """Labels candidates with one or several oracles, here or in worker processes.

    Whatever happens to one candidate, the others are labelled. What is remembered is looked up
    here; worker processes start with the first question that is left, and stay for the next. Use
    it as a context manager to end them.

    Args:
        oracles: Fidelity -> (name of the oracle, the oracle).
        seed: For oracles that draw.
        workers: Number of processes; with one, everything happens in this process.

    Raises:
        InvalidInputError: There is no oracle, or one cannot be sent to worker processes.
    """

    def __init__(
        self, oracles: Mapping[str, tuple[str, Oracle]], *, seed: int = 0, workers: int = 1
    ) -> None:
        if not oracles:
            raise InvalidInputError("name at least one oracle")
        self._oracles = dict(oracles)
        self._executor: Executor = registry.build(
            "executor",
            "inline" if workers == 1 else "processes",
            {} if workers == 1 else {"workers": workers},
            oracles={
                fidelity: (name, oracle, oracle.cost)
                for fidelity, (name, oracle) in oracles.items()
            },
            seed=seed,
        )

    def label(self, candidates: Sequence[Candidate]) -> Iterator[Observation]:
        """Yield one observation per candidate and oracle, candidate by candidate, in order."""
        known = {fidelity: self._recalled(fidelity, candidates) for fidelity in self._oracles}
        asked = [
            (Query(candidate, fidelity), known[fidelity][row])
            for row, candidate in enumerate(candidates)
            for fidelity in self._oracles
        ]
        told = self._executor.evaluate([query for query, outcome in asked if outcome is None])
        for query, outcome in asked:
            yield next(told) if outcome is None else self._observed(query, outcome)

    def _recalled(self, fidelity: str, candidates: Sequence[Candidate]) -> Sequence[Outcome | None]:
        _, oracle = self._oracles[fidelity]
        if isinstance(oracle, Remembering):
            return oracle.recall(candidates)
        return [None] * len(candidates)

    def _observed(self, query: Query, outcome: Outcome) -> Observation:
        name, oracle = self._oracles[query.fidelity]
        return observe(query, outcome, oracle=oracle, name=name, cost=oracle.cost(query.candidate))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker processes."""
        close = getattr(self._executor, "close", None)
        if close is not None:
            close()


def remembering(
    name: str, options: Mapping[str, Any], *, seed: int = 0
) -> tuple[str, dict[str, Any]]:
    """Return name and options of the oracle that remembers on disk what another one answers.

    An oracle that is built from data at hand, such as a table of labels, is returned as it is: its
    answers are no function of its options.

    Args:
        name: Registered name of the oracle that is asked.
        options: Its options.
        seed: For oracles that draw; another seed, another set of answers.

    Raises:
        UnknownNameError: No oracle has this name.
        ConfigError: The options do not fit.
    """
    if registry.needs("oracle", name, options):
        return name, dict(options)
    model = registry.options_model("oracle", name)
    try:
        model.model_validate(dict(options))
    except ValidationError as error:  # told here, not as a mistake in the options of the memory
        raise ConfigError(f"options of oracle {name!r}", mistakes(error, model)) from None
    return _CACHED, {"oracle": {TAG: name, **options}, "seed": seed}
