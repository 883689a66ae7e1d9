"""Models that learn next to nothing: what a score must beat to mean something."""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from discovery.errors import NotFittedError
from discovery.protocols import Proxy
from discovery.rng import stream
from discovery.types import Belief, Candidate, Fidelity, FloatArray, Observation

Baseline: TypeAlias = Literal["mean", "median", "uniform"]
BASELINES: Final[tuple[Baseline, ...]] = get_args(Baseline)

_LEAST_STD: Final = 1e-3


class BaselineProxy:
    """Predicts the same for every candidate, or anything.

    ``mean`` and ``median`` of the training values, a bound standing at its place, with their
    standard deviation; ``uniform`` draws between the smallest and the largest of them, by the
    candidate's identity. Whether the median reaches a threshold is what most training values do,
    so as a class it is the majority.

    Args:
        kind: Which of them.
    """

    def __init__(self, kind: Baseline) -> None:
        self._kind = kind
        self._values: FloatArray = np.empty(0)
        self._target = ""
        self._seed = 0

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Keep the target values.

        Raises:
            NotFittedError: There is none.
        """
        (self._target,) = (fidelity.name for fidelity in fidelities if fidelity.target)
        told = [o for o in observations if o.query.fidelity == self._target]
        values = [o.value if o.bound is None else o.bound.value for o in told]
        self._values = np.array([value for value in values if value is not None])
        self._seed = seed
        if not len(self._values):
            raise NotFittedError(f"no value among {len(observations)} observations to predict from")

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief at the target fidelity.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        if not len(self._values):
            raise NotFittedError("a baseline has no observations yet; call fit first")
        count = len(candidates)
        low, high = float(self._values.min()), float(self._values.max())
        spread = float(self._values.std())
        if self._kind == "uniform":
            mean = np.array([stream(self._seed, c.id).uniform(low, high) for c in candidates])
            spread = (high - low) / np.sqrt(12)
        else:
            centre = np.mean if self._kind == "mean" else np.median
            mean = np.full(count, float(centre(self._values)))
        variance = np.full((count, 1, 1), max(spread, _LEAST_STD) ** 2)
        names = (self._target,)
        return Belief(names, self._target, mean.reshape(count, 1), variance, np.zeros(1))


def baseline(kind: Baseline) -> Proxy:
    """Return a baseline that has not been fitted."""
    return BaselineProxy(kind)
