"""Tables that are written twice: as HTML for a page, as Markdown for the documentation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from discovery.report.table import Cell, table
from discovery.report.text import NOTHING, esc

_MARKUP: Final = str.maketrans({"|": "\\|", "<": "&lt;", "*": "\\*", "`": "\\`"})


@dataclass(frozen=True)
class Entry:
    """An entry of a sheet, plain text.

    Args:
        text: What is written; empty where there is nothing to say.
        number: What it is sorted by, for numbers.
        notes: What is written smaller below it, line by line, or in brackets behind it.
    """

    text: str
    number: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A table with its heading, plain text.

    Args:
        title: Heading.
        note: How to read it.
        heads: Of the columns; those of ``numeric`` columns are sorted by number.
        rows: One entry per column.
        numeric: Numbers of the columns that hold numbers.
    """

    title: str
    note: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[Entry, ...]]
    numeric: frozenset[int] = frozenset()

    @property
    def html(self) -> str:
        """The sheet as a section of a page."""
        rows = [
            [_cell(entry, numeric=place in self.numeric) for place, entry in enumerate(row)]
            for row in self.rows
        ]
        shown = table([esc(head) for head in self.heads], rows, sortable=True)
        return (
            f'<section><h2>{esc(self.title)}</h2><p class="note">{esc(self.note)}</p>\n'
            f"{shown}</section>"
        )

    @property
    def markdown(self) -> str:
        """The sheet as a section of a Markdown file."""
        rule = ["---:" if place in self.numeric else "---" for place in range(len(self.heads))]
        lines = [map(plain, self.heads), rule, *(map(_written, row) for row in self.rows)]
        grid = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"## {plain(self.title)}\n\n{plain(self.note)}\n\n{grid}\n"


def _cell(entry: Entry, *, numeric: bool) -> Cell:
    notes = "".join(f"<small>{esc(note)}</small>" for note in entry.notes)
    return Cell((esc(entry.text) or NOTHING) + notes, entry.number, numeric=numeric)


def _written(entry: Entry) -> str:
    behind = f" ({'; '.join(entry.notes)})" if entry.notes else ""
    return plain((entry.text or "–") + behind)


def plain(text: str) -> str:
    """Return text with what Markdown would take for markup or the end of a cell escaped."""
    return " ".join(text.split()).translate(_MARKUP)
