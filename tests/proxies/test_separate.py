"""What proxies of one table of features show of themselves."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from discovery import registry
from discovery.assessment.training import labelled, observations
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import NotFittedError
from discovery.explanation.attribution import attribution
from discovery.explanation.contract import is_explainable

OPTIONS = {
    "ranker": {"trees": 40},
    "quantile": {"trees": 40},
    "report": {"stage": "geometry"},
    "tuned": {"trials": 1},
}
DATASET = ReferenceDataset().load()


@pytest.fixture(scope="module", params=list(OPTIONS))
def proxy(request):
    made = registry.build("proxy", request.param, OPTIONS[request.param])
    known, fidelities = observations(DATASET, labelled(DATASET))
    made.fit(known, fidelities, 0)
    return made


def test_the_response_ranks_candidates_as_the_belief_does(proxy):
    assert is_explainable(proxy)
    table = proxy.inputs(DATASET.candidates)
    assert table.values.shape == (len(DATASET.candidates), len(table.names))
    response, mean = proxy.respond(table.values), proxy.predict(DATASET.candidates).target_mean
    assert spearmanr(response, mean)[0] > 0.999


def test_contributions_of_the_columns_add_up_to_the_response(proxy):
    values = proxy.inputs(DATASET.candidates).values
    contributions, base = attribution(proxy, values[:4], values[::4])
    np.testing.assert_allclose(contributions.sum(axis=1) + base, proxy.respond(values[:4]))
    assert sum(weight[0] for weight, _ in proxy.trees(values)) == pytest.approx(1)


@pytest.mark.parametrize("name", list(OPTIONS))
def test_without_trees_nothing_is_explained(name):
    made = registry.build("proxy", name, OPTIONS[name])
    with pytest.raises(NotFittedError, match=f"the {name} has no observations yet"):
        made.trees(np.zeros((1, 3)))
    known, fidelities = observations(DATASET, labelled(DATASET)[:3])
    made.fit(known, fidelities, 0)
    with pytest.raises(NotFittedError, match=f"the {name} has no trees for the target"):
        made.respond(np.zeros((1, 3)))
