"""How long the default proxy and its features take on a pool; run with `pytest -m perf`.

Times are those of the processor: one thread works, so a quiet machine takes no longer by the
clock, and a busy one does not count against it.
"""

import itertools
import time
import warnings

import numpy as np
import pytest

from discovery import registry
from discovery.crystal import Lattice
from discovery.features import cache, ions
from discovery.features.stages import featurise
from discovery.types import Candidate, Fidelity, Observation, Query

pytestmark = pytest.mark.perf

TARGET = Fidelity("measured", 1.0, target=True)
METALS = {"Mg": 2, "Al": 3, "Si": 4, "P": 5, "Y": 3, "Zr": 4, "Nb": 5, "In": 3, "Ge": 4, "Sn": 4}
ANIONS = {"O": 2, "S": 2, "Cl": 1, "Br": 1}
OBSERVED, POOL, COMPARED = 500, 20_000, 500
STATISTICS = ["mean", "variance", "minpool", "maxpool"]


def candidates(count: int, *, cells: bool) -> list[Candidate]:
    """Return that many different compositions, with a cell each or with none."""
    kinds = list(itertools.product(METALS.items(), ANIONS.items()))
    made = []
    for step, ((metal, charge), (anion, valence)) in itertools.product(
        range(-(-count // len(kinds))), kinds
    ):
        lithium = round(0.5 + step * 0.003, 4)
        composition = (("Li", lithium), (metal, 1.0), (anion, (lithium + charge) / valence))
        edge = 5.0 + 0.01 * step
        known = {"z": 2.0, "space_group": 62, "lattice": Lattice(edge, 6.0, 7.0, 90, 90, 90)}
        made.append(Candidate(composition, **(known if cells else {})))
    return made[:count]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Let no test profit from the features of another."""
    cache.forget()
    ions._states.cache_clear()


def row_by_row(formulas: list[str]) -> float:
    """Return the seconds that ElementEmbeddings takes for the formulas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its plotting libraries want tensorflow
        from elementembeddings.composition import composition_featuriser  # noqa: PLC0415 - warns

        composition_featuriser(formulas[:1], embedding="magpie", stats=STATISTICS)
        start = time.process_time()
        composition_featuriser(formulas, embedding="magpie", stats=STATISTICS)
    return time.process_time() - start


def test_twenty_thousand_compositions_are_featurised_in_20_seconds() -> None:
    pool = candidates(POOL, cells=False)
    formulas = [candidate.formula for candidate in pool[:: POOL // COMPARED]]
    featurise(pool[:1], "composition")  # tables are read once
    start = time.process_time()
    columns = len(featurise(pool, "composition").names)
    ours = time.process_time() - start
    theirs = row_by_row(formulas) * POOL / COMPARED
    start = time.process_time()
    featurise(pool, "composition")
    again = time.process_time() - start
    print(  # noqa: T201 - a measurement
        f"\n{POOL} compositions, {columns} features: {ours:.1f} s, again {again:.2f} s; "
        f"ElementEmbeddings row by row (magpie, {len(STATISTICS)} statistics), from {COMPARED}: "
        f"{theirs:.1f} s, {theirs / ours:.1f} times as long"
    )
    assert ours < 20
    assert again < ours / 3


def test_the_default_proxy_learns_500_and_predicts_twenty_thousand_in_10_seconds() -> None:
    pool = candidates(POOL, cells=True)
    told = [
        Observation(
            Query(candidate, TARGET.name),
            "ok",
            "log10_sigma",
            "log10(S/cm)",
            value=-9 * candidate.fractions["Li"] - 0.1 * place % 7,
        )
        for place, candidate in enumerate(pool[:: POOL // OBSERVED])
    ]
    featurise(pool, "geometry")
    proxy = registry.build("proxy", "staged", {})
    start = time.process_time()
    proxy.fit(told, (TARGET,), 0)
    fitted = time.process_time() - start
    belief = proxy.predict(pool)
    seconds = time.process_time() - start
    print(  # noqa: T201 - a measurement
        f"\nfit on {OBSERVED}: {fitted:.1f} s, with the prediction of {POOL}: {seconds:.1f} s"
    )
    assert np.isfinite(belief.target_mean).all()
    assert seconds < 10
