"""A screening and what follows from it: importances, leave-one-out, tuning."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import pandas as pd

from discovery import __version__
from discovery.screening.importances import Importances, importances
from discovery.screening.models import BASELINE
from discovery.screening.plan import Plan
from discovery.screening.problem import Problem
from discovery.screening.ranking import TOP, best, ranking
from discovery.screening.screen import Screening, screen
from discovery.screening.spaces import SPACES
from discovery.screening.tuning import Nested, Tuned, nested, tune
from discovery.screening.validation import LeftOut, leave_one_out

Watch: TypeAlias = Callable[[str, int], Callable[[], None]]
"""Work and number of its steps -> what is called once per step."""

_ALWAYS: Final = "random forest"  # its importances beside those of the best model


@dataclass(frozen=True)
class Study:
    """What a report tells.

    Args:
        screening: All scores.
        score: Name of the score that ranks.
        table: See :func:`discovery.screening.ranking.ranking`.
        importances: Of the best model and of a random forest.
        left_out: Leave-one-out of the best models and of guessing; empty unless asked for.
        tuned: Searches with all rows; empty unless asked for.
        nested: What tuning is worth on unseen rows; empty unless asked for.
        failures: What was asked for and failed, with the reason.
        version: Of this package.
        command: What made it.
    """

    screening: Screening
    score: str
    table: pd.DataFrame
    importances: tuple[Importances, ...]
    left_out: tuple[LeftOut, ...]
    tuned: tuple[Tuned, ...]
    nested: tuple[Nested, ...]
    failures: tuple[str, ...]
    version: str = __version__
    command: str = ""

    @property
    def problem(self) -> Problem:
        """What was to be predicted."""
        return self.screening.problem


@dataclass(frozen=True)
class Extras:
    """What to do beside the screening.

    Args:
        leave_one_out: Of the best models.
        tune: Search parameters with all rows.
        nested: Judge the searches by nested cross-validation.
        trials: Of each search; by default 100, and 200 for support vectors.
    """

    leave_one_out: bool = False
    tune: bool = False
    nested: bool = False
    trials: int | None = None


def study(
    problem: Problem,
    plan: Plan,
    folder: Path,
    *,
    score: str,
    extras: Extras,
    workers: int,
    watch: Watch,
    command: str = "",
) -> Study:
    """Screen, and do what else is asked for; one part that fails does not stop the others.

    Args:
        problem: What is to be predicted.
        plan: What to run.
        folder: Where results of the screening are kept.
        score: Name of the score that ranks, and that is tuned for.
        extras: What to do beside the screening.
        workers: Number of processes of the screening.
        watch: Told about all work.
        command: What made it.

    Raises:
        InvalidInputError: See :func:`discovery.screening.screen.screen`.
    """
    found = screen(
        problem, plan, folder, workers=workers, watch=lambda total: watch("screening", total)
    )
    problem, table, seed = found.problem, ranking(found, score), plan.seed
    leaders = [model for model in best(table, "full") if model != BASELINE]
    failures: list[str] = []

    def each(what: str, names: Sequence[str], work: Callable[[str], Any]) -> Iterator[Any]:
        advance = watch(what, len(names))
        for name in names:
            try:
                yield work(name)
            except Exception as error:  # noqa: BLE001 - a model that fails is a result
                failures.append(f"{what} of {name}: {error or type(error).__name__}")
            advance()

    explained = list(dict.fromkeys([*leaders[:1], *({_ALWAYS} & set(plan.models))]))
    judged = [*leaders[:TOP], *({BASELINE} & set(plan.models))] if extras.leave_one_out else []
    searched = list(SPACES[problem.task]) if extras.tune else []
    nests = list(SPACES[problem.task]) if extras.nested else []
    trials = extras.trials
    return Study(
        found,
        score,
        table,
        tuple(
            each(
                "importances",
                explained,
                lambda m: importances(problem, m, score=score, share=plan.share, seed=seed),
            )
        ),
        tuple(each("leave one out", judged, lambda m: leave_one_out(problem, m, seed))),
        tuple(
            each(
                "tuning",
                searched,
                lambda m: tune(problem, m, score=score, seed=seed, trials=trials),
            )
        ),
        tuple(
            each(
                "nested tuning",
                nests,
                lambda m: nested(problem, m, score=score, seed=seed, trials=trials),
            )
        ),
        tuple(failures),
        command=command,
    )
