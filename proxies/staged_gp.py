"""Staged trees for the mean, a Gaussian process on their errors for the doubt."""

from discovery.features.stages import Stage
from proxies.gaussian import Settings
from proxies.gaussian_proxy import GaussianProxy
from proxies.learners import Learner
from proxies.scale import Transform
from proxies.stage_model import TreeSettings


class StagedGaussianProcessProxy(GaussianProxy):
    """The mean of :class:`proxies.staged.StagedProxy` corrected by a process on its errors.

    The process learns errors on held-out compositions, never in-sample ones, so its deviation is
    that of new materials: small near observed ones, wide far away. Fidelities are independent of
    each other in the belief.

    Args:
        learner: ``extra_trees``, ``random_forest``, ``hist_gradient_boosting`` or ``lightgbm``.
        stage: Richest stage of features to use.
        transform: ``normal_score`` or ``standard`` (plain units).
        trees: Trees per forest.
        folds: Folds for the held-out errors.
        inputs: Number of features the process sees.
        composition: Whether compositions that resemble each other have a kernel of their own.
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
        composition: bool = True,
    ) -> None:
        settings = TreeSettings(learner, trees, stage, transform, folds, groups="chemistry")
        super().__init__(
            Settings(
                settings,
                inputs,
                residual=True,
                coupled=False,
                composed=composition,
                layers=(),
                prior_correlation=0.0,
            )
        )
