"""Doped Li-La-Zr garnets: which ion sits where, and numbers that describe it.

The sites are those of Li7La3Zr2O12 (Awaka et al., J. Solid State Chem. 182, 2046 (2009)): lithium,
three lanthanum (eight neighbours), two zirconium (six), twelve oxygen. An ion prefers

- the lanthanum site if it is large: Shannon's radius with six neighbours at least 0.85 Angstrom;
- the lithium site if it is small and of low charge: at most +3 and 0.70 Angstrom, or at most +2;
- the zirconium site otherwise.

Those rules put Al, Ga and Fe on the first, Ca, Sr, Ba and Nd on the second and Nb, Ta, Sb, W, Mo
and Te on the third, as authors write their formulas. Near the borders (Mg, Sc, Y, Gd, Ge) an ion is
found on either side, and the formula tells: an ion moves to its second site if that fills the
cation sites better. What calculations say of each dopant: Miara et al., Chem. Mater. 27,
4040 (2015).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Final, Literal, TypeAlias

from pymatgen.core.periodic_table import Element

from discovery.chemistry.charges import electronegativity, oxidation_states
from discovery.chemistry.formula import format_formula, parse_formula
from discovery.errors import InvalidInputError

Site: TypeAlias = Literal["Li", "La", "Zr", "O"]

DESCRIPTORS: Final[Mapping[str, str]] = {
    "Li": "atoms per formula unit",
    "Li-site dopant": "atoms per formula unit",
    "La": "atoms per formula unit",
    "La-site dopant": "atoms per formula unit",
    "Zr": "atoms per formula unit",
    "Zr-site dopant": "atoms per formula unit",
    "Li-site dopant radius": "Angstrom, 4 neighbours",
    "La-site dopant radius": "Angstrom, 8 neighbours",
    "Zr-site dopant radius": "Angstrom, 6 neighbours",
    "Li-site dopant electronegativity": "Pauling",
    "La-site dopant electronegativity": "Pauling",
    "Zr-site dopant electronegativity": "Pauling",
}
"""Name of a descriptor -> its unit."""

_ANIONS_PER_UNIT: Final = 12.0
_CATION_SITES: Final[tuple[Site, ...]] = ("Li", "La", "Zr")  # called by their hosts
_FULL: Final[Mapping[Site, float]] = {"La": 3.0, "Zr": 2.0}
_MISSING: Final = 0.35  # atoms by which a garnet's La or Zr sites are off at most
_LITHIUM: Final = (2.5, 9.0)  # Li3Nd3Te2O12 ... all positions of lithium filled
_NEIGHBOURS: Final[Mapping[Site, int]] = {"Li": 4, "La": 8, "Zr": 6}
_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

_LARGE: Final = 0.85  # Angstrom, six neighbours
_SMALL: Final = 0.70
_NEAR: Final = 0.15  # Angstrom from a border within which either side is possible
_TINY: Final = 0.55  # Ge4+ and Si4+ also take four neighbours
_HIGH: Final = 3  # a charge that the lithium site takes of small ions only
_ANION: Final = 2.5  # Pauling; C, N, O, F, S, Cl, Se, Br and I lie above
_WHOLE: Final = 0.01
_MOVED: Final = 0.5  # per atom on its second site, in atoms that fill a site better


@dataclass(frozen=True)
class GarnetSites:
    """Which ion sits where.

    Args:
        cations: Site -> element -> atoms per formula unit, hosts included.
        anions: Element -> atoms per formula unit, about 12 together.
        states: Element -> the oxidation state that its radius is taken at.
    """

    cations: Mapping[Site, Mapping[str, float]]
    anions: Mapping[str, float]
    states: Mapping[str, int]

    def dopants(self, site: Site) -> dict[str, float]:
        """Return what sits on a cation site beside its host."""
        return {
            element: amount for element, amount in self.cations[site].items() if element != site
        }


def garnet_sites(formula: str | Mapping[str, float]) -> GarnetSites:
    """Return which ion sits where in a garnet.

    Args:
        formula: Text or amounts, of any number of formula units.

    Raises:
        InvalidInputError: It is no formula, or no garnet of this family; the message says why.
    """
    amounts = parse_formula(formula) if isinstance(formula, str) else dict(formula)
    text = format_formula(amounts)
    for element, name in (("Li", "lithium"), ("O", "oxygen")):
        if element not in amounts:
            raise _refusal(text, f"it holds no {name}")
    states = _states(amounts)
    units = _formula_units(sum(n for element, n in amounts.items() if states[element] < 0))
    amounts = {element: amount / units for element, amount in amounts.items()}
    site = _assign({e: n for e, n in amounts.items() if states[e] > 0}, states)
    cations = {
        name: {e: n for e, n in amounts.items() if site.get(e) == name} for name in _CATION_SITES
    }
    for name, full in _FULL.items():
        found = sum(cations[name].values())
        if abs(found - full) > _MISSING:
            ions = ", ".join(cations[name]) or "none"
            raise _refusal(
                text, f"{found:.3g} ions per 12 anions suit the {name} site ({ions}), not {full:g}"
            )
    lithium = amounts["Li"]
    if not _LITHIUM[0] <= lithium <= _LITHIUM[1]:
        raise _refusal(text, f"it holds {lithium:.3g} lithium per 12 anions, not 3 to 9")
    return GarnetSites(cations, {e: n for e, n in amounts.items() if states[e] < 0}, states)


def descriptors(formula: str | Mapping[str, float]) -> dict[str, float]:
    """Return the numbers that describe a doped garnet; see :data:`DESCRIPTORS`.

    Radii (Shannon, Acta Cryst. A 32, 751 (1976), at the nearest tabulated number of neighbours)
    and electronegativities are means over the dopants of a site, by amount. A site without a
    dopant has those of its host, as if the host replaced itself.

    Raises:
        InvalidInputError: See :func:`garnet_sites`.
    """
    found = garnet_sites(formula)
    numbers: dict[str, float] = {}
    for site in _CATION_SITES:
        dopants = found.dopants(site)
        amount = sum(dopants.values())
        shares = {e: n / amount for e, n in dopants.items()} or {str(site): 1.0}
        numbers[site] = found.cations[site].get(site, 0.0)
        numbers[f"{site}-site dopant"] = amount
        numbers[f"{site}-site dopant radius"] = sum(
            share * shannon_radius(e, found.states.get(e) or _usual_state(e), _NEIGHBOURS[site])
            for e, share in shares.items()
        )
        numbers[f"{site}-site dopant electronegativity"] = sum(
            share * electronegativity(e) for e, share in shares.items()
        )
    return {name: round(float(numbers[name]), 9) for name in DESCRIPTORS}


@lru_cache(maxsize=4096)
def shannon_radius(element: str, state: int, neighbours: int) -> float:
    """Return Shannon's ionic radius (Angstrom) at the nearest tabulated state and coordination.

    High spin where both are listed, as of ions among oxygen.

    Raises:
        InvalidInputError: The element has no radius for an ion of this sign.
    """
    listed: dict[str, Any] = Element(element).data.get("Shannon radii") or {}
    same = {int(q): rows for q, rows in listed.items() if int(q) * state > 0}
    if not same:
        raise InvalidInputError(f"Shannon lists no ionic radius for {element} at {state:+d}")
    rows = same[min(same, key=lambda q: (abs(q - state), q))]
    places = {_ROMAN.index(name) + 1: spins for name, spins in rows.items() if name in _ROMAN}
    spins = places[min(places, key=lambda n: (abs(n - neighbours), n))]
    spin = "High Spin" if "High Spin" in spins else next(iter(spins))
    return float(spins[spin]["ionic_radius"])


def _assign(cations: Mapping[str, float], states: Mapping[str, int]) -> dict[str, Site]:
    choices = {element: _choices(element, states[element]) for element in cations}

    def cost(sites: Mapping[str, Site]) -> float:
        off = sum(
            abs(sum(n for e, n in cations.items() if sites[e] == site) - full)
            for site, full in _FULL.items()
        )
        moved = sum(n for e, n in cations.items() if sites[e] != choices[e][0])
        return off + _MOVED * moved

    found = (dict(zip(choices, sites, strict=True)) for sites in product(*choices.values()))
    return min(found, key=cost)


def _choices(element: str, state: int) -> tuple[Site, ...]:
    """Sites that an ion may take, the preferred one first."""
    for host in _CATION_SITES:
        if element == host:
            return (host,)
    radius = shannon_radius(element, state, 6)
    if radius >= _LARGE:
        near = radius < _LARGE + _NEAR and state >= _HIGH
        return ("La", "Zr") if near else ("La",)
    if state < _HIGH or (state == _HIGH and radius <= _SMALL):
        return ("Li", "Zr") if radius > _SMALL else ("Li",)
    if state == _HIGH:
        return ("Zr", "La")
    return ("Zr", "Li") if radius < _TINY else ("Zr",)


def _formula_units(anions: float) -> float:
    """Formula units in so many anions: whole ones, where at most a few sites are empty."""
    units = max(round(anions / _ANIONS_PER_UNIT), 1)
    return units if abs(anions / units - _ANIONS_PER_UNIT) <= 1 else anions / _ANIONS_PER_UNIT


def _states(amounts: Mapping[str, float]) -> dict[str, int]:
    """Oxidation states as in air: by charge balance where an element has several usual ones."""
    try:
        balanced: Mapping[str, float] = oxidation_states(amounts)
    except InvalidInputError:
        balanced = {}
    return {element: _usual_state(element, balanced.get(element)) for element in amounts}


def _usual_state(element: str, mean: float | None = None) -> int:
    states = [int(q) for q in Element(element).common_oxidation_states]
    negative = [q for q in states if q < 0]
    is_anion = negative and Element(element).X > _ANION
    usual = negative if is_anion else [q for q in states if q > 0]
    if not usual:
        raise InvalidInputError(f"{element} has no usual ion in an oxide")
    if mean is None:
        return max(usual, key=abs)
    known = [int(q) for q in Element(element).icsd_oxidation_states]
    if abs(mean - round(mean)) < _WHOLE and round(mean) in known and mean * usual[0] > 0:
        return round(mean)  # less usual, but known and balanced, such as Bi5+
    return min(usual, key=lambda q: (abs(q - mean), -abs(q)))


def _refusal(text: str, reason: str) -> InvalidInputError:
    return InvalidInputError(f"{text} is no garnet of the kind Li7La3Zr2O12: {reason}")
