"""How many random states become structures, how fast, and what the oracles say to them.

Run with `pytest -m perf`. Times are of the CPU, on one thread.
"""

import time

import pytest
import torch

from discovery import registry
from discovery.types import Candidate, Estimate, Refusal
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.limits import Limits
from samplers.realise import Realised, Realiser, tally

pytestmark = [pytest.mark.perf, pytest.mark.slow]

STATES = 300
ORACLES = ("bond_valence", "ewald", "site_energy", "sendek")


def random_states(limits: Limits, count: int, seed: int) -> list[Candidate]:
    """Crystals of a policy that takes every allowed action with equal probability."""
    environment = CrystalEnvironment(limits)
    generator = torch.Generator().manual_seed(seed)
    states = environment.initial(count)
    for _ in range(environment.horizon):
        allowed = environment.allowed(states)
        live = allowed.any(dim=1).nonzero()[:, 0]
        if not len(live):
            break
        actions = torch.multinomial(allowed[live].float(), 1, generator=generator)[:, 0]
        states[live] = environment.step(states[live], actions)
    free = environment.free(states)
    drawn = torch.rand(count, environment.dims, generator=generator)
    return environment.candidates(states, torch.where(free, drawn, torch.full_like(drawn, 0.5)))


def test_three_in_ten_random_states_become_structures_that_every_oracle_answers() -> None:
    states = random_states(Limits(), STATES, 2)
    realiser = Realiser()
    realiser.realise(states[:5], 0)
    begun = time.process_time()
    results = realiser.realise(states, 0)
    seconds = time.process_time() - begun
    found = [result.candidate for result in results if isinstance(result, Realised)]
    assert len(found) >= 0.3 * STATES, tally(results)
    assert seconds / len(found) < 0.5
    for name in ORACLES:
        oracle = registry.build("oracle", name, {})
        outcomes = oracle.label(found, 0)
        assert all(isinstance(outcome, Estimate | Refusal) for outcome in outcomes)
        assert sum(isinstance(outcome, Estimate) for outcome in outcomes) >= 0.5 * len(found)
