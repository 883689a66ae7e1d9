import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold
from study_cases import made_up

from discovery.errors import InvalidInputError
from discovery.features.stages import FeatureTable
from discovery.studies import tuning
from discovery.studies.boosting import DEFAULTS, Settings
from discovery.studies.experiments import (
    fingerprint,
    folds,
    judged,
    plain_boosting,
    table_scores,
    table_values,
)
from discovery.studies.gating import GATINGS, gate, gated
from discovery.studies.honest import without_flagged
from discovery.studies.importance import importances
from discovery.studies.memory import Memory
from discovery.studies.obelix import arranged
from discovery.studies.tuning import penalised, search
from discovery.types import Dataset

DATA = made_up()
SMALL = Settings(max_depth=3, max_iter=5, min_samples_leaf=5)


def features(columns=4, seed=0, data=DATA):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(len(data.placed), columns))
    noise[:, 0] = data.placed.value + 0.1 * noise[:, 0]
    return noise


def test_the_parts_are_those_of_the_published_split_and_bounds_are_flagged():
    assert len(DATA.train) == 45
    assert len(DATA.test) == 15
    assert not set(DATA.train) & set(DATA.test)
    assert DATA.flag.sum() == (DATA.truth.side == -1).sum() > 0
    assert (DATA.placed.side == 0).all()
    assert DATA.digest == made_up().digest != made_up(seed=4).digest


def test_data_without_a_split_or_a_label_is_refused():
    unsplit = Dataset("bare", DATA.dataset.candidates, DATA.dataset.labels)
    with pytest.raises(InvalidInputError, match="0 rows 'train' and 0 'test' are labelled, of 60"):
        arranged(unsplit)
    few = DATA.dataset.candidates[:12]
    split = {"split": DATA.dataset.groups["split"]}
    with pytest.raises(InvalidInputError, match="a study needs 10 of each"):
        arranged(Dataset("few", few, DATA.dataset.labels, groups=split))


def test_the_folds_are_those_of_kfold_on_the_training_rows():
    ours = folds(DATA, 42)
    theirs = list(KFold(5, shuffle=True, random_state=42).split(DATA.train))
    for part, (learn, judge) in zip(ours, theirs, strict=True):
        assert part.train.tolist() == DATA.train[learn].tolist()
        assert part.test.tolist() == DATA.train[judge].tolist()


def test_an_experiment_is_what_scikit_learn_gives(tmp_path):
    table, memory = features(), Memory(tmp_path)
    found = plain_boosting("boosted", table, DATA, seed=42, memory=memory)
    model = HistGradientBoostingRegressor(random_state=42)
    model.fit(table[DATA.train], DATA.placed.value[DATA.train])
    assert found.held_out.mean[0] == pytest.approx(model.predict(table[DATA.test]))
    assert found.held_out.rows.tolist() == DATA.test.tolist()
    assert found.features == 4
    values = table_values(found.validated)
    truth = DATA.placed.value[DATA.train]
    assert values["r_squared"] == pytest.approx(r2_score(truth, found.validated.mean[0]))
    again = plain_boosting("boosted", table, DATA, seed=42, memory=memory)
    assert again.validated.mean.tolist() == found.validated.mean.tolist()


def test_scores_have_intervals_around_them():
    table = features()
    found = judged("made up", DATA, DATA.train, table[DATA.train, 0])
    scores = table_scores(found, seed=0)
    assert set(scores) == {"r_squared", "rmse", "spearman"}
    low, high = scores["spearman"].interval
    assert low < scores["spearman"].value < high
    assert scores["spearman"].value == pytest.approx(table_values(found)["spearman"])


def test_rows_whose_label_is_a_bound_can_be_left_out():
    found = judged("made up", DATA, DATA.train, np.zeros(len(DATA.train)))
    kept = without_flagged(found, DATA.flag)
    assert DATA.flag[kept.rows].sum() == 0
    assert len(kept.rows) == len(DATA.train) - DATA.flag[DATA.train].sum()
    assert kept.mean.shape == (1, len(kept.rows))


def test_a_table_is_known_by_every_digit():
    table = features()
    assert fingerprint(table) == fingerprint(table.copy())
    assert fingerprint(table) != fingerprint(table * (1 + 1e-15))


def test_the_gate_opens_where_all_three_kinds_of_physics_are_known():
    names = ("x", "has_bv_mismatch", "has_ewald_energy", "has_voronoi_cn")
    table = FeatureTable(names, np.array([[9.0, 1, 1, 1], [9.0, 1, 0, 1], [9.0, 0, 0, 0]]))
    assert gate(table).tolist() == [True, False, False]


@pytest.mark.parametrize("gating", GATINGS)
def test_where_the_gate_is_shut_the_first_part_speaks_alone(gating):
    first, second = features(seed=1), features(seed=2)
    value = DATA.placed.value
    active = np.arange(len(value)) // 4 % 2 == 0
    shut = gated(gating, first, second, np.zeros(len(value), bool), value, 0)
    half = gated(gating, first, second, active, value, 0)
    alone, both = (model(DATA.train, DATA.test) for model in (shut, half))
    model = HistGradientBoostingRegressor(random_state=0).fit(first[DATA.train], value[DATA.train])
    assert alone == pytest.approx(model.predict(first[DATA.test]))
    heard = active[DATA.test]
    assert both[~heard] == pytest.approx(alone[~heard])
    if gating not in ("B subsettrain", "D residual_stack"):  # 23 rows make a single leaf
        assert (both[heard] != alone[heard]).any()


def test_a_full_second_part_replaces_and_a_residual_one_corrects():
    first, second = features(seed=1), features(seed=2)
    value = DATA.placed.value
    active = np.ones(len(value), bool)
    own = HistGradientBoostingRegressor(random_state=0).fit(second[DATA.train], value[DATA.train])
    full = gated("A fulltrain", first, second, active, value, 0)(DATA.train, DATA.test)
    assert full == pytest.approx(own.predict(second[DATA.test]))
    base = HistGradientBoostingRegressor(random_state=0).fit(first[DATA.train], value[DATA.train])
    left = value[DATA.train] - base.predict(first[DATA.train])
    rest = HistGradientBoostingRegressor(random_state=0).fit(second[DATA.train], left)
    residual = gated("C residual", first, second, active, value, 0)(DATA.train, DATA.test)
    expected = base.predict(first[DATA.test]) + rest.predict(second[DATA.test])
    assert residual == pytest.approx(expected)


def test_the_score_of_a_search_punishes_the_gap_to_the_training_error():
    table, value, by_hand = features(), DATA.placed.value, []
    for part in folds(DATA, 42):
        model = HistGradientBoostingRegressor(
            max_depth=3, max_iter=5, min_samples_leaf=5, random_state=42
        ).fit(table[part.train], value[part.train])
        learnt, unseen = (
            np.sqrt(np.mean((model.predict(table[rows]) - value[rows]) ** 2))
            for rows in (part.train, part.test)
        )
        by_hand.append(unseen + 0.2 * max(0, unseen - learnt))
    assert penalised(table, DATA, SMALL, 42) == pytest.approx(np.mean(by_hand))


def test_an_interrupted_search_ends_where_it_would_have_ended(tmp_path, monkeypatch):
    table, scored, done = features(2), [], []

    def score(_table, _data, settings, _seed):
        scored.append(settings)
        return abs(settings.learning_rate - 0.05)

    monkeypatch.setattr(tuning, "penalised", score)
    whole = search("x", table, DATA, "expanded", trials=8, seed=42, memory=Memory(None))
    search("x", table, DATA, "expanded", trials=5, seed=42, memory=Memory(tmp_path))
    del scored[:]
    resumed = search(
        "x",
        table,
        DATA,
        "expanded",
        trials=8,
        seed=42,
        memory=Memory(tmp_path),
        done=lambda: done.append(1),
    )
    assert resumed == whole
    assert len(scored) == 3
    assert len(done) == whole.trials == 8


@pytest.mark.parametrize(("space", "deepest"), [("conservative", 8), ("expanded", 30)])
def test_settings_are_searched_for_where_the_report_did(space, deepest, monkeypatch):
    tried = []
    monkeypatch.setattr(tuning, "penalised", lambda *given: tried.append(given[2]) or 1.0)
    search("x", features(1), DATA, space, trials=40, seed=42, memory=Memory(None))
    depths = [settings.max_depth for settings in tried]
    assert min(depths) >= 3
    assert 6 < max(depths) <= deepest
    assert all(0.01 <= settings.learning_rate <= 0.15 for settings in tried)
    assert all(50 <= settings.max_iter <= 200 for settings in tried)
    smallest = min(settings.l2_regularization for settings in tried)
    assert smallest >= (1e-6 if space == "conservative" else 1e-10)
    assert (smallest < 1e-6) == (space == "expanded")


def test_only_the_feature_that_matters_is_missed():
    data = made_up(120)
    table = features(3, data=data)
    table[:, 2] = 1.0
    found = importances(
        FeatureTable(("truth", "noise", "constant"), table),
        data,
        seed=0,
        repeats=1,
        memory=Memory(None),
    )
    assert found[0].feature == "truth"
    assert found[0].loss > 0.3
    losses = {importance.feature: importance.loss for importance in found}
    assert losses["constant"] == 0
    assert abs(losses["noise"]) < 0.1


def test_default_settings_are_those_of_scikit_learn():
    assert vars(DEFAULTS).items() <= HistGradientBoostingRegressor().get_params().items()
