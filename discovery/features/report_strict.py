"""The physics of the report as pymatgen alone gives it: where it gives up, there is none.

Of the 254 published structures among the 478 training rows of OBELiX that leaves bond valences for
63, Ewald energies for 118 (for 120 when the two without Li count) and Voronoi numbers for 92; see
:mod:`discovery.features.report_stages` for the same quantities of every crystal.
"""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from discovery.chemistry.bond_parameters import bonds
from discovery.chemistry.structures import to_pymatgen
from discovery.errors import InvalidInputError
from discovery.features import cache
from discovery.features.physics import has_physics
from discovery.types import Candidate, FloatArray

if TYPE_CHECKING:
    from pymatgen.core.structure import Structure

_NAMES: Final = (
    "bv_mismatch_avg",
    "bv_mismatch_std",
    "ewald_energy_avg",
    "ewald_energy_std",
    "voronoi_cn_avg",
)
_INDICATORS: Final = {
    "has_bv_mismatch": "bv_mismatch_avg",
    "has_ewald_energy": "ewald_energy_avg",
    "has_voronoi_cn": "voronoi_cn_avg",
}
_SOFTNESS: Final = 0.37  # Angstrom, as the report says
_VORONOI_REACH: Final = 5.0  # Angstrom, likewise


def strict_stage_2(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return mean and deviation over Li of mismatch and site energy, Voronoi numbers, indicators.

    Columns (n,) are named and measured as in :func:`discovery.features.report_stages.stage_2`,
    NaN where pymatgen raises. Bond lengths of valence one are those of O'Keeffe and Brese; the
    mismatch is | 1 - sum over the neighbours that ``CrystalNN`` finds |; oxidation states are those
    of ``BVAnalyzer`` or, for energies of ordered crystals, guessed from the composition. Rows are
    remembered on disk: a crystal takes up to 20 s.
    """

    def compute(missing: Sequence[Candidate]) -> tuple[tuple[str, ...], FloatArray]:
        found = [_row(c) if has_physics(c) else (np.nan,) * len(_NAMES) for c in missing]
        return _NAMES, np.array(found)

    names, values = cache.rows(candidates, "report-strict", compute, on_disk=has_physics)
    columns = dict(zip(names, values.T, strict=True))
    known = {
        name: np.isfinite(columns[source]).astype(float) for name, source in _INDICATORS.items()
    }
    return columns | known


def _row(candidate: Candidate) -> tuple[float, ...]:
    assert candidate.structure is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen warns of every guess it makes
        structure = to_pymatgen(candidate.structure)
        lithium = [k for k, site in enumerate(structure) if _holds_lithium(site)]
        decorated = _analysed(structure)
        guessed = _guessed(structure) if decorated is None else decorated
        return (
            *_spread([_mismatch(decorated, site) for site in lithium]),
            *_spread(_energies(guessed, lithium)),
            _voronoi(structure, lithium),
        )


def _holds_lithium(site: Any) -> bool:  # noqa: ANN401 - pymatgen's site
    return any(species.symbol == "Li" for species in site.species.elements)


def _analysed(structure: "Structure") -> "Structure | None":
    from pymatgen.analysis.bond_valence import BVAnalyzer  # noqa: PLC0415 - heavy

    try:
        return BVAnalyzer().get_oxi_state_decorated_structure(structure)
    except ValueError:
        return None


def _guessed(structure: "Structure") -> "Structure | None":
    """Asked of ordered crystals only, which takes seconds; a disordered one may take minutes."""
    if not structure.is_ordered:
        return None
    decorated = structure.copy()
    try:
        decorated.add_oxidation_state_by_guess()
    except ValueError:
        return None
    return decorated


def _mismatch(structure: "Structure | None", site: int) -> float:
    from pymatgen.analysis.local_env import CrystalNN  # noqa: PLC0415 - heavy

    if structure is None:
        return np.nan
    try:
        neighbours = CrystalNN().get_nn_info(structure, site)
        pairs = [(n["site"].specie.symbol, n["site"].coords) for n in neighbours]
        centre = structure[site]
        lengths = {symbol: _length(symbol) for symbol, _ in pairs if symbol != "Li"}
    except (ValueError, AttributeError, TypeError, RuntimeError, InvalidInputError):
        return np.nan
    valence = sum(
        np.exp((lengths[symbol] - np.linalg.norm(coords - centre.coords)) / _SOFTNESS)
        for symbol, coords in pairs
        if symbol in lengths
    )
    return abs(1 - float(valence))


def _length(symbol: str) -> float:
    return float(bonds(("Li", symbol)).length[0, 1])


def _energies(structure: "Structure | None", lithium: Sequence[int]) -> list[float]:
    from pymatgen.analysis.ewald import EwaldSummation  # noqa: PLC0415 - heavy

    if structure is None:
        return []
    try:
        summed = EwaldSummation(structure)
        return [float(summed.get_site_energy(site)) for site in lithium]
    except (ValueError, AttributeError, TypeError):
        return []


def _voronoi(structure: "Structure", lithium: Sequence[int]) -> float:
    from pymatgen.analysis.local_env import VoronoiNN  # noqa: PLC0415 - heavy

    finder = VoronoiNN(cutoff=_VORONOI_REACH)
    try:
        return float(np.mean([finder.get_cn(structure, site) for site in lithium]))
    except (ValueError, AttributeError, TypeError, RuntimeError):
        return np.nan


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean and deviation of what is known."""
    known = [value for value in values if np.isfinite(value)]
    return (float(np.mean(known)), float(np.std(known))) if known else (np.nan, np.nan)
