"""Results of a suite: what its cells gave, with what that is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from discovery.benchmark.cells import Cell
from discovery.benchmark.metrics import discovery_area, recall
from discovery.benchmark.metrics_fidelities import target_share
from discovery.benchmark.metrics_regret import cumulative_regret, inference_regret, simple_regret
from discovery.benchmark.metrics_trace import Curve, Trace
from discovery.benchmark.problems.problem import Problem
from discovery.benchmark.store import CellStore
from discovery.benchmark.suite import SuiteOptions
from discovery.types import FloatArray


@dataclass(frozen=True, eq=False)
class Run:
    """A finished cell.

    Args:
        cell: What was run.
        problem: On what.
        result: What :func:`discovery.benchmark.run.run_cell` returned.
    """

    cell: Cell
    problem: Problem
    result: Any

    @property
    def failed(self) -> bool:
        """Whether an error ended it."""
        return self.result["error"] is not None

    @property
    def gave_up(self) -> bool:
        """Whether it ended although more could have been asked and paid at the target."""
        if self.failed:
            return False
        problem, trace, cell = self.problem, self.trace, self.cell
        left = np.count_nonzero(problem.askable[:, problem.column])
        left -= np.count_nonzero(trace.column == problem.column)
        paid = trace.spent[-1] + problem.costs[problem.column] <= cell.budget * (1 + 1e-9)
        satisfied = cell.until_found and self.numbers["recall"] == 1
        return bool(left and paid and not satisfied)

    @cached_property
    def trace(self) -> Trace:
        """What was asked."""
        told = self.result["queries"]
        return Trace(
            np.array(told["row"], dtype=np.intp),
            np.array(told["column"], dtype=np.intp),
            np.array(told["cost"], dtype=np.float64),
            np.array(told["batch"], dtype=np.intp),
        )

    @cached_property
    def recall(self) -> Curve:
        """Share of the top that was found, against cost."""
        wanted = self.problem.top(self.cell.top)
        return recall(self.trace, wanted, self.problem.column)

    @cached_property
    def regret(self) -> Curve:
        """Simple regret against cost."""
        return simple_regret(self.trace, self.problem.target, self.problem.column)

    @cached_property
    def inference(self) -> Curve | None:
        """Regret of what the proxy would recommend, against cost; ``None`` where none was asked."""
        told = self.result["rounds"]
        if not told:
            return None
        spent = np.array([note["spent"] for note in told], dtype=np.float64)
        chosen = np.array([note["recommended"] for note in told], dtype=np.intp)
        return inference_regret(spent, chosen, self.problem.target)

    @cached_property
    def numbers(self) -> dict[str, float]:
        """What the run comes to; NaN where a number is not defined."""
        problem, trace = self.problem, self.trace
        spent = float(trace.spent[-1])
        last = np.array([np.inf])
        gaps = cumulative_regret(trace, problem.target, problem.column)
        return {
            "spent": spent,
            "recall": float(self.recall.at(last)[0]),
            "recall_area": discovery_area(self.recall, self.cell.budget),
            "regret": float(self.regret.at(last)[0]),
            "regret_area": self.regret.area(self.cell.budget),
            "best_found_at": self.regret.falls_to(0.0),
            "cumulative_regret": float(gaps.at(last)[0]),
            "target_share": float(target_share(trace, problem.column).at(last)[0]),
        }


@dataclass(frozen=True, eq=False)
class Results:
    """A finished suite.

    Args:
        suite: What was compared.
        problems: On what.
        runs: One per cell, in the order of the cells.
    """

    suite: SuiteOptions
    problems: tuple[Problem, ...]
    runs: tuple[Run, ...]

    def of(self, problem: int, title: str) -> list[Run]:
        """Return the runs of a strategy on a problem that did not fail, by replicate."""
        return [
            run
            for run in self.runs
            if run.cell.problem == problem and run.cell.strategy.title == title and not run.failed
        ]

    @property
    def failed(self) -> list[Run]:
        """Runs that an error ended."""
        return [run for run in self.runs if run.failed]

    def numbers(self, problem: int, title: str, name: str) -> FloatArray:
        """Return (s,) a number of :attr:`Run.numbers` by replicate; NaN where a run failed."""
        found: FloatArray = np.array(
            [
                np.nan if run.failed else run.numbers[name]
                for run in self.runs
                if run.cell.problem == problem and run.cell.strategy.title == title
            ]
        )
        return found


def collect(
    suite: SuiteOptions, problems: Sequence[Problem], cells: Sequence[Cell], store: CellStore
) -> Results:
    """Read what all cells gave.

    Raises:
        InvalidInputError: A cell is not finished.
    """
    read = {cell.key: store.read(cell.key) for cell in cells}
    runs = tuple(Run(cell, problems[cell.problem], read[cell.key]) for cell in cells)
    return Results(suite, tuple(problems), runs)
