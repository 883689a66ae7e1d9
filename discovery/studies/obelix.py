"""OBELiX as the studies use it: rows of the published split, labels, a hash of it all."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from discovery.agreement.rank_statistics import Values, exact_values
from discovery.assessment.groups import IntArray
from discovery.assessment.protocols import official_rows
from discovery.assessment.training import truths
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import InvalidInputError
from discovery.types import Dataset, FloatArray

_FEWEST: Final = 10  # rows in either part


@dataclass(frozen=True)
class Obelix:
    """A data set with a published split.

    Args:
        dataset: Candidates and labels.
        train: Rows of the training part, in order.
        test: Rows of the test part, in order.
    """

    dataset: Dataset
    train: IntArray
    test: IntArray

    @cached_property
    def truth(self) -> Values:
        """Labels of all n candidates, bounds as bounds."""
        return truths(self.dataset, range(len(self.dataset.candidates)))

    @cached_property
    def placed(self) -> Values:
        """Labels of all n candidates, bounds taken for values at their place."""
        return exact_values(self.truth.value)

    @cached_property
    def flag(self) -> FloatArray:
        """(n,) 1 where the label is a bound. Made from the label: it leaks, and is no feature."""
        return (self.truth.side != 0).astype(float)

    @cached_property
    def digest(self) -> str:
        """Hash of candidates, labels and split."""
        return digest(self.dataset)


def load(data_dir: Path | None = None) -> Obelix:
    """Return the data, see :class:`discovery.datasets.obelix.ObelixDataset`."""
    return arranged(ObelixDataset(data_dir=None if data_dir is None else str(data_dir)).load())


def arranged(dataset: Dataset) -> Obelix:
    """Return a data set with its split.

    Raises:
        InvalidInputError: A candidate has no label, or a part has fewer than ten rows.
    """
    found = Obelix(dataset, official_rows(dataset, "train"), official_rows(dataset, "test"))
    if len(found.train) + len(found.test) < len(dataset.candidates):
        raise InvalidInputError(
            f"{dataset.name!r}: {len(found.train)} rows 'train' and {len(found.test)} 'test' are "
            f"labelled, of {len(dataset.candidates)}; a study needs a label and a part for each"
        )
    if min(len(found.train), len(found.test)) < _FEWEST:
        raise InvalidInputError(
            f"{dataset.name!r}: {len(found.train)} rows 'train', {len(found.test)} 'test'; "
            f"a study needs {_FEWEST} of each"
        )
    return found


def digest(dataset: Dataset) -> str:
    """Return the hash of candidates, labels and split of a data set, 16 hexadecimal digits."""
    split = dataset.groups.get("split", {})
    lines = sorted(
        f"{c.id} {dataset.labels.get(c.id)!r} {split.get(c.id)}" for c in dataset.candidates
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
