"""What a feature is about, by the names that :mod:`discovery.features` gives them."""

import re
from collections.abc import Sequence
from typing import Final

OTHER: Final = "other"
"""Subject of a column whose name is not known."""

_AMOUNT: Final = re.compile(r"[A-Z][a-z]?/anion")
_COLUMNS: Final = {
    "mixing and disorder": (
        "log formula multiple", "non-integer content", "elements", "anion kinds",
        "framework cation kinds", "mixing entropy", "anion mixing entropy",
        "framework mixing entropy", "partial atoms", "partial Li", "partial framework",
    ),
    "proportions of ions": (
        "anion fraction", "Li fraction", "Li/framework cation", "framework cations/anion",
        "network formers/anion", "medium cations/anion", "large cations/anion", "free anions",
        "halide share", "chalcogenide share", "soft anion share", "main anion share",
    ),
    "charge and field": (
        "framework charge/anion", "anion charge", "charge imbalance/anion", "fractional states",
        "framework share of anion charge", "cation field/anion",
    ),
    "size of ions": ("cation/anion radius",),
    "bonding": ("bond ionicity",),
    "symmetry": ("space group", "crystal system", "point group order", "centrosymmetric"),
    "cell and density": (
        "a", "b", "c", "alpha", "beta", "gamma", "shortest axis", "longest axis", "anisotropy",
        "angle deviation", "cell volume", "volume/atom", "volume/anion", "volume/Li",
        "free volume fraction", "density", "atoms/cell", "Z",
    ),
    "positions of atoms": (
        "Li site energy mean", "Li site energy std", "Li valence mismatch mean",
        "Li valence mismatch std", "global instability", "Li-Li distance", "Li-anion distance",
        "Li-anion distance std", "Li-cation distance", "Li coordination", "Li within 4 A",
        "Li occupancy", "Li sites/Li", "disordered sites",
    ),
}  # fmt: skip
_SUBJECT: Final = {name: subject for subject, names in _COLUMNS.items() for name in names}
_STATISTIC: Final = re.compile(r"(?:cation |anion )?(\w+) (?:mean|deviation|min|max)")
_QUANTITIES: Final = {
    "charge": "charge and field",
    "potential": "charge and field",
    "radius": "size of ions",
    "electronegativity": "bonding",
    "polarisability": "bonding",
    "ionisation": "bonding",
    "mass": "mass and place in the periodic table",
    "row": "mass and place in the periodic table",
    "mendeleev": "mass and place in the periodic table",
}


def subject(name: str) -> str:
    """Return what a column is about.

    >>> subject("anion radius max"), subject("La/anion"), subject("volume/Li")
    ('size of ions', 'element amounts', 'cell and density')
    """
    if name in _SUBJECT:
        return _SUBJECT[name]
    if _AMOUNT.fullmatch(name):
        return "element amounts"
    statistic = _STATISTIC.fullmatch(name)
    return OTHER if statistic is None else _QUANTITIES.get(statistic[1], OTHER)


def subjects(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return subject -> its columns, in the order in which they first occur."""
    found: dict[str, tuple[int, ...]] = {}
    for column, name in enumerate(names):
        found[subject(name)] = (*found.get(subject(name), ()), column)
    return found
