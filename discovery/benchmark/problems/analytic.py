"""Test functions on a fixed pool of points, with cheap approximations of them."""

import warnings
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import numpy as np
import torch
from scipy.stats import qmc

with warnings.catch_warnings():
    # botorch's dependencies still call torch.jit.script while they are imported
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from botorch.test_functions import AugmentedBranin, AugmentedHartmann, SyntheticTestFunction

from discovery.benchmark.problems.problem import Problem
from discovery.errors import InvalidInputError, UnknownNameError
from discovery.rng import stream
from discovery.types import Fidelity

Function: TypeAlias = Literal["branin", "hartmann6"]

FUNCTIONS: Final[Mapping[str, type[SyntheticTestFunction]]] = {
    "branin": AugmentedBranin,
    "hartmann6": AugmentedHartmann,
}
"""Name -> function of the coordinates and, last, the level of approximation: 1 is exact."""

TARGET: Final = "exact"
CITATION: Final = (
    "L. C. W. Dixon & G. P. Szegö, Towards Global Optimisation 2 (1978); approximations of J. Wu "
    "et al., UAI (2019), arXiv:1903.04703, as in BoTorch (M. Balandat et al., NeurIPS 2020)"
)


class AnalyticProblem:
    """Makes a pool of Sobol points in the domain of a function, which is to be minimised.

    Regret is that of the pool: the best point of the pool has none, though the function goes a
    little deeper between the points. The approximations of Hartmann-6 are nearly exact (squared
    correlation above 0.999 at any level), those of Branin are not (0.55 at level 0).

    Args:
        function: ``branin`` (2 coordinates) or ``hartmann6``.
        points: Size of the pool; Sobol points are most even when it is a power of two.
        seed: Of the pool.
        cost: Of the function itself.
        cheap: Level of approximation, 0 to less than 1 -> cost; fidelities are named
            ``level 0.5``.

    Raises:
        UnknownNameError: There is no such function.
        InvalidInputError: A level is outside.
    """

    def __init__(
        self,
        function: Function,
        *,
        points: int = 1024,
        seed: int = 0,
        cost: float = 1.0,
        cheap: Mapping[float, float] | None = None,
    ) -> None:
        if function not in FUNCTIONS:
            raise UnknownNameError("function", function, FUNCTIONS)
        for level in cheap or {}:
            if not 0 <= level < 1:
                raise InvalidInputError(
                    f"a level of approximation lies in [0, 1), not {level}; 1 is the function"
                )
        self.function = function
        self.points = points
        self.seed = seed
        self.cost = cost
        self.cheap = dict(cheap or {})

    def load(self) -> Problem:
        """Return the problem; nothing is read."""
        function = FUNCTIONS[self.function]()
        low, high = function.bounds.numpy()[:, :-1]
        # a block of 2^k points, of which the first are taken: the length must not warn
        block = qmc.Sobol(len(low), scramble=True, rng=stream(self.seed, "pool")).random_base2(
            int(np.ceil(np.log2(self.points)))
        )
        pool = qmc.scale(block[: self.points], low, high)
        levels = {f"level {level:g}": (level, cost) for level, cost in self.cheap.items()}
        levels[TARGET] = (1.0, self.cost)
        values = [
            -function.evaluate_true(
                torch.from_numpy(np.column_stack([pool, np.full(len(pool), level)]))
            ).numpy()
            for level, _ in levels.values()
        ]
        return Problem(
            name={"branin": "Branin", "hartmann6": "Hartmann-6"}[self.function],
            names=tuple(f"x{number}" for number in range(1, len(low) + 1)),
            features=pool,
            fidelities=tuple(
                Fidelity(name, cost, name == TARGET) for name, (_, cost) in levels.items()
            ),
            values=np.column_stack(values),
            negated=True,
            quantity=self.function,
            citation=CITATION,
            notes=(f"{self.points} Sobol points; the function is to be minimised: negated",),
        )
