"""A Gaussian process on what a small network makes of the features."""

from discovery.features.stages import Stage
from proxies.gaussian import Settings
from proxies.gaussian_proxy import GaussianProxy
from proxies.scale import Transform
from proxies.stage_model import TreeSettings


class DeepKernelProxy(GaussianProxy):
    """Deep kernel learning (Wilson et al., AISTATS 2016), for pools with thousands of labels.

    A network of two layers maps the chosen features to the inputs of the kernel and is trained
    with its hyperparameters; steps see batches, so the cost grows little with the labels. Few
    labels do not determine a network: with those of OBELiX, ``gp`` and ``staged_gp`` know better.

    Args:
        stage: Richest stage of features to choose inputs from.
        transform: ``normal_score`` or ``standard`` (plain units).
        inputs: Number of features the network sees.
        composition: Whether compositions that resemble each other have a kernel of their own.
        hidden: Width of the hidden layer.
        outputs: Number of inputs of the kernel.
    """

    def __init__(
        self,
        *,
        stage: Stage = "physics",
        transform: Transform = "normal_score",
        inputs: int = 64,
        composition: bool = True,
        hidden: int = 32,
        outputs: int = 8,
    ) -> None:
        super().__init__(
            Settings(
                TreeSettings("extra_trees", 100, stage, transform, folds=3),
                inputs,
                residual=False,
                coupled=False,
                composed=composition,
                layers=(hidden, outputs),
                prior_correlation=0.0,
            )
        )
