"""Protocols keep apart what they say, and assessments judge only what was not seen."""

import numpy as np
import pytest
from assessment_cases import NearestProxy, world

from discovery.assessment.assess import assess
from discovery.assessment.audit import leaks
from discovery.assessment.baselines import BASELINES, BaselineProxy
from discovery.assessment.protocols import FOLDED, NAMES, official_rows, protocol
from discovery.assessment.scores import (
    CALIBRATION,
    accuracy_metrics,
    check_send,
    enrichment_metrics,
    scores,
)
from discovery.assessment.search import SearchedProxy
from discovery.assessment.training import observations
from discovery.errors import ContractError, InvalidInputError, NotFittedError, UnknownNameError
from discovery.types import Belief, Dataset


@pytest.mark.parametrize("name", FOLDED)
def test_every_row_is_judged_once_per_repeat(name):
    data = world()
    folds = 2 if name == "family" else 5
    made = protocol(name, data, folds=folds, repeats=3)
    assert made.fits == 3 * folds
    for splits in made.repeats:
        judged = np.concatenate([split.test for split in splits])
        assert sorted(judged.tolist()) == list(range(40))


@pytest.mark.parametrize(("name", "apart"), [("doi", "doi"), ("family", "family")])
def test_a_protocol_has_no_leak_of_what_it_keeps_apart(name, apart):
    data = world()
    found = {leak.what: leak for leak in leaks(data, protocol(name, data, folds=2))}
    assert found[apart].rows == 0
    assert found["composition"].rows == 0, "no two materials here have one composition"


def test_plain_folds_leak_papers_and_the_audit_counts_them():
    data = world(count=40, papers=10)
    (paper,) = (leak for leak in leaks(data, protocol("plain", data)) if leak.what == "doi")
    assert 30 < paper.rows <= 40
    assert paper.share == pytest.approx(paper.rows / 40)


def test_repeats_and_seeds_divide_anew_and_the_same_seed_alike():
    data = world()
    made = protocol("source", data, repeats=2, seed=1)
    again, other = protocol("source", data, repeats=2, seed=1), protocol("source", data, seed=2)
    first, second = made.repeats[0][0].test.tolist(), made.repeats[1][0].test.tolist()
    assert first == again.repeats[0][0].test.tolist()
    assert first != second
    assert first != other.repeats[0][0].test.tolist()


def test_the_official_split_is_what_the_column_says_and_others_keep_out_of_it():
    data = world(test=12)
    train = official_rows(data, "train")
    ((split,),) = protocol("official", data, rows=train).repeats
    assert split.test.tolist() == list(range(12))
    inner = protocol("plain", data, rows=train)
    used = [row for s in inner.repeats[0] for row in (*s.train, *s.test)]
    assert set(used) == set(train.tolist())


def test_leaving_one_out_fits_as_many_models_as_rows():
    assert protocol("loo", world(count=6)).fits == 6


def test_what_a_data_set_does_not_know_cannot_be_kept_apart():
    bare = Dataset("bare", world().candidates, world().labels)
    with pytest.raises(InvalidInputError, match="'bare' has no column 'doi' to keep papers apart"):
        protocol("doi", bare)
    with pytest.raises(InvalidInputError, match="has no published split"):
        protocol("official", bare)
    with pytest.raises(UnknownNameError, match="did you mean 'source'"):
        protocol("sources", bare)
    assert set(NAMES) == {*FOLDED, "loo", "official"}


class _Witness(NearestProxy):
    """Says 100 of whatever it was told."""

    def predict(self, candidates):
        belief = super().predict(candidates)
        known = {o.query.candidate.id for o in self.told}
        shift = np.array([[100.0 if c.id in known else 0.0] for c in candidates])
        return Belief(
            belief.fidelities, belief.target, belief.mean + shift, belief.covariance, belief.noise
        )


def test_no_row_is_judged_by_a_model_that_was_told_it():
    data = world()
    found = assess(_Witness, data, protocol("plain", data, repeats=2), seed=0)
    assert found.mean.shape == (2, 40)
    assert (found.mean < 50).all()
    assert found.resubstituted["mae"] > 99
    assert found.trained == 32


def test_deviations_hold_the_noise_of_a_measurement():
    data = world()
    found = assess(lambda: NearestProxy(std=1.0), data, protocol("plain", data), seed=0)
    assert np.allclose(found.std, np.sqrt(1.25))


@pytest.mark.parametrize("std", [0.0, np.nan])
def test_a_model_that_is_sure_or_says_nothing_is_refused(std):
    class Sure(NearestProxy):
        def predict(self, candidates):
            belief = super().predict(candidates)
            covariance = np.full_like(belief.covariance, std**2)
            return Belief(belief.fidelities, belief.target, belief.mean, covariance, np.zeros(1))

    data = world()
    with pytest.raises(ContractError, match=r"Sure\.predict says .* \(and 39 others\)"):
        assess(Sure, data, protocol("plain", data), 0)


def test_done_is_called_after_every_model():
    data, calls = world(), []
    assess(NearestProxy, data, protocol("plain", data), 0, done=lambda: calls.append(1))
    assert len(calls) == 20


def test_a_good_model_scores_better_than_every_baseline_and_its_interval_holds_the_score():
    data = world()
    made = protocol("source", data, repeats=2)
    wanted = accuracy_metrics(-5.0) | dict(CALIBRATION) | enrichment_metrics((5,))
    found = scores(assess(NearestProxy, data, made, 0), wanted, seed=0, resamples=200)
    assert found["spearman"].value > 0.7
    for score in found.values():
        assert score.interval[0] <= score.value <= score.interval[1]
        assert (score.rows, score.clusters) == (40, 10)
    for kind in BASELINES:
        base = assess(lambda kind=kind: BaselineProxy(kind), data, made, 0)
        mae = scores(base, {"mae": wanted["mae"]}, seed=0, resamples=10)["mae"]
        assert mae.value > found["mae"].value


def test_scores_of_repeats_are_averaged():
    data = world()
    both = assess(NearestProxy, data, protocol("plain", data, repeats=2), 0)
    wanted = {"mae": accuracy_metrics(None)["mae"]}
    by_hand = [wanted["mae"](both.truth, mean, both.std[0]) for mean in both.mean]
    assert by_hand[0] != by_hand[1]
    assert scores(both, wanted, 0, resamples=10)["mae"].value == pytest.approx(np.mean(by_hand))


def test_four_clusters_have_no_interval_and_without_threshold_there_is_no_class():
    data = world(papers=4)
    found = assess(NearestProxy, data, protocol("plain", data, repeats=1), 0)
    metrics = accuracy_metrics(None)
    assert set(metrics) == {"spearman", "r_squared", "rmse", "mae"}
    assert scores(found, metrics, 0)["mae"].interval is None


def test_more_rows_than_there_are_cannot_be_sent():
    check_send((1, 40), 40)
    with pytest.raises(InvalidInputError, match="of 40 ranked rows 1 to 40 can be sent, not 41"):
        check_send((10, 41), 40)


@pytest.mark.parametrize("kind", BASELINES)
def test_baselines_keep_the_contract_of_one_fidelity(kind):
    with pytest.raises(NotFittedError, match="call fit first"):
        BaselineProxy(kind).predict(world().candidates)
    with pytest.raises(NotFittedError, match="no value among 0"):
        BaselineProxy(kind).fit([], observations(world(), [0])[1], 0)


def test_the_baselines_are_the_mean_the_median_and_something_between_the_extremes():
    data = world()
    told, fidelities = observations(data, range(1, 12))
    values = np.array([o.value for o in told])
    beliefs = {}
    for kind in BASELINES:
        proxy = BaselineProxy(kind)
        proxy.fit(told, fidelities, 3)
        beliefs[kind] = proxy.predict(data.candidates).target_mean
    assert np.allclose(beliefs["mean"], values.mean())
    assert np.allclose(beliefs["median"], np.median(values))
    assert values.min() <= beliefs["uniform"].min() < beliefs["uniform"].max() <= values.max()


def test_the_search_takes_the_choice_that_ranks_and_never_sees_what_is_outside():
    data = world()
    groups = {c.id: number // 4 for number, c in enumerate(data.candidates)}
    made: list[NearestProxy] = []

    def choice(sign: int):
        def make() -> NearestProxy:
            made.append(NearestProxy(sign=sign))
            return made[-1]

        return make

    searched: list[SearchedProxy] = []

    def factory() -> SearchedProxy:
        searched.append(SearchedProxy({"wrong": choice(-1), "right": choice(1)}, groups))
        return searched[-1]

    outer = protocol("source", data, folds=2, repeats=1)
    split = outer.repeats[0][0]
    proxy = factory()
    told, fidelities = observations(data, split.train)
    proxy.fit(told, fidelities, 0)
    assert proxy.chosen == "right"
    seen = {o.query.candidate.id for model in made for o in model.told}
    assert not seen & {data.candidates[row].id for row in split.test}
    for inner in made[:-1]:
        if len(inner.told) < len(told):
            missing = {o.query.candidate.id for o in told} - {
                o.query.candidate.id for o in inner.told
            }
            told_groups = {groups[o.query.candidate.id] for o in inner.told}
            assert not {groups[c] for c in missing} & told_groups
    found = assess(factory, data, outer, 0)
    assert {each.chosen for each in searched} == {"right"}
    assert np.isfinite(found.mean).all()


def test_a_search_needs_two_sources_and_a_fit():
    data = world(count=4, papers=1)
    proxy = SearchedProxy({"one": NearestProxy}, dict.fromkeys((c.id for c in data.candidates), 0))
    with pytest.raises(NotFittedError, match="call fit first"):
        proxy.predict(data.candidates)
    with pytest.raises(NotFittedError, match="leave none to choose by"):
        proxy.fit(*observations(data, range(4)), 0)
