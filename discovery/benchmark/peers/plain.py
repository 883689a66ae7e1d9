"""Chance, and the forest that anybody would try first."""

from typing import ClassVar

import numpy as np

from discovery.benchmark.peers.peer import IntArray, View
from discovery.rng import derive, stream


class Random:
    """Draws without looking."""

    distributions: ClassVar[tuple[str, ...]] = ("numpy",)

    def choose(self, view: View, size: int, seed: int) -> IntArray:
        """Return rows drawn without replacement."""
        drawn: IntArray = stream(seed, "random").choice(view.left, size, replace=False)
        return drawn


class RandomForest:
    """scikit-learn's random forest with its defaults; mean plus one deviation of the trees.

    The upper bound of a forest as Q. Liang et al., npj Comput. Mater. 7, 188 (2021) use it, with
    the trees' spread for the deviation; the best of a batch are the highest bounds.
    """

    distributions: ClassVar[tuple[str, ...]] = ("scikit-learn", "numpy")

    def choose(self, view: View, size: int, seed: int) -> IntArray:
        """Return the rows of the highest bounds."""
        from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415 - heavy

        state = derive(seed, "forest") % 2**32
        forest = RandomForestRegressor(random_state=state, n_jobs=1)
        forest.fit(view.features[view.told], view.answers)
        asked = view.features[view.left]
        each = np.array([tree.predict(asked) for tree in forest.estimators_])
        bound = each.mean(axis=0) + each.std(axis=0)
        return view.left[np.argsort(-bound, kind="stable")[:size]]
