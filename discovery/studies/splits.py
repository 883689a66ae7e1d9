"""Proxies on thirty group splits of all of OBELiX, paired: the comparison to trust.

Each split keeps whole groups of rows apart, connected by a composition or a paper. One test part is
120 rows of about 30 groups, so that a single split decides little; every contender sees the same
splits, so that differences decide more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import t

from discovery.assessment.groups import same_source
from discovery.assessment.splits import group_splits
from discovery.errors import InvalidInputError
from discovery.rng import derive
from discovery.studies.contenders import LARGER_IS_BETTER, Contender, split_scores
from discovery.studies.memory import Memory
from discovery.studies.obelix import Obelix
from discovery.types import FloatArray

_FEWEST: Final = 2  # splits with a deviation


@dataclass(frozen=True)
class Paired:
    """A difference of scores over the splits that both are defined on.

    Args:
        mean: First minus second.
        deviation: Over the splits.
        interval: 95 % of the mean, by the t distribution with the variance of a split increased
            for the training rows that splits share (C. Nadeau & Y. Bengio, Mach. Learn. 52, 239
            (2003), eq. 11).
        wins: Splits where the first is better; ``None`` where neither end is.
        splits: How many.
    """

    mean: float
    deviation: float
    interval: tuple[float, float]
    wins: int | None
    splits: int


@dataclass(frozen=True)
class SplitStudy:
    """Scores of some contenders on the same splits.

    Args:
        contenders: The first is the one that the others are compared with.
        scores: Title -> metric -> (k,) one score per split, NaN where it is not defined.
        tested: (k,) share of the rows in the test part.
        groups: Number of groups of related rows.
        rows: Number of rows.
        seed: Of splits and contenders.
        digest: Of the data.
    """

    contenders: tuple[Contender, ...]
    scores: Mapping[str, Mapping[str, FloatArray]]
    tested: FloatArray
    groups: int
    rows: int
    seed: int
    digest: str

    def shared(self, first: str, second: str) -> list[str]:
        """Return the metrics that two titles have on at least two splits."""
        ours, theirs = self.scores[first], self.scores[second]
        return [
            name
            for name in ours
            if name in theirs and np.isfinite(ours[name] - theirs[name]).sum() >= _FEWEST
        ]

    def paired(self, first: str, second: str, metric: str) -> Paired:
        """Return by how much the first title scores more than the second.

        Raises:
            InvalidInputError: They share fewer than two splits where the metric is defined.
        """
        difference = self.scores[first][metric] - self.scores[second][metric]
        known = np.isfinite(difference)
        count = int(known.sum())
        if count < _FEWEST:
            raise InvalidInputError(f"{metric}: {count} shared splits have no deviation; take more")
        mean, deviation = float(difference[known].mean()), float(difference[known].std(ddof=1))
        ratio = float(np.mean(self.tested[known] / (1 - self.tested[known])))
        half = float(t.ppf(0.975, count - 1)) * deviation * np.sqrt(1 / count + ratio)
        better = LARGER_IS_BETTER.get(metric)
        won = difference[known] > 0 if better else difference[known] < 0
        return Paired(
            mean,
            deviation,
            (mean - half, mean + half),
            None if better is None else int(won.sum()),
            count,
        )


def run(
    data: Obelix,
    contenders: Sequence[Contender],
    *,
    splits: int,
    seed: int,
    memory: Memory,
    done: Callable[[], None] = lambda: None,
) -> SplitStudy:
    """Let every contender learn and predict on every split.

    Args:
        data: All its labelled rows are divided; the published split plays no part.
        contenders: With different titles.
        splits: Number of splits.
        seed: Of splits and contenders.
        memory: Where the scores of each contender on each split are kept.
        done: Called after each.

    Raises:
        InvalidInputError: Two contenders have the same title.
    """
    titles = [contender.title for contender in contenders]
    if len(set(titles)) < len(titles):
        raise InvalidInputError(f"contenders need different titles, not {', '.join(titles)}")
    groups = same_source(data.dataset)
    parts = group_splits(groups, splits=splits, seed=derive(seed, "splits"))
    found: dict[str, list[dict[str, float]]] = {title: [] for title in titles}
    for number, part in enumerate(parts):
        for contender in contenders:
            own = derive(seed, "split", number)
            scores = split_scores(contender, data, part, seed=own, memory=memory)
            found[contender.title].append(scores)
            done()
    return SplitStudy(
        tuple(contenders),
        {title: _columns(rows) for title, rows in found.items()},
        np.array([len(part.test) for part in parts]) / len(groups),
        len(np.unique(groups)),
        len(groups),
        seed,
        data.digest,
    )


def _columns(rows: Sequence[Mapping[str, float]]) -> dict[str, FloatArray]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}
