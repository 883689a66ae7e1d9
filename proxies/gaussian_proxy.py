"""The base of all Gaussian-process proxies; they differ in their settings alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from discovery.errors import NotFittedError
from discovery.protocols import State
from discovery.types import Belief, Candidate, Fidelity, Observation
from proxies.beliefs import assemble
from proxies.described import check_materials
from proxies.evidence import Evidence, gather
from proxies.explained import Explained, explained
from proxies.gaussian import Settings, fit_gaussian
from proxies.gaussian_model import GaussianModel
from proxies.remembered import recalled, told


@dataclass(frozen=True)
class _Learned:
    """What :meth:`GaussianProxy.state` holds; without a model where there is too little."""

    evidence: Evidence
    model: GaussianModel | None


class GaussianProxy:
    """Holds the evidence and the model, if there is enough evidence for one.

    Args:
        settings: What makes it one proxy or the other.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._learned: _Learned | None = None

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far, from scratch.

        Raises:
            NotFittedError: The target fidelity has no value and no bound.
            InvalidInputError: A candidate has no composition.
        """
        evidence = gather(observations, fidelities)
        check_materials(evidence.candidates)
        self._learned = _Learned(evidence, fit_gaussian(evidence, self._settings, seed))

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Where there is no model, every fidelity falls back to its mean.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
            InvalidInputError: A candidate has no composition.
        """
        return self._predict(candidates, joint=True)

    def marginal(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief of :meth:`predict` without the covariance between candidates.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
            InvalidInputError: A candidate has no composition.
        """
        return self._predict(candidates, joint=False)

    def _predict(self, candidates: Sequence[Candidate], *, joint: bool) -> Belief:
        learned = self._known()
        check_materials(candidates)
        if learned.model is not None:
            return learned.model.predict(learned.evidence, candidates, joint=joint)
        m = len(learned.evidence.fidelities)
        return assemble(learned.evidence, len(candidates), [None] * m, np.eye(m))

    def state(self) -> State:
        """Return what was learned, the observations included.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        state: State = told(self._known())
        return state

    def restore(self, state: State) -> None:
        """Take over what a proxy of the same kind and options has learned.

        Raises:
            InvalidInputError: The state is not one of a Gaussian process.
        """
        self._learned = recalled(_Learned, state)

    def explained(self) -> Explained:
        """Return how much each fidelity with enough observations tells about the target.

        Raises:
            NotFittedError: There are too few observations for a model.
        """
        learned = self._learned
        if learned is None or learned.model is None:
            raise NotFittedError(
                "too few observations at the target for a model that could explain anything; "
                "call fit with five or more"
            )
        evidence, model = learned.evidence, learned.model
        names = [evidence.fidelities[k] for k in model.trained]
        return explained(model.posterior.hyper, names, evidence.fidelities[evidence.target])

    def _known(self) -> _Learned:
        if self._learned is None:
            raise NotFittedError("this proxy has no observations yet; call fit first")
        return self._learned
