"""Five models of two parts: physics speaks only where all of it is known.

The report describes them by a name and a line each. These are our readings: the first model is
boosted trees on geometry and space groups (in E: on geometry alone); the second, on physics and
what the first sees, is heard only for rows with all three indicators.
"""

from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from discovery.assessment.groups import IntArray
from discovery.features.stages import FeatureTable
from discovery.studies.boosting import DEFAULTS, fitted
from discovery.studies.experiments import Predict
from discovery.types import BoolArray, FloatArray

Gating: TypeAlias = Literal[
    "A fulltrain", "B subsettrain", "C residual", "D residual_stack", "E residual_geom"
]
GATINGS: Final[tuple[Gating, ...]] = get_args(Gating)
"""
====================  =============================================================================
A ``fulltrain``       the second learns the values from all rows
B ``subsettrain``     the second learns the values from rows with physics
C ``residual``        the second learns from all rows what the first leaves of them
D ``residual_stack``  the same from rows with physics, with the first's prediction as a feature
E ``residual_geom``   as C, without the columns of the space groups
====================  =============================================================================
"""

_INDICATORS: Final = ("has_bv_mismatch", "has_ewald_energy", "has_voronoi_cn")
_FEWEST: Final = 2  # rows that a second model can learn from


def gate(table: FeatureTable) -> BoolArray:
    """Return (n,) whether all three kinds of physics are known."""
    columns = [table.names.index(name) for name in _INDICATORS]
    known: BoolArray = np.all(table.values[:, columns] > 0, axis=1)
    return known


def gated(
    gating: Gating,
    first: FloatArray,
    second: FloatArray,
    active: BoolArray,
    value: FloatArray,
    seed: int,
) -> Predict:
    """Return a model of two parts, both with scikit-learn's defaults.

    Args:
        gating: Which of the five.
        first: (n, d) features of the first part.
        second: (n, e) of the second.
        active: (n,) where the second is heard.
        value: (n,) the truth.
        seed: Of the learner.
    """
    residual = gating not in ("A fulltrain", "B subsettrain")
    subset = gating in ("B subsettrain", "D residual_stack")
    stacked = gating == "D residual_stack"

    def predict(learn: IntArray, asked: IntArray) -> FloatArray:
        base = fitted(DEFAULTS, first[learn], value[learn], seed)
        answer: FloatArray = base.predict(first[asked])
        heard = active[asked]
        taught = learn[active[learn]] if subset else learn
        if not heard.any() or len(taught) < _FEWEST:
            return answer

        def seen(rows: IntArray) -> FloatArray:
            own = second[rows]
            return np.column_stack([own, base.predict(first[rows])]) if stacked else own

        goal = value[taught] - (base.predict(first[taught]) if residual else 0.0)
        told = fitted(DEFAULTS, seen(taught), goal, seed).predict(seen(asked[heard]))
        answer[heard] = answer[heard] + told if residual else told
        return answer

    return predict
