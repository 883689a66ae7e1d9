"""What a suite may say, and which cells come of it."""

from pathlib import Path

import pytest
from benchmark_cases import SUITE

from discovery import registry
from discovery.benchmark.cells import load_problems, plan, restricted
from discovery.benchmark.suite import find, read, validate
from discovery.errors import ConfigError, InvalidInputError

SHIPPED = sorted((Path(__file__).parents[3] / "configs" / "bench").glob("*.yaml"))


def cells(**changes):
    suite = validate({**SUITE, **changes})
    return plan(suite, load_problems(suite))


def test_a_suite_is_problems_by_strategies_by_seeds() -> None:
    found = cells()
    assert len(found) == 2 * 3 * 2
    assert [cell.problem for cell in found] == [0] * 6 + [1] * 6
    titles = [cell.strategy.title for cell in found[:6:2]]
    assert titles == ["points_gp · ucb", "points_gp · greedy", "random"]
    assert len({cell.key for cell in found}) == len(found)


def test_a_title_tells_parts_of_one_name_apart_by_the_options_that_differ() -> None:
    inner = {"name": "ucb", "beta": 3}
    guarded = {"name": "guarded", "acquisition": {"name": "cost_ei"}, "fallback": inner}
    ask = [guarded, {**guarded, "fallback": {"name": "logei"}}, {"name": "ucb", "beta": 1}]
    pick = [{"name": "diverse", "diversity": 0.3}, {"name": "diverse"}, {"name": "greedy"}]
    found = validate({**SUITE, "acquisitions": ask, "samplers": pick, "baseline": None}).strategies
    acquisitions = ["guarded (fallback ucb (beta 3.0))", "guarded (fallback logei)", "ucb"]
    samplers = ["diverse (diversity 0.3)", "diverse (diversity 0.25)", "greedy"]
    assert [s.title for s in found if not s.peer] == [
        f"points_gp · {asks} · {picks}" for asks in acquisitions for picks in samplers
    ]


def test_a_default_that_is_written_out_does_not_make_another_strategy() -> None:
    same = [{"name": "ucb"}, {"name": "ucb", "beta": 2}]
    with pytest.raises(ConfigError, match="two strategies are the same: points_gp · ucb"):
        validate({**SUITE, "acquisitions": same, "baseline": None})


def test_strategies_of_one_problem_and_replicate_share_their_seed() -> None:
    found = cells()
    seeds = {(cell.problem, cell.replicate): set() for cell in found}
    for cell in found:
        seeds[cell.problem, cell.replicate].add(cell.seed)
    assert all(len(own) == 1 for own in seeds.values())
    assert len({next(iter(own)) for own in seeds.values()}) == 4


def test_a_key_depends_on_what_the_result_depends_on_and_on_nothing_else() -> None:
    def keys(**changes):
        return [cell.key for cell in cells(**changes)]

    first = keys()
    for same in ({"name": "other"}, {"baseline": None}, {"top": 0.2}):
        assert keys(**same) == first
    for other in ({"seed": 1}, {"budget": 11}, {"batch": 1}, {"initial": {"target": 2}}):
        assert not set(keys(**other)) & set(first)
    assert set(keys(replicates=1)) < set(first)
    options = [{"name": "ucb", "beta": 1, "schedule": "srinivas"}, {"name": "greedy"}]
    assert len(set(keys(acquisitions=options)) - set(first)) == 4


def test_default_options_are_written_out_in_the_key() -> None:
    (implicit,) = cells(acquisitions=[{"name": "ucb"}], replicates=1, peers=[], baseline=None)[:1]
    (explicit,) = cells(
        acquisitions=[{"name": "ucb", "beta": 2.0}], replicates=1, peers=[], baseline=None
    )[:1]
    assert implicit.key == explicit.key


def test_a_policy_leaves_the_other_fidelities_out_and_keeps_the_design_of_the_target() -> None:
    found = cells(policies=["all", "target", ["level 0.5"]], initial={"target": 3, "cheap": 4})
    both = [c for c in found if c.problem == 1 and c.replicate == 0 and c.strategy.parts]
    designs = [c.initial for c in both[:3]]
    assert designs == [{"level 0.5": 4, "exact": 3}, {"exact": 3}, {"level 0.5": 4, "exact": 3}]
    assert both[0].key == both[2].key != both[1].key
    one = [c.key for c in found if c.problem == 0 and c.replicate == 0][:3]
    assert len(set(one)) == 1  # there is one fidelity, whatever the policy
    problem = load_problems(validate(SUITE))[1]
    assert [f.name for f in restricted(problem, ("target",)).fidelities] == ["exact"]


def test_a_smoke_test_is_two_seeds_of_three_rounds() -> None:
    suite = validate({**SUITE, "replicates": 20, "budget": "100%"})
    found = plan(suite, load_problems(suite), smoke=True)
    assert len(found) == 2 * 3 * 2
    assert {cell.budget for cell in found} == {3 + 3 * 2}


def test_a_budget_may_be_a_share_of_the_pool() -> None:
    assert {cell.budget for cell in cells(budget="50%")} == {16.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"acquisitions": [{"name": "uqb"}]}, "unknown name 'uqb'; did you mean 'ucb'"),
        ({"peers": ["botorhc"]}, "unknown peer 'botorhc'; did you mean 'botorch'"),
        ({"baseline": "best"}, "no strategy is titled 'best'; there are: points_gp · ucb"),
        ({"peers": [], "proxies": [], "baseline": None}, "there is no strategy"),
        ({"problems": []}, "problems"),
        ({"replicats": 3}, "replicats: unknown field; did you mean 'replicates'"),
        ({"peers": ["random", "random"]}, "two strategies are the same: random"),
        ({"budget": "half"}, "budget"),
        ({"budget": float("inf")}, "budget"),
        ({"policies": ["target", []]}, "policies.1"),
        ({"problems": [{"name": "analytic", "function": "brain"}]}, "problems.0"),
    ],
)
def test_a_mistake_is_named(changes, message) -> None:
    with pytest.raises(ConfigError) as caught:
        validate({**SUITE, **changes})
    assert message in str(caught.value)


def test_mistakes_are_listed_together() -> None:
    with pytest.raises(ConfigError) as caught:
        validate({**SUITE, "batch": 0, "top": 2, "samplers": [{"name": "gredy"}]})
    assert len(caught.value.mistakes) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"budget": 3}, "Branin: 3 pays no query after the initial design of 3 exact, which costs"),
        (
            {"initial": {"target": 40}, "budget": 50},
            "initial: Branin: 40 queries at 'exact', but only 32 of its 32 candidates have an",
        ),
        ({"batch_cost": 0.5}, "batch_cost: Branin: 0.5 pays no answer of cost 1"),
        ({"initial": {"exakt": 3}}, "no problem has a fidelity 'exakt'; there are exact, level"),
        ({"policies": [["level 0.7"]]}, "policies: no problem has a fidelity 'level 0.7'"),
        ({"policies": [["all", "level 0.5"]]}, "policies: no problem has a fidelity 'all'"),
        ({"problems": [SUITE["problems"][0]] * 2}, "problems: two are called 'Branin'"),
    ],
)
def test_what_does_not_fit_the_problems_is_named(changes, message) -> None:
    with pytest.raises(ConfigError) as caught:
        cells(**changes)
    assert message in str(caught.value)


def test_a_plug_in_has_its_version_in_the_key(monkeypatch) -> None:
    plain = cells()
    owned = {role: registry.sources(role) for role in ("proxy", "acquisition", "sampler")}
    owned["acquisition"]["ucb"] = "pytest"
    monkeypatch.setattr(registry, "sources", owned.__getitem__)
    changed = [one.key != other.key for one, other in zip(plain, cells(), strict=True)]
    assert changed == ["ucb" in cell.strategy.title for cell in plain]
    owned["acquisition"]["ucb"] = "ion-discovery"
    assert [cell.key for cell in cells()] == [cell.key for cell in plain]


def test_a_limit_to_the_cost_of_a_round_is_part_of_the_key_where_there_is_one() -> None:
    free, limited = cells(), cells(batch_cost=1)
    assert free[0].key != limited[0].key
    assert free[0].batch_cost is None
    assert limited[0].batch_cost == 1


def test_an_unknown_suite_is_no_file_and_another_may_be_meant() -> None:
    with pytest.raises(InvalidInputError, match="there is no configuration"):
        find("no_such_suite")
    with pytest.raises(InvalidInputError, match="did you mean 'liang'"):
        find("lian")


def test_a_library_that_is_missing_is_said_before_all_its_cells_fail(monkeypatch) -> None:
    monkeypatch.setattr(
        "discovery.benchmark.peers.peer.versions", lambda _: {"botorch": "", "torch": "2"}
    )
    with pytest.raises(ConfigError) as caught:
        cells(peers=["random"])
    assert "peers: 'random' needs botorch; pip install 'ion-discovery[peers]'" in str(caught.value)


def test_a_smoke_test_pays_all_policies_alike() -> None:
    options = {"policies": ["all", "target"], "initial": {"target": 3, "cheap": 5}}
    suite = validate({**SUITE, **options, "budget": 60})
    problems = load_problems(suite)
    by_problem = {problem.name: set() for problem in problems}
    for cell in plan(suite, problems, smoke=True):
        by_problem[problems[cell.problem].name].add(cell.budget)
    assert {len(budgets) for budgets in by_problem.values()} == {1}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_suite_has_no_mistake_and_is_found_by_its_name(path) -> None:
    suite = read(path)
    assert suite.name == path.stem
    assert suite.baseline is not None
    assert find(path.stem).samefile(path)
