"""Blocks at work, here or in worker processes."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from discovery.errors import DiscoveryError, InvalidInputError
from discovery.rng import derive
from discovery.screening.divisions import replication
from discovery.screening.fitting import fit, many_fits, parts, predict
from discovery.screening.models import make
from discovery.screening.plan import Block, Plan
from discovery.screening.problem import Problem, Variant
from discovery.screening.results import BlockResult
from discovery.screening.scores import SCORES, score

_given: dict[str, tuple[Mapping[Variant, Problem], Plan]] = {}
"""What a worker process was started with; sent once, not with every block."""


def run_block(block: Block, problem: Problem, plan: Plan) -> BlockResult:
    """Fit and judge one model on some replications; what fails is recorded with its reason."""
    scores: dict[int, dict[str, float]] = {}
    errors: dict[int, str] = {}
    with many_fits():
        for number in range(block.start, block.stop):
            split = replication(problem, number, share=plan.share, seed=plan.seed)
            drawn = derive(plan.seed, "model", block.model, number) % 2**31
            try:
                model = make(problem.task, block.model, drawn)
                prepared = parts(problem, split)
                predicted = predict(fit(model, prepared), prepared)
            except Exception as error:  # noqa: BLE001 - a model that fails is a result
                first = next(iter(str(error).splitlines()), "")
                errors[number] = f"{type(error).__name__}: {first}"
                continue
            truth = problem.target[split.test]
            scores[number] = {
                name: score(problem.task, name, truth, predicted) for name in SCORES[problem.task]
            }
    return BlockResult(block, scores, errors)


def run_blocks(
    blocks: Sequence[Block], variants: Mapping[Variant, Problem], plan: Plan, workers: int
) -> Iterator[BlockResult]:
    """Yield the results of blocks as they are done, in any order.

    Each result depends on its block alone. Workers run one thread each, and end when this is left
    early.

    Raises:
        DiscoveryError: A worker process died.
    """
    if workers == 1 or len(blocks) <= 1:
        for block in blocks:
            yield run_block(block, variants[block.variant], plan)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(blocks)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(variants, plan),
    )
    try:
        futures = [pool.submit(_run, block) for block in blocks]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise DiscoveryError(
            "a worker process died, perhaps for want of memory; the same command goes on where "
            "it stopped, --workers 1 needs least memory"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(variants: Mapping[Variant, Problem], plan: Plan) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _given["work"] = (variants, plan)


def _end_with_parent() -> None:
    """A main process that is killed cannot end its workers."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _run(block: Block) -> BlockResult:
    variants, plan = _given["work"]
    return run_block(block, variants[block.variant], plan)


def check_splits(variants: Mapping[Variant, Problem], plan: Plan) -> None:
    """Check that the rows of all variants can be divided as planned.

    Raises:
        InvalidInputError: They cannot.
    """
    for name, problem in variants.items():
        try:
            replication(problem, 0, share=plan.share, seed=plan.seed)
        except InvalidInputError as error:
            raise InvalidInputError(f"{name} table: {error}") from error
