"""The figures of an explanation that tell of the data, as plain Plotly JSON."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from discovery.explanation.families import families_of
from discovery.explanation.pool import Purchase
from discovery.explanation.study import Explanation
from discovery.report.drawing import BARS, BLUE, VERMILION, Json, layout
from discovery.report.explanation_figures import SCALE
from discovery.report.text import bound, esc, formula, number
from discovery.rng import stream
from discovery.types import Bound, Candidate, Dataset, Estimate, FloatArray, Observation

_UNKNOWN: Final = "#d0d4da"
_SIDES: Final = {
    "left": ("upper bound (the truth is lower)", "triangle-down-open"),
    "right": ("lower bound (the truth is higher)", "triangle-up-open"),
}
_CODES: Final = {"left": -1, "right": 1}
_FEWEST_FOR_SHAPE: Final = 3  # values of a violin


def distributions(found: Explanation) -> Json:
    """Return a violin per family of its exact values; bounds are triangles beside it."""
    names = families_of(found.families) or ("",)
    family = np.array(found.families if names != ("",) else [""] * len(found.rows), dtype=object)
    rng = stream(found.settings.seed, "jitter")
    page = layout("", esc(found.dataset.unit)) | {"violingap": 0.25}
    counts = [int((family == name).sum()) for name in names]
    page["xaxis"] |= {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [
            f"{esc(name) or 'all'}<br>n = {count}"
            for name, count in zip(names, counts, strict=True)
        ],
        "showgrid": False,
    }
    traces: list[Json] = []
    for place, name in enumerate(names):
        values = found.truth.value[(family == name) & found.truth.exact]
        if len(values) >= _FEWEST_FOR_SHAPE:
            traces.append(_violin(place, values.tolist()))
        else:
            traces.append(_points(np.full(len(values), place), values, "measured", "circle", BLUE))
    for side, (told, symbol) in _SIDES.items():
        here = (found.truth.side == _CODES[side]) & np.isin(family, names)
        if here.any():
            at = np.array([names.index(name) for name in family[here]])
            at = at + 0.32 + rng.uniform(-0.08, 0.08, len(at))
            traces.append(_points(at, found.truth.value[here], told, symbol, VERMILION))
    return {"data": traces, "layout": page}


def known(found: Explanation) -> Json:
    """Return the map of the pool, coloured by what is known; bounds are triangles."""
    pool, labels = found.pool, found.dataset.labels
    exact = [labels.get(candidate.id) for candidate in pool.candidates]
    page = _map_page()
    traces = [_grey(found, [label is None for label in exact], "no label")]
    values = [isinstance(label, Estimate) for label in exact]
    markers = _on_map(found, values, "measured", _hints(pool.candidates, found.dataset))
    markers["marker"] = {
        "color": [label.value for label in exact if isinstance(label, Estimate)],
        "colorscale": SCALE,
        "showscale": True,
        "colorbar": {"title": {"text": esc(found.dataset.unit), "side": "right"}, "thickness": 12},
        "size": 7,
    }
    traces.append(markers)
    for side, (told, symbol) in _SIDES.items():
        here = [isinstance(label, Bound) and label.side == side for label in exact]
        bounds = _on_map(found, here, told, _hints(pool.candidates, found.dataset))
        bounds["marker"] = {"color": VERMILION, "symbol": symbol, "size": 8}
        traces.append(bounds)
    return {"data": [trace for trace in traces if trace["x"]], "layout": page}


def bought(found: Explanation) -> Json:
    """Return the map of the pool, coloured by the round in which a campaign bought a material."""
    last: dict[str, Purchase] = {}
    cheap: dict[str, Purchase] = {}
    for purchase in found.pool.purchases:
        of = last if purchase.target else cheap
        of.setdefault(purchase.observation.query.candidate.id, purchase)
    rounds = [purchase.round for purchase in (*last.values(), *cheap.values())]
    traces = [
        _grey(found, [c.id not in {*last, *cheap} for c in found.pool.candidates], "not bought")
    ]
    for purchases, name, symbol, size in (
        (cheap, "another fidelity", "square-open", 10),
        (last, "target fidelity", "circle", 7),
    ):
        here = [candidate.id in purchases for candidate in found.pool.candidates]
        chosen = [c for c in found.pool.candidates if c.id in purchases]
        hints = {c.id: _purchase_hint(c, purchases[c.id]) for c in chosen}
        trace = _on_map(found, here, name, hints)
        trace["marker"] = {
            "color": [purchases[c.id].round for c in chosen],
            "colorscale": SCALE,
            "cmin": min(rounds, default=0),
            "cmax": max(rounds, default=1),
            "symbol": symbol,
            "size": size,
            "showscale": purchases is (last or cheap),
            "colorbar": {"title": {"text": "round", "side": "right"}, "thickness": 12},
        }
        traces.append(trace)
    return {"data": [trace for trace in traces if trace["x"]], "layout": _map_page()}


def _violin(place: int, values: list[float]) -> Json:
    return {
        "type": "violin",
        "x0": place,
        "y": values,
        "name": "",
        "showlegend": False,
        "points": "all",
        "pointpos": 0,
        "jitter": 0.3,
        "spanmode": "hard",
        "box": {"visible": True, "width": 0.2},
        "marker": {"color": BLUE, "size": 3, "opacity": 0.45},
        "line": {"color": BLUE, "width": 1},
        "fillcolor": BARS,
        "width": 0.8,
        "hoveron": "points",
        "hovertemplate": "%{y:.2f}<extra></extra>",
    }


def _points(
    x: FloatArray,
    y: FloatArray,
    name: str,
    symbol: str,
    colour: str,
) -> Json:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": x.tolist(),
        "y": y.tolist(),
        "marker": {"symbol": symbol, "color": colour, "size": 8},
        "hovertemplate": "%{y:.2f}<extra></extra>",
    }


def _map_page() -> Json:
    page = layout("", "")
    for axis in ("xaxis", "yaxis"):
        page[axis] |= {"showticklabels": False, "ticks": "", "showgrid": False}
    return page


def _grey(found: Explanation, here: Sequence[bool], name: str) -> Json:
    hints = {c.id: _name(c) for c in found.pool.candidates}
    trace = _on_map(found, here, name, hints)
    return trace | {"marker": {"color": _UNKNOWN, "size": 5}}


def _on_map(found: Explanation, here: Sequence[bool], name: str, hints: dict[str, str]) -> Json:
    chosen = np.flatnonzero(here)
    places = found.pool.plane.places[chosen].round(4)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "text": [hints[found.pool.candidates[place].id] for place in chosen],
        "hovertemplate": "%{text}<extra></extra>",
    }


def _hints(candidates: Sequence[Candidate], dataset: Dataset) -> dict[str, str]:
    told = {}
    for candidate in candidates:
        label = dataset.labels.get(candidate.id)
        value = bound(label) if isinstance(label, Bound) else label and number(label.value)
        told[candidate.id] = f"{_name(candidate)}<br>{value}" if value else _name(candidate)
    return told


def _purchase_hint(candidate: Candidate, purchase: Purchase) -> str:
    query = purchase.observation.query
    return (
        f"{_name(candidate)}<br>round {purchase.round}, {esc(query.fidelity)}: "
        f"{_answer(purchase.observation)}"
    )


def _answer(observation: Observation) -> str:
    if observation.bound is not None:
        return bound(observation.bound)
    return esc(observation.status) if observation.value is None else number(observation.value)


def _name(candidate: Candidate) -> str:
    return formula(candidate.formula) + (f" ({esc(candidate.name)})" if candidate.name else "")
