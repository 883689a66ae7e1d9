"""Tables and problems for the tests of screenings."""

import numpy as np
import pandas as pd

from discovery.screening.prepare import prepare
from discovery.screening.problem import Problem


def table(rows: int = 40, seed: int = 0) -> pd.DataFrame:
    """Two features that tell ``sigma``, one that does not, gaps in ``density``, a text, papers."""
    rng = np.random.default_rng(seed)
    a, b, noise = rng.normal(size=(3, rows))
    sigma = 2 * a - b + rng.normal(0, 0.3, rows)
    return pd.DataFrame(
        {
            "a": a,
            "b": b,
            "noise": noise,
            "density": np.where(rng.random(rows) < 0.3, np.nan, rng.uniform(80, 99, rows)),
            "route": np.where(rng.random(rows) < 0.5, "sintered", "pressed"),
            "sigma": sigma,
            "doi": [f"paper {place // 4}" for place in range(rows)],
        }
    )


def classes(rows: int = 40, **options: object) -> Problem:
    """Two classes."""
    return prepare(table(rows), "sigma", threshold=0.0, exclude=["doi"], **options)  # type: ignore[arg-type]


def values(rows: int = 40, **options: object) -> Problem:
    """Values."""
    return prepare(table(rows), "sigma", exclude=["doi"], **options)  # type: ignore[arg-type]
