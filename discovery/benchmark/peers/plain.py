"""Chance, and what anybody would try first of scikit-learn."""

import warnings
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


class GaussianProcess:
    """scikit-learn's Gaussian process; mean plus two deviations.

    Matérn 5/2 with a length scale for each feature, over [0, 1], and noise, all of largest marginal
    likelihood: the simple process that Q. Liang et al., npj Comput. Mater. 7, 188 (2021) recommend,
    with their upper bound. The best of a batch are the highest bounds.
    """

    distributions: ClassVar[tuple[str, ...]] = ("scikit-learn", "numpy", "scipy")

    def choose(self, view: View, size: int, seed: int) -> IntArray:
        """Return the rows of the highest bounds."""
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - heavy
        from sklearn.gaussian_process import GaussianProcessRegressor  # noqa: PLC0415
        from sklearn.gaussian_process.kernels import (  # noqa: PLC0415
            ConstantKernel,
            Matern,
            WhiteKernel,
        )

        inputs = view.unit[:, np.ptp(view.features, axis=0) > 0]
        alike = Matern(np.ones(inputs.shape[1]), (1e-2, 1e2), nu=2.5)
        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * alike + WhiteKernel(1e-2, (1e-6, 1.0))
        model = GaussianProcessRegressor(
            kernel, normalize_y=True, random_state=derive(seed, "process") % 2**32
        )
        with warnings.catch_warnings():
            # of few points some length scales are at their limits, and it says so
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(inputs[view.told], view.answers)
        mean, deviation = model.predict(inputs[view.left], return_std=True)
        return view.left[np.argsort(-(mean + 2 * deviation), kind="stable")[:size]]
