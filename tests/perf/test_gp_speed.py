"""How long Gaussian processes take and how much memory; run with `pytest -m perf`."""

import itertools
import time
import tracemalloc

import numpy as np
import pytest

from discovery.features import cache, ions
from discovery.types import Candidate, Fidelity, Observation, Query
from proxies.gp import GaussianProcessProxy
from proxies.inducing import induce
from proxies.kernels import Hyperparameters
from proxies.process import Rows

pytestmark = pytest.mark.perf

TARGET = Fidelity("measured", 1.0, target=True)
METALS = {"Mg": 2, "Al": 3, "Si": 4, "P": 5, "Y": 3, "Zr": 4, "Nb": 5, "In": 3, "Ge": 4, "Sn": 4}
ANIONS = {"O": 2, "S": 2, "Cl": 1, "Br": 1}
BATCH, BATCHES = 10_000, 10


def candidates(count: int, offset: int = 0) -> list[Candidate]:
    """Return that many different compositions."""
    kinds = list(itertools.product(METALS.items(), ANIONS.items()))
    made = []
    for step in range(offset, offset + -(-count // len(kinds))):
        lithium = round(0.5 + step * 0.003, 4)
        for (metal, charge), (anion, valence) in kinds:
            amount = (lithium + charge) / valence
            made.append(Candidate((("Li", lithium), (metal, 1.0), (anion, amount))))
    return made[:count]


def test_a_hundred_thousand_candidates_stream_in_bounded_memory() -> None:
    told = [
        Observation(
            Query(c, TARGET.name), "ok", "log10_sigma", "log10(S/cm)", value=-9 * c.fractions["Li"]
        )
        for c in candidates(500)
    ]
    proxy = GaussianProcessProxy(stage="composition")
    start = time.perf_counter()
    proxy.fit(told, (TARGET,), 0)
    fitted = time.perf_counter() - start
    tracemalloc.start()
    seconds, peaks = 0.0, []
    for number in range(BATCHES):
        batch = candidates(BATCH, offset=1000 * (number + 1))
        start = time.perf_counter()
        belief = proxy.predict(batch)
        seconds += time.perf_counter() - start
        assert np.isfinite(belief.target_mean).all()
        peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        cache.forget()  # features are remembered until then
        ions._states.cache_clear()  # full at a hundred thousand
        tracemalloc.reset_peak()
    tracemalloc.stop()
    rows = BATCH * BATCHES
    million = 1e6 / rows * seconds / 60
    print(  # noqa: T201 - a measurement
        f"\nfit on 500: {fitted:.1f} s; {rows} candidates, features included: {seconds:.0f} s, "
        f"peak {max(peaks):.0f} MiB; a million, extrapolated linearly: {million:.0f} min"
    )
    assert max(peaks) < 400
    assert max(peaks[2:]) < 1.1 * max(peaks[:2])
    assert seconds < 600


def test_ten_thousand_observations_are_conditioned_on_in_a_minute() -> None:
    rng = np.random.default_rng(0)
    count, one = 10_000, np.eye(1)
    x = rng.normal(size=(count, 6))
    hyper = Hyperparameters(np.full(6, 2.0), 0.9 * one, 0.1 * one, np.array([0.05]))
    zeros, numbers = np.zeros(count, dtype=np.intp), np.arange(count)
    values = np.sin(x[:, 0]) + np.tanh(x[:, 1] * x[:, 2]) + 0.2 * rng.normal(size=count)
    rows = Rows(x, zeros, numbers, values, np.zeros(count), np.ones(count, dtype=bool))
    start = time.perf_counter()
    posterior = induce(hyper, rows)
    conditioned = time.perf_counter() - start
    new = rng.normal(size=(2000, 6))
    mean, _ = posterior.predict(new, np.full(2000, -1))
    truth = np.sin(new[:, 0]) + np.tanh(new[:, 1] * new[:, 2])
    print(f"\nconditioned on {count} rows in {conditioned:.1f} s")  # noqa: T201 - a measurement
    assert conditioned < 60
    assert np.corrcoef(mean[:, 0], truth)[0, 1] > 0.97
