"""Staged trees for the mean, a Gaussian process on their errors for the doubt."""

from collections.abc import Sequence

from discovery.features.stages import Stage
from discovery.types import Belief, Candidate, Fidelity, Observation
from proxies.gaussian import Settings
from proxies.gaussian_proxy import FittedGaussian
from proxies.learners import Learner
from proxies.scale import Transform
from proxies.stage_model import TreeSettings


class StagedGaussianProcessProxy:
    """The mean of :class:`proxies.staged.StagedProxy` corrected by a process on its errors.

    The process learns errors on held-out compositions, never in-sample ones, so its deviation is
    that of new materials: small near observed ones, wide far away. Fidelities are independent of
    each other in the belief.

    Args:
        learner: ``extra_trees``, ``random_forest`` or ``hist_gradient_boosting``.
        stage: Richest stage of features to use.
        transform: ``normal_score`` or ``standard`` (plain units).
        trees: Trees per forest.
        folds: Folds for the held-out errors.
        inputs: Number of features the process sees.
    """

    def __init__(
        self,
        *,
        learner: Learner = "extra_trees",
        stage: Stage = "physics",
        transform: Transform = "normal_score",
        trees: int = 100,
        folds: int = 3,
        inputs: int = 16,
    ) -> None:
        settings = TreeSettings(learner, trees, stage, transform, folds)
        self._model = FittedGaussian(
            Settings(settings, inputs, residual=True, coupled=False, prior_correlation=0.0)
        )

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far.

        Raises:
            NotFittedError: The target fidelity has no value and no bound.
        """
        self._model.fit(observations, fidelities, seed)

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        return self._model.predict(candidates)
