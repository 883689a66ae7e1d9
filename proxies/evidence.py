"""Observations as arrays: one row per material, one column per fidelity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.codec import candidate_from_json, candidate_to_json
from discovery.errors import InvalidInputError, NotFittedError
from discovery.protocols import State
from discovery.types import BoolArray, Candidate, Fidelity, FloatArray, Observation

_FIELDS = {"candidates", "fidelities", "target", "value", "side", "error"}


@dataclass(frozen=True)
class Evidence:
    """Everything that was answered, in an order that does not depend on the order of asking.

    Args:
        candidates: The n materials with at least one answer, sorted by identity.
        fidelities: Names, length m, in the order of the campaign.
        target: Column of the target.
        value: (n, m) value, or the bound where ``side`` is not zero; NaN where nothing is known.
        side: (n, m) -1 where the truth lies below ``value``, +1 where above, 0 elsewhere.
        error: (n, m) standard error, NaN where unknown.
    """

    candidates: tuple[Candidate, ...]
    fidelities: tuple[str, ...]
    target: int
    value: FloatArray
    side: NDArray[np.int8]
    error: FloatArray

    @property
    def known(self) -> BoolArray:
        """(n, m) whether there is a value or a bound."""
        return np.isfinite(self.value)

    @property
    def measured(self) -> FloatArray:
        """(n, m) values alone: NaN where there is nothing or only a bound."""
        return np.where(self.side == 0, self.value, np.nan)

    def noise(self, column: int) -> float:
        """Return the mean squared standard error of a fidelity, zero where none is known."""
        errors = self.error[np.isfinite(self.error[:, column]), column]
        return float(np.mean(errors**2)) if len(errors) else 0.0


def gather(observations: Sequence[Observation], fidelities: Sequence[Fidelity]) -> Evidence:
    """Arrange the successful observations; failed, refused and lost ones teach nothing.

    Observations at fidelities that the campaign does not have are left out. A query observed
    twice counts with its last answer in order of value, so the order of telling has no influence.

    Raises:
        NotFittedError: The target fidelity has no value and no bound.
    """
    names = tuple(fidelity.name for fidelity in fidelities)
    target = [fidelity.target for fidelity in fidelities].index(True)
    usable = [o for o in observations if o.status == "ok" and o.query.fidelity in names]
    if not any(o.query.fidelity == names[target] for o in usable):
        raise NotFittedError(
            f"{len(observations)} observations, none of them a value or bound at the target "
            f"fidelity {names[target]!r}; measure a few materials there first"
        )
    candidates = {o.query.candidate.id: o.query.candidate for o in usable}
    rows = {identity: row for row, identity in enumerate(sorted(candidates))}
    shape = (len(rows), len(names))
    value, error, side = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, np.int8)
    for o in sorted(usable, key=_rank):
        at = rows[o.query.candidate.id], names.index(o.query.fidelity)
        if o.bound is None:
            value[at], side[at] = o.value, 0
            error[at] = np.nan if o.standard_error is None else o.standard_error
        else:
            value[at], error[at] = o.bound.value, np.nan
            side[at] = -1 if o.bound.side == "left" else 1
    ordered = tuple(candidates[identity] for identity in sorted(candidates))
    return Evidence(ordered, names, target, value, side, error)


def _rank(observation: Observation) -> tuple[str, bool, float]:
    if observation.bound is not None:
        return observation.query.id, False, observation.bound.value
    return observation.query.id, True, observation.value or 0.0


def evidence_state(evidence: Evidence) -> State:
    """Return evidence as plain values, see :class:`discovery.protocols.Persistent`."""
    return {
        "candidates": [candidate_to_json(candidate) for candidate in evidence.candidates],
        "fidelities": list(evidence.fidelities),
        "target": evidence.target,
        "value": evidence.value,
        "side": evidence.side,
        "error": evidence.error,
    }


def evidence_from_state(state: State) -> Evidence:
    """Return the evidence of :func:`evidence_state`.

    Raises:
        InvalidInputError: Something is missing, or of another shape.
    """
    if not isinstance(state, Mapping) or not state.keys() >= _FIELDS:
        raise InvalidInputError(f"evidence consists of {', '.join(sorted(_FIELDS))}")
    candidates = tuple(candidate_from_json(one) for one in state["candidates"])
    shape = len(candidates), len(state["fidelities"])
    arrays = {name: np.asarray(state[name]) for name in ("value", "side", "error")}
    for name, array in arrays.items():
        if array.shape != shape:
            raise InvalidInputError(f"evidence.{name} has shape {array.shape}, expected {shape}")
    return Evidence(candidates, tuple(state["fidelities"]), int(state["target"]), **arrays)
