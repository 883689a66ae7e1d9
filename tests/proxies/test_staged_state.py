import numpy as np
import pytest
from assessment_cases import NearestProxy

from discovery.assessment.training import labelled, observations
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import InvalidInputError, NotFittedError
from discovery.prediction import Trained, restored, stored, train
from discovery.protocols import Persistent
from discovery.store.models import load_model, save_model
from discovery.types import Fidelity
from proxies.staged import StagedProxy

LEARNERS = ["blend", "extra_trees", "random_forest", "hist_gradient_boosting", "lightgbm"]


@pytest.fixture(scope="module")
def dataset():
    return ReferenceDataset().load()


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("mean", "covariance", "noise")
    )


@pytest.mark.parametrize("learner", LEARNERS)
def test_a_proxy_from_a_file_predicts_the_same_to_the_last_digit(learner, dataset, tmp_path):
    trained = train(dataset, "staged", {"learner": learner, "trees": 10, "folds": 2}, seed=0)
    save_model(stored(trained), tmp_path / "one.model")
    again = restored(load_model(tmp_path / "one.model"))
    assert again.options == trained.options
    assert again.about == trained.about
    pool = dataset.candidates[::2]
    assert same(trained.proxy.predict(pool), again.proxy.predict(pool))


def test_cheap_fidelities_are_stored_too(dataset):
    rows = labelled(dataset)
    known, _ = observations(dataset, rows, "experiment")
    cheap, _ = observations(dataset, rows[::2], "cheap")
    fidelities = Fidelity("cheap", 0.1), Fidelity("experiment", 1.0, target=True)
    proxy, again = (StagedProxy(trees=10, folds=2) for _ in range(2))
    proxy.fit([*known, *cheap], fidelities, seed=0)
    again.restore(proxy.state())
    assert same(proxy.predict(dataset.candidates), again.predict(dataset.candidates))


def test_what_is_no_state_of_a_staged_proxy_is_refused(dataset):
    with pytest.raises(NotFittedError, match="no observations yet"):
        StagedProxy().state()
    proxy = StagedProxy(trees=10, folds=2)
    assert isinstance(proxy, Persistent)
    known, fidelities = observations(dataset, labelled(dataset))
    proxy.fit(known, fidelities, seed=0)
    state = proxy.state()
    with pytest.raises(InvalidInputError, match="evidence consists of candidates, error"):
        proxy.restore({})
    with pytest.raises(InvalidInputError, match=r"evidence\.value has shape \(1,\), expected"):
        proxy.restore({**state, "evidence": {**state["evidence"], "value": np.zeros(1)}})
    with pytest.raises(InvalidInputError, match=r"state\.models\[0\]\.blur holds 'a', not a num"):
        proxy.restore({**state, "models": [{**state["models"][0], "blur": "a"}]})


def test_a_proxy_without_state_cannot_be_stored():
    assert not isinstance(NearestProxy(), Persistent)
    with pytest.raises(InvalidInputError, match="proxy 'nearest' cannot be stored"):
        stored(Trained(NearestProxy(), "nearest", {}, {}))


def test_other_features_make_a_stored_proxy_useless(dataset, tmp_path):
    trained = train(dataset, "staged", {"trees": 10, "folds": 2}, seed=0)
    model = stored(trained)
    model.about["feature_version"] = -1
    save_model(model, tmp_path / "old")
    with pytest.raises(InvalidInputError, match="features of version -1, this package computes"):
        restored(load_model(tmp_path / "old"))
