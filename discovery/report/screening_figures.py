"""The figures of a screening's report, as plain Plotly JSON."""

from typing import Final

import numpy as np
import pandas as pd

from discovery.report.drawing import BARS, BLUE, MUTED, OTHERS, VERMILION, Json, layout
from discovery.report.text import esc
from discovery.rng import stream
from discovery.screening.importances import Importances
from discovery.screening.problem import Problem
from discovery.screening.study import Study
from discovery.types import FloatArray

PANELS: Final = 12
"""Scatter plots that are drawn at most: of the features that correlate most."""

_ACROSS: Final = 4
_QUANTILES: Final = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
_COLOURS: Final = {"full": BLUE, "cut": OTHERS[0]}
_LABELLED: Final = 16  # numbers are written into a heatmap with fewer rows


def correlations(problem: Problem) -> pd.DataFrame:
    """Return Pearson's correlation of features and target, each of the rows that know both."""
    frame = pd.DataFrame(problem.features, columns=list(problem.names))
    frame[problem.target_name] = problem.target
    return frame.corr(min_periods=3)


def heatmap(problem: Problem) -> Json:
    """Return the correlations; a pair that too few rows know is left white."""
    found = correlations(problem)
    names = [esc(name) for name in found.columns]
    values = [
        [None if np.isnan(r) else round(float(r), 3) for r in row] for row in found.to_numpy()
    ]
    page = layout("", "") | {"showlegend": False, "margin": {"l": 60, "r": 16, "t": 16, "b": 60}}
    page["xaxis"] |= {"tickangle": -45, "showgrid": False, "dtick": 1}
    page["yaxis"] |= {"autorange": "reversed", "showgrid": False, "dtick": 1}
    trace: Json = {
        "type": "heatmap",
        "x": names,
        "y": names,
        "z": values,
        "zmin": -1,
        "zmax": 1,
        "colorscale": [[0, VERMILION], [0.5, "#ffffff"], [1, BLUE]],
        "colorbar": {"title": {"text": "r"}, "thickness": 12},
        "hovertemplate": "%{y}<br>%{x}<br>r = %{z}<extra></extra>",
        "hoverongaps": False,
    }
    if len(names) <= _LABELLED:
        trace["texttemplate"] = "%{z:.2f}"
        trace["textfont"] = {"size": 10}
    return {"data": [trace], "layout": page}


def shown_features(problem: Problem) -> list[str]:
    """Return the features with scatter plots, the one that correlates most first."""
    strength = correlations(problem)[problem.target_name].drop(problem.target_name).abs()
    order = strength.fillna(-1.0).sort_values(ascending=False, kind="stable")
    return [str(name) for name in order.index[:PANELS]]


def rows_of_panels(problem: Problem) -> int:
    """Return how many rows of panels :func:`scatter` draws."""
    return -(-min(len(problem.names), PANELS) // _ACROSS)


def scatter(problem: Problem) -> Json:
    """Return the target against each feature; rows of a class are spread a little."""
    names = shown_features(problem)
    target = problem.target
    if problem.classes:
        target = target + stream(0, "jitter").uniform(-0.25, 0.25, len(target))
    page = layout("", "") | {"showlegend": False, "margin": {"l": 90, "r": 10, "t": 10, "b": 50}}
    base, side = page.pop("xaxis"), page.pop("yaxis")
    traces: list[Json] = []
    rows = rows_of_panels(problem)
    for place, name in enumerate(names):
        row, column = divmod(place, _ACROSS)
        panel = str(place + 1) if place else ""
        values = problem.features[:, problem.names.index(name)]
        known = np.isfinite(values)
        top = 1 - row / rows
        page[f"xaxis{panel}"] = base | {
            "domain": [column / _ACROSS + 0.01, (column + 1) / _ACROSS - 0.01],
            "anchor": f"y{panel}",
            "automargin": False,
            "nticks": 4,
            "tickfont": {"size": 10},
            "title": {"text": esc(name), "font": {"size": 11}, "standoff": 4},
        }
        page[f"yaxis{panel}"] = side | {
            "domain": [top - 1 / rows + 0.09, top],
            "anchor": f"x{panel}",
            "showticklabels": column == 0,
            **_target_ticks(problem),
        }
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": values[known].tolist(),
                "y": target[known].tolist(),
                "xaxis": f"x{panel}",
                "yaxis": f"y{panel}",
                "marker": {"color": BLUE, "opacity": 0.5, "size": 5},
                "hovertemplate": f"{esc(name)} %{{x:.4g}}<extra></extra>",
            }
        )
    return {"data": traces, "layout": page}


def distributions(study: Study) -> Json:
    """Return a box per model: median, half and 90 % of the splits; guessing as a line."""
    scores = study.screening.scores
    order = [str(model) for model in study.table.query("variant == 'full'")["model"]]
    page = layout(study.score, "") | {"boxmode": "group", "margin": {"l": 60, "r": 16, "t": 16}}
    page["yaxis"] |= {
        "categoryorder": "array",
        "categoryarray": [esc(name) for name in order[::-1]],
        "dtick": 1,
    }
    page["margin"]["b"] = 84
    boxes = []
    for variant in study.screening.variants:
        groups = scores[scores["variant"] == variant].groupby("model")[study.score]
        quantiles = groups.quantile(_QUANTILES).unstack().dropna()  # noqa: PD010
        names = [name for name in order if name in quantiles.index]
        columns = quantiles.loc[names].round(4).to_numpy().T.tolist()
        ends = ("lowerfence", "q1", "median", "q3", "upperfence")
        boxes.append(
            {
                "type": "box",
                "orientation": "h",
                "name": variant,
                "y": [esc(name) for name in names],
                **dict(zip(ends, columns, strict=True)),
                "mean": groups.mean().loc[names].round(4).tolist(),
                "boxmean": True,
                "marker": {"color": _COLOURS[variant]},
                "line": {"width": 1.5},
            }
        )
    return {"data": boxes, "layout": page}


def importance_bars(found: Importances) -> Json:
    """Return one panel of bars per kind, with the range over the splits."""
    kinds = list(found.by_kind)
    order = np.argsort(np.median(found.by_kind["permutation"], axis=0), kind="stable")
    page = layout("", "") | {"showlegend": False}
    base, side = page.pop("xaxis"), page.pop("yaxis")
    page["yaxis"] = side | {"showgrid": False, "dtick": 1}
    traces = []
    for place, kind in enumerate(kinds):
        panel = str(place + 1) if place else ""
        low, middle, high = quantiles(found.by_kind[kind][:, order])
        ends = [place / len(kinds) + 0.01, (place + 1) / len(kinds) - 0.01]
        page[f"xaxis{panel}"] = base | {
            "domain": ends,
            "anchor": "y",
            "zeroline": True,
            "zerolinecolor": MUTED,
            "title": {"text": _axis(found, kind)},
        }
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": middle.tolist(),
                "y": [esc(found.names[place]) for place in order],
                "xaxis": f"x{panel}",
                "marker": {"color": BARS, "line": {"color": BLUE, "width": 1}},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": (high - middle).tolist(),
                    "arrayminus": (middle - low).tolist(),
                    "color": MUTED,
                    "thickness": 1.2,
                    "width": 3,
                },
                "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
            }
        )
    return {"data": traces, "layout": page}


def quantiles(values: FloatArray) -> FloatArray:
    """Return (3, d) the 5 %, 50 % and 95 % quantiles over the splits of (splits, d) values."""
    return np.quantile(values, [0.05, 0.5, 0.95], axis=0)


def _axis(found: Importances, kind: str) -> str:
    return {
        "built-in": "built-in (share)",
        "permutation": f"permutation (loss of {esc(found.score)})",
        "SHAP": "SHAP (mean |value|)",
    }[kind]


def _target_ticks(problem: Problem) -> Json:
    if not problem.classes:
        return {"title": {"text": ""}}
    return {
        "tickmode": "array",
        "tickvals": list(range(len(problem.classes))),
        "ticktext": [esc(name) for name in problem.classes],
    }
