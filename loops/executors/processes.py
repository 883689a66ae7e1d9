"""Queries answered side by side in worker processes of this machine."""

import multiprocessing
import pickle
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import zip_longest
from typing import ClassVar

from discovery.errors import InvalidInputError
from discovery.types import Observation, Query
from loops.executors.task import Oracles, Task, tasks


class ProcessExecutor:
    """A pool of spawned processes that outlives batches and is rebuilt when a worker dies.

    A dying worker (killed for memory, a crash in compiled code) takes the pool with it, and nobody
    can say whose query it was. So what was not answered is asked again, one query alone at a time:
    the one that breaks the pool again is the failed one.

    Oracles must be picklable and worker processes import the main module: scripts that use this
    executor need ``if __name__ == "__main__":``.

    Args:
        oracles: Fidelity -> (name, oracle, cost function).
        seed: Seed of the campaign.
        workers: Number of processes; by default one per core.

    Raises:
        InvalidInputError: An oracle is not picklable.
    """

    needs: ClassVar[tuple[str, ...]] = ("oracles", "seed")

    def __init__(self, *, oracles: Oracles, seed: int, workers: int | None = None) -> None:
        self._oracles, self._seed, self._workers = oracles, seed, workers
        self._pool: ProcessPoolExecutor | None = None
        for name, oracle, _ in oracles.values():
            try:
                pickle.dumps(oracle)
            except Exception as error:
                raise InvalidInputError(
                    f"oracle {name!r} cannot be sent to worker processes: {error}; use the "
                    "executor 'inline', or keep no lambda, open file or lock on the oracle"
                ) from error

    def evaluate(self, queries: Sequence[Query]) -> Iterator[Observation]:
        """Yield observations in the order of the queries.

        When it is left early, by an interruption for one, the workers are ended and the queries
        without an answer stay pending.
        """
        work, done = tasks(queries, self._oracles, self._seed), False
        try:
            yield from self._answers(work)
            done = True
        finally:
            if not done:
                self.close()

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        pool, self._pool = self._pool, None
        if pool is not None:
            # the public terminate_workers() comes with Python 3.14
            workers = list((pool._processes or {}).values())  # noqa: SLF001
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.terminate()

    def _answers(self, work: Sequence[Task]) -> Iterator[Observation]:
        broken = False
        for task, future in zip_longest(work, self._start(work)):
            try:
                answer = None if future is None else future.result()
            except BrokenProcessPool:
                answer = None
            except Exception as error:  # noqa: BLE001 - an answer that cannot travel back
                answer = task.failed(error)
            if answer is None:
                if not broken:
                    self.close()
                    broken = True
                answer = self._alone(task)
            yield answer

    def _start(self, work: Sequence[Task]) -> list[Future[Observation]]:
        """Start all tasks, or those before the pool breaks."""
        futures: list[Future[Observation]] = []
        with suppress(BrokenProcessPool):
            for task in work:
                futures.append(self._running().submit(task.run))  # noqa: PERF401 - keep a part
        return futures

    def _alone(self, task: Task) -> Observation:
        try:
            return self._running().submit(task.run).result()
        except BrokenProcessPool as error:
            self.close()
            return task.failed(error)
        except Exception as error:  # noqa: BLE001 - as above
            return task.failed(error)

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_ignore_interrupts,
            )
        return self._pool


def _ignore_interrupts() -> None:
    """Ctrl-C reaches all processes of a terminal; only the campaign's own acts on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
