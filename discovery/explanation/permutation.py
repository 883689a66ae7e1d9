"""How much of the ranking is lost when columns are shuffled, on rows that were not learned from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.agreement.rank_statistics import Values
from discovery.assessment.groups import IntArray
from discovery.assessment.metrics import spearman
from discovery.explanation.contract import Explainable
from discovery.rng import stream
from discovery.types import FloatArray

_ROWS_AT_ONCE: Final = 20_000


@dataclass(frozen=True)
class HeldOut:
    """Rows that a model did not learn from.

    Args:
        model: Fitted to the other rows.
        rows: (k,) their places among all n judged rows.
        values: (k, d) their columns.
    """

    model: Explainable
    rows: IntArray
    values: FloatArray


def losses(
    parts: Sequence[HeldOut],
    truth: Values,
    columns: Sequence[Sequence[int]],
    *,
    repeats: int,
    seed: int,
    done: Callable[[], None] = lambda: None,
) -> tuple[float, FloatArray]:
    """Return Spearman's correlation and how far it falls (repeats, c) when columns are shuffled.

    L. Breiman, Mach. Learn. 45, 5 (2001). Columns that are named together keep each other's
    company: their rows move as one. They move within the held-out part of each model, and all
    parts are ranked together, bounds at their place. Predictions that are all alike rank nothing:
    of shuffled rows that counts as 0, of the rows themselves it is NaN.

    Args:
        parts: One per fold; together they hold each of the n rows once.
        truth: Of the n rows.
        columns: c sets of columns.
        repeats: Shuffles of each set.
        seed: Of the shuffles; one order moves all sets of a repeat.
        done: Called after each part.
    """
    told = np.zeros(len(truth))
    shuffled = np.zeros((repeats, len(columns), len(truth)))
    for number, part in enumerate(parts):
        told[part.rows] = plain = part.model.respond(part.values)
        for repeat in range(repeats):
            order = stream(seed, "shuffle", number, repeat).permutation(len(part.rows))
            shuffled[repeat, :, part.rows] = _responses(part, plain, order, columns).T
        done()
    full = spearman(truth, told)
    left = np.array([[spearman(truth, row) for row in each] for each in shuffled])
    return full, full - np.nan_to_num(left).reshape(repeats, len(columns))


def _responses(
    part: HeldOut, plain: FloatArray, order: IntArray, columns: Sequence[Sequence[int]]
) -> FloatArray:
    """Return the responses (c, k); what is alike in all rows cannot be missed."""
    answers = np.tile(plain, (len(columns), 1))
    after = part.values[order]
    moved = [
        place
        for place, those in enumerate(columns)
        if not np.array_equal(part.values[:, those], after[:, those], equal_nan=True)
    ]
    step = max(1, _ROWS_AT_ONCE // max(1, len(plain)))
    for start in range(0, len(moved), step):
        some = moved[start : start + step]
        rows = np.repeat(part.values[None], len(some), axis=0)
        for place, which in enumerate(some):
            rows[place][:, columns[which]] = after[:, columns[which]]
        told = part.model.respond(rows.reshape(-1, part.values.shape[1]))
        answers[some] = told.reshape(len(some), -1)
    return answers
