"""A model whose options are chosen by what it predicts of rows it has not seen: the inner search.

Judged by an outer protocol it makes a nested cross-validation (S. Varma & R. Simon, BMC
Bioinformatics 7, 91 (2006)): the outer test rows take no part in the choice.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from discovery.agreement.columns import column
from discovery.agreement.rank_statistics import Values
from discovery.assessment import metrics
from discovery.assessment.assess import ProxyFactory
from discovery.assessment.groups import IntArray
from discovery.assessment.splits import Split, grouped_folds
from discovery.errors import NotFittedError
from discovery.rng import derive
from discovery.types import Belief, Candidate, Fidelity, Observation

if TYPE_CHECKING:
    from discovery.protocols import Proxy


class SearchedProxy:
    """The choice that ranks best in inner grouped folds, fitted to all observations.

    Args:
        choices: Name -> factory, in the order in which ties are decided.
        groups: Candidate id -> number of its group; groups are kept together in the inner folds.
        folds: Inner folds, fewer where there are fewer groups.
    """

    def __init__(
        self, choices: Mapping[str, ProxyFactory], groups: Mapping[str, int], folds: int = 3
    ) -> None:
        self._choices = choices
        self._groups = groups
        self._folds = folds
        self._fitted: Proxy | None = None
        self.chosen = ""
        """Name of the choice that was made by the last fit."""

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Choose, and fit the choice.

        Raises:
            NotFittedError: There are fewer than two groups to choose by.
        """
        groups = np.array([self._groups[o.query.candidate.id] for o in observations], dtype=np.intp)
        folds = min(self._folds, len(np.unique(groups)))
        if folds < 2:  # noqa: PLR2004 - one to learn from, one to choose by
            raise NotFittedError(
                f"{len(observations)} observations of {folds} source leave none to choose by"
            )
        splits = grouped_folds(groups, folds, derive(seed, "inner folds"))
        ranks = {
            name: self._rank(factory, observations, fidelities, splits, seed)
            for name, factory in self._choices.items()
        }
        self.chosen = max(ranks, key=ranks.__getitem__)
        self._fitted = self._choices[self.chosen]()
        self._fitted.fit(observations, fidelities, seed)

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief of the choice.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        if self._fitted is None:
            raise NotFittedError("nothing has been chosen yet; call fit first")
        return self._fitted.predict(candidates)

    def _rank(
        self,
        factory: ProxyFactory,
        observations: Sequence[Observation],
        fidelities: Sequence[Fidelity],
        splits: Sequence[Split],
        seed: int,
    ) -> float:
        mean = np.zeros(len(observations))
        for number, split in enumerate(splits):
            proxy = factory()
            proxy.fit(_take(observations, split.train), fidelities, derive(seed, "inner", number))
            asked = [o.query.candidate for o in _take(observations, split.test)]
            mean[split.test] = proxy.predict(asked).target_mean
        told = column("", "", "", observations)
        rank = metrics.spearman(Values(told.value, told.side), mean)
        return rank if np.isfinite(rank) else -1.0


def _take(observations: Sequence[Observation], rows: IntArray) -> list[Observation]:
    return [observations[row] for row in rows]
