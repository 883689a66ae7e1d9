"""What queries are announced to cost."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from discovery.protocols import Request
from discovery.types import Batch, BoolArray, Query

_ROUNDING = 1e-10
"""Share of an allowance that is float rounding, not money."""


def can_pay(allowance: float, price: float) -> bool:
    """Whether an allowance pays a price, float rounding aside."""
    return price <= allowance * (1 + _ROUNDING)


def affordable(request: Request) -> BoolArray:
    """Return (n, m) whether the allowance pays each query."""
    pays: BoolArray = request.costs <= request.allowance * (1 + _ROUNDING)
    return pays


def announced(request: Request, queries: Sequence[Query]) -> list[float]:
    """Return the announced cost of each query.

    A candidate beyond the pool counts at the typical cost of its fidelity.
    """
    row = request.places() if queries else {}
    column = {fidelity.name: index for index, fidelity in enumerate(request.fidelities)}
    costs = []
    for query in queries:
        known, place = row.get(query.candidate.id), column[query.fidelity]
        typical = request.fidelities[place].cost
        costs.append(typical if known is None else float(request.costs[known, place]))
    return costs


def target_only(request: Request) -> Request:
    """Return the request with nothing but queries of the target available."""
    is_target = np.array([fidelity.target for fidelity in request.fidelities])
    return replace(request, available=request.available & is_target)


def hints_come_too_late(request: Request, batch: Batch) -> bool:
    """Whether a batch asks cheap fidelities although no target query can be paid after it."""
    targets = {fidelity.name for fidelity in request.fidelities if fidelity.target}
    if all(query.fidelity in targets for query in batch.queries):
        return False
    left = request.allowance - sum(announced(request, batch.queries))
    prices = request.costs[target_only(request).available]
    return not prices.size or not can_pay(left, float(prices.min()))
