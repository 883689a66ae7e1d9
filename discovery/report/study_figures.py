"""The figures of the reproduced report, as plain Plotly JSON: parity, overlays, errors."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from discovery.assessment.assess import Assessment
from discovery.report.drawing import BLUE, MUTED, OTHERS, VERMILION, Json, layout, line
from discovery.report.text import esc, number
from discovery.studies.experiments import Experiment, table_values
from discovery.studies.reproduction import Reproduction
from discovery.types import Candidate, FloatArray

_COLOURS: Final = (BLUE, OTHERS[0], OTHERS[2])
_MEASURED: Final = "measured log<sub>10</sub> σ (S/cm)"
_PREDICTED: Final = "predicted log<sub>10</sub> σ (S/cm)"
_GAP: Final = 0.06  # between panels, share of the figure


def triptych(found: Reproduction, *, test: bool) -> Json:
    """Return predictions against measurements, one panel for each stage, on the same axes.

    Args:
        found: What was measured.
        test: Of the test rows; by default of the training rows, out of fold.
    """
    parts = [_part(stage, test=test) for stage in found.stages]
    ends = _ends(parts)
    page = layout("", "") | {"showlegend": False}
    base, vertical = page.pop("xaxis"), page.pop("yaxis")
    traces: list[Json] = []
    notes: list[Json] = []
    width = (1 - _GAP * (len(parts) - 1)) / len(parts)
    for place, (stage, part) in enumerate(zip(found.stages, parts, strict=True)):
        panel = "" if place == 0 else str(place + 1)
        start = place * (width + _GAP)
        on = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"}
        traces += [_diagonal(ends) | on, _dots(found, part, _COLOURS[place], stage.name) | on]
        page[f"xaxis{panel}"] = base | {
            "domain": [start, start + width],
            "range": ends,
            "anchor": f"y{panel}",
            "title": {"text": _MEASURED},
        }
        page[f"yaxis{panel}"] = vertical | {
            "range": ends,
            "anchor": f"x{panel}",
            "showticklabels": place == 0,
            "title": {"text": _PREDICTED if place == 0 else ""},
        }
        notes.append(_caption(stage, part, start))
    return {"data": traces, "layout": page | {"annotations": notes}}


def overlay(found: Reproduction, first: int, second: int, *, test: bool) -> Json:
    """Return two stages in one panel, a row's two predictions joined by nothing but their x."""
    parts = [_part(found.stages[place], test=test) for place in (first, second)]
    ends = _ends(parts)
    page = layout(_MEASURED, _PREDICTED)
    page["xaxis"]["range"] = page["yaxis"]["range"] = ends
    colours = (_COLOURS[first], VERMILION)
    dots = [
        _dots(found, part, colour, f"stage {place}: {found.stages[place].name}")
        for place, part, colour in zip((first, second), parts, colours, strict=True)
    ]
    return {"data": [_diagonal(ends), *dots], "layout": page}


def cumulative(found: Reproduction, *, test: bool) -> Json:
    """Return the share of rows whose absolute error is at most so many decades."""
    traces = []
    for place, stage in enumerate(found.stages):
        error = np.sort(np.abs(_error(_part(stage, test=test))))
        share = np.arange(1, len(error) + 1) / len(error)
        name = f"stage {place}: {esc(stage.name)}"
        traces.append(
            line(name, error.tolist(), share.tolist(), color=_COLOURS[place], width=2)
            | {"hovertemplate": "%{y:.0%} within %{x:.2f} decades<extra></extra>"}
        )
    page = layout("absolute error (decades)", "share of rows")
    page["yaxis"] |= {"range": [0, 1.02], "tickformat": ".0%"}
    page["xaxis"] |= {"rangemode": "tozero"}
    return {"data": traces, "layout": page}


def _part(stage: Experiment, *, test: bool) -> Assessment:
    return stage.held_out if test else stage.validated


def _error(part: Assessment) -> FloatArray:
    error: FloatArray = part.mean[0] - part.truth.value
    return error


def _ends(parts: Sequence[Assessment]) -> list[float]:
    values = np.concatenate([np.concatenate([p.mean[0], p.truth.value]) for p in parts])
    return [float(values.min()) - 0.5, float(values.max()) + 0.5]


def _diagonal(ends: list[float]) -> Json:
    return line("", ends, ends, color=MUTED, width=1, dash="dash") | {
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _dots(found: Reproduction, part: Assessment, colour: str, name: str) -> Json:
    """Bounds are open: the report takes them for values, a reader should see which they are."""
    flagged = found.bench.data.flag[part.rows] > 0
    candidates = found.bench.data.dataset.candidates
    return {
        "type": "scatter",
        "mode": "markers",
        "name": esc(name),
        "x": part.truth.value.tolist(),
        "y": part.mean[0].tolist(),
        "text": [_label(candidates[row]) for row in part.rows],
        "hovertemplate": "<b>%{text}</b><br>measured %{x:.2f}<br>predicted %{y:.2f}<extra></extra>",
        "marker": {
            "color": colour,
            "opacity": 0.6,
            "size": 5,
            "symbol": np.where(flagged, "triangle-left-open", "circle").tolist(),
        },
    }


def _label(candidate: Candidate) -> str:
    return esc(candidate.name or candidate.formula)


def _caption(stage: Experiment, part: Assessment, start: float) -> Json:
    values = table_values(part)
    return {
        "xref": "paper",
        "yref": "paper",
        "x": start + 0.01,
        "y": 0.99,
        "xanchor": "left",
        "yanchor": "top",
        "align": "left",
        "showarrow": False,
        "text": f"<b>{esc(stage.name)}</b><br>R² {number(values['r_squared'])}, "
        f"RMSE {number(values['rmse'])}, ρ {number(values['spearman'])}",
    }
