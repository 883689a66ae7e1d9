"""Numbers with intervals, lists of names and tables, as a page about a suite writes them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from discovery.benchmark.intervals import Estimated
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import number


def estimated(found: Estimated | None, digits: int = 2, notes: Sequence[str] = ()) -> Entry:
    """Return an entry with its interval below it."""
    if found is None or found.value is None:
        return Entry("")
    return Entry(number(found.value, digits), found.value, (*ends(found, digits), *notes))


def ends(found: Estimated, digits: int = 2) -> tuple[str, ...]:
    """Return the interval in words, nothing where there is none."""
    if found.interval is None:
        return ()
    low, high = found.interval
    return (f"{number(low, digits)} to {number(high, digits)}",)


def told(found: Estimated, digits: int = 2) -> str:
    """Return a number with its interval behind it, for a sentence."""
    if found.value is None:
        return "unknown"
    behind = "".join(f" ({text})" for text in ends(found, digits))
    return number(found.value, digits) + behind


def plain_number(value: float, digits: int = 2) -> Entry:
    """Return an entry without interval; empty where the number is not finite."""
    return Entry(number(value, digits), float(value)) if np.isfinite(value) else Entry("")


def filled(sheet: Sheet) -> Sheet:
    """Return a table without the columns in which nothing is written."""
    kept = [
        place for place in range(len(sheet.heads)) if any(row[place].text for row in sheet.rows)
    ]
    return replace(
        sheet,
        heads=tuple(sheet.heads[place] for place in kept),
        rows=[tuple(row[place] for place in kept) for row in sheet.rows],
        numeric=frozenset(new for new, place in enumerate(kept) if place in sheet.numeric),
    )


def chance(value: float) -> str:
    """Return a p value."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"  # noqa: PLR2004


def counted(number: int, noun: str) -> str:
    """Return a number of things, e.g. ``1 seed`` or ``2 seeds``."""
    plural = noun.removesuffix("y") + "ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def listed(names: Sequence[str]) -> str:
    """Return names as they stand in a sentence."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
