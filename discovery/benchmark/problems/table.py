"""A user's own table as a problem."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from discovery.benchmark.problems.frames import Sense, problem_of, read_frame
from discovery.benchmark.problems.problem import Problem
from discovery.benchmark.problems.rows import Duplicates
from discovery.errors import UnknownNameError

_SENSES = ("maximise", "minimise")
_DUPLICATES = ("error", "mean", "median", "keep")


class TableProblem:
    """Reads a CSV or parquet file with numeric features and answers at one or several fidelities.

    An empty cell is an answer that cannot be bought, ``<1.5`` a bound. Messages count rows as a
    spreadsheet does: the header is row 1.

    Args:
        path: The file.
        objective: Column of the target.
        sense: ``maximise`` or ``minimise``.
        cost: Of an answer at the target.
        fidelities: Columns of cheaper answers -> cost of one.
        features: Columns that are known beforehand; by default all others.
        duplicates: What to do with rows of the same features and different answers, see
            :func:`discovery.benchmark.problems.rows.merged`.

    Raises:
        UnknownNameError: There is no such sense, or way with duplicates.
    """

    def __init__(
        self,
        path: str,
        *,
        objective: str,
        sense: Sense,
        cost: float = 1.0,
        fidelities: Mapping[str, float | None] | None = None,
        features: Sequence[str] = (),
        duplicates: Duplicates = "error",
    ) -> None:
        if sense not in _SENSES:
            raise UnknownNameError("sense", sense, _SENSES)
        if duplicates not in _DUPLICATES:
            raise UnknownNameError("way with duplicates", duplicates, _DUPLICATES)
        self.path = Path(path).expanduser()
        self.objective = objective
        self.sense: Sense = sense
        self.cost = cost
        self.fidelities = dict(fidelities or {})
        self.features = tuple(features)
        self.duplicates: Duplicates = duplicates

    def load(self) -> Problem:
        """Return the problem.

        Raises:
            DatasetError: File, columns or cells cannot be used, or there is nothing to find.
            BudgetError: A fidelity has no cost.
        """
        return problem_of(
            read_frame(self.path),
            source=str(self.path),
            name=self.path.stem,
            objective=self.objective,
            sense=self.sense,
            cost=self.cost,
            cheap=self.fidelities,
            features=self.features,
            duplicates=self.duplicates,
        )
