"""Queries handed to any executor of the standard library's kind."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import ClassVar

from discovery.types import Observation, Query
from loops.executors.task import Oracles, Task, tasks


class FutureExecutor:
    """Hands queries to a ``concurrent.futures.Executor``: threads, processes, dask, a cluster.

    The executor stays the caller's: it is neither rebuilt nor shut down. What goes wrong in it,
    a lost worker for one, becomes a failed observation.

    Args:
        workers: Has ``submit(function, *arguments)`` that returns a future.
        oracles: Fidelity -> (name, oracle, cost function); oracles travel with their queries.
        seed: Seed of the campaign.
    """

    needs: ClassVar[tuple[str, ...]] = ("workers", "oracles", "seed")

    def __init__(self, *, workers: Executor, oracles: Oracles, seed: int) -> None:
        self._workers, self._oracles, self._seed = workers, oracles, seed

    def evaluate(self, queries: Sequence[Query]) -> Iterator[Observation]:
        """Yield observations in the order of the queries; all run at the same time.

        When it is left early, by an interruption for one, what has not begun is cancelled.
        """
        work = tasks(queries, self._oracles, self._seed)
        futures = [self._workers.submit(task.run) for task in work]
        try:
            for task, future in zip(work, futures, strict=True):
                yield _result(task, future)
        finally:
            for future in futures:
                future.cancel()


def _result(task: Task, future: Future[Observation]) -> Observation:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - the oracle's own errors are observations already
        return task.failed(error)
