"""How long a screening takes. Run with `pytest -m perf`."""

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification, make_regression

from discovery.screening.models import models
from discovery.screening.plan import Plan
from discovery.screening.prepare import prepare
from discovery.screening.screen import screen

pytestmark = pytest.mark.perf

REPLICATIONS = 6


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_all_models_and_a_thousand_splits_of_176_rows_take_20_minutes_on_two_cores(
    task, tmp_path
) -> None:
    draw = make_classification if task == "classification" else make_regression
    x, y = draw(176, 13, n_informative=6, random_state=0)
    frame = pd.DataFrame(x, columns=[f"x{n}" for n in range(13)]).assign(y=y)
    frame.loc[np.random.default_rng(0).random(176) < 0.2, "x0"] = np.nan
    problem = prepare(frame, "y", task=task)
    names = tuple(models(problem.task))
    assert len(names) >= 25
    screen(problem, Plan(names, 1, 0.2, 1), tmp_path)  # imports and compilation
    begun = time.process_time()
    found = screen(problem, Plan(names, REPLICATIONS, 0.2, 0), tmp_path)
    seconds = time.process_time() - begun
    assert found.scores["error"].isna().all()
    assert set(found.variants) == {"full", "cut"}
    thousand = seconds * 1000 / REPLICATIONS / 2  # two cores, one thread each
    print(f"{task}: {thousand / 60:.1f} min for 1000 splits of both variants on two cores")  # noqa: T201
    assert thousand <= 20 * 60
