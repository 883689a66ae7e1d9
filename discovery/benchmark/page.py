"""The page about a suite: one self-contained HTML file, and its words and tables as Markdown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from discovery.benchmark.page_figures import figures
from discovery.benchmark.page_numbers import Numbers, numbers
from discovery.benchmark.page_tables import sheets
from discovery.benchmark.results import Results
from discovery.report.document import Document
from discovery.report.drawing import Json
from discovery.report.frame import frame
from discovery.report.sections import figure
from discovery.report.text import esc, number


@dataclass(frozen=True)
class Page:
    """A page in all its forms.

    Args:
        html: Self-contained.
        document: Its words and tables.
        facts: Its numbers, plain JSON.
    """

    html: str
    document: Document
    facts: dict[str, Any]


def page(results: Results, command: str) -> Page:
    """Return the page about a suite.

    Args:
        results: Of a finished suite.
        command: That made them.
    """
    found = numbers(results)
    document = _document(results, found, command)
    drawn = figures(results, found)
    middle = [*_figures(results, drawn), *(sheet.html for sheet in document.sheets)]
    told = facts(results, found)
    return Page(
        frame(document.title, document.html(middle), facts=told, drawn=drawn), document, told
    )


def facts(results: Results, found: Numbers) -> dict[str, Any]:
    """Return what machines want to know."""
    ranked = found.ranking
    return {
        "suite": results.suite.name,
        "cells": len(results.runs),
        "failed": len(results.failed),
        "ranking": None
        if ranked is None
        else {
            "ranks": dict(zip(ranked.names, ranked.ranks.tolist(), strict=True)),
            "critical": ranked.critical,
        },
        "entries": [
            {
                "problem": results.problems[entry.problem].name,
                "strategy": entry.title,
                "runs": entry.runs,
                "recall": entry.recall.value,
                "area": entry.area.value,
                "area_interval": entry.area.interval,
                "accelerations": entry.accelerations,
                "enhancement": entry.enhancement,
                "regret": entry.regret.value,
                "best_found": entry.best,
                "cpu": entry.cpu,
            }
            for entry in found.entries
        ],
    }


def _document(results: Results, found: Numbers, command: str) -> Document:
    suite = results.suite
    notes = [f"{p.name}: {note}" for p in results.problems for note in p.notes]
    sources = [f"{p.name}: {p.citation}" for p in results.problems if p.citation]
    return Document(
        f"Benchmark {suite.name}",
        (
            f"{len(results.problems)} problems",
            f"{len(suite.strategies)} strategies",
            f"{max(run.cell.replicate for run in results.runs) + 1} seeds",
            f"batches of {suite.batch}",
        ),
        list(_findings(results, found)),
        list(sheets(results, found)),
        [
            "All strategies of a problem begin with the same initial designs, which are charged.",
            "Seconds are CPU time of one process with one thread.",
            *notes,
            *sources,
        ],
        command,
    )


def _findings(results: Results, found: Numbers) -> Iterator[str]:
    for place, problem in enumerate(results.problems):
        entries = [entry for entry in found.entries if entry.problem == place]
        if entries:
            best = max(entries, key=lambda entry: entry.area.value or 0.0)
            yield (
                f"{problem.name}: {best.title} has the largest area under its recall curve, "
                f"{number(best.area.value or 0.0, 3)}, and has found "
                f"{best.recall.value or 0.0:.0%} of the best at the end."
            )
    ranked = found.ranking
    if ranked is not None:
        first = next((last for start, last in ranked.alike if start == 0), 0)
        rest = "" if first == 0 else f", but {first} others do not differ from it"
        yield f"On average {ranked.names[0]} ranks best ({number(float(ranked.ranks[0]))}){rest}."
    for title in dict.fromkeys(pair.title for pair in found.pairs):
        own = [pair for pair in found.pairs if pair.title == title]
        better = sum(_sign(pair.difference.interval) > 0 for pair in own)
        worse = sum(_sign(pair.difference.interval) < 0 for pair in own)
        yield (
            f"{title} is better than {results.suite.baseline} on {better} of {len(own)} problems "
            f"and worse on {worse}, by 95 % intervals of the paired difference."
        )
    if results.failed:
        yield f"{len(results.failed)} of {len(results.runs)} runs failed."


def _sign(ends: tuple[float, float] | None) -> int:
    return 0 if ends is None else (ends[0] > 0) - (ends[1] < 0)


def _figures(results: Results, drawn: Mapping[str, Json]) -> Iterator[str]:
    if "ranking" in drawn:
        note = "Strategies under one bar do not differ by Nemenyi's test."
        yield figure(
            "ranking", "Average ranks", note, height=90 + 32 * len(results.suite.strategies)
        )
    if "savings" in drawn:
        note = "Above zero cheap fidelities pay; mean curves, the initial design charged."
        yield figure("savings", "What cheap fidelities save", note)
    for place, problem in enumerate(results.problems):
        name = esc(problem.name)
        yield '<div class="pair">'
        note = "Mean over seeds, with 95 % bootstrap intervals."
        yield figure(f"recall-{place}", f"{name}: recall", note)
        yield figure(f"regret-{place}", f"{name}: simple regret", note)
        yield "</div>"
        if f"calibration-{place}" in drawn:
            note = "Share of the candidates not yet measured whose truth lies in the 90 % interval."
            yield figure(f"calibration-{place}", f"{name}: calibration", note)
