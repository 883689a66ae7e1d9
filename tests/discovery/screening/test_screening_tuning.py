"""Searches that repeat, reach what they should, and never see what they are judged on."""

import numpy as np
import pytest
from screening_cases import classes, values

from discovery.errors import InvalidInputError, UnknownNameError
from discovery.screening import tuning
from discovery.screening.spaces import KERNELS, SPACES
from discovery.screening.tuning import nested, tune


@pytest.mark.parametrize("model", ["LightGBM", "random forest", "NuSVC"])
def test_the_same_seed_finds_the_same_parameters(model) -> None:
    one, two = (tune(classes(), model, score="accuracy", seed=5, trials=2) for _ in range(2))
    assert one == two


def test_another_seed_searches_elsewhere() -> None:
    one, two = (tune(classes(), "NuSVC", score="accuracy", seed=s, trials=3) for s in (5, 6))
    assert [t.parameters for t in one.trials] != [t.parameters for t in two.trials]


@pytest.mark.parametrize("model", ["LightGBM", "random forest", "NuSVR"])
def test_values_are_tuned_too(model) -> None:
    found = tune(values(), model, score="Spearman", seed=0, trials=1)
    assert found.score == max(t.score for t in found.trials if t.score is not None)
    assert -1 <= found.untuned <= 1


def test_searches_are_as_long_as_said() -> None:
    assert {name: s.trials for name, s in SPACES["classification"].items()} == {
        "LightGBM": 100, "random forest": 100, "NuSVC": 200,
    }  # fmt: skip


def test_every_kernel_is_reached_with_its_own_parameters_and_no_nu_is_infeasible() -> None:
    problem = classes(24)
    problem.target[:] = np.r_[np.ones(6), np.zeros(18)]
    found = tune(problem, "NuSVC", score="balanced accuracy", seed=0, trials=60)
    assert len(found.trials) == 60
    assert sum(trial.score is None for trial in found.trials) < 5  # tiny nu can overflow
    own = {"linear": set(), "rbf": {"gamma"}}
    own |= {"poly": {"gamma", "degree", "coef0"}, "sigmoid": {"gamma", "coef0"}}
    for kernel in KERNELS:
        trials = [t for t in found.trials if t.parameters["kernel"] == kernel]
        assert len(trials) >= 2
        assert all(set(t.parameters) == {"nu", "kernel"} | own[kernel] for t in trials)


@pytest.mark.parametrize("groups", [None, "doi"])
def test_the_inner_search_never_sees_outer_test_rows(monkeypatch, groups) -> None:
    problem = classes(groups=groups)
    seen: list[set[int]] = []
    judged: list[set[int]] = []
    search, judge = tuning.tune, tuning._score

    def watched(inner, *args, **options):
        seen.append(set(inner.rows))
        return search(inner, *args, **options)

    def outer(on, split, *rest):
        if len(on) == len(problem):
            judged.append(set(on.rows[split.test]))
        else:
            assert set(on.rows) == seen[-1]
        return judge(on, split, *rest)

    monkeypatch.setattr(tuning, "tune", watched)
    monkeypatch.setattr(tuning, "_score", outer)
    found = nested(problem, "NuSVC", score="accuracy", seed=1, trials=4)
    assert len(found.tuned) == len(found.untuned) == len(found.parameters) == len(seen) == 5
    assert judged[::2] == judged[1::2]
    for inner, test in zip(seen, judged[::2], strict=True):
        assert not inner & test
        assert inner | test == set(problem.rows)
        if problem.groups is not None:
            sources = [{problem.groups[row] for row in rows} for rows in (inner, test)]
            assert not sources[0] & sources[1]


def test_what_cannot_be_tuned_is_told() -> None:
    with pytest.raises(UnknownNameError, match="unknown model to tune 'ridge'"):
        tune(classes(), "ridge", score="accuracy", seed=0)


def test_a_search_without_a_successful_trial_is_an_error(monkeypatch) -> None:
    def fails(*_: object) -> float:
        raise ValueError("no")

    monkeypatch.setattr(tuning, "_score", fails)
    with pytest.raises(InvalidInputError, match="all 3 trials of LightGBM have failed"):
        tune(classes(), "LightGBM", score="accuracy", seed=0, trials=3)
