"""What a cell of a benchmark costs, in CPU time."""

import time

import pytest
import real_data

from discovery.benchmark.cells import load_problems, plan
from discovery.benchmark.run import run_cell
from discovery.benchmark.suite import validate

PER_CELL = 3.75
"""Seconds of 8 acquisition functions, 6 tables and 20 seeds in 30 minutes on two cores."""


@pytest.mark.perf
def test_a_cell_on_a_measured_table_takes_less_than_its_share_of_half_an_hour() -> None:
    real_data.folder("liang2021")
    suite = validate(
        {
            "name": "speed",
            "replicates": 1,
            "budget": "100%",
            "until_found": True,
            "initial": {"target": 2},
            "top": 0.05,
            "problems": [
                {"name": "liang", "table": table}
                for table in ("perovskite", "autoam", "agnp", "p3ht", "crossed_barrel")
            ],
            "proxies": [{"name": "points_gp"}],
            "acquisitions": [{"name": "ucb", "beta": 1}, {"name": "logei"}],
        }
    )
    problems = load_problems(suite)
    begun, cells = time.process_time(), plan(suite, problems)
    for cell in cells:
        assert run_cell(problems[cell.problem], cell)["error"] is None
    assert (time.process_time() - begun) / len(cells) < PER_CELL
