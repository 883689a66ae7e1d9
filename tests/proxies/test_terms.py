import numpy as np
import pytest

from discovery.assessment.training import labelled, observations
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import NotFittedError
from discovery.explanation.contract import Explainable
from discovery.types import Fidelity
from proxies.staged import StagedProxy


@pytest.fixture(scope="module")
def dataset():
    return ReferenceDataset().load()


@pytest.mark.parametrize("stage", ["composition", "geometry", "physics"])
@pytest.mark.parametrize("learner", ["blend", "extra_trees", "lightgbm"])
def test_trees_add_up_to_the_mean_that_is_believed(dataset, stage, learner):
    proxy = StagedProxy(stage=stage, learner=learner, trees=10, folds=2)
    rows = labelled(dataset)
    known, _ = observations(dataset, rows, "experiment")
    cheap, _ = observations(dataset, rows[::2], "cheap")
    fidelities = Fidelity("cheap", 0.1), Fidelity("experiment", 1.0, target=True)
    proxy.fit([*known, *cheap], fidelities, seed=0)
    assert isinstance(proxy, Explainable)
    table = proxy.inputs(dataset.candidates)
    assert table.names[-1] == "bought cheap"
    assert len(table.names) == table.values.shape[1]
    model = proxy._models[1]
    expected, _ = model.predict(dataset.candidates, proxy._extra(dataset.candidates, 1))
    assert proxy.respond(table.values) == pytest.approx(expected, abs=1e-9)
    weights = np.array([weight for weight, _ in proxy.trees(table.values)])
    assert weights.sum(axis=0) == pytest.approx(1.0)


def test_without_trees_there_is_nothing_to_explain(dataset):
    with pytest.raises(NotFittedError, match="no trees for the target; they need 5 observations"):
        StagedProxy().inputs(dataset.candidates)
