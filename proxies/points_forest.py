"""Trees on descriptors, whose disagreement is the doubt."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from discovery.errors import NotFittedError
from discovery.protocols import State
from discovery.rng import derive
from discovery.types import Belief, Candidate, Fidelity, FloatArray, Observation
from proxies.censoring import expectation
from proxies.forest import Forest, forest_of
from proxies.points_inputs import Answers, Axes, answers, axes
from proxies.remembered import recalled, told

_LEAST = 1e-3
"""Smallest deviation, in deviations of the values; trees agree about what they were told."""
_FEWEST = 3


@dataclass(frozen=True)
class Grown:
    """The evidence of a fidelity, in trees.

    Args:
        forest: A member per tree; ``None`` with fewer than three answers.
        centre: Mean of the answers.
        size: Their deviation.
    """

    forest: Forest | None
    centre: float
    size: float


@dataclass(frozen=True)
class PointTrees:
    """What was learnt.

    Args:
        evidence: Of each fidelity.
        axes: Of the points.
        fidelities: Names, length m.
        target: Column of the target.
    """

    evidence: tuple[Grown, ...]
    axes: Axes
    fidelities: tuple[str, ...]
    target: int


class PointForest:
    """Extremely randomised trees, each grown on its own resample of the answers.

    P. Geurts, D. Ernst & L. Wehenkel, Mach. Learn. 63, 3 (2006). The mean over the trees is
    believed, with their deviation; fidelities are independent. A bound enters by its expectation
    under a first forest that does not know it (:mod:`proxies.censoring`).

    Args:
        trees: Per fidelity.
    """

    def __init__(self, *, trees: int = 100) -> None:
        self._trees = trees
        self._learned: PointTrees | None = None

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far.

        Raises:
            NotFittedError: The target fidelity has no value and no bound.
        """
        given = answers(sorted(observations, key=lambda o: o.query.id), fidelities)
        spanned = axes(given.candidates)
        points = spanned.points(given.candidates)
        self._learned = PointTrees(
            tuple(
                self._grown(points, given, column, derive(seed, "points_forest", column))
                for column in range(len(fidelities))
            ),
            spanned,
            tuple(fidelity.name for fidelity in fidelities),
            [fidelity.target for fidelity in fidelities].index(True),
        )

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        model = self._known()
        m, points = len(model.fidelities), model.axes.points(candidates)
        mean, covariance = np.empty((len(points), m)), np.zeros((len(points), m, m))
        for column, grown in enumerate(model.evidence):
            mean[:, column], std = _believed(grown, points)
            covariance[:, column, column] = std**2
        names = model.fidelities
        return Belief(names, names[model.target], mean, covariance, np.zeros(m))

    def state(self) -> State:
        """Return what was learned.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        state: State = told(self._known())
        return state

    def restore(self, state: State) -> None:
        """Take over what a proxy of the same kind has learned.

        Raises:
            InvalidInputError: The state is not one of this kind of proxy.
        """
        self._learned = recalled(PointTrees, state)

    def _grown(self, points: FloatArray, given: Answers, column: int, seed: int) -> Grown:
        own = given.task == column
        exact = own & (given.side == 0)
        known = given.value[exact if exact.any() else own]
        if not len(known):
            return Grown(None, 0.0, 1.0)
        centre, spread = float(known.mean()), float(known.std())
        size = spread if spread > 0 else max(abs(centre), 1e-6)
        if exact.sum() < _FEWEST:
            return Grown(None, centre, size)
        grown = Grown(self._forest(points[exact], given.value[exact], seed), centre, size)
        limited = own & (given.side != 0)
        if not limited.any():
            return grown
        mean, std = _believed(grown, points[limited])
        expected, _ = expectation(mean, std, given.value[limited], given.side[limited])
        value = np.where(own, given.value, np.nan)
        value[limited] = expected
        return Grown(self._forest(points[own], value[own], seed), centre, size)

    def _forest(self, points: FloatArray, value: FloatArray, seed: int) -> Forest:
        from sklearn.ensemble import ExtraTreesRegressor  # noqa: PLC0415 - heavy

        model = ExtraTreesRegressor(
            self._trees, bootstrap=True, random_state=seed % 2**32, n_jobs=1
        )
        return forest_of(model.fit(points, value).estimators_)

    def _known(self) -> PointTrees:
        if self._learned is None:
            raise NotFittedError("this proxy has no observations yet; call fit first")
        return self._learned


def _believed(grown: Grown, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and deviation (n,) in the unit of the fidelity."""
    if grown.forest is None:
        return np.full(len(points), grown.centre), np.full(len(points), grown.size)
    each = grown.forest.predict(points)
    return each.mean(axis=0), np.maximum(each.std(axis=0), _LEAST * grown.size)
