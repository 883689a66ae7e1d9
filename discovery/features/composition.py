"""Features that need only a formula.

Amounts count per anion, not per formula unit or per cell: that is what makes Li6PS5Cl and
Li5.5PS4.5Cl1.5 neighbours. Everything here is invariant under the way a formula is written
(Li2O, Li4O2, order of elements). ``n`` candidates, ``e`` = 94 elements.
"""

from collections.abc import Sequence

import numpy as np

from discovery.features.elements import HEAVIEST, SYMBOLS, ElementTable, column, table
from discovery.features.ions import oxidation_states
from discovery.features.statistics import entropy, spread
from discovery.types import Candidate, FloatArray

_LITHIUM = column("Li")
_LARGEST_MULTIPLE = 48
_INTEGER_TOLERANCE = 0.02
_CHUNK = 500  # candidates at once: each needs its amounts in all multiples of its formula
_NETWORK_CHARGE, _NETWORK_RADIUS = 3.0, 0.55  # Angstrom
_MEDIUM_CHARGE, _LARGE_RADIUS = 2.0, 0.85  # Angstrom
_PROPERTIES = ("electronegativity", "radius", "mass", "mendeleev", "row", "ionisation")
_NOT_CRYSTALLINE_IONS = {"He", "Ne", "Ar", "Kr", "Xe", "Rn", "Po", "At", "Fr", "Ra", "Ac", "Pa"}
_AMOUNT_COLUMNS = [i for i, s in enumerate(SYMBOLS) if s not in _NOT_CRYSTALLINE_IONS]


def composition_features(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    """Return named columns, each (n,), NaN where a quantity does not exist."""
    starts = range(0, max(len(candidates), 1), _CHUNK)
    parts = [_chunk(candidates[start : start + _CHUNK]) for start in starts]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def anions_per_atom(candidates: Sequence[Candidate]) -> FloatArray:
    """Return the fraction of the atoms that are anions, (n,), one half where none is."""
    counts = [
        sum(f for s, f in c.fractions.items() if states[s] < 0)
        for c, states in ((c, oxidation_states(c)) for c in candidates)
    ]
    return np.array([count or 0.5 for count in counts], dtype=np.float64)


def ion_volume_per_atom(candidates: Sequence[Candidate]) -> FloatArray:
    """Return the volume of the ions as spheres of Shannon radius, cubic Angstrom per atom, (n,)."""
    elements = table()
    volumes = []
    for candidate in candidates:
        states = oxidation_states(candidate)
        volumes.append(
            sum(
                fraction * elements.ionic_radius(column(symbol), states[symbol]) ** 3
                for symbol, fraction in candidate.fractions.items()
            )
        )
    return 4 / 3 * np.pi * np.array(volumes, dtype=np.float64)


def _chunk(candidates: Sequence[Candidate]) -> dict[str, FloatArray]:
    elements = table()
    fractions = np.zeros((len(candidates), HEAVIEST))
    charges = np.zeros_like(fractions)
    radii = np.full_like(fractions, np.nan)
    for row, candidate in enumerate(candidates):
        states = oxidation_states(candidate)
        for symbol, fraction in candidate.fractions.items():
            index = column(symbol)
            fractions[row, index] += fraction
            charges[row, index] = states[symbol]
            radii[row, index] = elements.ionic_radius(index, states[symbol])
    columns = _amounts(fractions, charges)
    columns |= _ions(fractions, charges, radii, elements)
    columns |= _roles(fractions, charges, radii)
    columns |= _statistics(fractions, elements)
    return columns


def _amounts(fractions: FloatArray, charges: FloatArray) -> dict[str, FloatArray]:
    """Element amounts per anion, and how far from small integers they are."""
    anion = np.where(charges < 0, fractions, 0.0)
    per_anion = fractions / np.maximum(anion.sum(axis=1), 1e-3)[:, None]
    columns = {f"{SYMBOLS[i]}/anion": per_anion[:, i] for i in _AMOUNT_COLUMNS}
    multiples = np.arange(1, _LARGEST_MULTIPLE + 1)
    scaled = per_anion[:, None, :] * multiples[None, :, None]
    deviation = np.abs(scaled - np.round(scaled)).max(axis=2)
    integer = deviation < _INTEGER_TOLERANCE
    smallest = np.where(integer.any(axis=1), np.argmax(integer, axis=1) + 1, _LARGEST_MULTIPLE)
    columns["log formula multiple"] = np.log(smallest)
    columns["non-integer content"] = deviation[:, :12].min(axis=1)
    return columns


def _ions(
    fractions: FloatArray, charges: FloatArray, radii: FloatArray, elements: ElementTable
) -> dict[str, FloatArray]:
    """Charges, radii, electronegativities and polarisabilities of framework cations and anions."""
    is_anion = (charges < 0) & (fractions > 0)
    is_framework = (charges >= 0) & (fractions > 0)
    is_framework[:, _LITHIUM] = False
    anion, framework = np.where(is_anion, fractions, 0), np.where(is_framework, fractions, 0)
    anions = np.maximum(anion.sum(axis=1), 1e-3)
    columns = {
        "elements": (fractions > 0).sum(axis=1).astype(float),
        "anion kinds": is_anion.sum(axis=1).astype(float),
        "framework cation kinds": is_framework.sum(axis=1).astype(float),
        "anion fraction": anion.sum(axis=1),
        "Li fraction": fractions[:, _LITHIUM],
        "Li/framework cation": fractions[:, _LITHIUM] / np.maximum(framework.sum(axis=1), 1e-2),
        "framework cations/anion": framework.sum(axis=1) / anions,
        "framework charge/anion": (framework * charges).sum(axis=1) / anions,
        "anion charge": (anion * charges).sum(axis=1) / anions,
        "charge imbalance/anion": (fractions * charges).sum(axis=1) / anions,
        "fractional states": np.abs(charges - np.round(charges)).max(axis=1),
        "mixing entropy": entropy(fractions),
        "anion mixing entropy": entropy(anion),
        "framework mixing entropy": entropy(framework),
    }
    every = np.ones((len(fractions), 1))
    for name, values, wanted in (
        ("charge", charges, "cation"),
        ("radius", radii, "both"),
        ("potential", charges / radii, "cation"),
        ("electronegativity", every * elements.electronegativity, "both"),
        ("polarisability", every * elements.polarisability, "anion"),
        ("mass", every * elements.mass, "both"),
        ("row", every * elements.row, "both"),
    ):
        if wanted != "anion":
            columns |= spread(f"cation {name}", framework, values)
        if wanted != "cation":
            columns |= spread(f"anion {name}", anion, values)
    columns["cation/anion radius"] = columns["cation radius mean"] / columns["anion radius mean"]
    columns["bond ionicity"] = (
        columns["anion electronegativity mean"] - columns["cation electronegativity mean"]
    )
    return columns


def _roles(fractions: FloatArray, charges: FloatArray, radii: FloatArray) -> dict[str, FloatArray]:
    """What the ions do: form networks, fill the framework, balance charge, yield to passing Li.

    Cations are told apart by Shannon's crystal radius: below 0.55 Angstrom and at least trivalent
    they hold tetrahedra of anions together (B, Si, P, S(VI)); up to 0.85 Angstrom and at least
    divalent they are medium (Al, Ge, Ti, Nb), beyond large (Zr, Y, La). Anions beyond the four of
    each tetrahedron are free, as one S and one Cl are in Li6PS5Cl.
    """
    anion = np.where(charges < 0, fractions, 0.0)
    framework = np.where(charges >= 0, fractions, 0.0)
    framework[:, _LITHIUM] = 0.0
    anions = np.maximum(anion.sum(axis=1), 1e-3)
    valence = np.maximum(-(anion * charges).sum(axis=1), 1e-3)
    size = np.where(np.isfinite(radii) & (radii > 0), radii, 1.0)
    tetrahedral = (charges >= _NETWORK_CHARGE) & (size < _NETWORK_RADIUS)
    medium = (charges >= _MEDIUM_CHARGE) & (size >= _NETWORK_RADIUS) & (size < _LARGE_RADIUS)
    network = (framework * tetrahedral).sum(axis=1) / anions

    def share(symbols: tuple[str, ...]) -> FloatArray:
        return anion[:, [column(symbol) for symbol in symbols]].sum(axis=1) / anions

    return {
        "framework share of anion charge": (framework * charges).sum(axis=1) / valence,
        "network formers/anion": network,
        "medium cations/anion": (framework * medium).sum(axis=1) / anions,
        "large cations/anion": (framework * (size >= _LARGE_RADIUS)).sum(axis=1) / anions,
        "free anions": 1 - 4 * network,
        "cation field/anion": (framework * charges / size**2).sum(axis=1) / anions,
        "halide share": share(("F", "Cl", "Br", "I")),
        "chalcogenide share": share(("S", "Se", "Te")),
        "soft anion share": share(("S", "Se", "Te", "Cl", "Br", "I")),
        "main anion share": anion.max(axis=1) / anions,
    }


def _statistics(fractions: FloatArray, elements: ElementTable) -> dict[str, FloatArray]:
    """Statistics over all elements, in the manner of Ward et al., npj Comput. Mater. 2 (2016)."""
    columns: dict[str, FloatArray] = {}
    for name in _PROPERTIES:
        values = np.broadcast_to(getattr(elements, name), fractions.shape)
        columns |= spread(name, fractions, values)
    return columns
