"""A problem: what it holds, what it refuses, what it tells."""

import numpy as np
import pytest

from discovery.benchmark.problems.initial import initial_design
from discovery.benchmark.problems.problem import Problem
from discovery.errors import BudgetError, DatasetError, InvalidInputError, UnknownNameError
from discovery.types import Bound, Estimate, Fidelity, Refusal

CHEAP, TARGET = Fidelity("cheap", 0.1), Fidelity("target", 2.0, target=True)


def make(**changes):
    """Four candidates: measured, measured, a bound from above, unknown."""
    nan = np.nan
    given = {
        "name": "toy",
        "names": ("x", "y"),
        "features": np.arange(8.0).reshape(4, 2),
        "fidelities": (CHEAP, TARGET),
        "values": np.array([[0.5, 1.0], [nan, 3.0], [0.1, nan], [0.2, nan]]),
        "limits": np.array([[nan, nan], [nan, nan], [nan, 9.0], [nan, nan]]),
        "sides": np.array([[0, 0], [0, 0], [0, -1], [0, 0]], dtype=np.int8),
    }
    return Problem(**{**given, **changes})


def test_what_is_asked_is_answered_with_a_value_a_bound_or_a_refusal():
    problem = make()
    assert problem.answer(1, 1) == Estimate(3.0)
    assert problem.answer(2, 1) == Bound("left", 9.0)
    assert isinstance(problem.answer(1, 0), Refusal)
    assert problem.askable.tolist() == [[True, True], [False, True], [True, True], [True, False]]
    assert problem.target == pytest.approx([1.0, 3.0, np.nan, np.nan], nan_ok=True)


def test_measuring_everything_costs_as_much_as_there_are_answers():
    problem = make()
    assert problem.column == 1
    assert problem.costs.tolist() == [0.1, 2.0]
    assert problem.whole == 6.0


def test_the_best_are_ranked_among_those_with_an_answer_and_no_bound_is_one():
    assert make().top(1 / 3).tolist() == [False, True, False, False]
    assert make().top(1.0).tolist() == [True, True, False, False]


def test_some_fidelities_make_a_smaller_problem():
    alone = make().at(["target"])
    assert alone.fidelities == (TARGET,)
    assert alone.values.shape == alone.limits.shape == alone.sides.shape == (4, 1)
    assert alone.answer(2, 0) == Bound("left", 9.0)
    with pytest.raises(UnknownNameError, match="did you mean 'cheap'"):
        make().at(["cheep", "target"])
    with pytest.raises(InvalidInputError, match="exactly one"):
        make().at(["cheap"])


def test_published_values_have_the_published_sign():
    assert make(negated=True).published(np.array([2.0])).tolist() == [-2.0]
    assert make().published(np.array([2.0])).tolist() == [2.0]


def test_the_digest_is_of_the_content_and_not_of_the_name():
    problem = make()
    assert problem.digest == make(name="other", notes=("read twice",)).digest
    values = problem.values.copy()
    values[0, 0] += 1e-9
    changed = [
        make(values=values),
        make(names=("x", "z")),
        make(fidelities=(Fidelity("cheap", 0.2), TARGET)),
        make(groups=np.zeros(4, dtype=int)),
        make(sides=-problem.sides),
    ]
    assert len({problem.digest, *(other.digest for other in changed)}) == 6


def test_initial_designs_are_nested_and_follow_from_the_seed():
    count = 30
    problem = make(
        features=np.arange(2.0 * count).reshape(count, 2),
        values=np.arange(2.0 * count).reshape(count, 2),
        limits=np.zeros((0, 0)),
        sides=np.zeros((0, 0), dtype=np.int8),
    )
    design = initial_design(problem, {"cheap": 8, "target": 3}, seed=1)
    assert design.column.tolist() == [0] * 8 + [1] * 3
    assert design.row[8:].tolist() == design.row[:3].tolist()
    assert len(set(design.row[:8])) == 8
    assert design.spent[-1] == pytest.approx(8 * 0.1 + 3 * 2)
    assert set(design.batch) == {0}
    alone = initial_design(problem.at(["target"]), {"target": 5}, seed=1)
    assert alone.row[:3].tolist() == design.row[8:].tolist()
    assert initial_design(problem, {"target": 5}, seed=2).row.tolist() != alone.row.tolist()


def test_an_initial_design_asks_only_what_has_an_answer():
    for seed in range(5):
        assert set(initial_design(make(), {"target": 3}, seed).row) == {0, 1, 2}
    with pytest.raises(InvalidInputError, match=r"4 initial queries at 'target' .* 3 of 4"):
        initial_design(make(), {"target": 4}, seed=0)
    with pytest.raises(InvalidInputError, match="-1 initial queries"):
        initial_design(make(), {"cheap": -1}, seed=0)
    with pytest.raises(UnknownNameError, match="choose one of: cheap, target"):
        initial_design(make(), {"experiment": 1}, seed=0)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"values": np.ones((4, 2)), "limits": np.zeros((0, 0))}, DatasetError, "all are 1"),
        ({"features": np.ones((3, 2))}, InvalidInputError, r"values has shape \(4, 2\)"),
        ({"groups": np.zeros(3)}, InvalidInputError, r"groups has shape \(3,\)"),
        ({"features": np.full((4, 2), np.nan)}, InvalidInputError, "feature 'x' of candidate 0"),
        ({"fidelities": (CHEAP, CHEAP)}, InvalidInputError, "exactly one"),
        (
            {"fidelities": (CHEAP, Fidelity("t", 0.0, target=True))},
            BudgetError,
            "'t' costs nothing",
        ),
        ({"sides": np.zeros((4, 2), dtype=np.int8)}, InvalidInputError, "a value or a bound"),
        ({"values": np.zeros((4, 2)) * np.nan}, DatasetError, "there is none"),
    ],
)
def test_what_is_no_problem_is_refused(changes, error, message):
    with pytest.raises(error, match=message):
        make(**changes)
