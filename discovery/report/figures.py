"""The figures of a report, as plain Plotly JSON.

Plain dictionaries keep the Python side of Plotly, which takes long to import, out of the way.
"""

from collections.abc import Iterable
from typing import Final

from discovery.campaign import CampaignRecord
from discovery.report.agreement import forecast_pairs
from discovery.report.chance import random_recall
from discovery.report.drawing import (
    BAND,
    BARS,
    BLUE,
    INK,
    MUTED,
    Json,
    bounds,
    colours,
    layout,
    line,
    points,
)
from discovery.report.history import censored, exact, measured
from discovery.report.intervals import Z90
from discovery.report.recall import recall_steps
from discovery.report.summary import FAST
from discovery.report.text import esc

SIGMA: Final = "log<sub>10</sub> σ (S/cm)"
COST: Final = "cost spent (budget units)"
_ALL_TICKS_FIT: Final = 20


def progress(record: CampaignRecord) -> Json:
    """Return what was measured at the target, and the best value so far, against cost."""
    found = measured(record)
    values_of, bounds_of = exact(found), censored(found)
    costs = [answer.spent for answer in values_of]
    values = [float(answer.observation.value or 0.0) for answer in values_of]
    best = [max(values[: i + 1]) for i in range(len(values))]
    end = [max(record.ledger.spent, costs[-1])] if costs else []
    page = layout(COST, SIGMA)
    page["xaxis"]["range"] = [0, _reach(record) * 1.01]
    page["shapes"] = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": FAST, "y1": FAST}
        | {"line": {"color": MUTED, "width": 1, "dash": "dot"}}
    ]
    page["annotations"] = [
        {"text": "10<sup>−4</sup> S/cm", "xref": "paper", "x": 1, "y": FAST, "xanchor": "right"}
        | {"yanchor": "bottom", "showarrow": False, "font": {"size": 11, "color": MUTED}}
    ]
    return {
        "data": [
            points(costs, values, values_of)
            | {"name": "measured", "marker": {"color": BLUE, "opacity": 0.5, "size": 7}},
            *bounds(bounds_of, [answer.spent for answer in bounds_of]),
            line("best so far", costs + end, best + best[-1:], shape="hv", color=INK, width=2.5)
            | {"hovertemplate": "best so far %{y:.2f}<extra></extra>"},
        ],
        "layout": page,
    }


def recall(record: CampaignRecord, hits: Iterable[str]) -> Json:
    """Return the share of the hits found against cost, beside that of random measuring."""
    wanted = frozenset(hits)
    steps = recall_steps(record, wanted)
    costs = [cost for cost, _ in steps] + [max(record.ledger.spent, steps[-1][0])]
    shares = [found / len(wanted) for _, found in [*steps, steps[-1]]]
    page = layout(COST, "share of the hits found")
    page["xaxis"]["range"] = [0, _reach(record) * 1.01]
    page["yaxis"] |= {"range": [0, 1.02], "tickformat": ".0%"}
    return {
        "data": [
            *_chance(record, len(wanted)),
            line("this campaign", costs, shares, shape="hv", color=BLUE, width=2.5)
            | {"hovertemplate": "cost %{x:.4g}: %{y:.0%}<extra></extra>"},
        ],
        "layout": page,
    }


def spending(record: CampaignRecord) -> Json:
    """Return the actual cost of each round, stacked by fidelity."""
    colour = colours(record)
    bars = []
    for fidelity in record.fidelities:
        costs = dict.fromkeys(range(1, record.rounds + 1), 0.0)
        for entry in record.entries:
            if entry.query.fidelity == fidelity.name:
                costs[entry.round] += entry.actual or 0.0
        bars.append(
            {
                "type": "bar",
                "name": esc(fidelity.name) + (" (target)" if fidelity.target else ""),
                "x": list(costs),
                "y": list(costs.values()),
                "marker": {"color": colour[fidelity.name]},
                "hovertemplate": "round %{x}: %{y:.4g}",
            }
        )
    page = layout("round", "cost (budget units)") | {"barmode": "stack", "bargap": 0.15}
    page["xaxis"] |= {"tickformat": "d", "showgrid": False}
    if record.rounds < _ALL_TICKS_FIT:
        page["xaxis"]["dtick"] = 1
    return {"data": bars, "layout": page}


def parity(record: CampaignRecord) -> Json:
    """Return measured against forecast target values, with 90 % intervals of both.

    A bound is a triangle at its limit that points to where the truth lies, never a point.
    """
    pairs = forecast_pairs(record)
    values_of, bounds_of = exact(pairs), censored(pairs)
    forecasts = [answer.forecast.mean for answer in values_of]
    values = [answer.observation.value for answer in values_of]
    spreads = [Z90 * (answer.forecast.std or 0.0) for answer in values_of]
    errors = [Z90 * (answer.observation.standard_error or 0.0) for answer in values_of]
    bar = {"type": "data", "visible": True, "thickness": 1, "width": 0, "color": BARS}
    limits = [answer.observation.bound.value for answer in bounds_of if answer.observation.bound]
    known = [v for v in [*(p.forecast.mean for p in pairs), *values, *limits] if v is not None]
    ends = [min(known) - 1, max(known) + 1] if known else [-12.0, 0.0]
    page = layout(f"forecast {SIGMA}", f"measured {SIGMA}")
    page["xaxis"]["range"] = page["yaxis"]["range"] = ends
    return {
        "data": [
            line("", ends, ends, color=MUTED, width=1, dash="dash")
            | {"hoverinfo": "skip", "showlegend": False},
            points(forecasts, values, values_of)
            | {
                "name": "measured",
                "marker": {"color": BLUE, "size": 7},
                "error_x": bar | {"array": spreads},
                "error_y": bar | {"array": errors},
            },
            *bounds(bounds_of, [answer.forecast.mean for answer in bounds_of]),
        ],
        "layout": page,
    }


def _chance(record: CampaignRecord, hits: int) -> list[Json]:
    """Random measuring has no curve where measuring is free."""
    if record.target.cost == 0:
        return []
    pool = max(record.pool_size, hits)
    chance = random_recall(pool, hits, record.target.cost, _reach(record))
    cost = chance.cost.tolist()
    low = line("", cost, chance.low.tolist(), shape="hv", width=0)
    high = line("random, 90 % of cases", cost, chance.high.tolist(), shape="hv", width=0)
    return [
        low | {"hoverinfo": "skip", "showlegend": False},
        high | {"hoverinfo": "skip", "fill": "tonexty", "fillcolor": BAND},
        line("random, expected", cost, chance.mean.tolist(), color=MUTED, dash="dash")
        | {"hovertemplate": "random: %{y:.0%}<extra></extra>"},
    ]


def _reach(record: CampaignRecord) -> float:
    return max(record.ledger.budget, record.ledger.spent)
