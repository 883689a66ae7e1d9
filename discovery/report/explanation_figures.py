"""The figures of an explanation that tell of the model, as plain Plotly JSON."""

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import rankdata

from discovery.explanation.study import Explanation
from discovery.explanation.units import with_unit
from discovery.report.drawing import BAND, BARS, BLUE, MUTED, Json, layout, line
from discovery.report.screening_figures import heatmap, importance_bars
from discovery.report.text import esc, formula
from discovery.rng import stream
from discovery.screening.importances import Importances, Kind
from discovery.screening.problem import Problem

if TYPE_CHECKING:
    from discovery.types import FloatArray

SHOWN: Final = 15
"""Features in a figure."""

_ACROSS: Final = 3
# dark is low, bright is high, with any colour vision: S. van der Walt & N. Smith, viridis
SCALE: Final = "Viridis"


def importances(found: Explanation) -> Json:
    """Return the three importances of the first features side by side."""
    shown = found.order[:SHOWN]
    by_kind: dict[Kind, FloatArray] = {"permutation": found.permutation[:, shown]}
    if found.shap is not None:
        folds = range(found.settings.folds)
        by_kind["SHAP"] = np.array(
            [np.abs(found.shap[found.fold == fold][:, shown]).mean(axis=0) for fold in folds]
        )
    if found.impurity is not None:
        by_kind["built-in"] = found.impurity[None, shown]
    names = tuple(with_unit(found.names[column]) for column in shown)
    drawn = importance_bars(Importances(found.proxy, names, by_kind, "ρ"))
    drawn["layout"]["yaxis"]["tickfont"] = {"size": 11}
    return drawn


def contributions(found: Explanation) -> Json:
    """Return SHAP values, a point per row, coloured by the feature's value among the rows."""
    assert found.shap is not None
    shown = found.order[:SHOWN][::-1]
    rng = stream(found.settings.seed, "jitter")
    materials = [
        formula(c.formula) for c in (found.dataset.candidates[row] for row in found.rows.tolist())
    ]
    page = layout("SHAP value, score units", "") | {"showlegend": False}
    page["xaxis"] |= {"zeroline": True, "zerolinecolor": MUTED}
    page["yaxis"] |= {
        "tickmode": "array",
        "tickvals": list(range(len(shown))),
        "ticktext": [esc(with_unit(found.names[column])) for column in shown],
        "tickfont": {"size": 11},
    }
    traces: list[Json] = []
    for place, column in enumerate(shown.tolist()):
        values = found.values[:, column]
        known = np.isfinite(values)
        for here, colour in (
            (known, ((rankdata(values[known]) - 0.5) / max(known.sum(), 1)).round(3).tolist()),
            (~known, "#d0d4da"),
        ):
            if not here.any():
                continue
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": found.shap[here, column].round(5).tolist(),
                    "y": (place + rng.uniform(-0.3, 0.3, here.sum())).round(3).tolist(),
                    "text": [materials[row] for row in np.flatnonzero(here)],
                    "customdata": [_told(value) for value in values[here]],
                    "marker": {"color": colour, "size": 4, "opacity": 0.7}
                    | ({"cmin": 0, "cmax": 1, "colorscale": SCALE} if here is known else {}),
                    "hovertemplate": "%{text}<br>value %{customdata}: %{x:.3f}<extra></extra>",
                }
            )
    first = next((trace for trace in traces if "colorscale" in trace["marker"]), None)
    if first is not None:
        first["marker"] |= {"showscale": True, "colorbar": _colour_bar()}
    return {"data": traces, "layout": page}


def dependences(found: Explanation) -> Json:
    """Return a panel per feature: mean response, and where those of half and 80 % of rows lie."""
    page = layout("", "") | {"showlegend": False, "margin": {"l": 60, "r": 10, "t": 10, "b": 50}}
    base, side = page.pop("xaxis"), page.pop("yaxis")
    rows = rows_of_panels(found)
    curves = found.dependences
    every = np.concatenate([curve.quantiles.ravel() for curve in curves])
    room = 0.08 * max(float(np.ptp(every)), 1e-6)
    ends = [float(every.min()) - 2 * room, float(every.max()) + room]
    traces: list[Json] = []
    for place, curve in enumerate(curves):
        row, column = divmod(place, _ACROSS)
        panel = str(place + 1) if place else ""
        top = 1 - row / rows
        page[f"xaxis{panel}"] = base | {
            "domain": [column / _ACROSS + 0.015, (column + 1) / _ACROSS - 0.015],
            "anchor": f"y{panel}",
            "automargin": False,
            "nticks": 5,
            "tickfont": {"size": 10},
            "title": {"text": esc(with_unit(curve.name)), "font": {"size": 12}, "standoff": 4},
        }
        page[f"yaxis{panel}"] = side | {
            "domain": [top - 1 / rows + 0.3 / (rows + 1), top],
            "anchor": f"x{panel}",
            "range": ends,
            "showticklabels": column == 0,
            "title": {"text": "response, score" if column == 0 else ""},
        }
        on = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"}
        grid = curve.grid.tolist()
        for low, high, colour in ((0, 4, BAND), (1, 3, BARS)):
            around = [*curve.quantiles[high].tolist(), *curve.quantiles[low].tolist()[::-1]]
            outline = line("", grid + grid[::-1], around, width=0)
            traces.append(
                outline | on | {"fill": "toself", "fillcolor": colour, "hoverinfo": "skip"}
            )
        mean = line("", grid, curve.mean.tolist(), color=BLUE, width=2.5)
        traces.append(mean | on | {"hovertemplate": "%{x:.4g}: %{y:.3f}<extra></extra>"})
        inside = curve.known[(curve.known >= grid[0]) & (curve.known <= grid[-1])]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": inside.tolist(),
                "y": [ends[0] + room / 2] * len(inside),
                "marker": {"symbol": "line-ns-open", "size": 7, "color": MUTED, "opacity": 0.5},
                "hoverinfo": "skip",
            }
            | on
        )
    return {"data": traces, "layout": page}


def rows_of_panels(found: Explanation) -> int:
    """Return how many rows of panels :func:`dependences` draws."""
    return -(-len(found.dependences) // _ACROSS)


def correlations(found: Explanation) -> Json:
    """Return the correlations of the first features with each other and with exact labels."""
    shown = found.order[:SHOWN]
    target = np.where(found.truth.exact, found.truth.value, np.nan)
    named = tuple(with_unit(found.names[column]) for column in shown)
    drawn = heatmap(
        Problem(
            name=found.dataset.name,
            task="regression",
            features=found.values[:, shown],
            names=named,
            target=target,
            target_name=found.dataset.property,
            classes=(),
            needed=np.ones(len(shown), dtype=np.bool_),
            rows=found.rows,
        )
    )
    drawn["data"][0] |= {"texttemplate": "%{z:.2f}", "textfont": {"size": 10}}
    return drawn


def _told(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "unknown"


def _colour_bar() -> Json:
    return {
        "title": {"text": "value", "side": "right"},
        "tickmode": "array",
        "tickvals": [0.0, 1.0],
        "ticktext": ["low", "high"],
        "thickness": 12,
    }
