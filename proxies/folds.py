"""Out-of-fold errors: how wrong a model is about materials it has not seen."""

from collections.abc import Sequence

import numpy as np

from discovery.rng import stream
from discovery.types import BoolArray, Candidate, FloatArray

_COVERED = 0.8  # share of the errors that the calibrated interval must cover ...
_QUANTILE = 1.2816  # ... and its half width in standard deviations


def composition_folds(candidates: Sequence[Candidate], count: int, seed: int) -> list[BoolArray]:
    """Return masks (n,) of held-out rows; rows of one composition are held out together.

    Folds depend on the set of compositions and the seed, not on the order of the candidates.
    """
    keys = [tuple(sorted((s, round(f, 4)) for s, f in c.fractions.items())) for c in candidates]
    unique = sorted(set(keys))
    shuffled = stream(seed, "folds").permutation(len(unique))
    fold = {key: int(place) % count for key, place in zip(unique, shuffled, strict=True)}
    of_row = np.array([fold[key] for key in keys])
    return [of_row == k for k in range(min(count, len(unique)))]


def inflation(error: FloatArray, std: FloatArray) -> float:
    """Return the factor on ``std`` (n,) that makes it cover the errors (n,) as a normal would."""
    ratio = np.abs(error) / np.maximum(std, 1e-9)
    return float(np.clip(np.quantile(ratio, _COVERED) / _QUANTILE, 0.3, 10.0))
