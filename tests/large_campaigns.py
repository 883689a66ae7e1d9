"""Campaigns on large pools, asked for one batch, and what that took.

``python tests/large_campaigns.py points 1000000 points_forest multifidelity fantasies`` asks in a
process of its own and prints processor seconds and peak memory.
"""

import itertools
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from discovery import registry
from discovery.campaign import Campaign, LazyPool
from discovery.store import Journal
from discovery.types import Batch, Candidate, Fidelity, Forecast, Observation, Query

FIDELITIES = (Fidelity("sieve", 0.01), Fidelity("model", 0.1), Fidelity("lab", 1.0, target=True))
METALS = {"Mg": 2, "Al": 3, "Si": 4, "P": 5, "Y": 3, "Zr": 4, "Nb": 5, "In": 3, "Ge": 4, "Sn": 4}
ANIONS = {"O": 2, "S": 2, "Cl": 1, "Br": 1}
OBSERVED, PENDING = 500, 8
NAMES = tuple("uvwxyz")


def points(count: int) -> LazyPool:
    """Return points in six dimensions, kept as numbers."""
    numbers = np.random.default_rng(0).random((count, len(NAMES)))

    def make(row: int) -> Candidate:
        return Candidate((), descriptors=tuple(zip(NAMES, numbers[row].tolist(), strict=True)))

    return LazyPool(count, make)


def materials(count: int) -> Sequence[Candidate]:
    """Return that many different compositions."""
    kinds = list(itertools.product(METALS.items(), ANIONS.items()))
    made = []
    for step, ((metal, charge), (anion, valence)) in itertools.product(
        range(-(-count // len(kinds))), kinds
    ):
        lithium = round(0.5 + 4 * step * len(kinds) / count, 6)
        amounts = (("Li", lithium), (metal, 1.0), (anion, (lithium + charge) / valence))
        made.append(Candidate(amounts))
    return made[:count]


POOLS = {"points": points, "materials": materials, "objects": lambda count: list(points(count))}


def value(candidate: Candidate) -> float:
    """Return what an answer is about."""
    if candidate.composition:
        return -9 * candidate.fractions["Li"]
    return -5 * sum((number - 0.4) ** 2 for _, number in candidate.descriptors)


def begun(journal: Journal, pool: Sequence[Candidate]) -> Campaign:
    """Return a campaign with answers at three fidelities and some queries under way."""
    campaign = Campaign.open(
        journal, name="large", seed=1, budget=1e6, fidelities=FIDELITIES, pool=pool, config={}
    )
    rng, step = np.random.default_rng(1), len(pool) // OBSERVED
    known = [pool[row * step] for row in range(OBSERVED)]
    queries = [Query(c, FIDELITIES[min(row % 4, 2)].name) for row, c in enumerate(known)]
    under_way = [Query(pool[row * step + 1], "lab") for row in range(PENDING)]
    for asked in (queries, under_way):
        why = Forecast(None, None, 0.0, "known")
        campaign.ask(Batch(tuple(asked), (0.0,) * len(asked)), [why] * len(asked), {})
    for query in queries:
        answer = value(query.candidate) + 0.1 * rng.normal()
        campaign.tell(Observation(query, "ok", "y", "", value=answer))
    assert len(campaign.pending) == PENDING
    return campaign


def asked(
    kind: str, count: int, proxy: str, acquisition: str, sampler: str, times: int = 1
) -> dict[str, list[float]]:
    """Return processor seconds to open the campaign and of each ask, and peak memory in GB.

    The loop keeps its proxy: what that remembers of the pool helps every ask but the first.
    """
    begin = time.process_time()
    pool = POOLS[kind](count)
    spent = {"pool": [time.process_time() - begin], "ask": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        Journal.open(Path(folder) / "journal.db", "large") as journal,
    ):
        begin = time.process_time()
        campaign = begun(journal, pool)
        spent["open"] = [time.process_time() - begin]
        loop = registry.build(
            "loop",
            "sequential",
            {"batch_size": 8, "initial": 5},
            proxy=registry.build("proxy", proxy, {}),
            acquisition=registry.build("acquisition", acquisition, {}),
            sampler=registry.build("sampler", sampler, {}),
            stopping=registry.build("stopping", "budget", {}),
        )
        for _ in range(times):
            begin = time.process_time()
            batch = loop.ask(campaign)
            spent["ask"].append(time.process_time() - begin)
            assert len({query.candidate for query in batch.queries}) == 8
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {**spent, "gigabytes": [peak / 1e9]}


if __name__ == "__main__":
    kind, count, proxy, acquisition, sampler, *times = sys.argv[1:]
    found = asked(kind, int(count), proxy, acquisition, sampler, *map(int, times))
    print(json.dumps(found))  # noqa: T201 - a measurement
