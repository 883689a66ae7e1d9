"""Ways to divide rows into a part to learn from and a part to be judged on."""

from dataclasses import dataclass

import numpy as np

from discovery.assessment.groups import IntArray
from discovery.errors import InvalidInputError
from discovery.rng import stream
from discovery.types import BoolArray


@dataclass(frozen=True)
class Split:
    """Two parts of some rows, without a row in common.

    Args:
        train: (k,) rows to learn from, ascending.
        test: (l,) rows to be judged on, ascending.
    """

    train: IntArray
    test: IntArray


def k_folds(count: int, folds: int, seed: int) -> list[Split]:
    """Return ``folds`` splits of ``count`` rows; every row is in one test part.

    Raises:
        InvalidInputError: There are fewer rows than folds, or fewer than two folds.
    """
    return grouped_folds(np.arange(count, dtype=np.intp), folds, seed)


def leave_one_out(count: int) -> list[Split]:
    """Return ``count`` splits, each with one row in its test part.

    Raises:
        InvalidInputError: There are fewer than two rows.
    """
    return k_folds(count, count, seed=0)


def grouped_folds(groups: IntArray, folds: int, seed: int) -> list[Split]:
    """Return splits that keep groups together; every row is in one test part.

    Groups go to the smallest fold so far, large ones first and equal ones in random order, so
    that folds are as even in rows as the groups allow.

    Args:
        groups: (n,) number of the group of each row.
        folds: Number of splits.
        seed: Of the order.

    Raises:
        InvalidInputError: There are fewer groups than folds, or fewer than two folds.
    """
    names, sizes = np.unique(groups, return_counts=True)
    if not 2 <= folds <= len(names):  # noqa: PLR2004 - one to learn from, one to be judged on
        raise InvalidInputError(
            f"{folds} folds of {len(names)} groups ({len(groups)} rows) are not possible; "
            f"choose 2 to {len(names)} folds"
        )
    order = stream(seed, "folds").permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled, fold = np.zeros(folds, dtype=np.intp), np.empty(len(names), dtype=np.intp)
    for group in order:
        fold[group] = int(np.argmin(filled))
        filled[fold[group]] += sizes[group]
    of_row = fold[np.searchsorted(names, groups)]
    return [split_at(of_row == number) for number in range(folds)]


def group_splits(
    groups: IntArray, *, splits: int = 30, share: tuple[float, float] = (0.18, 0.23), seed: int
) -> list[Split]:
    """Return independent random splits whose test parts are whole groups.

    Groups are drawn in random order into the test part until its share of the rows lies in the
    range; a group that would exceed it is passed over.

    Args:
        groups: (n,) number of the group of each row.
        splits: Number of splits.
        share: Least and largest share of the rows in the test part.
        seed: Of all draws; split ``i`` does not depend on ``splits``.

    Raises:
        InvalidInputError: The range is no range within 0 ... 1, or no order of the groups that
            was drawn leads into it.
    """
    low, high = share
    if not 0 < low <= high < 1:
        raise InvalidInputError(f"the test part is a range within 0 ... 1, not {low} ... {high}")
    return [split_at(_drawn(groups, share, seed, number)) for number in range(splits)]


def split_at(test: BoolArray) -> Split:
    """Return the split of (n,) rows into those outside and those inside a test part."""
    return Split(np.flatnonzero(~test), np.flatnonzero(test))


def within(split: Split, rows: IntArray) -> Split:
    """Return a split of ``rows`` (k,) from a split of 0 ... k-1."""
    return Split(rows[split.train], rows[split.test])


def _drawn(groups: IntArray, share: tuple[float, float], seed: int, number: int) -> BoolArray:
    names, sizes = np.unique(groups, return_counts=True)
    least, most = share[0] * len(groups), share[1] * len(groups)
    for attempt in range(100):
        test: list[int] = []
        size = 0
        for group in stream(seed, "split", number, attempt).permutation(len(names)):
            if size + sizes[group] <= most:
                test.append(int(names[group]))
                size += int(sizes[group])
            if size >= least:
                return np.isin(groups, test)
    raise InvalidInputError(
        f"no choice of whole groups among {len(names)} groups ({len(groups)} rows, the largest "
        f"group {sizes.max()}) holds {share[0]:.0%} to {share[1]:.0%} of the rows; widen the range"
    )
