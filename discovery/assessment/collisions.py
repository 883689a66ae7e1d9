"""Does (composition, space group, cell) tell materials apart, and their conductivities?

Rows of a data set collide when their keys are equal. A key is the composition (atomic fractions to
six decimals, any number of formula units), then the space group, then the conventional cell as it
was published, rounded. What a model cannot see it cannot learn: rows that collide and differ in
their label set a floor to the error of anything that predicts from the key alone.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.agreement.clusters import composition_key
from discovery.assessment.differences import Differences, Range, differences, scatter
from discovery.assessment.groups import same_source
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.rng import stream
from discovery.types import BoolArray, Candidate, Dataset, Estimate

PRECISIONS: Final = (1.0, 0.5, 0.1)
"""Angstrom to which cell edges are rounded, unless said otherwise."""

DEGREES: Final = 10.0
"""Cell angles are rounded to so many degrees per Angstrom of the edges: 1 degree at 0.1 A."""

_MOST_PAIRS: Final = 20_000  # of different keys; the others are left to chance

Alike: TypeAlias = Callable[[Crystal, Crystal], bool]
"""Whether two structures are one material's."""

Pairs: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True)
class Coarseness:
    """What of a candidate is in its key, beside the composition.

    Args:
        group: Whether the space group is.
        edge: Angstrom to which cell edges are rounded; ``None`` leaves the cell out.
    """

    group: bool = False
    edge: float | None = None

    @property
    def name(self) -> str:
        """The key in words."""
        if not self.group:
            return "composition"
        cell = "" if self.edge is None else f" + cell to {self.edge:g} Å"
        return f"composition + group{cell}"

    def key(self, candidate: Candidate) -> tuple[object, ...] | None:
        """Return the key of a candidate; ``None`` where something of it is not known."""
        key: list[object] = [composition_key(candidate)]
        if self.group:
            if candidate.space_group is None:
                return None
            key.append(candidate.space_group)
        if self.edge is not None:
            if candidate.lattice is None:
                return None
            steps = np.repeat([self.edge, self.edge * DEGREES], 3)
            key.append(tuple(np.rint(np.divide(candidate.lattice.parameters, steps)).tolist()))
        return tuple(key)


@dataclass(frozen=True)
class Collisions:
    """How well one key tells the rows of a data set apart.

    Args:
        coarseness: The key.
        rows: Rows whose key is known.
        keys: Different keys among them.
        colliding: Rows that share their key with another.
        pairs: Pairs of rows with one key.
        papers: Those of them from two different papers.
        compared: Those of them of which both structures are known (and were compared).
        unlike: Those of the compared that are not alike, one count for each way to compare.
        same: Differences of the labels of pairs with one key.
        split: The same of pairs with one composition and different keys.
        different: The same of pairs with different compositions.
        scatter: Pooled standard deviation of values within a key; ``None`` without two in one.
    """

    coarseness: Coarseness
    rows: int
    keys: int
    colliding: int
    pairs: int
    papers: int
    compared: int
    unlike: tuple[int, ...]
    same: Differences
    split: Differences
    different: Differences
    scatter: Range | None


@dataclass(frozen=True)
class Collision:
    """Two rows with one key, how far their labels are apart, and whether they are alike."""

    one: Candidate
    other: Candidate
    gap: Range
    alike: tuple[bool, ...]


@dataclass(frozen=True)
class CollisionStudy:
    """The answer for one data set.

    Args:
        dataset: Name of the data set.
        rows: Number of rows.
        labelled: Those of them with a label.
        bounds: Those of the labels that are bounds.
        deviation: Standard deviation of all values; ``None`` with fewer than two.
        seed: Of the bootstrap, and of the pairs of different compositions that were drawn.
        levels: One entry per key, coarse to fine.
        widest: Pairs that collide in the finest key, the largest known difference first.
    """

    dataset: str
    rows: int
    labelled: int
    bounds: int
    deviation: float | None
    seed: int
    levels: tuple[Collisions, ...]
    widest: tuple[Collision, ...]


def study(
    dataset: Dataset,
    precisions: Sequence[float] = PRECISIONS,
    *,
    seed: int = 0,
    alike: Sequence[Alike] = (),
) -> CollisionStudy:
    """Return how often rows collide and how far their labels are then apart.

    Args:
        dataset: At least one row.
        precisions: Angstrom to which cell edges are rounded.
        seed: Of the bootstrap, and of the pairs that are drawn.
        alike: Ways to compare structures; by default they are not compared.

    Raises:
        InvalidInputError: A precision is not positive.
    """
    for precision in precisions:
        if not (np.isfinite(precision) and precision > 0):
            raise InvalidInputError(
                f"a cell is rounded to a positive number of Angstrom, not {precision:g}"
            )
    table = _Rows(dataset, alike, seed)
    order = sorted(set(precisions), reverse=True)
    chosen = [
        Coarseness(),
        Coarseness(group=True),
        *(Coarseness(group=True, edge=p) for p in order),
    ]
    labels = dataset.labels.values()
    values = [label.value for label in labels if isinstance(label, Estimate)]
    return CollisionStudy(
        dataset=dataset.name,
        rows=len(dataset.candidates),
        labelled=len(labels),
        bounds=len(labels) - len(values),
        deviation=float(np.std(values, ddof=1)) if len(values) > 1 else None,
        seed=seed,
        levels=tuple(map(table.level, chosen)),
        widest=table.collisions(chosen[-1]),
    )


class _Rows:
    """The rows of a data set, and what is the same for all keys."""

    def __init__(self, dataset: Dataset, alike: Sequence[Alike], seed: int) -> None:
        self._dataset, self._candidates, self._seed = dataset, dataset.candidates, seed
        self._cluster = same_source(dataset)
        self._paper = [dataset.groups.get("doi", {}).get(c.id) for c in self._candidates]
        self._numbers = _numbers(self._candidates, Coarseness())
        self._near = _pairs_within(self._numbers)
        self._alike = [self._compare(i, j, alike) for i, j in self._near.tolist()]
        self._different = self._differences(self._drawn(), "different")

    def level(self, coarseness: Coarseness) -> Collisions:
        number = _numbers(self._candidates, coarseness)
        held, same = self._held(number)
        sizes = Counter(number[number >= 0].tolist())
        verdicts = (self._alike[place] for place in np.flatnonzero(held & same))
        compared = [one for one in verdicts if one]
        pairs = self._near[held & same]
        return Collisions(
            coarseness=coarseness,
            rows=sizes.total(),
            keys=len(sizes),
            colliding=sum(size for size in sizes.values() if size > 1),
            pairs=len(pairs),
            papers=sum(
                None not in (self._paper[i], self._paper[j]) and self._paper[i] != self._paper[j]
                for i, j in pairs.tolist()
            ),
            compared=len(compared),
            unlike=tuple(ways.count(False) for ways in zip(*compared, strict=True)),
            same=self._differences(pairs, f"{coarseness.name}, same"),
            split=self._differences(self._near[held & ~same], f"{coarseness.name}, split"),
            different=self._different,
            scatter=scatter(
                self._dataset,
                number,
                self._cluster,
                seed=self._seed,
                purpose=f"collisions {coarseness.name}, scatter",
            ),
        )

    def collisions(self, coarseness: Coarseness) -> tuple[Collision, ...]:
        held, same = self._held(_numbers(self._candidates, coarseness))
        found = [
            Collision(self._candidates[i], self._candidates[j], gap, self._alike[place])
            for place in np.flatnonzero(held & same)
            for i, j in [self._near[place].tolist()]
            if (gap := self._gap(i, j)) is not None
        ]
        return tuple(sorted(found, key=lambda one: (-one.gap.low, -one.gap.high, one.one.id)))

    def _held(self, number: NDArray[np.intp]) -> tuple[BoolArray, BoolArray]:
        """Of the pairs of one composition: both keys are known; they are equal."""
        one, other = number[self._near].reshape(-1, 2).T
        return (one >= 0) & (other >= 0), one == other

    def _differences(self, pairs: Pairs, purpose: str) -> Differences:
        return differences(
            self._dataset, pairs, self._cluster, seed=self._seed, purpose=f"collisions {purpose}"
        )

    def _compare(self, i: int, j: int, alike: Sequence[Alike]) -> tuple[bool, ...]:
        one, other = self._candidates[i].structure, self._candidates[j].structure
        if one is None or other is None:
            return ()
        return tuple(compare(one, other) for compare in alike)

    def _gap(self, i: int, j: int) -> Range | None:
        one, other = (self._dataset.labels.get(self._candidates[row].id) for row in (i, j))
        return None if one is None or other is None else Range.between(one, other)

    def _drawn(self) -> Pairs:
        """Pairs of different compositions: all, or as many as can be handled, drawn at random."""
        count = len(self._candidates)
        total = count * (count - 1) // 2
        if total <= 2 * _MOST_PAIRS:
            pairs = np.column_stack(np.triu_indices(count, 1))
        else:
            rng = stream(self._seed, "collisions", "pairs")
            pairs = np.unique(np.sort(rng.integers(count, size=(_MOST_PAIRS, 2)), axis=1), axis=0)
        return pairs[self._numbers[pairs[:, 0]] != self._numbers[pairs[:, 1]]].astype(np.intp)


def _numbers(candidates: Sequence[Candidate], coarseness: Coarseness) -> NDArray[np.intp]:
    """(n,) number of each candidate's key; -1 where it is not known."""
    known: dict[object, int] = {}
    keys = map(coarseness.key, candidates)
    return np.array(
        [-1 if key is None else known.setdefault(key, len(known)) for key in keys], dtype=np.intp
    )


def _pairs_within(number: NDArray[np.intp]) -> Pairs:
    """(p, 2) all pairs of rows with one number."""
    rows: dict[int, list[int]] = {}
    for row, key in enumerate(number.tolist()):
        rows.setdefault(key, []).append(row)
    found = [pair for group in rows.values() for pair in combinations(group, 2)]
    return np.array(found, dtype=np.intp).reshape(-1, 2)
