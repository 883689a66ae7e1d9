"""The picture of an energy landscape: where an ion can go, its way through, the atoms."""

import base64
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from discovery.report.crystal_picture import coordinates, crystal_traces, scene
from discovery.report.drawing import BLUE, VERMILION, Json, layout, line
from discovery.report.frame import frame, write_page
from discovery.report.sections import figure
from discovery.report.surface_nets import isosurface
from discovery.report.text import NOTHING, esc, number
from discovery.report.text import formula as subscripts
from discovery.transport.landscape import Landscape, field_landscape, grid_shape
from discovery.transport.migration import Migration
from discovery.transport.path import MigrationPath
from discovery.transport.percolation import percolation
from discovery.types import FloatArray

_TRIANGLES: Final = 7500  # keeps the page below 5 MB, of which plotly.js needs 4.8
_OPENING: Final = 0.02  # eV above the level, where the bottleneck is a tube instead of a point
_COARSER: Final = 1.05
_EDGE: Final = 1e-9
_HEIGHT: Final = 640


def write_landscape(path: Path, shown: Migration, title: str, source: str) -> Path:
    """Write the page of a landscape, below 5 MB, and return its path.

    Args:
        path: The HTML file to write.
        shown: What is drawn.
        title: Formula of the crystal.
        source: Where the crystal comes from.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    pictured, above = picture(shown)
    figures = {"landscape": pictured}
    if shown.path:
        figures["profile"] = _profile(shown.landscape, shown.path)
    points = " × ".join(map(str, shown.landscape.shape))
    about = (
        f"{esc(source)} · bond valence site energy of {esc(shown.landscape.ion)} · {points} points"
    )
    body = "\n".join(
        [
            f"<header><h1>{subscripts(title)}</h1>\n<p>{about}</p></header>",
            _cards(shown),
            figure("landscape", "Where the ion can go", _note(above), height=_HEIGHT),
            figure(
                "profile",
                "Energy along the way",
                "On points of the grid, from the lowest point of the way to its next image. "
                "The levels above are those of the exact passes near by.",
                empty="" if shown.path else "The region percolates in no direction.",
            ),
        ]
    )
    return write_page(path, frame(title, body, facts=facts(shown), drawn=figures))


def picture(shown: Migration) -> tuple[Json, float]:
    """Return isosurface, path, atoms and cell as Plotly JSON, and the energy of the surface.

    The energy is in eV above the minimum; it is where a grid as coarse as the picture percolates.
    """
    landscape = shown.landscape
    surface, above = _surface(shown)
    traces = [surface, *crystal_traces(shown.crystal, landscape.cell)]
    if shown.path:
        traces.append(_way(landscape, shown.path))
    return {"data": traces, "layout": scene(landscape.cell)}, above


def facts(shown: Migration) -> dict[str, Any]:
    """Return the numbers shown, plain JSON: eV, Angstrom, fractions of cells; ``None`` for none."""
    found, voids, path = shown.percolation, shown.voids, shown.path
    levels = [level if math.isfinite(level) else None for level in found.levels]
    return {
        "minimum": found.minimum,
        **{f"e_{n}d": level for n, level in enumerate(levels, 1)},
        "void": None if voids is None else voids.largest,
        "passing_void": None if voids is None else list(voids.passing),
        "path_length": None if path is None else path.length,
        "path_winding": None if path is None else path.winding.tolist(),
    }


def _surface(shown: Migration) -> tuple[Json, float]:
    """Return the surface, and its energy above the minimum, eV.

    The field is calculated on a grid coarse enough for the page, and the surface drawn where that
    grid percolates: narrow channels stay whole.
    """
    landscape, spacing = shown.landscape, float(np.linalg.norm(shown.landscape.steps, axis=1).max())
    while True:
        found = percolation(landscape)
        opened = [level for level in found.levels if math.isfinite(level)]
        level = found.minimum + (opened[-1] if opened else 0.0) + _OPENING
        points, triangles = isosurface(np.pad(landscape.energy, (1, 2), mode="wrap"), level)
        if len(triangles) <= _TRIANGLES:
            break
        spacing *= math.sqrt(len(triangles) / _TRIANGLES) * _COARSER
        landscape = field_landscape(shown.field, grid_shape(landscape.cell, spacing))
    corners = (points - 1) / landscape.shape @ landscape.cell
    above = level - shown.percolation.minimum
    return _mesh(corners, triangles, f"energy up to {number(above)} eV"), above


def _mesh(corners: FloatArray, triangles: NDArray[np.int64], name: str) -> Json:
    return {
        "type": "mesh3d",
        "name": name,
        **dict(zip("xyz", (_packed(column, "f4") for column in corners.T), strict=True)),
        **dict(zip("ijk", (_packed(column, "u2") for column in triangles.T), strict=True)),
        "color": BLUE,
        "opacity": 0.4,
        "hoverinfo": "skip",
        "showlegend": True,
        "lighting": {"ambient": 0.7, "diffuse": 0.6, "specular": 0.1},
    }


def _packed(column: NDArray[Any], kind: str) -> Json:
    """Return numbers as Plotly's typed arrays: a third of the size of their digits."""
    data = np.ascontiguousarray(column, dtype=f"<{kind}").tobytes()
    return {"dtype": kind, "bdata": base64.b64encode(data).decode("ascii")}


def _way(landscape: Landscape, path: MigrationPath) -> Json:
    """Return the path, folded into the cell."""
    home = np.floor(path.positions + _EDGE)
    places: list[FloatArray | None] = []
    texts: list[str] = []
    before = home[0]
    for place, block, energy in zip(path.positions, home, path.energies, strict=True):
        if (block != before).any():
            places.append(None)
            texts.append("")
        places.append((place - block) @ landscape.cell)
        texts.append(f"{number(float(energy), 3)} eV")
        before = block
    return {
        "type": "scatter3d",
        "mode": "lines",
        "name": "way through",
        "text": texts,
        "hovertemplate": "%{text}<extra></extra>",
        "line": {"color": VERMILION, "width": 7},
        **coordinates(places),
    }


def _profile(landscape: Landscape, path: MigrationPath) -> Json:
    legs = np.linalg.norm(np.diff(path.positions, axis=0) @ landscape.cell, axis=1)
    along = np.concatenate([[0.0], np.cumsum(legs)])
    trace = line("way through", along.round(3).tolist(), path.energies.round(4).tolist())
    trace |= {"line": {"color": VERMILION, "width": 2.5}}
    page = layout("distance along the path (Å)", "energy above the minimum (eV)")
    return {"data": [trace], "layout": page | {"showlegend": False}}


def _note(above: float) -> str:
    return (
        f"Blue: up to {number(above)} eV above the minimum, where a grid as coarse as this picture "
        "opens the last dimension. Drag to turn, scroll to come nearer, click a name to hide it."
    )


def _cards(shown: Migration) -> str:
    known = facts(shown)
    cards = [(f"E<sub>{n}D</sub>", known[f"e_{n}d"], "eV above the minimum") for n in range(1, 4)]
    cards += [
        ("Minimum", known["minimum"], "eV"),
        ("Largest void", known["void"], "Å, radius"),
        ("Path", known["path_length"], f"Å, to cell {_direction(known['path_winding'])}"),
    ]
    items = "\n".join(
        f'<div class="card"><dt>{name}</dt><dd>'
        f"{NOTHING if value is None else number(value)}<small>{unit}</small></dd></div>"
        for name, value, unit in cards
    )
    return f'<dl class="cards">\n{items}\n</dl>'


def _direction(winding: Sequence[int] | None) -> str:
    return "" if winding is None else "[" + " ".join(number(n, 0) for n in winding) + "]"
