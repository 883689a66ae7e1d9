import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from study_cases import made_up

from discovery import registry
from discovery.assessment.training import observations
from discovery.features.report_sets import feature_set
from discovery.testing.proxy import check_proxy
from discovery.types import Bound
from proxies.report import ReportProxy

DATA = made_up()


def fitted(rows, **options):
    told, fidelities = observations(DATA.dataset, rows)
    proxy = ReportProxy(**options)
    proxy.fit(told, fidelities, seed=0)
    return proxy


def test_the_contract_of_a_proxy_is_kept():
    options = {"stage": "composition", "reading": "historical"}
    check_proxy(registry.build("proxy", "report", options))


def test_historical_is_boosted_trees_on_values_and_bounds_alike():
    found = fitted(DATA.train, reading="historical", stage="geometry")
    asked = [DATA.dataset.candidates[row] for row in DATA.test]
    table = feature_set(DATA.dataset.candidates, "geometry", "historical").values
    model = HistGradientBoostingRegressor(random_state=0)
    order = sorted(DATA.train, key=lambda row: DATA.dataset.candidates[row].id)
    model.fit(table[order], DATA.placed.value[order])
    assert found.predict(asked).target_mean == pytest.approx(model.predict(table[DATA.test]))


def test_an_honest_bound_pulls_down_where_a_historical_one_pins():
    means = {}
    for reading in ("honest", "historical"):
        proxy = fitted(DATA.train, reading=reading, stage="composition")
        bounded = [
            c for c in DATA.dataset.candidates if isinstance(DATA.dataset.labels[c.id], Bound)
        ]
        means[reading] = proxy.predict(bounded).target_mean.mean()
    assert means["honest"] < means["historical"]


def test_every_candidate_has_the_same_deviation():
    belief = fitted(DATA.train, stage="composition").predict(DATA.dataset.candidates)
    assert np.ptp(belief.target_std) == pytest.approx(0)
    assert 0.1 < belief.target_std[0] < 5
    assert fitted(DATA.train, stage="composition").predict([]).mean.shape == (0, 1)
