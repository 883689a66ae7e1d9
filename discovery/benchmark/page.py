"""The page about a suite: one self-contained HTML file, and its words and tables as Markdown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from discovery.benchmark.page_entries import SHARES
from discovery.benchmark.page_figures import figures
from discovery.benchmark.page_findings import findings
from discovery.benchmark.page_numbers import Numbers, numbers
from discovery.benchmark.page_tables import sheets
from discovery.benchmark.page_words import counted
from discovery.benchmark.results import Results
from discovery.report.document import Document
from discovery.report.drawing import Json
from discovery.report.frame import frame
from discovery.report.sections import figure
from discovery.report.text import esc


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
        "choice": None if found.choice is None else found.choice.title,
        "entries": [
            {
                "problem": results.problems[entry.problem].name,
                "strategy": entry.title,
                "runs": entry.runs,
                "recall": entry.recall.value,
                "area": entry.area.value,
                "area_interval": entry.area.interval,
                "accelerations": [factor.value for factor in entry.accelerations],
                "acceleration_intervals": [factor.interval for factor in entry.accelerations],
                "recall_at": {
                    f"{share:g}": recall.value
                    for share, recall in zip(SHARES, entry.shares, strict=True)
                },
                "enhancement": entry.enhancement,
                "regret": entry.regret.value,
                "inference_regret": None if entry.inference is None else entry.inference.value,
                "best_found": entry.best,
                "cpu": entry.cpu,
            }
            for entry in found.entries
        ],
    }


def counts(results: Results) -> tuple[str, str, str]:
    """Return how many problems, strategies and seeds there are, in words."""
    return (
        counted(len(results.problems), "problem"),
        counted(len(results.suite.strategies), "strategy"),
        counted(max(run.cell.replicate for run in results.runs) + 1, "seed"),
    )


def remarks(results: Results) -> list[str]:
    """Return what holds for all suites, and what was done to the tables of this one."""
    return [
        "All strategies of a problem begin with the same initial designs, which are charged.",
        "Seconds are CPU time of one process with one thread.",
        *(f"{problem.name}: {note}" for problem in results.problems for note in problem.notes),
    ]


def _document(results: Results, found: Numbers, command: str) -> Document:
    suite = results.suite
    sources = [f"{p.name}: {p.citation}" for p in results.problems if p.citation]
    return Document(
        f"Benchmark {suite.name}",
        (
            *counts(results),
            f"batches of {suite.batch}",
        ),
        list(findings(results, found)),
        list(sheets(results, found)),
        [*remarks(results), *sources],
        command,
    )


def _figures(results: Results, drawn: Mapping[str, Json]) -> Iterator[str]:
    if "ranking" in drawn:
        note = "Strategies under one bar do not differ by Nemenyi's test."
        yield figure(
            "ranking", "Average ranks", note, height=90 + 32 * len(results.suite.strategies)
        )
    if "savings" in drawn:
        note = "Above zero cheap fidelities pay; mean curves, the initial design charged."
        yield figure("savings", "What cheap fidelities save", note)
    # a legend of many strategies must not take the room of what it explains
    height = 330 + 24 * len(results.suite.strategies)
    for place, problem in enumerate(results.problems):
        name = esc(problem.name)
        yield '<div class="pair">'
        note = "Mean over seeds, with 95 % bootstrap intervals."
        yield figure(f"recall-{place}", f"{name}: recall", note, height=height)
        yield figure(f"regret-{place}", f"{name}: simple regret", note, height=height)
        yield "</div>"
        yield '<div class="pair">'
        if f"inference-{place}" in drawn:
            note = "Of the candidate that the proxy believed best; it may rise."
            yield figure(f"inference-{place}", f"{name}: inference regret", note, height=height)
        if f"calibration-{place}" in drawn:
            note = "Share of the candidates not yet measured whose truth lies in the 90 % interval."
            yield figure(f"calibration-{place}", f"{name}: calibration", note, height=height)
        yield "</div>"
