"""What the report printed, number by number, to be shown beside what comes out here.

B. Oguz, "Machine-learning prediction of lithium-ion conductivity from composition, structure, and
physics-informed features", report, February 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Published:
    """A row of a table of the report; ``None`` where it prints nothing.

    Args:
        r_squared: Of cross-validation.
        rmse: Of cross-validation.
        spearman: Of cross-validation.
        test_r_squared: Of the test rows.
        test_rmse: Of the test rows.
        test_spearman: Of the test rows.
    """

    r_squared: float | None = None
    rmse: float | None = None
    spearman: float | None = None
    test_r_squared: float | None = None
    test_rmse: float | None = None
    test_spearman: float | None = None


def _single(
    r_squared: float, spearman: float, test_r_squared: float, test_spearman: float
) -> Published:
    return Published(
        r_squared,
        spearman=spearman,
        test_r_squared=test_r_squared,
        test_spearman=test_spearman,
    )


STAGES: Final = (
    Published(0.746, 1.349, 0.871, 0.513, 1.770, 0.710),
    Published(0.737, 1.374, 0.887, 0.556, 1.691, 0.711),
    Published(0.752, 1.334, 0.890, 0.609, 1.587, 0.748),
)
"""Table 1, stages 0 to 2."""

EMBEDDINGS: Final[Mapping[str, Published]] = {
    "mat2vec": Published(0.713, 1.434),
    "magpie": Published(0.694, 1.482),
    "megnet16": Published(0.659, 1.565),
    "all": Published(0.700, 1.466),
}
"""Section 4.1."""

SETS: Final[Mapping[str, Published]] = {
    "composition": Published(0.7393, 1.3675),
    "basic": Published(0.7369, 1.3737),
    "geometry": Published(0.7369, 1.3737),
    "full": Published(0.7370, 1.3734),
}
"""Section 4.2."""

SINGLES: Final[Mapping[str, Published]] = {
    "baseline_default": _single(0.737, 0.890, 0.591, 0.701),
    "baseline_default_geom": _single(0.737, 0.887, 0.556, 0.711),
    "physics": _single(0.740, 0.886, 0.598, 0.706),
    "physics_geometry": _single(0.752, 0.890, 0.609, 0.748),
}
"""Section 6.1."""

GATINGS: Final[Mapping[str, Published]] = {
    "A fulltrain": _single(0.742, 0.892, 0.562, 0.710),
    "B subsettrain": _single(0.724, 0.885, 0.526, 0.689),
    "C residual": _single(0.733, 0.889, 0.596, 0.699),
    "D residual_stack": _single(0.732, 0.887, 0.544, 0.682),
    "E residual_geom": _single(0.734, 0.887, 0.559, 0.712),
}
"""Section 6.2."""

SEARCHES: Final[Mapping[tuple[str, str], Published]] = {
    ("composition", "conservative"): STAGES[0],
    ("geometry", "conservative"): _single(0.726, 0.880, 0.550, 0.644),
    ("geometry", "expanded"): _single(0.733, 0.873, 0.592, 0.680),
    ("physics", "conservative"): STAGES[2],
    ("physics_full", "conservative"): SINGLES["physics"],
}
"""Sections 6.1, 7 and 9.2: features and space that were searched."""

COVERAGE: Final[Mapping[str, int]] = {
    "has_voronoi_cn": 92,
    "has_ewald_energy": 120,
    "has_bv_mismatch": 63,
    "all three": 57,
}
"""Section 4.3: training rows with physics."""

IMPORTANCES: Final[Mapping[str, float]] = {
    "lattice_c": 0.203,
    "sigma_is_coerced": 0.156,
    "magpie_emb_3": 0.103,
    "lattice_b": 0.068,
    "framework_density": 0.062,
    "li_coordination": 0.050,
    "lattice_a": 0.022,
    "li_anion_min": 0.012,
}
"""Section 4.2; which of its Li-anion distances is the last, the report does not say."""
