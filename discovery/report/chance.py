"""What measuring candidates at random would have found."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from discovery.types import FloatArray


@dataclass(frozen=True)
class Chance:
    """Recall of random measuring at each spending, all arrays of shape (k,).

    Args:
        cost: Cost spent.
        mean: Expected recall.
        low: Lower end of the central 90 % band.
        high: Upper end of the central 90 % band.
    """

    cost: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray


def random_recall(pool: int, hits: int, price: float, budget: float) -> Chance:
    """Return the recall when every unit of cost buys target measurements drawn at random.

    Drawing without replacement, the number of hits found is hypergeometric.

    Args:
        pool: Number of candidates, positive.
        hits: Number of hits among them, positive.
        price: Cost of one measurement, positive.
        budget: Cost up to which the curve goes.
    """
    affordable = min(pool, int(budget / price + 1e-9))
    draws = np.unique(np.linspace(0, affordable, min(affordable, 200) + 1).astype(int))
    found = hypergeom(pool, hits, draws)
    return Chance(
        cost=draws * price,
        mean=draws / pool,
        low=found.ppf(0.05) / hits,
        high=found.ppf(0.95) / hits,
    )
