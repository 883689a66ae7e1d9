"""How long it takes to score a large pool; run with `pytest -m perf`."""

import time
from dataclasses import replace

import numpy as np
import pytest
from test_every_part import required_options

from discovery import registry
from discovery.protocols import Context
from discovery.types import Belief, Fidelity

pytestmark = pytest.mark.perf

FIDELITIES = (Fidelity("low", 0.01), Fidelity("middle", 0.1), Fidelity("lab", 1.0, target=True))


def pool(n: int, rank: int = 64) -> tuple[Belief, Context]:
    """Return n candidates at three fidelities, correlated with each other."""
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(n, rank)) / 10
    slopes = np.array([0.8, 0.9, 1.0])
    variance = (factor**2).sum(axis=1) + 0.2
    covariance = variance[:, None, None] * np.outer(slopes, slopes) + np.diag([0.3, 0.2, 0.0])
    names = tuple(fidelity.name for fidelity in FIDELITIES)
    mean = rng.normal(size=(n, 3))
    costs = np.tile([fidelity.cost for fidelity in FIDELITIES], (n, 1))
    return (
        Belief(names, "lab", mean, covariance, np.full(3, 0.05), factor),
        Context(FIDELITIES, costs, best=2.0, round=3, seed=0),
    )


@pytest.mark.parametrize("name", registry.names("acquisition"))
def test_a_hundred_thousand_candidates_are_scored_in_a_second(name, tmp_path) -> None:
    acquisition = registry.build(
        "acquisition", name, required_options("acquisition", name, tmp_path)
    )
    belief, context = pool(100_000)
    start = time.process_time()
    acquisition.score(belief, context)
    plain = time.process_time() - start
    acquisition.score(belief, replace(context, pending=tuple((row, 2) for row in range(8))))
    pending = time.process_time() - start - plain
    assert plain < 1.0
    assert pending < 4.0
