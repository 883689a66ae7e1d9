"""Every fidelity against every other, as plain Plotly JSON."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from discovery.agreement.columns import Column
from discovery.agreement.results import Agreement
from discovery.agreement.study import Study
from discovery.report.drawing import BLUE, MUTED, VERMILION, Json, layout
from discovery.report.text import esc, formula, number
from discovery.types import BoolArray, Candidate

_GAP: Final = 0.015  # between panels, share of the figure
_BINS: Final = 24
# where the truth lies, seen from the marker: (bound of x, bound of y)
_SYMBOLS: Final = {
    (-1, 0): "triangle-left-open",
    (1, 0): "triangle-right-open",
    (0, -1): "triangle-down-open",
    (0, 1): "triangle-up-open",
}
_BOTH: Final = "diamond-open"
_COUNTS: Final = {"rangemode": "tozero", "showticklabels": False, "showgrid": False, "ticks": ""}


def scatter_matrix(study: Study) -> Json:
    """Return points below the diagonal, distributions on it and rank correlations above it.

    Bounds are open triangles that point to where the truth lies, and diamonds where both are.
    """
    columns, size = study.columns, len(study.columns)
    agreements = {frozenset((pair.first, pair.second)): pair for pair in study.comparison.pairs}
    page = layout("", "") | {"showlegend": False, "margin": {"l": 90, "r": 10, "t": 10, "b": 60}}
    base = page.pop("xaxis") | {"automargin": False, "nticks": 4, "tickfont": {"size": 10}}
    del page["yaxis"]
    traces: list[Json] = []
    notes: list[Json] = []
    for row, y in enumerate(columns):
        for place, x in enumerate(columns):
            panel = str(row * size + place + 1) if row or place else ""
            x_axis = base | _span(place, size) | {"anchor": f"y{panel}"}
            y_axis = base | _span(size - 1 - row, size) | {"anchor": f"x{panel}"}
            on = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"}
            if place > row:
                pair = agreements[frozenset((x.name, y.name))]
                notes.append(_correlation(pair, x_axis["domain"], y_axis["domain"]))
                continue
            if place < row:
                traces += [trace | on for trace in _points(study.candidates, x, y)]
                y_axis |= {"range": _range(y), "showticklabels": place == 0}
            else:
                traces.append(_histogram(x) | on)
                y_axis |= _COUNTS
            x_axis |= {"range": _range(x), "showticklabels": row == size - 1}
            page[f"xaxis{panel}"] = x_axis | _title(x, shown=row == size - 1)
            page[f"yaxis{panel}"] = y_axis | _title(y, shown=place == 0)
    return {"data": traces, "layout": page | {"annotations": notes}}


def _span(index: int, size: int) -> Json:
    return {"domain": [index / size + _GAP / 2, (index + 1) / size - _GAP / 2]}


def _points(candidates: Sequence[Candidate], x: Column, y: Column) -> list[Json]:
    both = x.known & y.known
    traces = []
    for sides in sorted(set(zip(x.side[both].tolist(), y.side[both].tolist(), strict=True))):
        rows = both & (x.side == sides[0]) & (y.side == sides[1])
        exact = sides == (0, 0)
        symbol = "circle" if exact else _SYMBOLS.get(sides, _BOTH)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": x.value[rows].tolist(),
                "y": y.value[rows].tolist(),
                "text": _labels(candidates, rows),
                "hovertemplate": f"<b>%{{text}}</b><br>{esc(x.name)} %{{x:.4g}}<br>"
                f"{esc(y.name)} %{{y:.4g}}<extra></extra>",
                "marker": {
                    "color": BLUE if exact else VERMILION,
                    "opacity": 0.45 if exact else 0.8,
                    "size": 4 if exact else 6,
                    "symbol": symbol,
                },
            }
        )
    return traces


def _histogram(column: Column) -> Json:
    values = column.value[column.known & column.exact]
    return {
        "type": "histogram",
        "x": values.tolist(),
        "nbinsx": _BINS,
        "marker": {"color": BLUE, "opacity": 0.6},
        "hovertemplate": "%{x}: %{y}<extra></extra>",
    }


def _correlation(agreement: Agreement, x: Sequence[float], y: Sequence[float]) -> Json:
    ranks, pairs = agreement.spearman, agreement.concordance
    shown = "–" if ranks.value is None else number(ranks.value)
    sure = "" if pairs.value is None else f"<br>concordance {number(pairs.value)}"
    strength = abs(ranks.value or 0.0)
    return {
        "xref": "paper",
        "yref": "paper",
        "x": sum(x) / 2,
        "y": sum(y) / 2,
        "text": f"<b>ρ {shown}</b><br>n = {ranks.count}{sure}",
        "xanchor": "center",
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 11 + 5 * strength, "color": BLUE if strength else MUTED},
    }


def _title(column: Column, *, shown: bool) -> Json:
    unit = "" if column.unit == "1" else f"<br>{esc(column.unit)}"
    text = f"<b>{esc(column.name)}</b>{unit}" if shown else ""
    return {"title": {"text": text, "font": {"size": 12}, "standoff": 16}}


def _range(column: Column) -> list[float]:
    values = column.value[column.known]
    if not len(values):
        return [0.0, 1.0]
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low) or 0.5
    return [low - margin, high + margin]


def _labels(candidates: Sequence[Candidate], rows: BoolArray) -> list[str]:
    here = [candidates[row] for row in np.flatnonzero(rows).tolist()]
    return [formula(c.formula) + (f" ({esc(c.name)})" if c.name else "") for c in here]
