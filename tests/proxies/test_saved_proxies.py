"""Every proxy of the catalogue goes to a file and comes back as it was."""

import numpy as np
import pytest

import proxies
from discovery import registry
from discovery.assessment.training import labelled, observations
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import InvalidInputError, NotFittedError
from discovery.prediction import restored, stored, train
from discovery.protocols import Persistent
from discovery.store.models import StoredModel, load_model, save_model
from discovery.types import Bound, Fidelity, Observation, Query
from proxies import gaussian

QUICK = {
    "staged": {"trees": 10, "folds": 2},
    "staged_gp": {"trees": 10, "folds": 2, "stage": "geometry"},
    "multitask": {"trees": 10, "folds": 2, "stage": "geometry"},
    "report": {"stage": "geometry", "folds": 2},
    "ranker": {"trees": 20, "folds": 2},
    "quantile": {"trees": 20, "folds": 2},
    "tuned": {"trials": 2, "folds": 2, "fewest": 10},
}
DATASET = ReferenceDataset().load()
CHEAP, TARGET = Fidelity("cheap", 0.1), Fidelity("experiment", 1.0, target=True)
EVERY = pytest.mark.parametrize("name", list(proxies.CATALOGUE))


def made(name):
    return registry.build("proxy", name, QUICK.get(name, {}))


def same(one, other):
    arrays = [(getattr(one, name), getattr(other, name)) for name in ("mean", "covariance")]
    arrays += [(one.noise, other.noise)]
    assert (one.factor is None) == (other.factor is None)
    if one.factor is not None:
        arrays.append((one.factor, other.factor))
    return all(np.array_equal(a, b) for a, b in arrays)


def through_a_file(proxy, name, path):
    save_model(StoredModel(name, QUICK.get(name, {}), proxy.state(), {}), path)
    again = made(name)
    again.restore(load_model(path).state)
    return again


def two_fidelities():
    rows = labelled(DATASET)
    known, _ = observations(DATASET, rows, "experiment")
    cheap, _ = observations(DATASET, rows[::2], "cheap")
    bound = Observation(
        Query(DATASET.candidates[-1], "experiment"),
        "ok",
        DATASET.property,
        DATASET.unit,
        bound=Bound("left", -9.0),
    )
    return [*known, *cheap, bound]


@EVERY
def test_a_saved_and_loaded_proxy_predicts_the_same_to_the_last_digit(name, tmp_path):
    trained = train(DATASET, name, QUICK.get(name, {}), seed=0)
    save_model(stored(trained), tmp_path / "one.model")
    again = restored(load_model(tmp_path / "one.model"))
    assert (again.options, again.about) == (trained.options, trained.about)
    assert same(trained.proxy.predict(DATASET.candidates), again.proxy.predict(DATASET.candidates))


@pytest.mark.parametrize("name", ["staged", "ranker", "quantile", "gp", "multitask"])
def test_cheap_fidelities_and_bounds_are_saved_too(name, tmp_path):
    proxy = made(name)
    proxy.fit(two_fidelities(), (CHEAP, TARGET), seed=1)
    again = through_a_file(proxy, name, tmp_path / "two.model")
    assert same(proxy.predict(DATASET.candidates), again.predict(DATASET.candidates))


@EVERY
def test_what_falls_back_to_a_mean_is_saved_too(name, tmp_path):
    known, fidelities = observations(DATASET, labelled(DATASET)[:2])
    proxy = made(name)
    proxy.fit(known, fidelities, seed=0)
    again = through_a_file(proxy, name, tmp_path / "few.model")
    assert same(proxy.predict(DATASET.candidates), again.predict(DATASET.candidates))


@EVERY
def test_a_proxy_that_has_learned_nothing_is_not_saved_nor_is_nonsense_restored(name):
    proxy = made(name)
    assert isinstance(proxy, Persistent)
    with pytest.raises(NotFittedError, match="call fit first"):
        proxy.state()
    with pytest.raises(InvalidInputError, match="evidence"):
        proxy.restore({})


def test_a_process_on_inducing_rows_is_saved_too(tmp_path, monkeypatch):
    monkeypatch.setattr(gaussian, "EXACT", 5)
    proxy = made("gp")
    proxy.fit(two_fidelities(), (CHEAP, TARGET), seed=1)
    again = through_a_file(proxy, "gp", tmp_path / "induced.model")
    assert same(proxy.predict(DATASET.candidates), again.predict(DATASET.candidates))


def test_models_of_other_fidelities_are_refused():
    known, fidelities = observations(DATASET, labelled(DATASET))
    proxy = made("ranker")
    proxy.fit(known, fidelities, seed=0)
    state = proxy.state()
    with pytest.raises(InvalidInputError, match=r"state\.models of a ranker has an entry for each"):
        proxy.restore({**state, "models": []})
    with pytest.raises(InvalidInputError, match=r"state\.models\[0\]\.forest and a Forest differ"):
        proxy.restore({**state, "models": [{**state["models"][0], "forest": {}}]})
