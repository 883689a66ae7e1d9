"""Protocols: what is kept apart when a model is judged, and hence what its score promises.

======================  =========================================================================
plain                   nothing but the row; flatters, where papers report series of one material
composition, doi,       all rows of one composition, paper or structure family
family
source                  all rows that one composition or one paper connects; the default elsewhere
loo                     nothing but the row, each row alone
official                the split that the data set was published with: to be opened once
======================  =========================================================================
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.assessment.groups import IntArray, same_composition, same_entry, same_source
from discovery.assessment.splits import Split, grouped_folds, leave_one_out, within
from discovery.assessment.training import labelled
from discovery.errors import InvalidInputError, UnknownNameError
from discovery.rng import derive
from discovery.types import Dataset


@dataclass(frozen=True)
class Protocol:
    """Repeats of a division of rows into parts to learn from and parts to be judged on.

    Args:
        name: Of the protocol.
        apart: What never stands on both sides, in words.
        repeats: For each repeat its splits; a row is in at most one test part of a repeat.
    """

    name: str
    apart: str
    repeats: tuple[tuple[Split, ...], ...]

    @property
    def fits(self) -> int:
        """How many models are fitted."""
        return sum(map(len, self.repeats))


@dataclass(frozen=True)
class _Kind:
    apart: str
    groups: Callable[[Dataset], IntArray] | None
    column: str | None = None


_KINDS: Final[Mapping[str, _Kind]] = {
    "plain": _Kind("rows", None),
    "composition": _Kind("compositions", same_composition),
    "doi": _Kind("papers", lambda dataset: same_entry(dataset, "doi"), "doi"),
    "family": _Kind("structure families", lambda dataset: same_entry(dataset, "family"), "family"),
    "source": _Kind("compositions and papers", same_source),
}
FOLDED: Final = tuple(_KINDS)
"""Names of the protocols that divide into folds."""

NAMES: Final = (*FOLDED, "loo", "official")


def protocol(
    name: str,
    dataset: Dataset,
    *,
    folds: int = 5,
    repeats: int = 4,
    seed: int = 0,
    rows: IntArray | None = None,
) -> Protocol:
    """Return a protocol for a data set.

    Args:
        name: One of :data:`NAMES`.
        dataset: Its labelled rows are divided.
        folds: Parts that rows are divided into, for protocols with folds.
        repeats: How often that is done anew; leave-one-out and the official split have one.
        seed: Of the folds.
        rows: Rows of ``dataset.candidates`` to use, by default all that have a label; the
            official split always uses all.

    Raises:
        UnknownNameError: There is no such protocol.
        InvalidInputError: The data set does not know what the protocol keeps apart, or has too
            few groups for the folds.
    """
    known = labelled(dataset)
    chosen = known if rows is None else np.intersect1d(known, rows)
    if name == "loo":
        splits = tuple(within(split, chosen) for split in leave_one_out(len(chosen)))
        return Protocol(name, "rows", (splits,))
    if name == "official":
        return Protocol(name, "what its authors kept apart", ((_official(dataset, known),),))
    if name not in _KINDS:
        raise UnknownNameError("protocol", name, NAMES)
    kind = _KINDS[name]
    if kind.column is not None and not dataset.groups.get(kind.column):
        raise InvalidInputError(
            f"{dataset.name!r} has no column {kind.column!r} to keep {kind.apart} apart; "
            f"its columns are: {', '.join(dataset.groups) or 'none'}"
        )
    together = np.arange(len(dataset.candidates)) if kind.groups is None else kind.groups(dataset)
    return Protocol(
        name,
        kind.apart,
        tuple(
            tuple(
                within(split, chosen)
                for split in grouped_folds(together[chosen], folds, derive(seed, name, repeat))
            )
            for repeat in range(repeats)
        ),
    )


def official_rows(dataset: Dataset, part: str) -> IntArray:
    """Return the labelled rows of a part of the published split; empty where there is none."""
    split = dataset.groups.get("split", {})
    known = labelled(dataset)
    return known[[split.get(dataset.candidates[row].id) == part for row in known]]


def _official(dataset: Dataset, known: IntArray) -> Split:
    train, test = (official_rows(dataset, part) for part in ("train", "test"))
    if not len(train) or not len(test):
        raise InvalidInputError(
            f"{dataset.name!r} has no published split: its column 'split' names "
            f"{len(train)} rows 'train' and {len(test)} 'test' of {len(known)}"
        )
    return Split(train, test)
