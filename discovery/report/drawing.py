"""Traces, colours and axes that the figures share, as plain Plotly JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from discovery.campaign import CampaignRecord
from discovery.report.history import Answer
from discovery.report.text import bound, esc, number

Json: TypeAlias = dict[str, Any]

# colours that stay apart with any colour vision: Okabe & Ito (2008), https://jfly.uni-koeln.de
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
OTHERS: Final = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#F0E442", "#999999")
INK: Final = "#1f2933"
MUTED: Final = "#7b8794"
GRID: Final = "#e4e7eb"
BAND: Final = "rgba(123,135,148,0.18)"
BARS: Final = "rgba(0,114,178,0.22)"

_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
_ARROWS: Final = {"left": "triangle-down-open", "right": "triangle-up-open"}
_CENSORED: Final = {"left": "upper bound (σ is lower)", "right": "lower bound (σ is higher)"}


def colours(record: CampaignRecord) -> dict[str, str]:
    """Return one colour per fidelity; the target is blue."""
    others = [fidelity.name for fidelity in record.fidelities if not fidelity.target]
    return {record.target.name: BLUE} | {
        name: OTHERS[place % len(OTHERS)] for place, name in enumerate(others)
    }


def line(name: str, x: Sequence[float], y: Sequence[float], **style: Any) -> Json:  # noqa: ANN401
    """Return a line; ``style`` is Plotly's ``line``."""
    return {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": style}


def points(x: Sequence[float | None], y: Sequence[float | None], found: Sequence[Answer]) -> Json:
    """Return one marker per answer, which tells about itself when pointed at."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(x),
        "y": list(y),
        "text": [_label(answer) for answer in found],
        "hovertemplate": "%{text}<extra></extra>",
    }


def bounds(found: Sequence[Answer], x: Sequence[float | None]) -> Iterator[Json]:
    """Yield one trace per side that occurs; a triangle points to where the truth lies."""
    for side, symbol in _ARROWS.items():
        here = [
            (position, limit.value, answer)
            for position, answer in zip(x, found, strict=True)
            if (limit := answer.observation.bound) is not None and limit.side == side
        ]
        if here:
            marker = {"color": VERMILION, "symbol": symbol, "size": 9, "line": {"width": 1.5}}
            trace = points(*zip(*here, strict=True))
            yield trace | {"name": _CENSORED[side], "marker": marker}


def layout(x: str, y: str) -> Json:
    """Return a quiet layout with labelled axes."""
    axis = {
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": MUTED,
        "ticks": "outside",
        "tickcolor": GRID,
        "automargin": True,
    }
    return {
        "font": {"family": _FONT, "size": 13, "color": INK},
        "margin": {"l": 60, "r": 16, "t": 32, "b": 84},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "hoverlabel": {"bgcolor": "white", "font": {"color": INK}},
        "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        "showlegend": True,
        "xaxis": {**axis, "title": {"text": x}},
        "yaxis": {**axis, "title": {"text": y}},
    }


def _label(answer: Answer) -> str:
    """Plotly reads a little markup in labels, so names are escaped here too."""
    candidate, observation = answer.query.candidate, answer.observation
    forecast = answer.forecast
    name = f" ({esc(candidate.name)})" if candidate.name else ""
    measured = bound(observation.bound) if observation.bound else number(observation.value or 0.0)
    spread = "" if forecast.std is None else f" ± {number(forecast.std)}"
    belief = "" if forecast.mean is None else f"<br>forecast {number(forecast.mean)}{spread}"
    return f"<b>{esc(candidate.formula)}</b>{name}<br>measured {measured}{belief}"
