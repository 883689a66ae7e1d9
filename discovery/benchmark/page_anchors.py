"""Acceleration factors beside what a simple Gaussian process reaches on the same tables."""

from collections.abc import Iterator
from typing import Final

from discovery.benchmark.page_entries import LEVELS, Entry
from discovery.benchmark.page_numbers import Numbers
from discovery.benchmark.page_words import estimated, listed
from discovery.benchmark.problems.liang import ANCHORS, TOP_SHARE
from discovery.benchmark.results import Results
from discovery.report import sheets
from discovery.report.sheets import Sheet
from discovery.report.text import number

_LEVEL: Final = LEVELS.index(0.8)
_SLACK: Final = 1e-9


def anchored(results: Results) -> dict[int, float]:
    """Return place of a problem -> anchor; empty where another share of the pool is wanted."""
    if abs(results.suite.top - TOP_SHARE) > _SLACK:
        return {}
    return {
        place: ANCHORS[problem.name]
        for place, problem in enumerate(results.problems)
        if problem.name in ANCHORS
    }


def sheet(results: Results, found: Numbers) -> Sheet:
    """Return AF(80 %) of each strategy on each problem that has an anchor, and the anchors."""
    anchors = anchored(results)
    rows = []
    for title in dict.fromkeys(entry.title for entry in found.entries):
        own = {entry.problem: entry for entry in found.entries if entry.title == title}
        above, surely = _above(own, anchors)
        rows.append(
            (
                sheets.Entry(title),
                *(
                    estimated(own[place].accelerations[_LEVEL])
                    if place in own and own[place].accelerations[_LEVEL].value
                    else sheets.Entry("")
                    for place in anchors
                ),
                sheets.Entry(f"{len(above)} of {len(anchors)}", len(above)),
                sheets.Entry(f"{len(surely)} of {len(anchors)}", len(surely)),
            )
        )
    told = (sheets.Entry(number(anchor), anchor) for anchor in anchors.values())
    rows.append((sheets.Entry("anchor"), *told, sheets.Entry(""), sheets.Entry("")))
    names = (results.problems[place].name for place in anchors)
    return Sheet(
        "AF(80%) beside simple Gaussian processes",
        "Acceleration factor against choosing at random, until 80 % of the best are found, of the "
        "mean curve; 95 % bootstrap intervals over seeds. Anchor: a simple Gaussian process with "
        "an upper confidence bound, two initial points, 20 seeds. Surely: the whole interval is "
        "above the anchor.",
        ("strategy", *names, "above", "surely above"),
        rows,
        frozenset(range(1, 3 + len(anchors))),
    )


def sentences(results: Results, found: Numbers) -> Iterator[str]:
    """Yield how the choice, and the strategy above most anchors, do beside them."""
    anchors, choice = anchored(results), found.choice
    if not anchors or choice is None:
        return
    peers = set(results.suite.peers)
    told = {
        title: _above({e.problem: e for e in found.entries if e.title == title}, anchors)
        for title in dict.fromkeys(entry.title for entry in found.entries)
        if title not in peers
    }
    most = max(told, key=lambda title: len(told[title][0]))
    for title in dict.fromkeys([choice.title, most]):
        above, surely = told[title]
        below = [results.problems[place].name for place in anchors if place not in above]
        yield (
            f"{title} is above the AF(80%) of a simple Gaussian process on {len(above)} of "
            f"{len(anchors)} tables, with its whole interval on {len(surely)}"
            + (f"; it is below on {listed(below)}." if below else ".")
        )


def _above(own: dict[int, Entry], anchors: dict[int, float]) -> tuple[list[int], list[int]]:
    """Problems on which a strategy is above the anchor, and those where its interval is."""
    above, surely = [], []
    for place, anchor in anchors.items():
        factor = own[place].accelerations[_LEVEL] if place in own else None
        if factor is None or factor.value is None or factor.value <= anchor:
            continue
        above.append(place)
        if factor.interval is not None and factor.interval[0] > anchor:
            surely.append(place)
    return above, surely
