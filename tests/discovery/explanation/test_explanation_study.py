"""A whole explanation of a toy model, and its report."""

import json
import math
import re

import numpy as np
import pytest
from assessment_cases import NearestProxy, world
from explanation_cases import TreeProxy

from discovery.assessment.metrics import spearman
from discovery.assessment.training import observations
from discovery.errors import InvalidInputError
from discovery.explanation.contract import Explainable, is_explainable
from discovery.explanation.pool import Purchase, pool_map
from discovery.explanation.study import Explanation, Settings, explain
from discovery.report.explanation_page import facts, markdown, page
from discovery.rng import derive
from discovery.types import Bound, Candidate, Observation, Query

STRANGER = Candidate((("Li", 3.0), ("N", 1.0)), name="<b>stranger</b>")


def purchases(dataset) -> list[Purchase]:
    def bought(candidate, round_, fidelity, **fields):
        told = {"status": "ok", "property": "log10_sigma", "unit": "log10(S/cm)"} | fields
        return Purchase(round_, fidelity == "real", Observation(Query(candidate, fidelity), **told))

    rows = dataset.candidates
    return [
        bought(rows[2], 1, "real", value=-4.0),
        bought(rows[3], 2, "hint", status="refused", reason="not for me"),
        bought(STRANGER, 3, "real", value=-2.5),
    ]


def explained(*, told: bool = True, count: int = 40) -> Explanation:
    dataset = world(count)
    return explain(
        dataset,
        np.arange(count),
        lambda: TreeProxy(8, told=told),
        Settings(2, 3, 0),
        proxy="toy",
        command="discovery explain world",
        version="1",
        purchases=purchases(dataset),
        remarks=["a remark <script>"],
    )


@pytest.fixture(scope="module")
def found() -> Explanation:
    return explained()


def test_shap_values_and_base_of_held_out_rows_add_up_to_their_prediction(found) -> None:
    assert isinstance(TreeProxy(8), Explainable)
    assert found.shap.shape == found.values.shape
    assert np.isfinite(found.shap).all()
    told = found.shap.sum(axis=1) + found.base
    for number in (0, 1):
        held_out = found.fold == number
        others = np.flatnonzero(~held_out)
        model = TreeProxy(8)
        model.fit(*observations(found.dataset, others), derive(0, "fold", number))
        assert told[held_out] == pytest.approx(model.respond(found.values[held_out]), abs=1e-6)
    # sums in another order break ties
    assert spearman(found.truth, told) == pytest.approx(found.spearman, abs=0.01)


def test_lithium_is_what_the_model_uses(found) -> None:
    first = [found.names[column] for column in found.order[:10]]
    assert any("Li" in name for name in first)
    assert found.spearman > 0.9
    assert found.impurity.sum() == pytest.approx(1)
    together = np.median(found.together, axis=0)
    assert together.max() > np.median(found.permutation, axis=0).max()


def test_related_rows_are_held_out_together(found) -> None:
    papers = [found.dataset.groups["doi"][c.id] for c in found.dataset.candidates]
    assert all(
        len({f for f, p in zip(found.fold, papers, strict=True) if p == q}) == 1 for q in papers
    )


def test_the_report_is_told_in_three_forms_that_agree(found) -> None:
    told = facts(found)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    text, html = markdown(found), page(found)
    assert "## Which features the model uses" in text
    assert "Features that say the same" in text
    assert "Which kinds of knowledge the model uses" in text
    assert sum(each["features"] for each in told["subjects"]) == len(found.names)
    for sentence in told["findings"]:
        assert sentence[:40].replace("|", "\\|") in text
    assert 'data-figure="bought"' in html
    assert "1 of 40 labels are bounds" in html
    drawn = set(re.findall(r'data-figure="(\w+)"', html))
    assert drawn == {
        "importances", "contributions", "dependence", "correlations", "distributions", "known",
        "bought",
    }  # fmt: skip


def test_names_from_outside_cannot_become_markup(found) -> None:
    html = page(found)
    assert "<b>stranger" not in html
    assert "a remark <script>" not in html
    assert "a remark &lt;script&gt;" in html


def test_a_bound_is_drawn_as_a_triangle_and_never_among_the_values(found) -> None:
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', page(found), re.DOTALL)[1])
    bound = found.truth.value[~found.truth.exact][0]
    symbols = {}
    for name in ("distributions", "known"):
        for trace in figures[name]["data"]:
            symbols.setdefault(name, []).append(str(trace["marker"].get("symbol")))
            if trace["type"] == "violin":
                assert bound not in trace["y"]
    assert all("triangle-down-open" in each for each in symbols.values())
    measured = next(t for t in figures["known"]["data"] if t["name"] == "measured")
    assert len(measured["x"]) == 39


def test_what_a_campaign_bought_beyond_the_pool_is_on_the_map_too(found) -> None:
    assert STRANGER in found.pool.candidates
    figures = json.loads(re.search(r'id="figures">(.*?)</script>', page(found), re.DOTALL)[1])
    traces = {trace["name"]: trace for trace in figures["bought"]["data"]}
    assert traces["target fidelity"]["marker"]["color"] == [1, 3]
    assert traces["another fidelity"]["marker"]["color"] == [2]
    assert "refused" in traces["another fidelity"]["text"][0]
    assert len(traces["not bought"]["x"]) == 38


def test_a_pool_beyond_the_limit_is_thinned_but_keeps_what_is_known(monkeypatch) -> None:
    monkeypatch.setattr("discovery.explanation.pool.MOST", 12)
    dataset = world(20)
    few = {key: dataset.labels[key] for key in list(dataset.labels)[:5]}
    smaller = type(dataset)(dataset.name, dataset.candidates, few)
    found = pool_map(TreeProxy(2), smaller, purchases(dataset)[2:], seed=1)
    assert (len(found.candidates), found.left_out) == (12, 9)
    assert {c.id for c in found.candidates} >= {*few, STRANGER.id}
    assert found.plane.method == "PCA"


def test_a_model_without_trees_has_permutation_and_curves_and_a_small_pool_a_remark() -> None:
    found = explained(told=False, count=10)
    assert found.shap is None
    assert found.impurity is None
    assert found.pool.plane.method == "PCA"
    told = facts(found)
    assert "mean_abs_shap" not in told["features"][0]
    assert "11 materials are too few for UMAP" in told["remarks"][1]
    html = page(found)
    assert 'data-figure="contributions"' not in html
    assert "The model has no trees" in html
    assert all(math.isfinite(each["permutation"]["median"]) for each in told["features"])


def test_labels_that_are_all_equal_leave_nothing_to_rank() -> None:
    dataset = world(10)
    equal = dict.fromkeys(dataset.labels, Bound("left", -10.0))
    with pytest.raises(InvalidInputError, match="toy has nothing to rank: all 10 labels"):
        explain(
            type(dataset)("equal", dataset.candidates, equal), np.arange(10), TreeProxy,
            Settings(2, 1, 0), proxy="toy", command="", version="1",
        )  # fmt: skip


def test_a_model_without_columns_is_refused() -> None:
    assert not is_explainable(NearestProxy)
    with pytest.raises(InvalidInputError, match="NearestProxy cannot be explained"):
        explain(
            world(10), np.arange(10), NearestProxy, Settings(2, 1, 0),
            proxy="nearest", command="", version="1",
        )  # fmt: skip
