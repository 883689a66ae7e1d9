"""The three corners: exploit only, explore only, neither."""

from discovery.protocols import Context
from discovery.rng import stream
from discovery.types import Belief, FloatArray
from samplers.acquisition.target import TargetAcquisition


class PosteriorMean(TargetAcquisition):
    """The mean: pure exploitation."""

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) means in the unit of the target."""
        del context
        return belief.target_mean.copy()


class MaximumVariance(TargetAcquisition):
    """The standard deviation: pure exploration, orders as the variance does."""

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) standard deviations of the latent target, in its unit."""
        del context
        return belief.target_std


class RandomScore(TargetAcquisition):
    """A number above 0 and up to 1, drawn by the seed."""

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) independent uniform numbers."""
        return 1.0 - stream(context.seed, "acquisition.random").random(len(belief.mean))
