"""An exact Gaussian process on a few chosen features."""

from discovery.features.stages import Stage
from proxies.gaussian import Settings
from proxies.gaussian_proxy import GaussianProxy
from proxies.scale import Transform
from proxies.stage_model import TreeSettings


class GaussianProcessProxy(GaussianProxy):
    """One Gaussian process per fidelity, on chosen features and on the composition.

    Matern-5/2 with one length scale per feature, and Matern-5/2 on distances between compositions
    that know which elements resemble each other (:mod:`proxies.kernels_composition`); their shares
    and the noise are learnt by marginal likelihood. On OBELiX, grouped by paper, the second lifts
    the rank correlation by 0.07.

    Standard errors of the observations add to the noise of their rows. Bounds enter by expectation
    propagation (:mod:`proxies.likelihood`): they pull down and never pin. Up to 2,000 observations
    the process is exact, beyond it goes through 512 of them (:mod:`proxies.inducing`).
    Fidelities are independent of each other in the belief.

    Args:
        stage: Richest stage of features to choose inputs from.
        transform: ``normal_score`` or ``standard`` (plain units).
        inputs: Number of features chosen.
        composition: Whether compositions that resemble each other have a kernel of their own.
    """

    def __init__(
        self,
        *,
        stage: Stage = "physics",
        transform: Transform = "normal_score",
        inputs: int = 16,
        composition: bool = True,
    ) -> None:
        trees = TreeSettings("extra_trees", 100, stage, transform, folds=3)
        super().__init__(
            Settings(
                trees,
                inputs,
                residual=False,
                coupled=False,
                composed=composition,
                layers=(),
                prior_correlation=0.0,
            )
        )
