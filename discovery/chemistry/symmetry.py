"""Space groups: crystal system, lattice system, point group, and the cells they allow.

Numbers and names follow International Tables for Crystallography, Volume A.
"""

from bisect import bisect_right
from typing import Final, Literal, TypeAlias

from discovery.crystal import Lattice
from discovery.errors import InvalidInputError

CrystalSystem: TypeAlias = Literal[
    "triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic"
]
LatticeSystem: TypeAlias = Literal[
    "triclinic", "monoclinic", "orthorhombic", "tetragonal", "rhombohedral", "hexagonal", "cubic"
]

SPACE_GROUPS: Final = range(1, 231)
RHOMBOHEDRAL: Final = frozenset({146, 148, 155, 160, 161, 166, 167})

_SYSTEMS: Final[dict[CrystalSystem, range]] = {
    "triclinic": range(1, 3),
    "monoclinic": range(3, 16),
    "orthorhombic": range(16, 75),
    "tetragonal": range(75, 143),
    "trigonal": range(143, 168),
    "hexagonal": range(168, 195),
    "cubic": range(195, 231),
}

# first space group of each geometric crystal class, in the order of International Tables
_POINT_GROUPS: Final[dict[int, str]] = {
    1: "1", 2: "-1",
    3: "2", 6: "m", 10: "2/m",
    16: "222", 25: "mm2", 47: "mmm",
    75: "4", 81: "-4", 83: "4/m", 89: "422", 99: "4mm", 111: "-42m", 123: "4/mmm",
    143: "3", 147: "-3", 149: "32", 156: "3m", 162: "-3m",
    168: "6", 174: "-6", 175: "6/m", 177: "622", 183: "6mm", 187: "-6m2", 191: "6/mmm",
    195: "23", 200: "m-3", 207: "432", 215: "-43m", 221: "m-3m",
}  # fmt: skip
_FIRST: Final = tuple(_POINT_GROUPS)

# each setting: (lengths that are equal, angles that are equal, angles that are fixed)
_Setting: TypeAlias = tuple[str, str, dict[str, float]]
_RIGHT: Final = {"alpha": 90.0, "beta": 90.0, "gamma": 90.0}
_HEXAGONAL: Final[_Setting] = ("ab", "", {"alpha": 90.0, "beta": 90.0, "gamma": 120.0})
_SETTINGS: Final[dict[LatticeSystem, tuple[_Setting, ...]]] = {
    "triclinic": (("", "", {}),),
    "monoclinic": (
        ("", "", {"alpha": 90.0, "gamma": 90.0}),
        ("", "", {"alpha": 90.0, "beta": 90.0}),
        ("", "", {"beta": 90.0, "gamma": 90.0}),
    ),
    "orthorhombic": (("", "", _RIGHT),),
    "tetragonal": (("ab", "", _RIGHT),),
    "rhombohedral": (_HEXAGONAL, ("abc", "alpha beta gamma", {})),
    "hexagonal": (_HEXAGONAL,),
    "cubic": (("abc", "", _RIGHT),),
}


def crystal_system(space_group: int) -> CrystalSystem:
    """Return the crystal system of a space group.

    Raises:
        InvalidInputError: The number is outside 1-230.
    """
    for system, numbers in _SYSTEMS.items():
        if space_group in numbers:
            return system
    raise InvalidInputError(f"space group {space_group} is outside 1-230")


def lattice_system(space_group: int) -> LatticeSystem:
    """Return the lattice system; R groups are rhombohedral, other trigonal groups hexagonal.

    Raises:
        InvalidInputError: The number is outside 1-230.
    """
    system = crystal_system(space_group)
    if system == "trigonal":
        return "rhombohedral" if space_group in RHOMBOHEDRAL else "hexagonal"
    return system


def space_groups(system: CrystalSystem) -> range:
    """Return the numbers of the space groups of a crystal system."""
    return _SYSTEMS[system]


def point_group(space_group: int) -> str:
    """Return the Hermann-Mauguin symbol of the geometric crystal class, e.g. ``m-3m``.

    Raises:
        InvalidInputError: The number is outside 1-230.
    """
    crystal_system(space_group)
    return _POINT_GROUPS[_FIRST[bisect_right(_FIRST, space_group) - 1]]


def lattice_mismatch(
    lattice: Lattice,
    space_group: int,
    *,
    length_tolerance: float = 0.005,
    angle_tolerance: float = 0.1,
) -> str | None:
    """Return why a conventional cell cannot carry a space group, or ``None`` when it can.

    R groups may be written on hexagonal or on rhombohedral axes, monoclinic ones with any unique
    axis.

    Args:
        lattice: Cell (Angstrom, degrees).
        space_group: International number, 1-230.
        length_tolerance: Relative difference at which two lengths still count as equal.
        angle_tolerance: Degrees by which an angle may miss its value.

    Raises:
        InvalidInputError: The number is outside 1-230.
    """
    system = lattice_system(space_group)
    reasons = [
        _broken(lattice, setting, length_tolerance, angle_tolerance)
        for setting in _SETTINGS[system]
    ]
    if None in reasons:
        return None
    return f"space group {space_group} is {system}, but " + " or else ".join(
        reason for reason in reasons if reason
    )


def _broken(
    lattice: Lattice, setting: _Setting, length_tolerance: float, angle_tolerance: float
) -> str | None:
    lengths, angles, fixed = setting
    sides = {axis: float(getattr(lattice, axis)) for axis in lengths}
    equal = {name: float(getattr(lattice, name)) for name in angles.split()}
    if sides and max(sides.values()) > min(sides.values()) * (1 + length_tolerance):
        return " and ".join(f"{k} = {v:g}" for k, v in sides.items()) + " differ"
    if equal and max(equal.values()) - min(equal.values()) > angle_tolerance:
        return " and ".join(f"{k} = {v:g}" for k, v in equal.items()) + " differ"
    for name, expected in fixed.items():
        actual = float(getattr(lattice, name))
        if abs(actual - expected) > angle_tolerance:
            return f"{name} = {actual:g} is not {expected:g}"
    return None
