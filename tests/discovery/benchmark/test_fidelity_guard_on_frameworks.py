"""What the guard decides on the table of frameworks, and what that is worth."""

import numpy as np
import pytest
import real_data

from discovery.benchmark import suite
from discovery.benchmark.cells import plan
from discovery.benchmark.problems.cofs import CofsProblem
from discovery.benchmark.results import Run
from discovery.benchmark.run import run_cell

GUARDED = {
    "name": "guarded",
    "acquisition": {"name": "cost_ei"},
    "fallback": {"name": "logei"},
}


def runs(acquisition, *, budget, seeds, **options):
    """Runs of a strategy, as the suite that ships runs it."""
    folder = str(real_data.folder("cofs_xekr"))
    problem = CofsProblem(data_dir=folder, **options).load()
    made = suite.validate(
        {
            "name": "frameworks",
            "replicates": seeds,
            "budget": budget,
            "initial": {"target": 5},
            "judged": 0,
            "problems": [{"name": "cofs", "data_dir": folder, **options}],
            "proxies": [{"name": "points_gp"}],
            "acquisitions": [acquisition],
        }
    )
    return [Run(cell, problem, run_cell(problem, cell)) for cell in plan(made, [problem])]


def area(found):
    return np.mean([run.numbers["regret_area"] for run in found])


def cheap(run):
    return np.flatnonzero(run.trace.column != run.problem.column)


def test_a_fidelity_that_is_too_dear_is_never_asked():
    (alone,) = runs({"name": "logei"}, budget=9, seeds=1, cost=0.5)
    (guarded,) = runs(GUARDED, budget=9, seeds=1, cost=0.5)
    assert guarded.trace.row.tolist() == alone.trace.row.tolist()
    assert not len(cheap(guarded))


def test_a_good_cheap_fidelity_is_tested_and_then_asked_about_others():
    (guarded,) = runs(GUARDED, budget=7, seeds=1)
    asked, rows = cheap(guarded), guarded.trace.row
    first = [rows[place] in rows[:5] for place in asked]
    assert first[:4] == [True] * 4
    assert sum(first) < len(first) / 2


@pytest.mark.slow
def test_a_good_cheap_fidelity_saves_cost():
    alone = runs({"name": "logei"}, budget=30, seeds=6)
    guarded = runs(GUARDED, budget=30, seeds=6)
    assert area(guarded) <= 0.85 * area(alone)
    assert all(np.isfinite(run.numbers["best_found_at"]) for run in guarded)


@pytest.mark.slow
def test_a_noisy_cheap_fidelity_does_little_harm():
    alone = runs({"name": "logei"}, budget=30, seeds=6, r_squared=0.1)
    guarded = runs(GUARDED, budget=30, seeds=6, r_squared=0.1)
    assert area(guarded) <= 1.05 * area(alone)
