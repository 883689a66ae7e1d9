"""BayBE as its quick start shows it."""

import warnings
from importlib import import_module
from typing import ClassVar

import numpy as np
import pandas as pd

from discovery.benchmark.peers.peer import IntArray, View
from discovery.errors import InvalidInputError
from discovery.rng import derive

_TARGET = "objective"


class Baybe:
    """A campaign with BayBE's default recommender on the pool as its search space.

    M. Fitzner et al., Digital Discovery 4, 1991 (2025). It is made anew in every round from what
    was measured, which changes nothing: the default recommender remembers nothing else. Features
    that never change are left out, as BayBE wants it.
    """

    distributions: ClassVar[tuple[str, ...]] = ("baybe", "botorch", "gpytorch", "torch")

    def choose(self, view: View, size: int, seed: int) -> IntArray:
        """Return the rows that ``Campaign.recommend`` names.

        Raises:
            InvalidInputError: BayBE is not installed.
        """
        with warnings.catch_warnings():
            # the first points are few, and its libraries use what is deprecated
            warnings.simplefilter("ignore")
            return self._chosen(view, size, seed)

    def _chosen(self, view: View, size: int, seed: int) -> IntArray:
        try:
            baybe = import_module("baybe")
        except ImportError:
            raise InvalidInputError(
                "the peer 'baybe' needs BayBE: pip install 'ion-discovery[peers]'"
            ) from None
        parts = import_module("baybe.parameters")
        spaces, targets = import_module("baybe.searchspace"), import_module("baybe.targets")
        import_module("baybe.utils.random").set_random_seed(derive(seed, "baybe") % 2**32)
        changing = np.ptp(view.features, axis=0) > 0
        pool = pd.DataFrame(view.features[:, changing]).rename(columns="x{}".format)
        space = spaces.SearchSpace.from_dataframe(
            pool.drop_duplicates(),
            [parts.NumericalDiscreteParameter(name, np.unique(pool[name])) for name in pool],
        )
        campaign = baybe.Campaign(space, targets.NumericalTarget(_TARGET))
        campaign.add_measurements(pool.iloc[view.told].assign(**{_TARGET: view.answers}))
        found = campaign.recommend(size)[list(pool)].to_numpy()
        rows: list[int] = []
        for point in found:
            distance = np.abs(pool.to_numpy()[view.left] - point).max(axis=1)
            distance[np.isin(view.left, rows)] = np.inf
            rows.append(int(view.left[distance.argmin()]))
        return np.array(rows, dtype=np.intp)
