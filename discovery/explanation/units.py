"""The units of feature columns, by the names that :mod:`discovery.features` gives them."""

import re
from typing import Final

DIMENSIONLESS: Final = "1"

_STATISTIC: Final = re.compile(r" (mean|deviation|min|max)$")
# of what is averaged over ions or elements; the statistic has the unit of the quantity
_QUANTITIES: Final = {
    "charge": "e",
    "radius": "Å",
    "potential": "e/Å",
    "electronegativity": "Pauling",
    "polarisability": "a.u.",
    "mass": "u",
    "mendeleev": DIMENSIONLESS,
    "row": DIMENSIONLESS,
    "ionisation": "eV",
}
_COLUMNS: Final = {
    **dict.fromkeys(("a", "b", "c", "shortest axis", "longest axis"), "Å"),
    **dict.fromkeys(("alpha", "beta", "gamma", "angle deviation"), "°"),
    **dict.fromkeys(("cell volume", "volume/atom", "volume/anion", "volume/Li"), "Å³"),
    "density": "g/cm³",
    **dict.fromkeys(
        ("framework charge/anion", "anion charge", "charge imbalance/anion", "fractional states"),
        "e",
    ),
    "cation field/anion": "e/Å²",
    "bond ionicity": "Pauling",
    **dict.fromkeys(("Li site energy mean", "Li site energy std"), "eV"),
    **dict.fromkeys(
        ("Li valence mismatch mean", "Li valence mismatch std", "global instability"), "v.u."
    ),
    **dict.fromkeys(
        ("Li-Li distance", "Li-anion distance", "Li-anion distance std", "Li-cation distance"), "Å"
    ),
    **dict.fromkeys(
        (
            "log formula multiple", "non-integer content", "elements", "anion kinds",
            "framework cation kinds", "anion fraction", "Li fraction", "Li/framework cation",
            "framework cations/anion", "mixing entropy", "anion mixing entropy",
            "framework mixing entropy", "cation/anion radius", "framework share of anion charge",
            "network formers/anion", "medium cations/anion", "large cations/anion",
            "free anions", "halide share", "chalcogenide share", "soft anion share",
            "main anion share", "space group", "crystal system", "point group order",
            "centrosymmetric", "anisotropy", "free volume fraction", "atoms/cell", "Z",
            "partial atoms", "partial Li", "partial framework", "Li coordination",
            "Li within 4 A", "Li occupancy", "Li sites/Li", "disordered sites",
        ),
        DIMENSIONLESS,
    ),
}  # fmt: skip
_AMOUNT: Final = re.compile(r"[A-Z][a-z]?/anion")


def units(name: str) -> str:
    """Return the unit of a column; ``1`` of a pure number, empty where the name is not known.

    v.u.: valence units. Electronegativities are on Pauling's scale, polarisabilities in atomic
    units of volume.

    >>> units("cation radius mean"), units("Li/anion"), units("volume/Li")
    ('Å', '1', 'Å³')
    """
    if name in _COLUMNS:
        return _COLUMNS[name]
    if _AMOUNT.fullmatch(name):
        return DIMENSIONLESS
    quantity = _STATISTIC.sub("", name)
    if quantity == name:
        return ""
    return _QUANTITIES.get(quantity.removeprefix("cation ").removeprefix("anion "), "")


def with_unit(name: str) -> str:
    """Return a column's name with its unit in brackets, where it has one."""
    unit = units(name)
    return name if unit in ("", DIMENSIONLESS) else f"{name} [{unit}]"
