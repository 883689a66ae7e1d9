"""HTML tables, sortable where a reader wants it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Args:
        html: Its content, escaped already.
        sort: The number it is sorted by; ``None`` for an unknown one, which stays at the end.
        numeric: Whether :attr:`sort` counts; otherwise the text is sorted.
        style: CSS class.
    """

    html: str
    sort: float | None = None
    numeric: bool = False
    style: str = ""

    @property
    def tag(self) -> str:
        """The cell as HTML."""
        style = self.style or ("number" if self.numeric else "")
        order = "" if self.sort is None else repr(float(self.sort))
        return (
            "<td"
            + (f' class="{style}"' if style else "")
            + (f' data-sort="{order}"' if self.numeric else "")
            + f">{self.html}</td>"
        )


def value(html: str, sort: float | None) -> Cell:
    """Return a cell sorted by a number."""
    return Cell(html, sort, numeric=True)


def table(heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, sortable: bool = False) -> str:
    """Return a table; ``heads`` are HTML, escaped already."""
    titles = (f'<button type="button">{head}</button>' if sortable else head for head in heads)
    first = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "\n".join("<tr>" + "".join(cell.tag for cell in row) + "</tr>" for row in rows)
    style = ' class="sortable"' if sortable else ""
    return (
        f'<div class="scroll"><table{style}>\n<thead><tr>{first}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )
