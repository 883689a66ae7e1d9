"""Tables and sentences of a report in a terminal."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from discovery.report.sheets import Sheet

_WIDTH: Final = 190
"""Of a pipe, which has none; columns squeezed into 80 characters lose their numbers."""


def print_report(sheets: "Iterable[Sheet]", sentences: Iterable[str]) -> None:
    """Print sheets as tables, then findings as a list."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console() if Console().is_terminal else Console(width=_WIDTH)
    for sheet in sheets:
        shown = Table(title=sheet.title)
        for head in sheet.heads:
            shown.add_column(head)
        for row in sheet.rows:
            shown.add_row(*(escape("\n".join((entry.text, *entry.notes))) for entry in row))
        console.print(shown)
    for sentence in sentences:
        console.print(f"- {sentence}", highlight=False, soft_wrap=True, markup=False)
