from dataclasses import replace

import pytest
import torch
from crystal_cases import SMALL
from gflownet_toys import Islands, Words

from discovery.rng import stream
from samplers.gflownet import heads
from samplers.gflownet.batches import entries_of, objects_of
from samplers.gflownet.conditioning import Conditioning
from samplers.gflownet.contract import Encoded
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.gflownet.evaluation import evaluate, log_prob
from samplers.gflownet.local_search import accepted, receded
from samplers.gflownet.policy import Policy
from samplers.gflownet.replay import Replay
from samplers.gflownet.rollout import Exploration, rollout
from samplers.gflownet.trajectories import Objects, merged, taken_apart

ENVIRONMENTS = (Words(4, 4), Islands())
CPU = torch.device("cpu")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def policy(environment, conditions=0, gain=5.0):
    """A policy with strong opinions."""
    made = Policy(environment, conditions, 32, 4, generator(1))
    with torch.no_grad():
        made.head.weight *= 10 * gain
        if made.density is not None:
            made.density.weight *= gain
    return made


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("exploration", [Exploration(), Exploration(0.3), Exploration(0.1, 3.0)])
def test_sampled_and_recomputed_log_probabilities_agree_on_every_path(environment, exploration):
    conditioning = Conditioning((0.5, 2.0))
    who = policy(environment, conditioning.width)
    features = conditioning.draw(300, generator()).features
    built, sampled = rollout(environment, who, features, generator(2), exploration)
    forward = log_prob(environment, who, built, features)
    assert forward == pytest.approx(sampled, abs=1e-5)

    known = taken_apart(environment, built.objects)
    assert log_prob(environment, who, known, features) == pytest.approx(sampled, abs=1e-5)
    steps = []
    for made in (built, known):
        order = torch.argsort(made.depths * 300 + made.rows)
        at = made.states.rows(made.nodes[order])
        whole = [part[order] for part in (made.actions, made.rows, made.depths)]
        steps.append([at.encoded.places, at.encoded.numbers, at.masks, at.kinds, *whole])
    for one, two in zip(*steps, strict=True):
        assert torch.equal(one, two)

    replay = Replay(300, built.objects.states.shape[1], environment.dims, 1)
    scores = torch.arange(300.0)[:, None]
    replay.add(entries_of(built.objects, scores), stream(0))
    kept = replay.entries
    rows = torch.from_numpy(kept.scores[:, 0]).long()
    again = taken_apart(environment, objects_of(kept, CPU))
    replayed = log_prob(environment, who, again, features[rows])
    assert replayed == pytest.approx(sampled[rows], abs=1e-5)


def test_probabilities_of_all_objects_sum_to_one():
    environment = Words(5, 4)
    states = environment.finished
    everything = taken_apart(environment, Objects(states, torch.zeros((len(states), 0))))
    who = policy(environment, gain=2.0)
    logs = log_prob(environment, who, everything, torch.zeros((len(states), 0)))
    assert logs.double().exp().sum() == pytest.approx(1, abs=1e-5)


def test_samples_have_the_frequencies_that_the_policy_says():
    environment, count = Words(3, 3), 40_000
    states = environment.finished
    everything = taken_apart(environment, Objects(states, torch.zeros((len(states), 0))))
    who = policy(environment, gain=1.0)
    said = log_prob(environment, who, everything, torch.zeros((len(states), 0))).exp()
    built, _ = rollout(environment, who, torch.zeros((count, 0)), generator(3))
    same = (built.objects.states[:, None] == states).all(2)
    found = same.float().mean(0)
    assert 0.5 * (found - said).abs().sum() < 0.02


def test_a_heated_rollout_is_more_even_and_a_uniform_one_ignores_the_policy():
    environment = Words(3, 2)
    who, nothing = policy(environment), torch.zeros((4000, 0))

    def first(exploration):
        built, _ = rollout(environment, who, nothing, generator(4), exploration)
        shares = torch.bincount(built.actions[built.depths == 0], minlength=3) / 4000
        return shares.max().item()

    cold, warm, even = (first(Exploration(*e)) for e in ((0.0, 1.0), (0.0, 10.0), (1.0, 1.0)))
    assert cold > warm + 0.05 > even
    assert even == pytest.approx(1 / 3, abs=0.03)


def test_trajectories_of_parts_are_those_of_the_whole():
    environment = Words(4, 4)
    who, nothing = policy(environment), torch.zeros((60, 0))
    built, _ = rollout(environment, who, nothing, generator(5))
    keep = torch.arange(60) % 3 == 0
    both = merged([built.select(keep), built.select(~keep)])
    said = log_prob(environment, who, built, nothing)
    assert log_prob(environment, who, both, nothing) == pytest.approx(
        torch.cat([said[keep], said[~keep]]), abs=1e-5
    )


def test_log_probabilities_and_their_gradients_are_those_of_autograd():
    torch.manual_seed(0)
    masks = torch.rand((30, 12)) < 0.4
    masks[:, 5] = True
    masks[:10, 8:], masks[20:, :4] = False, False
    actions = torch.stack([row.nonzero()[-1, 0] for row in masks])
    inputs = [torch.randn(shape, dtype=torch.float64) for shape in ((30, 6), (12, 6), (12,))]
    parts = (slice(0, 10), slice(10, 20), slice(20, 30))
    runs = [(part, heads.window(masks[part])) for part in parts]
    assert runs[0][1][1] <= 8
    rows = torch.arange(40) % 30  # some rows act twice
    actions = actions[rows]

    def ours(*inputs):
        return heads.chosen(*inputs, masks, runs, rows, actions)

    def plain(hidden, weight, bias):
        logits = (hidden @ weight.T + bias).masked_fill(~masks, -torch.inf)
        return logits.log_softmax(1)[rows, actions]

    results = []
    for function in (ours, plain):
        leaves = [value.clone().requires_grad_() for value in inputs]
        value = function(*leaves)
        (value * torch.linspace(-1, 2, 40)).sum().backward()
        results.append([value.detach(), *(leaf.grad for leaf in leaves)])
    for one, two in zip(*results, strict=True):
        assert one == pytest.approx(two, abs=1e-12)


def test_going_back_stops_at_the_beginning():
    environment = Words(4, 4)
    states = environment.finished[[0, 5, -1]]
    assert torch.equal(receded(environment, states, 9), environment.initial(3))
    steps = taken_apart(environment, Objects(states, torch.zeros((3, 0))))
    before = receded(environment, states, 1)
    lengths = torch.bincount(steps.rows)
    ends = steps.depths + 1 == lengths[steps.rows]
    last = steps.actions[ends][steps.rows[ends].argsort()]
    assert torch.equal(environment.step(before, last), states)


def test_objects_grow_from_where_they_are_begun():
    environment = Words(4, 4)
    start = receded(environment, environment.finished[-50:], 2)
    built, _ = rollout(
        environment, policy(environment), torch.zeros((50, 0)), generator(6), start=start
    )
    kept = start[:, :2]
    assert torch.equal(built.objects.states[:, :2], kept)
    assert not environment.allowed(built.objects.states).any()


def test_better_proposals_are_always_accepted_and_worse_ones_as_often_as_they_are_worth():
    nan, count = torch.nan, 4000
    old = torch.tensor([0.0, nan, 1.0, nan, 0.0]).repeat(count, 1)
    new = torch.tensor([0.1, -9.0, nan, nan, -1.0]).repeat(count, 1)
    taken = accepted(old.flatten(), new.flatten(), generator()).reshape(count, 5).float().mean(0)
    assert taken[:4].tolist() == [1, 1, 0, 0]
    assert taken[4].item() == pytest.approx(0.368, abs=0.03)


def test_objects_that_are_finished_from_the_start_have_no_steps():
    environment = Words(3, 2)
    start = environment.finished[:4]
    built, log = rollout(
        environment, policy(environment), torch.zeros((4, 0)), generator(), start=start
    )
    assert len(built.actions) == 0
    assert torch.equal(built.objects.states, start)
    assert log.tolist() == [0] * 4


def test_the_flow_of_the_initial_state_is_the_partition_function():
    environment = Words(3, 3)
    who, nothing = policy(environment), torch.zeros((20, 0))
    built, _ = rollout(environment, who, nothing, generator())
    who.log_z.start(nothing, torch.full((20,), 3.0))
    said = evaluate(environment, who, built, nothing)
    first = said.flows[said.depths == 0].detach()
    assert first == pytest.approx(torch.full((20,), 3.0), abs=1e-3)


@pytest.mark.parametrize("conditions", [0, 2])
def test_the_features_of_states_and_their_gradients_are_those_of_plain_layers(conditions):
    environment = Words(4, 4)
    who = policy(environment, conditions).double()
    encoded = environment.encode(environment.finished[:40])
    encoded = Encoded(encoded.places, encoded.numbers.double())
    features = torch.randn((40, conditions), dtype=torch.float64, generator=generator())
    pull = torch.randn((40, 32), dtype=torch.float64, generator=generator(1))

    def plain():
        indicators = torch.zeros((40, environment.places), dtype=torch.float64)
        indicators.scatter_(1, encoded.places, 1.0)
        first = indicators @ who.places + who.first(encoded.numbers)
        if conditions:
            first = first + who.condition(features)
        return who.second(first.relu()).relu()

    results = []
    for made in (who.trunk(encoded, who.offsets(features)), plain()):
        who.zero_grad()
        (made * pull).sum().backward()
        gradients = [p.grad for p in who.parameters() if p.grad is not None]
        results.append([made.detach(), *gradients])
    assert len(results[0]) == len(results[1]) == (8 if conditions else 6)
    for one, two in zip(*results, strict=True):
        assert one == pytest.approx(two, abs=1e-12)


def test_states_in_common_are_evaluated_once_and_only_where_there_is_a_choice():
    environment = Words(3, 3)
    who = policy(environment, gain=1.0)
    built, _ = rollout(environment, who, torch.zeros((500, 0)), generator(8))
    states = environment.initial(1)
    different = 0
    while len(states):
        masks = environment.allowed(states)
        different += int((masks.sum(1) > 1).sum())
        rows, actions = masks.nonzero(as_tuple=True)
        states = environment.step(states[rows], actions)
    assert len(built.states.owners) == different
    assert (built.states.masks.sum(1) > 1).all()
    apart = taken_apart(environment, built.objects)  # conditions might differ
    assert len(apart.states.owners) == len(apart.nodes) == len(built.nodes)


def test_steps_without_a_choice_are_left_out_and_the_first_one_stays():
    environment = Words(2, 4)  # behind the first letter the word can only go on or stop
    environment.allowed = lambda states: (
        Words.allowed(environment, states) & (torch.arange(3) < 2)
    )  # and it may not stop
    who = policy(environment)
    built, logs = rollout(environment, who, torch.zeros((6, 0)), generator())
    assert len(built.nodes) == 6
    assert built.depths.tolist() == [0] * 6
    assert log_prob(environment, who, built, torch.zeros((6, 0))) == pytest.approx(logs, abs=1e-6)


@pytest.mark.parametrize("order", ["group_first", "composition_first"])
def test_the_log_probabilities_of_crystals_are_found_again(order):
    space = CrystalEnvironment(replace(SMALL, order=order), fidelities=2)
    conditioning = Conditioning((0.5, 2.0))
    who, features = policy(space, conditioning.width), conditioning.draw(200, generator()).features
    built, sampled = rollout(space, who, features, generator(2), Exploration(0.2))
    assert log_prob(space, who, built, features) == pytest.approx(sampled, abs=1e-5)
    for known in (None, features):
        apart = taken_apart(space, built.objects, known)
        assert log_prob(space, who, apart, features) == pytest.approx(sampled, abs=1e-5)
        assert len(apart.nodes) == len(built.nodes)
