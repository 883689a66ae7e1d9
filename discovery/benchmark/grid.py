"""All cells of a suite that are not finished, side by side in worker processes."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Final, Literal, TypeAlias

from discovery.benchmark.cells import Cell
from discovery.benchmark.problems.problem import Problem
from discovery.benchmark.run import run_cell
from discovery.benchmark.store import CellStore

Ending: TypeAlias = Literal["kept", "done", "failed"]
Observer: TypeAlias = Callable[[Cell, Ending, float], None]
"""Told of each cell once: whether it was finished before, is now, or failed; and CPU seconds."""

_THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_DIED: Final = "WorkerDied"


def run_grid(
    problems: Sequence[Problem],
    cells: Sequence[Cell],
    store: CellStore,
    *,
    workers: int = 1,
    observe: Observer = lambda *_: None,
) -> None:
    """Run what is not finished; cells with the same key are run once.

    Workers are spawned, with one thread each, and write what they finish themselves. They end with
    their parent, however that ends. A worker that dies (killed for memory, a crash in compiled
    code) takes the others with it: what may have killed it is run again, one cell alone at a time,
    and a cell that kills its worker again is a failed one.

    Args:
        problems: Of the suite.
        cells: In any order.
        store: Where results are kept.
        workers: Number of processes.
        observe: Told of each key as it ends.
    """
    # seed by seed: what a suite that is stopped has finished is fair to all strategies
    first = {cell.key: cell for cell in sorted(cells, key=lambda cell: cell.replicate)}
    todo = []
    for key, cell in first.items():
        if store.has(key):
            observe(cell, "kept", 0.0)
        else:
            todo.append(cell)
    while todo:
        with _pool(problems, store, workers) as pool:
            todo = _together(pool, todo, observe)
        # a broken pool was working on one of the first of what is left
        suspects, todo = todo[:workers], todo[workers:]
        for cell in suspects:
            with _pool(problems, store, 1) as pool:
                if _together(pool, [cell], observe):
                    store.write(cell.key, _dead())
                    observe(cell, "failed", 0.0)


def _together(pool: ProcessPoolExecutor, cells: Sequence[Cell], observe: Observer) -> list[Cell]:
    """Run cells; return those that are left when a worker dies, in order."""
    left = {cell.key: cell for cell in cells}
    try:
        futures: dict[Future[tuple[bool, float]], Cell] = {
            pool.submit(_work, cell): cell for cell in cells
        }
        for future in as_completed(futures):
            failed, seconds = future.result()
            cell = left.pop(futures[future].key)
            observe(cell, "failed" if failed else "done", seconds)
    except BrokenProcessPool:
        return list(left.values())
    return []


@contextmanager
def _pool(
    problems: Sequence[Problem], store: CellStore, workers: int
) -> Iterator[ProcessPoolExecutor]:
    # libraries read these when they are loaded, which is before a worker could set them
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(tuple(problems), store),
    )
    done = False
    try:
        yield pool
        done = True
    finally:
        # the public terminate_workers() comes with Python 3.14
        processes = list((pool._processes or {}).values())  # noqa: SLF001
        pool.shutdown(wait=done, cancel_futures=True)
        for process in processes if not done else ():
            process.terminate()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


_place: dict[str, Any] = {}
"""What a worker was given: the problems and the store."""


def _begin(problems: tuple[Problem, ...], store: CellStore) -> None:
    """Ctrl-C reaches all processes of a terminal; only the parent acts on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _place.update(problems=problems, store=store)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """An idle worker of a killed parent would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(cell: Cell) -> tuple[bool, float]:
    result = run_cell(_place["problems"][cell.problem], cell)
    _place["store"].write(cell.key, result)
    return result["error"] is not None, result["seconds"]["cpu"]


def _dead() -> dict[str, Any]:
    message = "the process died twice while it ran this cell, the second time alone"
    return {
        "error": {"type": _DIED, "message": message},
        "stopped": "",
        "queries": {"row": [], "column": [], "cost": [], "batch": []},
        "rounds": [],
        "seconds": {"cpu": 0.0, "wall": 0.0},
    }
