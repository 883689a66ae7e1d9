"""Tables that commands print."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from discovery.campaign import CampaignRecord
    from discovery.config import CampaignOptions
    from discovery.types import Query

_QUERY_COLUMNS = (
    "query", "formula", "name", "space_group", "fidelity", "cost", "value", "standard_error",
    "predicted", "predicted_std", "reason",
)  # fmt: skip
_STATUSES = ("ok", "refused", "failed", "timeout", "lost", "pending")


def query_rows(record: "CampaignRecord", queries: "Sequence[Query]") -> list[dict[str, Any]]:
    """Return one row per open query; ``value`` and ``standard_error`` are left to be filled in."""
    entries = {entry.query.id: entry for entry in record.entries}
    return [
        {
            "query": query.id,
            "formula": query.candidate.formula,
            "name": query.candidate.name,
            "space_group": query.candidate.space_group,
            "fidelity": query.fidelity,
            "cost": entries[query.id].cost,
            "value": None,
            "standard_error": None,
            "predicted": _rounded(entries[query.id].forecast.mean),
            "predicted_std": _rounded(entries[query.id].forecast.std),
            "reason": entries[query.id].forecast.reason,
        }
        for query in queries
    ]


def write_csv(rows: Sequence[Mapping[str, Any]], write: Callable[[str], object]) -> None:
    """Write rows as CSV with a header."""
    text = io.StringIO()
    table = csv.DictWriter(text, _QUERY_COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write(text.getvalue().rstrip("\n"))


def status_lines(facts: Mapping[str, Any]) -> list[str]:
    """Return where a campaign stands, line by line."""
    best = facts["best"]
    lines = [
        f"campaign   {facts['name']} (seed {facts['seed']}, {facts['pool_size']} candidates)",
        _budget(facts),
        f"rounds     {facts['rounds']}; {facts['pending']} queries open",
    ]
    for name, counts in facts["fidelities"].items():
        told = ", ".join(f"{counts[s]} {s}" for s in _STATUSES if counts[s])
        lines.append(
            f"{name:<10} {counts['asked']} asked ({told or 'none answered'}), "
            f"cost {counts['cost']:g}"
        )
    lines.append(
        "best       none yet"
        if best is None
        else f"best       {best['formula']}: {best['value']:.2f} {best['unit']}"
    )
    if "recall" in facts:
        lines.append(
            f"recall     {facts['hits_found']} of the best {facts['hits']} ({facts['recall']:.0%})"
        )
    lines.append(f"state      {facts['stopped'] or 'open'}")
    return lines


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _budget(facts: Mapping[str, Any]) -> str:
    spent, reserved, left = facts["spent"], facts["reserved"], facts["remaining"]
    return (
        f"budget     spent {spent:g}, reserved {reserved:g}, "
        f"remaining {left:g} of {facts['budget']:g}"
    )


def print_found(
    facts: Mapping[str, Any], record: "CampaignRecord", config: "CampaignOptions"
) -> None:
    """Print the best candidates that were measured, and where the rest is written."""
    from discovery.report.ranking import top_candidates

    # a pipe has no width, and a table squeezed into 80 columns loses its formulas
    console = Console() if Console().is_terminal else Console(width=140)
    table = Table(title=f"Best candidates of {facts['name']}")
    for column in ("rank", "formula", "name", "space group", "log10 σ (S/cm)", "predicted"):
        table.add_column(column)
    for top in top_candidates(record, config.report.top):
        candidate, belief = top.candidate, top.forecast
        table.add_row(
            str(top.rank),
            candidate.formula,
            candidate.name,
            str(candidate.space_group or ""),
            "" if top.measured is None else _answer(top.measured.value, top.measured.bound),
            "" if belief.mean is None else f"{belief.mean:.2f} ± {belief.std or 0:.2f}",
        )
    console.print(table)
    for line in status_lines(facts):
        console.print(line, highlight=False)
    console.print(f"report     {facts['report']}", highlight=False)
    console.print(f"ended      {facts['ended']}", highlight=False)


def _answer(value: float | None, bound: Any) -> str:  # noqa: ANN401 - a Bound or nothing
    if value is not None:
        return f"{value:.2f}"
    return "" if bound is None else f"{'<' if bound.side == 'left' else '>'}{bound.value:.2f}"
