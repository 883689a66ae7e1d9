"""BayBE as its quick start shows it."""

import warnings
from importlib import import_module
from typing import ClassVar

import numpy as np
import pandas as pd

from discovery.benchmark.peers.peer import IntArray, View, rows_of
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
        spaces, targets = import_module("baybe.searchspace"), import_module("baybe.targets")
        import_module("baybe.utils.random").set_random_seed(derive(seed, "baybe") % 2**32)
        changing = np.ptp(view.features, axis=0) > 0
        pool = pd.DataFrame(view.features[:, changing]).rename(columns="x{}".format)
        space = spaces.SubspaceDiscrete.from_dataframe(pool.drop_duplicates()).to_searchspace()
        campaign = baybe.Campaign(space, targets.NumericalTarget(_TARGET))
        # what is measured comes from the pool: to look for it again takes minutes for each round
        campaign.add_measurements(
            pool.iloc[view.told].assign(**{_TARGET: view.answers}),
            numerical_measurements_must_be_within_tolerance=False,
        )
        found = campaign.recommend(size)[list(pool)].to_numpy()
        return rows_of(found, pool.to_numpy(), view.left)
