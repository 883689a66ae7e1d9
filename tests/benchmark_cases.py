"""Small suites, and a problem of numbers, for tests of the benchmark."""

import numpy as np

from discovery.benchmark.problems.problem import Problem
from discovery.types import Fidelity

SUITE = {
    "name": "tiny",
    "replicates": 2,
    "budget": 10,
    "batch": 2,
    "initial": {"target": 3},
    "judged": 2,
    "baseline": "random",
    "problems": [
        {"name": "analytic", "function": "branin", "points": 32},
        {"name": "analytic", "function": "hartmann6", "points": 32, "cheap": {0.5: 0.2}},
    ],
    "proxies": [{"name": "points_gp"}],
    "acquisitions": [{"name": "ucb", "beta": 1}, {"name": "greedy"}],
    "peers": ["random"],
}


def valley(count: int = 20, *, bound: int | None = None) -> Problem:
    """A smooth hill over one feature, at two fidelities; ``bound`` makes a row a bound."""
    x = np.linspace(0.0, 10.0, count)[:, None]
    value = -((x[:, 0] - 6.3) ** 2)
    values = np.column_stack([value + 1.0, value])
    limits, sides = np.full(values.shape, np.nan), np.zeros(values.shape, dtype=np.int8)
    if bound is not None:
        limits[bound, 1], sides[bound, 1], values[bound, 1] = values[bound, 1], -1, np.nan
    return Problem(
        "valley",
        ("x",),
        x,
        (Fidelity("cheap", 0.25), Fidelity("dear", 1.0, target=True)),
        values,
        limits,
        sides,
        unit="m",
    )
