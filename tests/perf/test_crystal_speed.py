"""How fast crystals are built without a network, and how large the tables are."""

import time
from dataclasses import replace

import pytest
import torch
from crystal_cases import walked

from samplers.gflownet.attainable import attainable
from samplers.gflownet.balance import ions
from samplers.gflownet.columns import Stage
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.gflownet.lookahead import shape
from samplers.gflownet.ragged import draw
from samplers.limits import Limits

pytestmark = pytest.mark.perf

BATCH, REPEATS = 1000, 20


@pytest.mark.parametrize("order", ["group_first", "composition_first"])
def test_five_thousand_crystals_are_built_in_a_second_of_one_thread(order) -> None:
    space = CrystalEnvironment(replace(Limits(), order=order))
    walked(space, BATCH, seed=0)
    generator = torch.Generator().manual_seed(1)
    start = time.process_time()
    for _ in range(REPEATS):
        states = space.initial(BATCH)
        while len(states := states[space.stage(states) != Stage.DONE]):
            states = space.step(states, draw(space.allowed(states), generator))
    speed = BATCH * REPEATS / (time.process_time() - start)
    print(f"{order}: {speed:.0f} trajectories per CPU second")  # noqa: T201 - the measurement
    assert speed >= 5000


def test_the_tables_of_all_groups_stay_small() -> None:
    for limits in (Limits(), Limits.wide()):
        automata, _ = attainable(limits.space_groups, min(limits.most, limits.atoms[1]))
        entries = sum(shape(a, ions(limits), limits).entries for a in automata)
        assert 2 * entries < 300 * 2**20  # bytes: one each
