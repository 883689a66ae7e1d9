"""A pool of materials drawn on a plane, neighbours near each other."""

import warnings
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from discovery.types import FloatArray

FEWEST: Final = 15
"""Fewer materials have no neighbourhoods to keep; they are projected on two principal axes."""

_NEIGHBOURS: Final = 15
_FARTHEST: Final = 3.0  # standard deviations; one rare element is no reason to be alone on a map


@dataclass(frozen=True)
class Plane:
    """Places of materials.

    Args:
        method: How they were found.
        places: (n, 2), without unit.
    """

    method: Literal["UMAP", "PCA"]
    places: FloatArray


def plane(values: FloatArray, seed: int) -> Plane:
    """Return places of rows (n, d) with similar columns near each other.

    Columns are scaled to unit deviation and cut at three deviations; unknown entries take the
    median. UMAP (L. McInnes, J. Healy & J. Melville, arXiv:1802.03426) keeps neighbourhoods, not
    distances between them; equal seeds give equal maps.

    Args:
        values: NaN where unknown.
        seed: Of UMAP.
    """
    scaled = _scaled(values)
    if len(values) < FEWEST or not scaled.shape[1]:
        return Plane("PCA", _principal(scaled))
    with warnings.catch_warnings():
        # it warns of a part that needs another library, which nobody asked for
        warnings.simplefilter("ignore", ImportWarning)
        from umap import UMAP  # noqa: PLC0415 - takes seconds to import

    mapper = UMAP(
        n_neighbors=min(_NEIGHBOURS, len(values) - 1),
        init=_principal(scaled),
        random_state=seed % 2**31,
        n_jobs=1,
    )
    return Plane("UMAP", np.asarray(mapper.fit_transform(scaled), dtype=np.float64))


def _scaled(values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    kept = values[:, known.any(axis=0)]
    filled = np.where(np.isfinite(kept), kept, np.nanmedian(kept, axis=0)) if kept.size else kept
    deviation = filled.std(axis=0)
    # what is alike up to rounding is alike
    varying = deviation > 1e-12 * np.abs(filled).max(axis=0, initial=1.0)
    centred = filled[:, varying] - filled[:, varying].mean(axis=0)
    scaled: FloatArray = np.clip(centred / deviation[varying], -_FARTHEST, _FARTHEST)
    return scaled


def _principal(scaled: FloatArray) -> FloatArray:
    """Return (n, 2) places on the two principal axes, the longer with unit deviation."""
    places = np.zeros((len(scaled), 2))
    if scaled.size:
        left, strength, _ = np.linalg.svd(scaled - scaled.mean(axis=0), full_matrices=False)
        count = min(2, len(strength))
        # the sign of an axis is free: its farthest point is positive
        found = left[:, :count] * strength[:count]
        sign = np.sign(found[np.argmax(np.abs(found), axis=0), range(count)])
        places[:, :count] = found * sign
    return places / max(float(places.std(axis=0).max()), 1e-12)
