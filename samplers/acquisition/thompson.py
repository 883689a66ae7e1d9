"""Act on one sample of what may be true."""

from discovery.protocols import Context
from discovery.rng import stream
from discovery.types import Belief, FloatArray
from samplers.acquisition.target import TargetAcquisition


class ThompsonSampling(TargetAcquisition):
    """One joint draw of the target over all candidates (Thompson, Biometrika 25, 285 (1933)).

    The draw keeps the correlations between candidates that the belief knows.
    """

    def target_scores(self, belief: Belief, context: Context) -> FloatArray:
        """Return (n,) one sample, in the unit of the target, drawn by ``context.seed``."""
        draw: FloatArray = belief.draw(1, stream(context.seed, "acquisition.thompson"))[0]
        return draw
