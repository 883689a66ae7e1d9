"""The screening: every model on every replication of every variant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from discovery.errors import InvalidInputError
from discovery.screening.plan import Plan, key
from discovery.screening.prepare import FEWEST_ROWS
from discovery.screening.problem import Problem, Variant
from discovery.screening.results import BlockResult, ResultStore
from discovery.screening.work import check_splits, run_blocks

COLUMNS: Final = ("variant", "model", "replication")


@dataclass(frozen=True)
class Screening:
    """What a screening has found.

    Args:
        problem: What was to be predicted from what.
        variants: Name -> the rows of the variant.
        plan: What was run.
        scores: One row per fit: ``variant``, ``model``, ``replication``, one column per score
            (NaN where the fit failed) and ``error``; sorted, so that the order of work has no
            influence.
    """

    problem: Problem
    variants: Mapping[Variant, Problem]
    plan: Plan
    scores: pd.DataFrame


def usable_variants(problem: Problem) -> tuple[Problem, dict[Variant, Problem]]:
    """Return the problem, with a remark where the complete rows are too few, and its variants."""
    variants = problem.variants()
    cut = variants.get("cut")
    if cut is None:
        return problem, variants
    try:
        _check_cut(cut)
    except InvalidInputError as error:
        remark = f"no variant of complete rows: {error}"
        return replace(problem, remarks=(*problem.remarks, remark)), {"full": problem}
    return problem, variants


def screen(
    problem: Problem,
    plan: Plan,
    folder: Path,
    *,
    workers: int = 1,
    watch: Callable[[int], Callable[[], None]] = lambda _: lambda: None,
) -> Screening:
    """Run what is not yet in the folder, and return all results.

    Args:
        problem: What is to be predicted.
        plan: What to run.
        folder: Where results of blocks are kept.
        workers: Number of processes.
        watch: Told the number of blocks; what it returns is called once per block.

    Raises:
        InvalidInputError: The rows cannot be divided, or the folder cannot be written.
        DiscoveryError: A worker process died; what is done is kept.
    """
    problem, variants = usable_variants(problem)
    check_splits(variants, plan)
    store = ResultStore(folder, key(problem, plan))
    blocks = plan.blocks(list(variants))
    found = {block: store.load(block) for block in blocks}
    advance = watch(len(blocks))
    for result in found.values():
        if result is not None:
            advance()
    missing = [block for block, result in found.items() if result is None]
    for result in run_blocks(missing, variants, plan, workers):
        store.save(result)
        found[result.block] = result
        advance()
    return Screening(problem, variants, plan, _frame([r for r in found.values() if r is not None]))


def _check_cut(cut: Problem) -> None:
    if len(cut) < FEWEST_ROWS:
        raise InvalidInputError(f"{len(cut)} rows, fewer than {FEWEST_ROWS}")
    counts = np.unique(cut.target, return_counts=True)[1]
    if len(counts) < max(2, len(cut.classes)) or (cut.classes and counts.min() < 2):  # noqa: PLR2004
        raise InvalidInputError("too few rows of a class")


def _frame(results: list[BlockResult]) -> pd.DataFrame:
    rows = [
        {"variant": r.block.variant, "model": r.block.model, "replication": number, **scores}
        for r in results
        for number, scores in r.scores.items()
    ]
    rows += [
        {"variant": r.block.variant, "model": r.block.model, "replication": number, "error": error}
        for r in results
        for number, error in r.errors.items()
    ]
    frame = pd.DataFrame(rows).reindex(columns=_columns(results))
    return frame.sort_values(list(COLUMNS), ignore_index=True)


def _columns(results: list[BlockResult]) -> list[str]:
    names = dict.fromkeys(name for r in results for s in r.scores.values() for name in s)
    return [*COLUMNS, *names, "error"]
