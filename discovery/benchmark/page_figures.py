"""Figures of a page about a suite, as plain Plotly JSON."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from discovery.benchmark import page_fidelities
from discovery.benchmark.intervals_ranks import Ranking
from discovery.benchmark.page_numbers import Entry, Line, Numbers
from discovery.benchmark.results import Results
from discovery.report.drawing import BLUE, INK, MUTED, OTHERS, VERMILION, Json, layout, line
from discovery.report.text import esc

_COLOURS: Final = (BLUE, VERMILION, *OTHERS)
_DASHES: Final = ("solid", "dash", "dot")
_STEPS: Final = 10  # of the budget, in the figure of calibration


def figures(results: Results, found: Numbers) -> dict[str, Json]:
    """Return name -> figure: recall, regret and calibration of each problem, and the ranking."""
    drawn: dict[str, Json] = {}
    styles = {
        strategy.title: _style(place) for place, strategy in enumerate(results.suite.strategies)
    }
    for place in range(len(results.problems)):
        entries = [entry for entry in found.entries if entry.problem == place]
        drawn[f"recall-{place}"] = _recall(results, place, entries, styles)
        drawn[f"regret-{place}"] = _regret(entries, styles)
        if calibration := _calibration(results, place, styles):
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


def _regret(entries: list[Entry], styles: Mapping[str, dict[str, str]]) -> Json:
    traces = [t for e in entries for t in _banded(e.title, e.regrets, styles[e.title])]
    page = layout("cost", "simple regret")
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


def _calibration(results: Results, place: int, styles: Mapping[str, dict[str, str]]) -> Json | None:
    traces = []
    for strategy in results.suite.strategies:
        told = [
            (note["spent"] / run.cell.budget, note["coverage_90"])
            for run in results.of(place, strategy.title)
            for note in run.result["rounds"]
            if "coverage_90" in note
        ]
        if not told:
            continue
        share, covered = np.array(told).T
        steps = np.minimum((share * _STEPS).astype(int), _STEPS - 1)
        held = [step for step in range(_STEPS) if (steps == step).any()]
        x = [(step + 0.5) / _STEPS for step in held]
        y = [float(covered[steps == step].mean()) for step in held]
        traces.append(line(esc(strategy.title), x, y, width=2, **styles[strategy.title]))
    if not traces:
        return None
    aim = line("as it should be", [0.0, 1.0], [0.9, 0.9], color=MUTED, dash="dot")
    page = layout("share of the budget", "truths in 90 % intervals")
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
