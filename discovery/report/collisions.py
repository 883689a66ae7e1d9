"""Collisions of keys: a Markdown file, sentences and plain JSON."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from discovery import __version__
from discovery.assessment.collisions import DEGREES, Collision, Collisions, CollisionStudy
from discovery.assessment.differences import DECADE, Differences, Range
from discovery.crystal import Lattice
from discovery.report.sheets import Entry, Sheet, plain
from discovery.report.text import number

_TITLE: Final = "Does (composition, cell, space group) tell crystals apart?"
_MOST: Final = 20  # pairs in the list
_ALIKE: Final = ("atoms in other places", "another framework")
"""What two structures that are not alike have, in the order in which they are compared."""


def sheets(study: CollisionStudy) -> Iterator[Sheet]:
    """Yield how often keys collide, how far labels are then apart, and the worst pairs."""
    yield Sheet(
        f"How often rows of {study.dataset} share a key",
        "Compositions are equal to six decimals of the atomic fractions. Cells are as published "
        f"and rounded, their angles to {DEGREES:g} degrees per Å of the edges. Structures of a "
        "pair are compared by pymatgen's StructureMatcher, each place as an atom of the element "
        "that is most of it: refinements that split a place differently are atoms in other "
        "places. The framework is what is left without places of lithium alone.",
        (
            "key", "rows", "keys", "rows that share one", "pairs", "from two papers",
            "structures compared", *_ALIKE,
        ),
        [_frequency(level) for level in study.levels],
        frozenset(range(1, 7 + len(_ALIKE))),
    )  # fmt: skip
    yield Sheet(
        "How far their labels are apart",
        "Absolute difference in decades: the median, and the share of pairs that are "
        f"{DECADE:g} or more apart. A bound is a bound: where bounds matter, least and greatest "
        "are given. In brackets the 95 % bootstrap interval (groups of one composition or paper "
        "resampled) and the number of pairs. Split: pairs of one composition that the key tells "
        "apart. Scatter: pooled standard deviation of the values within a key"
        + (
            f"; that of all values is {number(study.deviation)}."
            if study.deviation is not None
            else "."
        ),
        (
            "key", "same key: median", "share", "split: median", "share",
            "other composition: median", "share", "scatter",
        ),
        [_apart(level) for level in study.levels],
        frozenset(range(1, 8)),
    )  # fmt: skip
    if study.widest:
        yield Sheet(
            "The widest collisions of the finest key",
            f"The first {min(_MOST, len(study.widest))} of {len(study.widest)} pairs.",
            ("one", "other", "group", "cells", "difference", "structures"),
            [_pair(one) for one in study.widest[:_MOST]],
            frozenset({4}),
        )


def findings(study: CollisionStudy) -> Iterator[str]:
    """Yield what the tables say, and no more."""
    finest, coarsest = study.levels[-1], study.levels[0]
    if not finest.pairs:
        yield (
            f"No two rows of {study.dataset} share the finest key ({finest.coarseness.name}); "
            "that says nothing about crystals that are not in it."
        )
    else:
        yield (
            f"No: {finest.colliding} of {finest.rows} rows share even the finest key "
            f"({finest.coarseness.name}) with another, in {finest.pairs} pairs, "
            f"{finest.papers} of them from two papers."
        )
        if finest.same.median is not None and finest.same.share is not None:
            yield (
                f"Rows with the finest key differ by {_range(finest.same.median)} decades in the "
                f"median; {_percent(finest.same.share)} by a factor of ten or more "
                f"({_settled(finest.same.share, percent=True)}, n = {finest.same.pairs})."
            )
    for level, shared in ((coarsest, "one composition"), (finest, "the finest key")):
        if level.compared:
            counts = " and ".join(
                f"{count} have {what}" for count, what in zip(level.unlike, _ALIKE, strict=False)
            )
            yield f"Of the {level.compared} pairs of {shared} with two structures, {counts}."
    if coarsest.different.median is not None and coarsest.same.median is not None:
        yield (
            f"Rows of different compositions differ by {_range(coarsest.different.median)} decades "
            f"in the median, rows of one composition by {_range(coarsest.same.median)} "
            f"({_settled(coarsest.same.median)}, n = {coarsest.same.pairs})."
        )
    if finest.scatter is not None and coarsest.scatter is not None and study.deviation:
        yield (
            f"Values scatter by {number(finest.scatter.low)} decades "
            f"({_settled(finest.scatter)}) within the finest key, by "
            f"{number(coarsest.scatter.low)} ({_settled(coarsest.scatter)}) within one composition "
            f"and by {number(study.deviation)} altogether. On rows like these, the root mean "
            "square error of a model that sees the key alone cannot be expected below the first."
        )


def markdown(study: CollisionStudy, command: str) -> str:
    """Return the study as Markdown."""
    origin = (
        f"{study.dataset}: {study.rows} rows, {study.labelled} with a label, {study.bounds} of "
        f"these a bound · ion-discovery {__version__} · seed {study.seed}"
    )
    parts = [
        f"# {plain(_TITLE)}\n",
        f"{plain(origin)}\n",
        f"```text\n{command}\n```\n",
        "## What the numbers say\n",
        "\n".join(f"- {plain(sentence)}" for sentence in findings(study)) + "\n",
        *(sheet.markdown for sheet in sheets(study)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def facts(study: CollisionStudy) -> dict[str, Any]:
    """Return the study as plain JSON; what is open upwards has the high end ``null``."""
    levels = [asdict(level) | {"key": level.coarseness.name} for level in study.levels]
    return {
        "version": __version__,
        "dataset": study.dataset,
        "seed": study.seed,
        "rows": study.rows,
        "labelled": study.labelled,
        "bounds": study.bounds,
        "deviation": study.deviation,
        "levels": _plain(levels),
        "widest": [
            {
                "one": pair.one.name or pair.one.formula,
                "other": pair.other.name or pair.other.formula,
                "gap": _plain([pair.gap.low, pair.gap.high]),
                "alike": list(pair.alike),
            }
            for pair in study.widest
        ],
    }


def _frequency(level: Collisions) -> tuple[Entry, ...]:
    counts = [level.rows, level.keys, level.colliding, level.pairs, level.papers, level.compared]
    unlike = [*level.unlike, *[None] * len(_ALIKE)][: len(_ALIKE)]
    return (
        Entry(level.coarseness.name),
        *(Entry("" if count is None else str(count), count) for count in [*counts, *unlike]),
    )


def _apart(level: Collisions) -> tuple[Entry, ...]:
    cells: list[Entry] = []
    for found in (level.same, level.split, level.different):
        cells += [_cell(found, found.median), _cell(found, found.share, percent=True)]
    scatter = level.scatter
    if scatter is not None:
        cells.append(Entry(_range(scatter), scatter.low, (_settled(scatter),)))
    else:
        cells.append(Entry(""))
    return (Entry(level.coarseness.name), *cells)


def _cell(found: Differences, value: Range | None, *, percent: bool = False) -> Entry:
    if value is None:
        return Entry("")
    text = _percent(value) if percent else _range(value)
    settled = _settled(value, percent=percent)
    return Entry(text, value.low, (*([settled] if settled else []), f"n = {found.pairs}"))


def _pair(pair: Collision) -> tuple[Entry, ...]:
    verdict = "" if not pair.alike else "alike"
    for same, what in zip(pair.alike, _ALIKE, strict=False):
        verdict = verdict if same else what
    cells = [one.lattice for one in (pair.one, pair.other)]
    return (
        Entry(pair.one.name or pair.one.formula),
        Entry(pair.other.name or pair.other.formula),
        Entry(str(pair.one.space_group or "")),
        Entry("; ".join(_edges(cell) for cell in cells if cell is not None)),
        Entry(_range(pair.gap), pair.gap.low),
        Entry(verdict),
    )


def _edges(cell: Lattice) -> str:
    return " ".join(f"{edge:.2f}" for edge in cell.parameters[:3])


def _range(value: Range) -> str:
    if math.isinf(value.high):
        return f"{number(value.low)} or more"
    low, high = number(value.low), number(value.high)
    return low if low == high else f"{low} to {high}"


def _percent(value: Range) -> str:
    low, high = f"{value.low:.0%}", f"{value.high:.0%}"
    return low if low == high else f"{low} to {high}"


def _settled(value: Range, *, percent: bool = False) -> str:
    if value.interval is None:
        return ""
    low, high = value.interval
    if percent:
        return f"{low:.0%} to {high:.0%}"
    return f"{number(low)} {'or more' if math.isinf(high) else 'to ' + number(high)}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - anything that JSON can hold
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
