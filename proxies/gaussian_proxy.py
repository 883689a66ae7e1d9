"""The base of all Gaussian-process proxies; they differ in their settings alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from discovery.errors import NotFittedError
from discovery.types import Belief, Candidate, Fidelity, Observation
from proxies.beliefs import assemble
from proxies.evidence import Evidence, gather
from proxies.explained import Explained, explained
from proxies.gaussian import Settings, fit_gaussian

if TYPE_CHECKING:
    from proxies.gaussian_model import GaussianModel


class GaussianProxy:
    """Holds the evidence and the model, if there is enough evidence for one.

    Args:
        settings: What makes it one proxy or the other.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._evidence: Evidence | None = None
        self._model: GaussianModel | None = None

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far, from scratch.

        Raises:
            NotFittedError: The target fidelity has no value and no bound.
        """
        self._evidence = gather(observations, fidelities)
        self._model = fit_gaussian(self._evidence, self._settings, seed)

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Where there is no model, every fidelity falls back to its mean.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        if self._evidence is None:
            raise NotFittedError("this proxy has no observations yet; call fit first")
        if self._model is not None:
            return self._model.predict(candidates)
        m = len(self._evidence.fidelities)
        return assemble(self._evidence, len(candidates), [None] * m, np.eye(m))

    def explained(self) -> Explained:
        """Return how much each fidelity with enough observations tells about the target.

        Raises:
            NotFittedError: There are too few observations for a model.
        """
        if self._model is None:
            raise NotFittedError(
                "too few observations at the target for a model that could explain anything; "
                "call fit with five or more"
            )
        names = [self._model.evidence.fidelities[k] for k in self._model.trained]
        target = self._model.evidence.fidelities[self._model.evidence.target]
        return explained(self._model.posterior.hyper, names, target)
