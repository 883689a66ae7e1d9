"""Figures of a page about a suite, as plain Plotly JSON."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Final

from discovery.benchmark import page_fidelities
from discovery.benchmark.intervals_ranks import Ranking
from discovery.benchmark.page_calibration import Judged, judged
from discovery.benchmark.page_entries import Entry, Line
from discovery.benchmark.page_numbers import Numbers
from discovery.benchmark.results import Results
from discovery.report.drawing import BLUE, INK, MUTED, OTHERS, VERMILION, Json, layout, line
from discovery.report.text import esc

_COLOURS: Final = (BLUE, VERMILION, *OTHERS)
_DASHES: Final = ("solid", "dash", "dot")


def figures(results: Results, found: Numbers) -> dict[str, Json]:
    """Return name -> figure: recall, regret and calibration of each problem, and the ranking."""
    drawn: dict[str, Json] = {}
    styles = {
        strategy.title: _style(place) for place, strategy in enumerate(results.suite.strategies)
    }
    calibrated = judged(results)
    for place in range(len(results.problems)):
        entries = found.of(place)
        drawn[f"recall-{place}"] = _recall(results, place, entries, styles)
        regrets = [(entry.title, entry.regrets) for entry in entries]
        drawn[f"regret-{place}"] = _regret("simple regret", regrets, styles)
        inferred = [(e.title, e.inferred) for e in entries if e.inferred is not None]
        if inferred:
            drawn[f"inference-{place}"] = _regret("inference regret", inferred, styles)
        if calibration := _calibration(results, place, calibrated, styles):
            drawn[f"calibration-{place}"] = calibration
    if found.savings:
        drawn["savings"] = page_fidelities.figure(results, found.savings, styles)
    if found.ranking is not None:
        drawn["ranking"] = _ranking(found.ranking)
    return drawn


def _style(place: int) -> dict[str, str]:
    dash = _DASHES[place // len(_COLOURS) % len(_DASHES)]
    return {"color": _COLOURS[place % len(_COLOURS)], "dash": dash}


def _recall(
    results: Results, place: int, entries: list[Entry], styles: Mapping[str, dict[str, str]]
) -> Json:
    whole = results.problems[place].whole
    budget = max(entry.found.spent[-1] for entry in entries) if entries else whole
    chance = line("chance", [0.0, budget], [0.0, min(budget / whole, 1.0)], color=MUTED, dash="dot")
    traces = [chance]
    for entry in entries:
        traces += _banded(entry.title, entry.found, styles[entry.title])
    page = layout("cost", "share of the best that was found")
    page["yaxis"] |= {"range": [0, 1.02], "tickformat": ".0%"}
    return {"data": traces, "layout": page}


def _regret(
    what: str, curves: Sequence[tuple[str, Line]], styles: Mapping[str, dict[str, str]]
) -> Json:
    traces = [t for title, curve in curves for t in _banded(title, curve, styles[title])]
    page = layout("cost", what)
    page["yaxis"] |= {"rangemode": "tozero"}
    return {"data": traces, "layout": page}


def _banded(title: str, drawn: Line, style: dict[str, str]) -> list[Json]:
    """A step line and its interval."""
    spent = drawn.spent.tolist()
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": spent + spent[::-1],
        "y": drawn.low.tolist() + drawn.high.tolist()[::-1],
        "fill": "toself",
        "fillcolor": style["color"],
        "opacity": 0.15,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": title,
    }
    mean = line(esc(title), spent, drawn.mean.tolist(), width=2, **style)
    return [band, mean | {"legendgroup": title}]


def _calibration(
    results: Results, place: int, told: Sequence[Judged], styles: Mapping[str, dict[str, str]]
) -> Json | None:
    traces = []
    for one in told:
        if one.problem == place:
            known = [(step, v) for step, v in enumerate(one.steps["coverage_90"]) if isfinite(v)]
            x, y = [step / results.suite.judged for step, _ in known], [v for _, v in known]
            traces.append(line(esc(one.title), x, y, width=2, **styles[one.title]))
    if not traces:
        return None
    aim = line("as it should be", [0.0, 1.0], [0.9, 0.9], color=MUTED, dash="dot")
    page = layout("share of the budget after the initial design", "truths in 90 % intervals")
    page["yaxis"] |= {"range": [0, 1.02], "tickformat": ".0%"}
    page["xaxis"] |= {"range": [0, 1], "tickformat": ".0%"}
    return {"data": [aim, *traces], "layout": page}


def _ranking(ranked: Ranking) -> Json:
    """Average ranks, and bars over those that do not differ (Demšar's diagram, upright)."""
    count = len(ranked.names)
    places = list(range(count))
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": ranked.ranks.tolist(),
        "y": places,
        "marker": {"color": BLUE, "size": 9},
        "hovertemplate": "%{x:.2f}<extra></extra>",
    }
    bars = [
        line("", [ranked.ranks[first], ranked.ranks[last]], [first - 0.3] * 2, color=INK, width=4)
        for first, last in ranked.alike
    ]
    page = layout("average rank", "") | {"showlegend": False}
    page["yaxis"] |= {
        "tickvals": places,
        "ticktext": [esc(name) for name in ranked.names],
        "range": [count - 0.5, -0.8],
    }
    return {"data": [*bars, dots], "layout": page}
