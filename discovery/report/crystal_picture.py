"""A crystal in three dimensions, as plain Plotly JSON: its cell and its atoms."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.neighbours import fractional
from discovery.chemistry.softbv import ionic_radius
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.report.drawing import INK, MUTED, OTHERS, VERMILION, Json, layout
from discovery.types import FloatArray

_LITHIUM: Final = VERMILION
_COLORS: Final = (OTHERS[0], OTHERS[2], OTHERS[3], OTHERS[4], OTHERS[5], "#882255", "#8c510a")
"""Of other elements: that show inside of blue."""

_BOND: Final = 1.2  # of the sum of two ionic radii; second neighbours begin at 1.4
_EDGE: Final = 0.02  # of a cell vector: atoms so near to a face are drawn on both sides
_SIZES: Final = (4.0, 6.0)  # pixels: without a radius, and more per Angstrom of it
_UNKNOWN: Final = 1.0  # Angstrom


@dataclass(frozen=True)
class _Atoms:
    """What is drawn of a crystal: atoms on faces, edges and corners of its cell on all of them.

    Args:
        element: (n,) the most frequent one of each site.
        place: (n, 3) Angstrom.
        charge: (n,) oxidation states, 0 where they are not known.
        radius: (n,) of the ions, Angstrom.
    """

    element: NDArray[np.str_]
    place: FloatArray
    charge: FloatArray
    radius: FloatArray

    @classmethod
    def of(cls, crystal: Crystal, cell: FloatArray) -> Self:
        try:
            states: Mapping[str, float] = oxidation_states(crystal.composition)
        except InvalidInputError:
            states = {}
        symbols, places = [], []
        for site, point in zip(crystal.sites, fractional(crystal) % 1.0, strict=True):
            inside = np.where(point > 1 - _EDGE, point - 1, point)
            sides = [(0.0, 1.0) if abs(x) < _EDGE else (0.0,) for x in inside]
            for shift in itertools.product(*sides):
                symbols.append(max(site.species, key=lambda one: one[1])[0])
                places.append(inside + shift)
        charge = np.array([states.get(symbol, 0.0) for symbol in symbols])
        radius = [_radius(symbol, q) for symbol, q in zip(symbols, charge.tolist(), strict=True)]
        return cls(np.array(symbols), np.array(places) @ cell, charge, np.array(radius))


def crystal_picture(crystal: Crystal) -> Json:
    """Return the figure of a crystal; drag to turn it.

    Lines join the cations of the framework, lithium apart, to their anions.
    """
    cell = np.array(crystal.matrix)
    atoms = _Atoms.of(crystal, cell)
    return {"data": [_edges(cell), *_markers(atoms), *_bonds(atoms)], "layout": scene(cell)}


def crystal_traces(crystal: Crystal, cell: FloatArray) -> list[Json]:
    """Return the edges of a cell (3, 3), rows in Angstrom, and one trace of atoms per element."""
    return [_edges(cell), *_markers(_Atoms.of(crystal, cell))]


def scene(cell: FloatArray) -> Json:
    """Return the layout of a scene without axes, seen from where the whole cell (3, 3) shows."""
    hidden = {"visible": False}
    space = {"xaxis": hidden, "yaxis": hidden, "zaxis": hidden, "aspectmode": "data"}
    space |= {"camera": {"eye": _eye(cell)}}
    page = layout("", "") | {"scene": space, "margin": {"l": 0, "r": 0, "t": 0, "b": 60}}
    del page["xaxis"], page["yaxis"]
    return page


def coordinates(places: Sequence[FloatArray | None]) -> Json:
    """Return points as the coordinates of a trace; ``None`` breaks its line."""
    rows = [(None,) * 3 if place is None else tuple(place.round(3).tolist()) for place in places]
    return dict(zip("xyz", map(list, zip(*rows, strict=True)), strict=True))


def _eye(cell: FloatArray) -> Json:
    """Return from where the whole cell is seen; Plotly's unit is the mean extent of the scene."""
    extent = np.ptp(np.array(list(itertools.product((0, 1), repeat=3))) @ cell, axis=0)
    away = max(1.0, 0.8 * float(extent.max() / np.cbrt(extent.prod())))
    return {"x": 1.5 * away, "y": 1.3 * away, "z": 0.9 * away}


def _edges(cell: FloatArray) -> Json:
    """Return the edges of the cell as one broken line."""
    corners = list(itertools.product((0, 1), repeat=3))
    ends = [
        (a, b)
        for a, b in itertools.combinations(corners, 2)
        if sum(x != y for x, y in zip(a, b, strict=True)) == 1
    ]
    places = [None if end is None else end @ cell for a, b in ends for end in (a, b, None)]
    style = {"type": "scatter3d", "mode": "lines", "name": "cell", "hoverinfo": "skip"}
    return style | coordinates(places) | {"line": {"color": MUTED, "width": 2}}


def _markers(atoms: _Atoms) -> list[Json]:
    """Return one trace of markers per element."""
    symbols = list(dict.fromkeys(atoms.element.tolist()))
    others = [symbol for symbol in symbols if symbol != "Li"]
    colors = dict(zip(others, itertools.cycle(_COLORS), strict=False)) | {"Li": _LITHIUM}
    least, slope = _SIZES
    return [
        {
            "type": "scatter3d",
            "mode": "markers",
            "name": symbol,
            "hovertemplate": symbol + "<extra></extra>",
            "marker": {
                "size": round(least + slope * float(atoms.radius[atoms.element == symbol][0]), 1),
                "color": colors[symbol],
                "opacity": 1.0,
                "line": {"color": INK, "width": 0.5},
            },
        }
        | coordinates(list(atoms.place[atoms.element == symbol]))
        for symbol in symbols
    ]


def _bonds(atoms: _Atoms) -> list[Json]:
    """Return lines between ions of opposite charge that touch, lithium apart; at most one trace."""
    reach = _BOND * (atoms.radius[:, None] + atoms.radius)
    apart = np.linalg.norm(atoms.place[:, None] - atoms.place, axis=2)
    cation = (atoms.charge > 0) & (atoms.element != "Li")
    bonded = cation[:, None] & (atoms.charge < 0) & (apart < reach)
    ends = [end for i, j in np.argwhere(bonded) for end in (atoms.place[i], atoms.place[j], None)]
    style = {"type": "scatter3d", "mode": "lines", "name": "bonds", "hoverinfo": "skip"}
    look = {"line": {"color": MUTED, "width": 3}, "showlegend": False}
    return [style | coordinates(ends) | look] if ends else []


def _radius(element: str, charge: float) -> float:
    """Angstrom; that of an ion where it is known."""
    try:
        return max(ionic_radius(element, charge), 0.0)
    except InvalidInputError:
        return _UNKNOWN
