"""What a trained policy samples, against targets known exactly."""

import time

import pytest
import torch
from gflownet_toys import Islands, Words

from samplers.gflownet.conditioning import Conditioning
from samplers.gflownet.evaluation import log_prob
from samplers.gflownet.settings import Settings
from samplers.gflownet.trainer import GFlowNet
from samplers.gflownet.trajectories import Objects, taken_apart

SMALL = Words(6, 4)
"""936 objects."""


def trained(environment, settings, steps, seconds):
    """A policy, and that it took no more CPU seconds than that."""
    network = GFlowNet(environment, settings, seed=0)
    begun = time.process_time()
    progress = network.train(lambda states, _: environment.scores(states), steps, seed=1)
    assert time.process_time() - begun < seconds
    assert progress.skipped == progress.unscored == 0
    assert progress.calls == steps * network.new
    return network


def total_variation(network, beta=1.0):
    """Distance of what the policy samples, object by object, from p(x) ∝ R(x)^beta."""
    environment = network.environment
    states = environment.finished
    everything = taken_apart(environment, Objects(states, torch.zeros((len(states), 0))))
    conditions = network.settings.conditioning.fixed(len(states), beta, None, states.device)
    said = log_prob(environment, network.policy, everything, conditions.features).double().exp()
    assert said.sum() == pytest.approx(1, abs=1e-4)
    target = torch.softmax(beta * environment.scores(states).double(), 0)
    return 0.5 * (said - target).abs().sum().item()


@pytest.mark.parametrize(
    ("objective", "steps"),
    [
        ("trajectory_balance", 250),
        ("vargrad", 250),
        pytest.param("detailed_balance", 500, marks=pytest.mark.slow),
        pytest.param("subtrajectory_balance", 500, marks=pytest.mark.slow),
    ],
)
def test_a_trained_policy_samples_the_reward_exactly(objective, steps):
    assert len(SMALL.finished) == 936
    settings = Settings(objective=objective, rate=1e-2)
    assert total_variation(GFlowNet(SMALL, settings, seed=0)) > 0.3
    assert total_variation(trained(SMALL, settings, steps, seconds=10)) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["trajectory_balance", "vargrad"])
def test_one_policy_obeys_three_temperatures(objective):
    settings = Settings(objective=objective, conditioning=Conditioning((0.5, 2.0)), rate=1e-2)
    network = trained(SMALL, settings, 600, seconds=20)
    assert max(total_variation(network, beta) for beta in (0.5, 1.0, 2.0)) < 0.05


@pytest.mark.slow
def test_twenty_thousand_objects_are_sampled_exactly():
    environment = Words(8, 5)
    assert len(environment.finished) == 22_408
    network = trained(environment, Settings(batch=400, rate=1e-2), 3000, seconds=200)
    distance = total_variation(network)
    print(f"\ntotal variation over 22,408 objects: {distance:.3f}")  # noqa: T201 - a measurement
    assert distance < 0.05


def test_one_policy_obeys_preferences_between_two_rewards():
    environment = Words(4, 2)
    states = environment.finished
    both = torch.stack([environment.scores(states, seed) for seed in (0, 1)], 1)
    settings = Settings(conditioning=Conditioning(rewards=2, groups=20), rate=1e-2)
    network = GFlowNet(environment, settings, seed=0)

    def reward(states, _):
        return torch.stack([environment.scores(states, seed) for seed in (0, 1)], 1)

    network.train(reward, 150, seed=1)
    everything = taken_apart(environment, Objects(states, torch.zeros((len(states), 0))))
    for weights in ((1.0, 0.0), (0.5, 0.5), (0.1, 0.9)):
        conditions = settings.conditioning.fixed(len(states), None, weights, states.device)
        said = log_prob(environment, network.policy, everything, conditions.features).exp()
        target = torch.softmax(both @ torch.tensor(weights), 0)
        assert 0.5 * (said - target).abs().sum() < 0.05


def test_discrete_and_continuous_marginals_are_those_of_the_target():
    environment, count = Islands(), 20_000
    network = GFlowNet(environment, Settings(), seed=0)
    network.train(environment.scores, 350, seed=1)
    objects, _ = network.sample(count, seed=2)
    shares, densities = environment.truth
    islands = objects.states[:, 0]
    assert torch.bincount(islands) / count == pytest.approx(shares, abs=0.02)
    ticks = torch.arange(401) / 400
    for island in range(3):
        here = objects.coordinates[islands == island]
        for axis in range(2):
            if island == 0 and axis == 1:
                assert bool((here[:, axis] == 0.5).all())
                continue
            found = torch.searchsorted(here[:, axis].sort().values, ticks, right=True) / len(here)
            density = densities[island].mean(1 - axis)
            truth = torch.nn.functional.pad(density.cumsum(0) / 400, (1, 0))
            assert (found - truth).abs().max() < 0.05
    for island, sign in ((1, 1), (2, -1)):
        correlation = torch.corrcoef(objects.coordinates[islands == island].T)[0, 1]
        assert sign * correlation > 0.7


def test_replay_local_search_and_known_objects_leave_the_target_where_it_is():
    environment = Words(4, 3)
    settings = Settings(replayed=0.3, known=0.2, rounds=1, depth=2, uniform=0.1, rate=1e-2)
    network = GFlowNet(environment, settings, seed=0)

    def reward(states, _):
        return environment.scores(states)

    known = environment.finished[::7]
    told = network.know(Objects(known, torch.zeros((len(known), 0))), reward)
    assert (told.calls, len(network.known)) == (len(known), len(known))
    assert network.new == 50
    network.train(reward, 150, seed=1)
    assert total_variation(network) < 0.05
