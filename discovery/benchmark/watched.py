"""A proxy whose beliefs about the pool are noted, and compared with a truth it never sees."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from discovery.agreement.rank_statistics import Values
from discovery.benchmark.campaign import ProblemCampaign
from discovery.benchmark.metrics_calibration import calibration_by_batch
from discovery.protocols import Proxy
from discovery.types import Belief, Candidate, Fidelity, Observation

_LEAST_STD = 1e-12
_FEWEST = 3
"""Candidates left, below which ranks and intervals say nothing."""


class Watched:
    """Hands everything on to a proxy, and keeps notes.

    Args:
        proxy: Learns and predicts.
        campaign: Whose pool it predicts.
        times: Number of times at which forecasts are judged, evenly spaced in cost.
    """

    def __init__(self, proxy: Proxy, campaign: ProblemCampaign, times: int) -> None:
        self._proxy, self._campaign = proxy, campaign
        self._due = np.linspace(campaign.spent, campaign.budget, times, endpoint=False).tolist()
        self.notes: list[dict[str, Any]] = []

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Let the proxy learn."""
        self._proxy.fit(observations, fidelities, seed)

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return what the proxy predicts."""
        belief = self._proxy.predict(candidates)
        if candidates is self._campaign.pool:
            self._note(belief)
        return belief

    def _note(self, belief: Belief) -> None:
        campaign, spent = self._campaign, self._campaign.spent
        note: dict[str, Any] = {
            "batch": campaign.round,
            "spent": spent,
            "recommended": int(belief.target_mean.argmax()),
        }
        if self._due and spent >= self._due[0] - 1e-9 * campaign.budget:
            self._due = [due for due in self._due if due > spent]
            note |= self._judged(belief)
        self.notes.append(note)

    def _judged(self, belief: Belief) -> dict[str, float]:
        campaign, problem = self._campaign, self._campaign.problem
        left = np.flatnonzero(campaign.available[:, problem.column])
        if len(left) < _FEWEST:
            return {}
        side = problem.sides[left, problem.column]
        limit, value = problem.limits[left, problem.column], problem.target[left]
        variance = belief.target_std[left] ** 2 + belief.noise[belief.column]
        _, found = calibration_by_batch(
            np.full(len(left), campaign.round),
            Values(np.where(side != 0, limit, value), side),
            belief.target_mean[left],
            np.sqrt(np.maximum(variance, _LEAST_STD**2)),
        )
        return {name: float(v[0]) for name, v in found.items() if math.isfinite(v[0])}
