"""An exact Gaussian process on a few chosen features."""

from collections.abc import Sequence

from discovery.features.stages import Stage
from discovery.types import Belief, Candidate, Fidelity, Observation
from proxies.gaussian import Settings
from proxies.gaussian_proxy import FittedGaussian
from proxies.scale import Transform
from proxies.stage_model import TreeSettings


class GaussianProcessProxy:
    """One Gaussian process per fidelity: Matern-5/2, one length scale per input, learned noise.

    Standard errors of the observations add to the noise of their rows. A bound enters with its
    expectation given all other rows, and with the variance that is left (iterated), so it pulls
    down and never pins. Fidelities are independent of each other in the belief.

    Args:
        stage: Richest stage of features to choose inputs from.
        transform: ``normal_score`` or ``standard`` (plain units).
        inputs: Number of features chosen.
    """

    def __init__(
        self, *, stage: Stage = "physics", transform: Transform = "normal_score", inputs: int = 16
    ) -> None:
        trees = TreeSettings("extra_trees", 100, stage, transform, folds=3)
        settings = Settings(trees, inputs, residual=False, coupled=False, prior_correlation=0.0)
        self._model = FittedGaussian(settings)

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
