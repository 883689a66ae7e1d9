"""Measured values, one look-up per query: the experiment of a simulated campaign."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import ClassVar

from discovery.types import Bound, Candidate, Dataset, Estimate, Outcome, Refusal
from oracles.price import checked_price


class TableOracle:
    """Answers with the measured value, or censored bound, of a data set.

    The labels stay in here: the announced cost is the same for every candidate, known or not, and
    nothing but :meth:`label` gives them out.

    Args:
        dataset: Its labels are looked up by the content of the candidate.
        price: Cost of one query in budget units.

    Raises:
        BudgetError: The price is no price.
    """

    needs: ClassVar[tuple[str, ...]] = ("dataset",)

    def __init__(self, *, dataset: Dataset, price: float = 1.0) -> None:
        self._price = checked_price(price)
        self._name = dataset.name
        self._labels: Mapping[str, Estimate | Bound] = dict(dataset.labels)
        self.property = dataset.property
        self.unit = dataset.unit
        self.version = f"{dataset.name}-{_digest(dataset)}"

    def __repr__(self) -> str:
        return f"TableOracle({self._name!r}, {len(self._labels)} labels)"

    def cost(self, candidate: Candidate) -> float:  # noqa: ARG002 - must not tell what is known
        """Return the price of one query in budget units."""
        return self._price

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:  # noqa: ARG002 - nothing is drawn
        """Return the measured value or bound of each candidate; refuse what was not measured."""
        unknown = Refusal(f"not in the table {self._name!r}")
        return [self._labels.get(candidate.id, unknown) for candidate in candidates]


def _digest(dataset: Dataset) -> str:
    parts = [dataset.property, dataset.unit]
    for key in sorted(dataset.labels):
        label = dataset.labels[key]
        side = label.side if isinstance(label, Bound) else ""
        parts.append(f"{key}:{side}:{label.value!r}")
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]
