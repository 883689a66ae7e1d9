"""A crystal in three dimensions, as plain Plotly JSON: its cell and its atoms."""

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np

from discovery.chemistry.neighbours import fractional
from discovery.crystal import Crystal
from discovery.report.drawing import INK, MUTED, OTHERS, Json, layout
from discovery.types import FloatArray

_COLORS: Final = (OTHERS[0], OTHERS[2], OTHERS[3], OTHERS[4], OTHERS[5])  # that show inside of blue


def crystal_picture(crystal: Crystal) -> Json:
    """Return the figure of a crystal; drag to turn it."""
    cell = np.array(crystal.matrix)
    return {"data": crystal_traces(crystal, cell), "layout": scene(cell)}


def crystal_traces(crystal: Crystal, cell: FloatArray) -> list[Json]:
    """Return the edges of a cell (3, 3), rows in Angstrom, and one trace of atoms per element."""
    return [_edges(cell), *_atoms(crystal, cell)]


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


def _atoms(crystal: Crystal, cell: FloatArray) -> list[Json]:
    """Return one trace of markers per element; a site shows its most frequent one."""
    element = np.array([max(site.species, key=lambda one: one[1])[0] for site in crystal.sites])
    places = fractional(crystal) % 1.0 @ cell
    return [
        {
            "type": "scatter3d",
            "mode": "markers",
            "name": symbol,
            "hovertemplate": symbol + "<extra></extra>",
            "marker": {"size": 6, "color": color, "line": {"color": INK, "width": 0.5}},
        }
        | coordinates(list(places[element == symbol]))
        for symbol, color in zip(
            dict.fromkeys(element.tolist()), itertools.cycle(_COLORS), strict=False
        )
    ]
