"""The figures of an assessment, as plain Plotly JSON."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from discovery.assessment import metrics
from discovery.assessment.assess import Assessment
from discovery.assessment.study import Judged, Study
from discovery.report.drawing import (
    BLUE,
    INK,
    MUTED,
    OTHERS,
    VERMILION,
    Json,
    layout,
    line,
)
from discovery.report.text import esc, formula, number
from discovery.types import Dataset, FloatArray

_COLOURS: Final = (BLUE, VERMILION, *OTHERS)
_LEVELS: Final = np.linspace(0.0, 1.0, 51)
_SIDES: Final = {-1: ("upper bound", "triangle-down-open"), 1: ("lower bound", "triangle-up-open")}


def calibration(study: Study) -> Json:
    """Return the observed against the promised share of truths in central intervals."""
    traces = [_diagonal("perfect")]
    for colour, each in zip(_COLOURS, study.of("protocols"), strict=False):
        observed = np.mean(list(_coverages(each.assessment)), axis=0)
        traces.append(
            line(esc(each.label), _LEVELS.tolist(), observed.tolist(), color=colour, width=2)
            | {"hovertemplate": "promised %{x:.0%}: %{y:.0%}"}
        )
    return {"data": traces, "layout": _shares("promised share", "observed share")}


def gain(study: Study) -> Json:
    """Return the share of the hits found against the share of the ranked rows that are sent."""
    traces = [_diagonal("by chance")]
    for colour, each in zip(_COLOURS, study.of("protocols"), strict=False):
        sent, found = _gain(each.assessment, study.settings.best)
        traces.append(
            line(esc(each.label), sent.tolist(), found.tolist(), color=colour, width=2)
            | {"hovertemplate": "%{x:.0%} sent: %{y:.0%} of the hits"}
        )
    return {"data": traces, "layout": _shares("share of the rows sent", "share of the hits found")}


def parity(study: Study, judged: Judged) -> Json:
    """Return truth against prediction, the mean over repeats; bounds point to the truth."""
    found, truth = judged.assessment, judged.assessment.truth
    mean, std = np.nanmean(found.mean, axis=0), np.nanmean(found.std, axis=0)
    every = np.concatenate([mean, truth.value])
    ends = [float(every.min()) - 0.5, float(every.max()) + 0.5]
    labels = np.array(_labels(study.dataset, found), dtype=object)
    text = np.array([f"{name}<br>± {number(s)}" for name, s in zip(labels, std, strict=True)])
    traces = [line("", ends, ends, color=MUTED, width=1, dash="dash")]
    traces[0] |= {"hoverinfo": "skip", "showlegend": False}
    for side in sorted(set(truth.side.tolist()), key=abs):
        rows = truth.side == side
        name, symbol = _SIDES.get(side, ("measured", "circle"))
        marker = {"color": VERMILION if side else BLUE, "symbol": symbol, "opacity": 0.55}
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": mean[rows].tolist(),
                "y": truth.value[rows].tolist(),
                "text": text[rows].tolist(),
                "marker": marker | {"size": 8 if side else 6},
                "hovertemplate": "<b>%{text}</b><br>predicted %{x:.2f}, known %{y:.2f}"
                "<extra></extra>",
            }
        )
    unit = esc(study.dataset.unit)
    page = layout(f"predicted {unit}", f"known {unit}")
    page["xaxis"]["range"] = page["yaxis"]["range"] = ends
    return {"data": traces, "layout": page}


def learning(study: Study) -> Json:
    """Return the rank correlation against the number of rows learnt from."""
    points = study.of("learning")
    rows = [each.assessment.trained for each in points]
    page = layout("rows learnt from", "Spearman ρ")
    page["xaxis"]["rangemode"] = "tozero"
    return {"data": _curves(rows, points), "layout": page}


def validation(study: Study, series: str) -> Json:
    """Return the rank correlation against the value of an option."""
    points = [each for each in study.of("validation") if each.task.series == series]
    values = [each.label for each in points]
    page = layout(esc(series), "Spearman ρ")
    page["xaxis"] |= {"type": "category", "showgrid": False}
    return {"data": _curves(values, points), "layout": page}


def _curves(x: Sequence[float | str], points: Sequence[Judged]) -> list[Json]:
    scores = [each.scores["spearman"] for each in points]
    ends = [score.interval or (score.value, score.value) for score in scores]
    values = [score.value for score in scores]
    bars = {
        "type": "data",
        "symmetric": False,
        "array": [_gap(high, value) for (_, high), value in zip(ends, values, strict=True)],
        "arrayminus": [_gap(value, low) for (low, _), value in zip(ends, values, strict=True)],
        "color": BLUE,
        "thickness": 1,
    }
    own = [each.assessment.resubstituted["spearman"] for each in points]
    shared = {"type": "scatter", "mode": "lines+markers", "x": list(x)}
    return [
        shared
        | {"name": "rows not seen, 95 % interval", "y": values, "error_y": bars}
        | {"line": {"color": BLUE, "width": 2}, "marker": {"size": 7}},
        shared
        | {"name": "rows learnt from", "y": [v if np.isfinite(v) else None for v in own]}
        | {"line": {"color": MUTED, "width": 1.5, "dash": "dot"}, "marker": {"size": 5}},
    ]


def _gap(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else max(high - low, 0.0)


def _coverages(found: Assessment) -> list[FloatArray]:
    shares = []
    for mean, std in zip(found.mean, found.std, strict=True):
        here = np.isfinite(mean)
        shares.append(metrics.coverages(found.truth.take(here), mean[here], std[here], _LEVELS))
    return shares


def _gain(found: Assessment, best: float) -> tuple[FloatArray, FloatArray]:
    """Share sent and share of the hits among them, (k,), averaged over the repeats."""
    sent = np.linspace(0.0, 1.0, 101)
    shares = []
    for mean in found.mean:
        here = np.isfinite(mean)
        truth, count = found.truth.take(here), int(here.sum())
        firsts = [max(1, round(share * count)) for share in sent[1:]]
        times = [metrics.enrichment(truth, mean[here], first, best) for first in firsts]
        shares.append([0.0, *(t * first / count for t, first in zip(times, firsts, strict=True))])
    return sent, np.mean(shares, axis=0)


def _shares(x: str, y: str) -> Json:
    page = layout(x, y)
    for axis in ("xaxis", "yaxis"):
        page[axis] |= {"range": [0, 1.01], "tickformat": ".0%"}
    return page


def _diagonal(name: str) -> Json:
    return line(name, [0.0, 1.0], [0.0, 1.0], color=INK, width=1, dash="dash") | {
        "hoverinfo": "skip"
    }


def _labels(dataset: Dataset, found: Assessment) -> list[str]:
    here = [dataset.candidates[row] for row in found.rows.tolist()]
    return [formula(c.formula) + (f" ({esc(c.name)})" if c.name else "") for c in here]
