"""How the rows of a screening are divided: replications and folds."""

from typing import Final

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, train_test_split

from discovery.assessment.splits import Split, group_splits, grouped_folds, k_folds, split_at
from discovery.errors import InvalidInputError
from discovery.rng import derive
from discovery.screening.problem import Problem

_MARGIN: Final = 0.05  # by which groups may make the test part larger or smaller
_TRIES: Final = 100


def replication(problem: Problem, number: int, *, share: float, seed: int) -> Split:
    """Return one random split, which depends on nothing but the problem, its number and the seed.

    Without groups, classes keep their shares in both parts. With groups, whole groups are drawn,
    again until every class is in the training part.

    Args:
        problem: Whose rows to divide.
        number: Of the replication.
        share: Of the rows in the test part; with groups within 0.05 of it.
        seed: Of all replications.

    Raises:
        InvalidInputError: The rows cannot be divided so.
    """
    if problem.groups is not None:
        return _of_groups(problem, number, share, seed)
    rows = np.arange(len(problem))
    try:
        train, test = train_test_split(
            rows,
            test_size=share,
            stratify=problem.target if problem.classes else None,
            random_state=derive(seed, "split", number) % 2**32,
        )
    except ValueError as error:
        raise _not_divided(problem, share, str(error)) from error
    if min(len(train), len(test)) < 2:  # noqa: PLR2004 - fewer have no order
        raise _not_divided(problem, share, f"it would hold {len(test)}")
    return Split(np.sort(train), np.sort(test))


def folds(problem: Problem, count: int, seed: int) -> list[Split]:
    """Return folds: of whole groups where there are groups, with like shares of classes.

    There are fewer than ``count`` where a class has fewer rows, or there are fewer groups.

    Raises:
        InvalidInputError: Not even two folds are possible.
    """
    units = len(problem) if problem.groups is None else len(np.unique(problem.groups))
    least = int(np.unique(problem.target, return_counts=True)[1].min())
    count = min(count, units, least if problem.classes else units)
    if count < 2:  # noqa: PLR2004 - one to learn from, one to be judged on
        raise InvalidInputError(
            f"{len(problem)} rows in {units} groups, the rarest class with {least}, make no folds"
        )
    if not problem.classes:
        if problem.groups is None:
            return k_folds(len(problem), count, seed)
        return grouped_folds(problem.groups, count, seed)
    kind = StratifiedKFold if problem.groups is None else StratifiedGroupKFold
    shuffled = kind(count, shuffle=True, random_state=seed % 2**32)
    rows = np.arange(len(problem))
    return [
        split_at(np.isin(rows, test))
        for _, test in shuffled.split(rows, problem.target, problem.groups)
    ]


def _not_divided(problem: Problem, share: float, reason: str) -> InvalidInputError:
    return InvalidInputError(
        f"{len(problem)} rows cannot be divided with {share:.0%} in the test part: {reason}"
    )


def _of_groups(problem: Problem, number: int, share: float, seed: int) -> Split:
    assert problem.groups is not None
    around = (max(share - _MARGIN, 1e-9), share + _MARGIN)
    for attempt in range(_TRIES):
        drawn = derive(seed, "split", number, attempt)
        (split,) = group_splits(problem.groups, splits=1, share=around, seed=drawn)
        learned = np.unique(problem.target[split.train])
        if not problem.classes or len(learned) == len(problem.classes):
            return split
    raise InvalidInputError(
        f"in {_TRIES} random choices of groups by {problem.group_name!r}, a class of "
        f"{problem.target_name!r} was never in the training part; its rows are in too few groups"
    )
