"""An exact Gaussian process on a few chosen features."""

from discovery.features.stages import Stage
from proxies.gaussian import Settings
from proxies.gaussian_proxy import GaussianProxy
from proxies.scale import Transform
from proxies.stage_model import TreeSettings


class GaussianProcessProxy(GaussianProxy):
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
        super().__init__(
            Settings(trees, inputs, residual=False, coupled=False, prior_correlation=0.0)
        )
