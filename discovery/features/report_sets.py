"""The feature sets of the report on 599 lithium conductors, by name."""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from discovery.errors import UnknownNameError
from discovery.features import cache
from discovery.features.report_composition import stage_0
from discovery.features.report_stages import stage_1, stage_2
from discovery.features.report_strict import strict_stage_2
from discovery.features.stages import FeatureTable
from discovery.types import Candidate, FloatArray

FeatureSet: TypeAlias = Literal[
    "composition", "basic", "geometry", "full", "physics", "physics_full"
]
FEATURE_SETS: Final[tuple[FeatureSet, ...]] = get_args(FeatureSet)
Reading: TypeAlias = Literal["historical", "honest"]

_BASIC: Final = ("density", "volume_per_atom", "n_li_sites", "lattice_c")
# the report lists these as known from the table; the rest came from CIFs
_FROM_TABLE: Final = frozenset(
    {
        *(f"lattice_{axis}" for axis in ("a", "b", "c", "alpha", "beta", "gamma")),
        "density",
        "volume_per_atom",
        "n_li_sites",
    }
)
_GROUPS: Final = 230


def feature_set(
    candidates: Sequence[Candidate], name: FeatureSet, reading: Reading = "honest"
) -> FeatureTable:
    """Return a table (n, d) of one of the sets, without the flag that is made from the label.

    ======================= ===== ============================================================
    name                    d     what
    ======================= ===== ============================================================
    ``composition``         128   stage 0
    ``basic``               132   and density, volume per atom, Li sites, longest lattice axis
    ``geometry``            151   stage 0 and the 23 of stage 1
    ``full``                381   and one column for each of the 230 space groups
    ``physics``             159   stages 0, 1, 2
    ``physics_full``        389   and the space groups
    ======================= ===== ============================================================

    The report counts one feature more, its flag. Which four are ``basic`` it does not say; the
    third axis is the one that it found to matter most. Rows are remembered.

    Args:
        candidates: The n materials.
        name: Of the set.
        reading: ``honest``: whatever the candidate supports, NaN elsewhere. ``historical``: as the
            report did, zero where unknown, what it took from CIFs zero without one, and physics
            only where pymatgen does not give up.

    Raises:
        UnknownNameError: There is no such set.
    """
    if name not in FEATURE_SETS:
        raise UnknownNameError("feature set", name, FEATURE_SETS)
    names, values = cache.rows(
        candidates,
        f"report-{reading}-{name}",
        lambda missing: _computed(missing, name, reading),
        on_disk=lambda _: False,
    )
    return FeatureTable(names, values)


def _computed(
    candidates: Sequence[Candidate], name: FeatureSet, reading: Reading
) -> tuple[tuple[str, ...], FloatArray]:
    columns = stage_0(candidates)
    if name != "composition":
        columns |= _geometry(candidates, reading, basic=name == "basic")
    if name in ("physics", "physics_full"):
        historical = reading == "historical"
        columns |= strict_stage_2(candidates) if historical else stage_2(candidates)
    if name in ("full", "physics_full"):
        columns |= space_groups(candidates)
    values = np.column_stack(list(columns.values()))
    if reading == "historical":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    return tuple(columns), values


def space_groups(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return one column (n,) of ones and zeros for each of the 230 space groups."""
    numbers = np.array([candidate.space_group or 0 for candidate in candidates])
    return {
        f"space_group_{number}": (numbers == number).astype(float)
        for number in range(1, _GROUPS + 1)
    }


def _geometry(
    candidates: Sequence[Candidate], reading: Reading, *, basic: bool
) -> dict[str, FloatArray]:
    columns = stage_1(candidates)
    if basic:
        return {name: columns[name] for name in _BASIC}
    if reading == "honest":
        return columns
    from_cif = columns["has_cif_struct"] > 0
    return {
        name: values if name in _FROM_TABLE else np.where(from_cif, values, 0.0)
        for name, values in columns.items()
    }
