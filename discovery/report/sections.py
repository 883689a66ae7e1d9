"""The sections of a report, one function each; all return HTML."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from discovery.campaign import CampaignRecord
from discovery.report import text
from discovery.report.agreement import Agreement
from discovery.report.history import answers
from discovery.report.intervals import Interval
from discovery.report.table import Cell, table, value
from discovery.report.text import amount, esc, number


def header(record: CampaignRecord, dataset: str) -> str:
    """Return the title and where the campaign comes from."""
    origin = [
        f"data set {esc(dataset)}" if dataset else "",
        f"{record.pool_size} candidates",
        f"seed {record.seed}",
        f"ion-discovery {esc(record.version)}",
        f"started {_time(record.created)}",
        f"last entry {_time(record.updated)}",
    ]
    state = f"Stopped: {esc(record.stopped)}" if record.stopped else "Not stopped yet."
    return (
        f"<header><h1>{esc(record.name)}</h1>\n<p>{' · '.join(o for o in origin if o)}</p>\n"
        f"<p>{state}</p></header>"
    )


def cards(facts: Mapping[str, Any]) -> str:
    """Return the key numbers of :func:`discovery.report.summary.summary`."""
    best, budget = facts["best"], facts["budget"]
    share = f"{100 * facts['spent'] / budget:.3g} % of the budget"
    shown = [
        ("Spent", amount(facts["spent"]), share),
        ("Left", amount(facts["remaining"]), f"{amount(facts['reserved'])} reserved"),
        (
            "Best measured",
            text.siemens(best["value"]) if best else text.NOTHING,
            "S/cm, " + text.formula(best["formula"]) if best else "no value measured yet",
        ),
        ("Fast conductors", str(facts["fast_found"]), "measured at 10<sup>−4</sup> S/cm or more"),
        ("Measured", str(facts["measured"]), f"at the target, {esc(facts['target'])}"),
        ("Rounds", str(facts["rounds"]), f"{facts['pending']} of {facts['asked']} queries open"),
    ]
    if "recall" in facts:
        found = f"{facts['hits_found']} of {facts['hits']} hits"
        shown.insert(3, ("Recall", f"{facts['recall']:.0%}", found))
    items = "\n".join(
        f'<div class="card"><dt>{name}</dt><dd>{big}<small>{small}</small></dd></div>'
        for name, big, small in shown
    )
    return f'<dl class="cards">\n{items}\n</dl>'


def figure(name: str, title: str, note: str, *, empty: str = "", height: int = 0) -> str:
    """Return a figure that the page's script draws, or why there is none.

    Args:
        name: Key of the figure in the embedded JSON.
        title: Heading, which also labels the figure for screen readers.
        note: How to read it, as HTML.
        empty: Why there is nothing to draw; empty when there is.
        height: In pixels; by default that of all figures.
    """
    style = f' style="height:{height}px"' if height else ""
    what = f'data-figure="{name}" role="img" aria-label="{title}"'
    place = f'<div class="figure" {what}{style}></div>'
    drawing = f'<p class="empty">{empty}</p>' if empty else place
    return (
        f'<section><figure><figcaption><h2>{title}</h2><p class="note">{note}</p></figcaption>\n'
        f"{drawing}</figure></section>"
    )


def agreement_note(found: Agreement) -> str:
    """Return how well forecasts agree with measurements, in sentences."""
    sentences = [
        "Each forecast was journalled when the query was asked, before its answer existed.",
        "Bars are 90 % intervals.",
    ]
    if found.spearman is not None:
        sentences.append(
            f"Rank correlation (Spearman) {number(found.spearman)}"
            f"{_between(found.spearman_interval)}, n = {found.count}."
        )
    if found.coverage is not None:
        sentences.append(
            f"The 90 % intervals hold {found.coverage:.0%}{_between(found.coverage_interval)} "
            f"of the measured values, n = {found.with_std}."
        )
    if found.censored:
        sentences.append(
            f"Answers that are bounds ({found.censored}) are drawn as triangles and not counted."
        )
    sentences.append("Acquisition chose these candidates, so they are no random sample.")
    return " ".join(sentences)


def budget_table(facts: Mapping[str, Any]) -> str:
    """Return counts and costs by fidelity."""
    columns = ("asked", "ok", "refused", "failed", "timeout", "lost", "pending")
    rows = [
        [
            Cell(esc(name) + (" (target)" if name == facts["target"] else "")),
            *(value(str(counts[column]), counts[column]) for column in columns),
            value(amount(counts["cost"]), counts["cost"]),
        ]
        for name, counts in facts["fidelities"].items()
    ]
    return table(("fidelity", *("answered" if c == "ok" else c for c in columns), "cost"), rows)


def failures(record: CampaignRecord) -> str:
    """Return refusals and failures, counted by fidelity and reason."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for answer in answers(record):
        if answer.observation.status != "ok":
            key = (answer.query.fidelity, answer.observation.status, answer.observation.reason)
            groups.setdefault(key, []).append(answer.query.candidate.formula)
    title = "<section><h2>Refused and failed</h2>\n"
    if not groups:
        return f'{title}<p class="empty">No oracle has refused or failed.</p></section>'
    rows = [
        [
            value(str(len(formulas)), len(formulas)),
            Cell(esc(fidelity)),
            Cell(esc(status)),
            Cell(esc(reason) or text.NOTHING, style="reason"),
            Cell(_examples(formulas)),
        ]
        for (fidelity, status, reason), formulas in sorted(
            groups.items(), key=lambda item: -len(item[1])
        )
    ]
    heads = ("count", "fidelity", "status", "reason", "candidates")
    return f"{title}{table(heads, rows, sortable=True)}</section>"


def next_batch(record: CampaignRecord) -> str:
    """Return the open queries, or the last batch when none is open, and why they were chosen."""
    entries = [entry for entry in record.entries if entry.observation is None]
    title = "Next batch"
    note = "Asked and not answered yet."
    if not entries and record.entries:
        entries = [entry for entry in record.entries if entry.round == record.rounds]
        title, note = "Last batch", "Nothing is open; this is what was asked last, and why."
    if not entries:
        return f'<section><h2>{title}</h2>\n<p class="empty">Nothing was asked yet.</p></section>'
    rows = [
        [
            value(str(entry.round), entry.round),
            Cell(material(entry.query.candidate.formula, entry.query.candidate.name)),
            Cell(esc(entry.query.fidelity)),
            value(text.forecast(entry.forecast), entry.forecast.mean),
            value(amount(entry.reserved), entry.reserved),
            Cell(esc(entry.forecast.reason) or text.NOTHING, style="reason"),
        ]
        for entry in entries
    ]
    heads = ("round", "candidate", "fidelity", "forecast log<sub>10</sub> σ", "cost", "why")
    return (
        f'<section><h2>{title}</h2><p class="note">{note}</p>\n'
        f"{table(heads, rows, sortable=True)}</section>"
    )


def settings(record: CampaignRecord) -> str:
    """Return the configuration, folded away."""
    config = esc(json.dumps(record.config, indent=2, ensure_ascii=False, sort_keys=True))
    return (
        f'<details><summary>Settings</summary>\n<p class="note">Pool digest '
        f"{esc(record.pool_digest)}</p>\n<pre>{config}</pre></details>"
    )


def material(formula: str, name: str) -> str:
    """Return a formula with the name beside it, where it says something else."""
    small = f"<small>{esc(name)}</small>" if name and name != formula else ""
    return text.formula(formula) + small


def _between(ends: Interval | None) -> str:
    return "" if ends is None else f" (90 % bootstrap {number(ends[0])} to {number(ends[1])})"


def _examples(formulas: Sequence[str], shown: int = 3) -> str:
    more = f" and {len(formulas) - shown} more" if len(formulas) > shown else ""
    return ", ".join(text.formula(formula) for formula in formulas[:shown]) + more


def _time(iso: str) -> str:
    return f'<time datetime="{esc(iso)}">{esc(iso[:16].replace("T", " "))}</time>'
