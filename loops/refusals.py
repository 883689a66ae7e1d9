"""What refusals tell: what is much like the refused is likely refused as well."""

from collections.abc import Sequence
from typing import Final, Self

import numpy as np

from discovery.assessment.novelty import composition_distances, composition_fractions
from discovery.protocols import CampaignState
from discovery.types import BoolArray, Candidate, FloatArray

_LENGTH: Final = 0.1
"""Share of the atoms by which two compositions differ that are refused for reasons of their own."""

_DOUBT: Final = 0.5
"""Answers that every composition counts as having, so that a refusal speaks for its like alone."""


class Refusals:
    """Which queries an oracle is likely to refuse, by what it refused and answered before.

    An oracle that only ever refused candidates without a structure needs one. Among those with a
    structure, a query is likely refused where refusals of its fidelity outweigh the answers, each
    weighted by exp(-d²/2l²) with the distance d of compositions (share of the atoms, l = 0.1).

    Args:
        candidates: The k that were asked.
        outcomes: (k, m) +1 where a fidelity refused, -1 where it answered, 0 elsewhere.
    """

    def __init__(self, candidates: Sequence[Candidate], outcomes: FloatArray) -> None:
        bare = np.array([candidate.structure is None for candidate in candidates], dtype=np.bool_)
        self._candidates = [c for c in candidates if c.structure is not None]
        self._outcomes = outcomes[~bare]
        of_bare = outcomes[bare]
        self._needs_structure = (of_bare > 0).any(axis=0) & ~(of_bare < 0).any(axis=0)

    @classmethod
    def of(cls, campaign: CampaignState) -> Self:
        """Return what the observations of a campaign tell."""
        column = {fidelity.name: place for place, fidelity in enumerate(campaign.fidelities)}
        told = [o for o in campaign.observations if o.status in ("ok", "refused")]
        asked = dict.fromkeys(observation.query.candidate for observation in told)
        row = {candidate: place for place, candidate in enumerate(asked)}
        outcomes: FloatArray = np.zeros((len(row), len(column)))
        for observation in told:
            query = observation.query
            refused = observation.status == "refused"
            outcomes[row[query.candidate], column[query.fidelity]] = 1.0 if refused else -1.0
        return cls(tuple(row), outcomes)

    def bare(self, candidates: Sequence[Candidate]) -> BoolArray:
        """Return (n, m) which queries lack a structure that the oracle needs."""
        lacking = np.array([candidate.structure is None for candidate in candidates], np.bool_)
        return np.asarray(lacking[:, None] & self._needs_structure)

    def likely(self, candidates: Sequence[Candidate]) -> BoolArray:
        """Return (n, m) which queries are likely refused once the candidates have a structure."""
        if not candidates or not (self._outcomes > 0).any():
            return np.zeros((len(candidates), self._outcomes.shape[1]), dtype=np.bool_)
        fractions = composition_fractions([*candidates, *self._candidates])
        apart = composition_distances(fractions[: len(candidates)], fractions[len(candidates) :])
        return np.asarray(np.exp(-0.5 * (apart / _LENGTH) ** 2) @ self._outcomes > _DOUBT)
