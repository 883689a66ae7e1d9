"""Element properties as numpy arrays indexed by atomic number, loaded once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from discovery.errors import InvalidInputError
from discovery.types import FloatArray

HEAVIEST = 94
_PERIODIC_TABLE = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
    "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb "
    "Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu"
)
SYMBOLS = tuple(_PERIODIC_TABLE.split())
COLUMN = {symbol: index for index, symbol in enumerate(SYMBOLS)} | {"D": 0, "T": 0}


def column(symbol: str) -> int:
    """Return the column of an element in every table (atomic number minus one).

    Raises:
        InvalidInputError: Not an element up to plutonium.
    """
    try:
        return COLUMN[symbol]
    except KeyError:
        raise InvalidInputError(
            f"{symbol!r} is no element with known features; expected H to Pu (D and T count as H)"
        ) from None


@dataclass(frozen=True)
class ElementTable:
    """Properties of the elements H to Pu, each of shape (94,), NaN where unknown.

    Electronegativity (Pauling), radius (Angstrom, atomic), mass (u), mendeleev (Pettifor-like
    number), row, ionisation (eV), polarisability (of the free atom, atomic units). ``shannon``
    holds ionic radii in Angstrom by oxidation state.
    """

    electronegativity: FloatArray
    radius: FloatArray
    mass: FloatArray
    mendeleev: FloatArray
    row: FloatArray
    ionisation: FloatArray
    polarisability: FloatArray
    shannon: tuple[dict[int, float], ...]

    def ionic_radius(self, index: int, state: float) -> float:
        """Return the Shannon radius (Angstrom) at the tabulated state nearest to ``state``.

        Falls back to the atomic radius where no ionic radius of that sign is tabulated.
        """
        radii = {q: r for q, r in self.shannon[index].items() if q * state > 0}
        if not radii:
            return float(self.radius[index])
        return radii[min(radii, key=lambda q: (abs(q - state), q))]


@cache
def table() -> ElementTable:
    """Return the element table (pymatgen 'Shannon radii', Pauling scale; smact polarisability)."""
    import smact  # noqa: PLC0415 - heavy, and only features need it
    from pymatgen.core.periodic_table import Element  # noqa: PLC0415 - likewise

    elements = [Element(symbol) for symbol in SYMBOLS]
    smact_elements = smact.element_dictionary(SYMBOLS)

    def numbers(values: Iterable[object]) -> FloatArray:
        known = [v if isinstance(v, int | float) else np.nan for v in values]
        return np.array(known, dtype=np.float64)

    return ElementTable(
        electronegativity=numbers(e.data.get("X") for e in elements),
        radius=numbers(e.data.get("Atomic radius") for e in elements),
        mass=numbers(float(e.atomic_mass) for e in elements),
        mendeleev=numbers(e.data.get("Mendeleev no") for e in elements),
        row=numbers(e.row for e in elements),
        ionisation=numbers((e.data.get("Ionization energies") or [None])[0] for e in elements),
        polarisability=numbers(smact_elements[s].dipol for s in SYMBOLS),
        shannon=tuple({int(q): float(r) for q, r in e.ionic_radii.items()} for e in elements),
    )
