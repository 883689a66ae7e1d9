import pytest
import torch
from gflownet_toys import Islands, Words

from discovery.rng import stream
from samplers.gflownet import heads
from samplers.gflownet.batches import entries_of, objects_of
from samplers.gflownet.conditioning import Conditioning
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
    for name in ("encoded", "masks", "actions", "rows", "depths"):
        one, two = getattr(built, name), getattr(known, name)
        order = [torch.argsort(t.depths * 300 + t.rows) for t in (built, known)]
        assert torch.equal(one[order[0]], two[order[1]]), name

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
    rows = torch.arange(30).split(10)
    runs = [(part[torch.randperm(10)], heads.window(masks[part])) for part in reversed(rows)]
    assert runs[-1][1][1] <= 8

    def ours(*inputs):
        return heads.chosen(*inputs, masks, actions, runs)

    def plain(hidden, weight, bias):
        logits = (hidden @ weight.T + bias).masked_fill(~masks, -torch.inf)
        return logits.log_softmax(1).gather(1, actions[:, None])[:, 0]

    results = []
    for function in (ours, plain):
        leaves = [value.clone().requires_grad_() for value in inputs]
        value = function(*leaves)
        (value * torch.linspace(-1, 2, 30)).sum().backward()
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
