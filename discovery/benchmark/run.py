"""One cell, run from its initial design to the end of its budget."""

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from discovery import registry
from discovery.benchmark.campaign import ProblemCampaign, TableExecutor
from discovery.benchmark.cells import Cell, restricted
from discovery.benchmark.peers import peer
from discovery.benchmark.problems.initial import initial_design
from discovery.benchmark.problems.problem import Problem
from discovery.benchmark.watched import Watched
from discovery.options import TAG
from discovery.protocols import CampaignState, Loop, StoppingRule
from discovery.rng import derive
from discovery.types import Batch, Forecast, Query

Json: TypeAlias = Any


class Enough:
    """Stops a run when its budget is spent, or all that is to be found was found.

    Args:
        wanted: (N,) rows to be found; ``None`` to go on as long as the budget lasts.
    """

    def __init__(self, wanted: Sequence[int] | None) -> None:
        self._wanted = None if wanted is None else frozenset(wanted)
        self._budget: StoppingRule = registry.build("stopping", "budget", {})

    def reason(self, campaign: CampaignState) -> str | None:
        """Return why the run ends, or ``None``."""
        assert isinstance(campaign, ProblemCampaign)
        if self._wanted is not None:
            trace, target = campaign.trace, campaign.problem.column
            if self._wanted <= set(trace.row[trace.column == target].tolist()):
                return "all that was to be found has been measured"
        return self._budget.reason(campaign)


def run_cell(problem: Problem, cell: Cell) -> dict[str, Json]:
    """Run a cell and return what happened, as plain JSON.

    Errors of a strategy are results: ``error`` holds type and message of what ended the run, and
    the queries before it are kept.

    Args:
        problem: The one of the cell, with all its fidelities.
        cell: What to run.
    """
    begun, clock = time.process_time(), time.perf_counter()
    seen = restricted(problem, cell.strategy.policy)
    campaign = ProblemCampaign(
        seen, initial_design(seen, cell.initial, cell.seed), cell.budget, cell.seed
    )
    found = np.flatnonzero(problem.top(cell.top)).tolist() if cell.until_found else None
    watched = None
    error = None
    try:
        if cell.strategy.peer:
            _run_peer(campaign, cell, Enough(found))
        else:
            parts = {role: _build(role, part) for role, part in cell.strategy.parts.items()}
            watched = parts["proxy"] = Watched(parts["proxy"], campaign, cell.judged)
            options = {"batch_size": cell.batch, "batch_cost": cell.batch_cost, "initial": 0}
            loop: Loop = registry.build(
                "loop", "sequential", options, stopping=Enough(found), **parts
            )
            loop.run(campaign, TableExecutor(campaign))
    # one failed cell must not end a suite, whatever a strategy does
    except (Exception, SystemExit) as problem_of_strategy:  # noqa: BLE001
        error = {
            "type": type(problem_of_strategy).__name__,
            "message": " ".join(str(problem_of_strategy).split()),
        }
    trace = campaign.trace
    return {
        "error": error,
        "stopped": campaign.stopped,
        "queries": {
            "row": trace.row.tolist(),
            # columns count in the whole problem, whatever the strategy was allowed to ask
            "column": [_column(problem, seen, column) for column in trace.column.tolist()],
            "cost": trace.cost.tolist(),
            "batch": trace.batch.tolist(),
        },
        "rounds": [] if watched is None else watched.notes,
        "seconds": {
            "cpu": round(time.process_time() - begun, 3),
            "wall": round(time.perf_counter() - clock, 3),
        },
    }


def _run_peer(campaign: ProblemCampaign, cell: Cell, enough: Enough) -> None:
    strategy: peer.Peer = peer.load(cell.strategy.peer)()
    problem, column = campaign.problem, campaign.problem.column
    bounded = problem.sides[:, column] != 0
    values = np.where(bounded, problem.limits[:, column], problem.values[:, column])
    while (reason := enough.reason(campaign)) is None:
        request = campaign.request(cell.batch)
        left = np.flatnonzero(request.available[:, column])
        allowance = min(request.allowance, cell.batch_cost or np.inf)
        affordable = int(allowance / problem.costs[column] * (1 + 1e-9))
        size = min(cell.batch, affordable, len(left))
        trace = campaign.trace
        told = trace.row[trace.column == column]
        view = peer.View(problem.features, told, values[told], left)
        rows = strategy.choose(view, size, derive(cell.seed, "peer", campaign.round))
        queries = [
            Query(campaign.pool[row], campaign.fidelities[column].name) for row in rows.tolist()
        ]
        why = Forecast(None, None, 0.0, cell.strategy.peer)
        campaign.ask(Batch(tuple(queries), (0.0,) * size), [why] * size, {})
        for query in queries:
            campaign.tell(campaign.answer(query))
    campaign.stop(reason)


def _build(role: str, section: Any) -> Any:  # noqa: ANN401 - parts of any role
    given = dict(section)
    return registry.build(role, given.pop(TAG), given)


def _column(whole: Problem, seen: Problem, column: int) -> int:
    name = seen.fidelities[column].name
    return [fidelity.name for fidelity in whole.fidelities].index(name)
