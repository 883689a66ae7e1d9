"""What all samplers share: the queries that may be asked, and a basket that never overspends."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.protocols import Request
from discovery.types import Batch, BoolArray, FloatArray, Query

IndexArray = NDArray[np.intp]

_ROUNDING = 1e-10
"""Share of the allowance by which a sum of costs may exceed it: ten times 0.1 is not quite 1."""


@dataclass(frozen=True)
class Choices:
    """The ``k`` queries that may be asked, best first.

    Args:
        rows: (k,) candidate of each query.
        columns: (k,) fidelity of each query.
        scores: (k,) what the acquisition function makes of each query.
        costs: (k,) announced costs.
    """

    rows: IndexArray
    columns: IndexArray
    scores: FloatArray
    costs: FloatArray


def choices(request: Request, scores: FloatArray, keys: FloatArray | None = None) -> Choices:
    """Return the available, affordable queries that are not scored -inf, best first.

    Ties are broken by candidate id, so the order does not depend on the order of the pool.

    Args:
        request: What is asked for.
        scores: (n, m) scores.
        keys: (n, m) what to rank by, larger first; by default the scores.
    """
    rows, columns = np.nonzero(
        request.available & np.isfinite(scores) & (request.costs <= _limit(request))
    )
    by = (scores if keys is None else keys)[rows, columns]
    ids = np.array([candidate.id for candidate in request.pool], dtype=np.str_)
    order = np.lexsort((columns, ids[rows], -by))
    rows, columns = rows[order], columns[order]
    return Choices(rows, columns, scores[rows, columns], request.costs[rows, columns])


class Basket:
    """Collects a batch: never over the allowance, and a candidate at one fidelity only.

    A cheap answer about a candidate is worth having before its expensive one is bought, not
    together with it; so a batch never asks one candidate twice.
    """

    def __init__(self, request: Request, offered: Choices) -> None:
        self._request, self._offered = request, offered
        self._taken: list[int] = []
        self._rows: set[int] = set()
        self._spent = 0.0

    @property
    def is_full(self) -> bool:
        """Whether as many queries are chosen as were wanted."""
        return len(self._taken) >= self._request.size

    def fitting(self, count: int) -> BoolArray:
        """(count,) whether each of the first ``count`` choices may still be taken."""
        affordable = self._spent + self._offered.costs[:count] <= _limit(self._request)
        return affordable & ~np.isin(self._offered.rows[:count], list(self._rows))

    def take(self, index: int) -> None:
        """Put a fitting choice into the basket."""
        self._taken.append(index)
        self._rows.add(int(self._offered.rows[index]))
        self._spent += float(self._offered.costs[index])

    @property
    def taken(self) -> tuple[int, ...]:
        """The choices that were taken, in order."""
        return tuple(self._taken)

    def fill(self, order: Iterable[int], size: int | None = None) -> None:
        """Take choices in the given order, skipping what does not fit any more, until full.

        Args:
            order: Of the choices.
            size: How many queries to hold at most, if not as many as were wanted.
        """
        rows, costs, limit = self._offered.rows, self._offered.costs, _limit(self._request)
        for index in order:
            if self.is_full or len(self._taken) == size:
                return
            fits = self._spent + costs[index] <= limit
            if fits and int(rows[index]) not in self._rows:
                self.take(index)

    def batch(self) -> Batch:
        """Return what was chosen, in the order in which it was chosen."""
        rows, columns, scores = self._offered.rows, self._offered.columns, self._offered.scores
        pool, fidelities = self._request.pool, self._request.fidelities
        return Batch(
            tuple(Query(pool[rows[i]], fidelities[columns[i]].name) for i in self._taken),
            tuple(float(scores[i]) for i in self._taken),
        )


def _limit(request: Request) -> float:
    return request.allowance * (1 + _ROUNDING)
