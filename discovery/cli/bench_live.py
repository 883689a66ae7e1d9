"""A table of a suite at work: strategies against problems, for people who watch."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console
from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from discovery.benchmark.cells import Cell
    from discovery.benchmark.grid import Ending

    Observer: TypeAlias = Callable[[Cell, Ending, float], None]


class Board:
    """Counts of cells, and what they took.

    Args:
        cells: Of the suite.
        problems: Their names.
        workers: Number of processes.
    """

    def __init__(self, cells: "Sequence[Cell]", problems: Sequence[str], workers: int) -> None:
        self._problems, self._workers = problems, workers
        self._titles = list(dict.fromkeys(cell.strategy.title for cell in cells))
        # two strategies may come to the same cell, e.g. where a problem has one fidelity
        self._places: dict[str, list[tuple[str, int]]] = {}
        for cell in cells:
            self._places.setdefault(cell.key, []).append((cell.strategy.title, cell.problem))
        self._total = Counter(place for places in self._places.values() for place in places)
        self._ended: Counter[tuple[str, int]] = Counter()
        self._failed: Counter[tuple[str, int]] = Counter()
        self._endings: Counter[str] = Counter()
        self._seconds, self._begun = 0.0, time.monotonic()

    def note(self, cell: "Cell", ending: "Ending", seconds: float) -> None:
        """Take the end of a cell in."""
        self._ended.update(self._places[cell.key])
        if ending == "failed":
            self._failed.update(self._places[cell.key])
        self._endings[ending] += 1
        self._seconds += seconds

    def __rich__(self) -> Table:
        shown = Table(caption=self.caption)
        shown.add_column("strategy")
        for problem in self._problems:
            shown.add_column(problem, justify="right")
        for title in self._titles:
            shown.add_row(title, *(self._cell(title, p) for p in range(len(self._problems))))
        return shown

    @property
    def caption(self) -> str:
        """How far it is, in a line."""
        run = self._endings["done"] + self._endings["failed"]
        left = len(self._places) - run - self._endings["kept"]
        words = [f"{run} run", f"{self._endings['kept']} kept", f"{left} left"]
        if self._endings["failed"]:
            words.append(f"{self._endings['failed']} failed")
        if run:
            words.append(f"{self._seconds / run:.2f} s CPU each")
            passed = time.monotonic() - self._begun
            words.append(f"about {passed / run * left / 60:.0f} min left")
        return " · ".join(words)

    def _cell(self, title: str, problem: int) -> str:
        place = (title, problem)
        failed = f" [red]({self._failed[place]} failed)[/red]" if self._failed[place] else ""
        return f"{self._ended[place]}/{self._total[place]}{failed}"


@contextmanager
def watching(board: Board, *, quiet: bool) -> "Iterator[Observer]":
    """Show the board on standard error where that is a terminal.

    Args:
        board: What is shown.
        quiet: Show nothing.
    """
    if quiet or not sys.stderr.isatty():
        yield board.note
        return
    with Live(board, console=Console(stderr=True), refresh_per_second=2):
        yield board.note
