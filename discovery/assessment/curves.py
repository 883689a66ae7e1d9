"""Protocols that ask for less than all: parts of the training groups, and parts by fraction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from discovery.assessment.assess import Assessment
from discovery.assessment.groups import IntArray
from discovery.assessment.protocols import Protocol
from discovery.assessment.splits import Split
from discovery.errors import InvalidInputError
from discovery.rng import stream


def with_fewer(protocol: Protocol, share: float, groups: IntArray, seed: int) -> Protocol:
    """Return a protocol with the same test parts, learning from a share of the training groups.

    Groups are drawn in an order that does not depend on the share, so the parts of a learning
    curve are nested. At least one group is kept.

    Args:
        protocol: Of a data set.
        share: Of the training groups, above 0 and at most 1.
        groups: (n,) group of every candidate of the data set.
        seed: Of the order.

    Raises:
        InvalidInputError: The share is none.
    """
    if not 0 < share <= 1:
        raise InvalidInputError(f"a share of the training groups is above 0 and at most 1: {share}")

    def fewer(split: Split, repeat: int, number: int) -> Split:
        names = np.unique(groups[split.train])
        order = stream(seed, "learning curve", repeat, number).permutation(names)
        kept = order[: max(1, round(share * len(names)))]
        return Split(split.train[np.isin(groups[split.train], kept)], split.test)

    return replace(
        protocol,
        repeats=tuple(
            tuple(fewer(split, repeat, number) for number, split in enumerate(splits))
            for repeat, splits in enumerate(protocol.repeats)
        ),
    )


@dataclass(frozen=True)
class Parts:
    """Repeated divisions into a training, a validation and a test part, by fractions.

    Args:
        protocol: Learns from the training part, predicts the other two.
        validation: For each repeat the rows of its validation part.
        test: For each repeat the rows of its test part.
    """

    protocol: Protocol
    validation: tuple[IntArray, ...]
    test: tuple[IntArray, ...]


def fraction_parts(
    rows: IntArray,
    groups: IntArray,
    fractions: Sequence[float],
    *,
    repeats: int,
    seed: int,
) -> Parts:
    """Divide rows into training, validation and test part; no group is in two of them.

    Groups are drawn in random order and each goes to the part that misses most of its rows.

    Args:
        rows: Rows to divide.
        groups: (n,) group of every candidate of the data set.
        fractions: Shares of the three parts; they sum to one.
        repeats: How often this is done.
        seed: Of the order.

    Raises:
        InvalidInputError: The fractions are no three positive ones that sum to one, or a part
            stays empty because there are too few groups.
    """
    shares = np.array(fractions)
    if shares.shape != (3,) or not (shares > 0).all() or not np.isclose(shares.sum(), 1):
        raise InvalidInputError(
            "three positive fractions that sum to 1 are expected, e.g. 0.6,0.2,0.2, "
            f"not {fractions}"
        )
    members = [rows[groups[rows] == group] for group in np.unique(groups[rows])]
    drawn: list[list[IntArray]] = []
    for repeat in range(repeats):
        parts: list[list[IntArray]] = [[], [], []]
        for place in stream(seed, "fractions", repeat).permutation(len(members)):
            filled = np.array([sum(map(len, part)) for part in parts])
            parts[int(np.argmax(shares * len(rows) - filled))].append(members[place])
        if not all(parts):
            raise InvalidInputError(
                f"{len(members)} groups ({len(rows)} rows) do not fill three parts of {fractions}"
            )
        drawn.append([np.sort(np.concatenate(part)) for part in parts])
    splits = [Split(train, np.sort(np.concatenate(others))) for train, *others in drawn]
    protocol = Protocol("parts", "compositions and papers", tuple((split,) for split in splits))
    return Parts(protocol, tuple(part[1] for part in drawn), tuple(part[2] for part in drawn))


def within_parts(assessment: Assessment, rows: Sequence[IntArray]) -> Assessment:
    """Return what an assessment says of some rows in each repeat."""
    kept = np.array([np.isin(assessment.rows, part) for part in rows])
    seen = np.asarray(kept.any(axis=0))
    truth = assessment.truth
    return replace(
        assessment,
        rows=assessment.rows[seen],
        truth=truth.take(seen),
        mean=np.where(kept, assessment.mean, np.nan)[:, seen],
        std=np.where(kept, assessment.std, np.nan)[:, seen],
        related=assessment.related[seen],
    )
