"""How much each fidelity tells about the target, by what a process has learnt of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from discovery.types import FloatArray
from proxies.kernels import Hyperparameters


@dataclass(frozen=True)
class Explained:
    """Shares (0 to 1) of the target's variance that answers for the same material explain.

    They are those of a material of which nothing else is known, an answer's noise included. Where
    the process learns what staged trees get wrong, they are shares of that.

    Args:
        alone: Fidelity -> share that its answer explains.
        beyond: Fidelity -> share that its answer adds to those of all other fidelities.
        together: Share that the answers of all fidelities but the target explain.
    """

    alone: Mapping[str, float]
    beyond: Mapping[str, float]
    together: float


def explained(hyper: Hyperparameters, names: Sequence[str], target: str) -> Explained:
    """Return what the fidelities explain of the target at fixed hyperparameters.

    A kernel is one at distance zero, so the fidelities of a material have covariance B + D before
    anything is known; conditioning the target on noisy answers is linear regression.

    Args:
        hyper: Of the process.
        names: Of its fidelities, in order.
        target: One of them.
    """
    covariance = hyper.coregionalisation + hyper.individual
    others = [index for index, name in enumerate(names) if name != target]
    at = list(names).index(target)
    together = _share(covariance, hyper.noise, at, others)
    return Explained(
        {names[k]: _share(covariance, hyper.noise, at, [k]) for k in others},
        {
            names[k]: together - _share(covariance, hyper.noise, at, [o for o in others if o != k])
            for k in others
        },
        together,
    )


def _share(covariance: FloatArray, noise: FloatArray, at: int, told: Sequence[int]) -> float:
    if not told:
        return 0.0
    between = covariance[told, at]
    answers = covariance[np.ix_(told, told)] + np.diag(noise[told])
    return float(between @ np.linalg.solve(answers, between) / covariance[at, at])
