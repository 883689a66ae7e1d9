import numpy as np
import pytest
import torch
from gflownet_toys import Islands, Words

from discovery.errors import InvalidInputError
from discovery.store.states import pack, unpack
from samplers.gflownet.adam import Adam
from samplers.gflownet.conditioning import Conditioning
from samplers.gflownet.evaluation import log_prob
from samplers.gflownet.objectives import OBJECTIVES
from samplers.gflownet.settings import Settings
from samplers.gflownet.trainer import GFlowNet
from samplers.gflownet.trajectories import Objects, taken_apart

TREE, SQUARE = Words(4, 3), Islands()
QUICK = {"hidden": 16, "components": 2, "batch": 20, "ahead": 3}


def score(states, _):
    return TREE.scores(states)


def network(environment=TREE, seed=0, **changes):
    return GFlowNet(environment, Settings(**QUICK | changes), seed)


def drawn(made, seed=9):
    objects, logs = made.sample(30, seed)
    return objects.states.tolist(), objects.coordinates.tolist(), logs.tolist()


@pytest.mark.parametrize(
    "changes",
    [
        *({"objective": objective} for objective in OBJECTIVES),
        {"conditioning": Conditioning((0.5, 4.0))},
        {"rounds": 1, "heat": 2.0},
    ],
)
@pytest.mark.parametrize("environment", [TREE, SQUARE])
def test_training_is_a_function_of_its_seeds(environment, changes):
    def reward(states, coordinates):
        return environment.scores(states, *([coordinates] if environment.dims else []))

    one, two, other = (network(environment, **changes) for _ in range(3))
    results = [made.train(reward, 5, seed) for made, seed in ((one, 1), (two, 1), (other, 2))]
    assert results[0] == results[1] != results[2]
    assert drawn(one) == drawn(two) != drawn(other)
    assert drawn(one) != drawn(one, seed=10)
    assert drawn(network(environment, **changes, seed=1)) != drawn(network(environment, **changes))


def test_batches_made_together_are_as_many_as_batches_made_one_by_one():
    for ahead in (1, 3, 50):
        made = network(ahead=ahead)
        progress = made.train(score, 7, seed=0)
        assert (len(progress.losses), progress.calls) == (7, 7 * made.new)
        assert len(progress.means) == -(-7 // ahead)


def test_training_does_not_touch_the_global_stream():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    network().train(score, 3, seed=0)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("environment", [TREE, SQUARE])
def test_a_restored_policy_goes_on_as_the_stored_one_would_have(environment):
    def reward(states, coordinates):
        return environment.scores(states, *([coordinates] if environment.dims else []))

    changes = {"conditioning": Conditioning((0.5, 4.0)), "capacity": 30}
    first = network(environment, **changes)
    first.train(reward, 6, seed=1)
    stored = unpack(pack(first.state()))
    second = network(environment, **changes, seed=5)
    second.restore(stored)
    assert drawn(second) == drawn(first)
    assert second.train(reward, 6, seed=2) == first.train(reward, 6, seed=2)
    assert drawn(second) == drawn(first)
    third = network(environment, **changes)
    third.restore(stored)
    assert drawn(third) != drawn(first)


def test_an_untrained_policy_can_be_stored():
    one, two = network(), network(seed=1)
    two.restore(one.state())
    assert drawn(one) == drawn(two)
    assert one.train(score, 3, seed=0) == two.train(score, 3, seed=0)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda state: {**state, "kind": "forest"}, "state of a 'forest', not of a 'gflownet'"),
        (lambda _: {}, "not the state of a GFlowNet policy: 'kind'"),
        (
            lambda state: {key: value for key, value in state.items() if key != "form"},
            "stored in form 1 and only form 2 is read.*begin a new one",
        ),
        (
            lambda state: {**state, "weights": {**state["weights"], "head.bias": np.zeros(9)}},
            r"differs from this one in head.bias: head.bias is \(9,\) there and \(5,\) here",
        ),
        (lambda state: {**state, "replay": {}}, "not the state of a GFlowNet policy: 'states'"),
    ],
)
def test_a_foreign_state_is_refused_and_changes_nothing(spoil, message):
    made = network()
    made.train(score, 2, seed=0)
    before = drawn(made)
    with pytest.raises(InvalidInputError, match=message):
        made.restore(spoil(network().state()))
    assert drawn(made) == before


def test_objects_without_a_score_are_skipped_and_counted():
    def holes(states, coordinates):
        scores = score(states, coordinates)
        return torch.where(states[:, 0] == 1, torch.nan, scores)

    made = network(uniform=0.5)
    progress = made.train(holes, 20, seed=0)
    assert 0 < progress.unscored < progress.calls == 20 * made.new
    assert progress.skipped == 0
    assert np.isfinite(progress.losses).all()
    assert np.isfinite(progress.means).all()
    assert not (made.replay.entries.states[:, 0] == 1).any()


def test_a_batch_without_any_score_is_skipped_and_counted():
    calls = []

    def failing(states, coordinates):
        calls.append(len(states))
        scores = score(states, coordinates)
        return torch.full_like(scores, torch.nan) if len(calls) == 2 else scores

    made = network(replayed=0.0, ahead=1)
    progress = made.train(failing, 4, seed=0)
    assert progress.unscored == 20
    assert (progress.skipped, np.isnan(progress.losses).tolist()) == (
        1,
        [False, True, False, False],
    )
    assert drawn(made)


def test_a_reward_that_is_never_a_number_is_an_error():
    with pytest.raises(InvalidInputError, match="NaN for all of the first 48 objects"):
        network().train(lambda states, _: torch.full((len(states),), torch.nan), 4, seed=0)


@pytest.mark.parametrize(
    ("reward", "message"),
    [
        (lambda s, _: torch.zeros(len(s) + 1), r"16 objects has shape \(17,\); \(16, 1\) was"),
        (lambda s, _: torch.zeros((len(s), 2)), r"has shape \(16, 2\)"),
        (lambda s, _: torch.full((len(s),), torch.inf), r"a reward is \+inf"),
    ],
)
def test_a_reward_of_the_wrong_kind_is_an_error(reward, message):
    with pytest.raises(InvalidInputError, match=message):
        network().train(reward, 1, seed=0)


def test_the_worst_rewards_count_as_the_floor():
    def forbidden(states, coordinates):
        return torch.where(states[:, 0] == 1, -torch.inf, score(states, coordinates))

    made = GFlowNet(TREE, Settings(floor=-6.0, rate=1e-2), seed=0)
    progress = made.train(forbidden, 120, seed=0)
    assert progress.skipped == progress.unscored == 0
    assert min(progress.means) > -6
    objects, _ = made.sample(1000, seed=1)
    assert (objects.states[:, 0] == 1).float().mean() < 0.05


def test_a_step_whose_loss_is_not_finite_changes_nothing():
    made = network(floor=-3e38)
    before = drawn(made)
    progress = made.train(lambda s, _: torch.full((len(s),), -3e38), 3, seed=0)
    assert progress.skipped == 3
    assert drawn(made) == before


def test_known_objects_that_cannot_be_judged_are_not_mixed_in():
    made, objects = network(), Objects(TREE.finished[:5], torch.zeros((5, 0)))
    told = made.know(objects, lambda states, _: torch.full((len(states),), torch.nan))
    assert (told.unscored, len(made.known)) == (5, 0)
    assert made.train(score, 3, seed=0).skipped == 0


def test_settings_that_leave_nothing_new_are_refused():
    with pytest.raises(InvalidInputError, match=r"50% are replayed and 40% known.*nothing new is"):
        network(replayed=0.5, known=0.4, rounds=2)


def test_steps_are_those_of_torch():
    torch.manual_seed(0)
    start = [torch.randn(4, 3), torch.randn(5)]
    ours, theirs = ([torch.nn.Parameter(p.clone()) for p in start] for _ in range(2))
    named = {str(place): p for place, p in enumerate(ours)}
    adam = Adam(named, dict.fromkeys(named, 0.02), clip=np.inf)
    reference = torch.optim.Adam(theirs, lr=0.02)
    for _ in range(20):
        for parameters in (ours, theirs):
            for p in parameters:
                p.grad = (p.detach() - 1) ** 3
        assert adam.step()
        reference.step()
    for one, two in zip(ours, theirs, strict=True):
        assert one.detach() == pytest.approx(two.detach(), abs=1e-5)


def test_a_warm_start_learns_to_build_what_is_known():
    known = TREE.finished[[3, 20, 40]]
    objects = Objects(known, torch.zeros((3, 0)))
    made = network(rate=1e-2)
    said = made.warm_start(objects, 60, seed=0)
    assert said[-1] > -1.5 > said[0]
    steps = taken_apart(TREE, objects)
    assert log_prob(TREE, made.policy, steps, torch.zeros((3, 0))).exp().sum() > 0.8


def test_a_warm_start_finds_the_coordinates_of_what_is_known():
    places = torch.tensor([[0.2, 0.8], [0.21, 0.79], [0.19, 0.81]])
    made = network(SQUARE, rate=1e-2)
    made.warm_start(Objects(torch.full((3, 1), 2), places), 150, seed=0)
    objects, _ = made.sample(200, seed=0)
    assert (objects.states[:, 0] == 2).float().mean() > 0.9
    assert objects.coordinates.median(0).values == pytest.approx(places[0], abs=0.05)


def test_remembered_objects_are_scored_anew_when_the_reward_changes():
    made = network(capacity=40)
    made.train(score, 4, seed=0)
    best = made.replay.best(10).states
    told = made.rescore(lambda states, _: -TREE.scores(states), most=10)
    assert told.calls == len(made.replay) == 10
    kept = made.replay.entries
    assert {tuple(row) for row in kept.states} == {tuple(row) for row in best}
    assert kept.scores[:, 0] == pytest.approx(-TREE.scores(torch.from_numpy(kept.states)).numpy())


def test_there_is_nothing_to_score_anew_before_training():
    assert network().rescore(score, most=10).calls == 0


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"beta": 9.0}, "beta is 9.0, but was trained between 0.5 and 4.0"),
        ({"weights": (1.0,)}, "2 non-negative numbers"),
        ({"weights": (0.0, 0.0)}, "not all of them zero"),
        ({"weights": (-1.0, 2.0)}, "non-negative"),
    ],
)
def test_conditions_that_were_not_trained_are_refused(asked, message):
    made = network(conditioning=Conditioning((0.5, 4.0), rewards=2))
    with pytest.raises(InvalidInputError, match=message):
        made.sample(3, seed=0, **asked)


def test_conditions_lie_in_their_range_and_are_shared_by_groups():
    drawn = Conditioning((0.5, 8.0), rewards=3, groups=7).draw(
        700, torch.Generator().manual_seed(0)
    )
    assert 0.5 <= drawn.betas.min() < drawn.betas.max() <= 8.0
    assert drawn.weights.sum(1) == pytest.approx(torch.ones(700), abs=1e-6)
    assert len(drawn.features.unique(dim=0)) == len(drawn.groups.unique()) == 7
    for group in range(7):
        assert len(drawn.betas[drawn.groups == group].unique()) == 1
    assert drawn.features.abs().max() <= 1
