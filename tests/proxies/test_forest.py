import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm import LGBMRegressor
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import Ridge

from discovery.errors import InvalidInputError
from proxies.forest import forest_from_arrays, forest_of

MODELS = {
    "extra trees": lambda seed: ExtraTreesRegressor(5, max_features=0.5, random_state=seed),
    "random forest": lambda seed: RandomForestRegressor(5, random_state=seed),
    "histograms": lambda seed: HistGradientBoostingRegressor(max_iter=8, random_state=seed),
    "lightgbm": lambda seed: LGBMRegressor(
        n_estimators=8, min_child_samples=3, random_state=seed, verbose=-1, n_jobs=1
    ),
}


def table(seed, rows=60, holes=0.2):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 4)).astype(np.float32)
    features[rng.random(features.shape) < holes] = np.nan
    return features, np.nansum(features, axis=1) + rng.normal(size=rows)


@pytest.mark.parametrize("kind", MODELS)
@given(seed=st.integers(0, 99), holes=st.sampled_from([0.0, 0.3]))
@settings(max_examples=6, deadline=None)
def test_a_forest_predicts_what_its_library_predicts(kind, seed, holes):
    features, target = table(seed, holes=holes)
    models = [MODELS[kind](seed + k).fit(features, target) for k in range(2)]
    # without holes in training, no hole may be asked for by the forests of scikit-learn
    new, _ = table(seed + 1000, holes=holes if "trees" in kind or "forest" in kind else 0.3)
    expected = [
        model.predict(new) if not isinstance(model, LGBMRegressor) else model.booster_.predict(new)
        for model in models
    ]
    assert forest_of(models).predict(new) == pytest.approx(np.array(expected), rel=1e-9, abs=1e-9)


def test_single_trees_are_members_of_their_own():
    features, target = table(0)
    forest = ExtraTreesRegressor(7, random_state=0).fit(features, target)
    told = forest_of(forest.estimators_).predict(features)
    assert told.shape == (7, 60)
    assert told.mean(axis=0) == pytest.approx(forest.predict(features))


def test_what_is_stored_predicts_the_same_to_the_last_digit():
    features, target = table(1)
    forest = forest_of([MODELS["lightgbm"](0).fit(features, target)])
    again = forest_from_arrays(forest.arrays())
    assert (again.predict(features) == forest.predict(features)).all()
    arrays = forest.arrays()
    del arrays["threshold"]
    with pytest.raises(InvalidInputError, match=r"a forest without \['threshold'\] cannot be"):
        forest_from_arrays(arrays)


def test_other_models_are_refused():
    features, target = table(2, holes=0.0)
    with pytest.raises(InvalidInputError, match="a Ridge is no model made of regression trees"):
        forest_of([Ridge().fit(features, target)])


def test_what_would_lead_out_of_the_forest_is_refused():
    features, target = table(3)
    forest = forest_of([MODELS["extra trees"](0).fit(features, target)])
    with pytest.raises(InvalidInputError, match="asks for feature 3 cannot use 2"):
        forest.predict(features[:, :2])
    arrays = forest.arrays()
    arrays["left"] = arrays["left"] + 10_000
    with pytest.raises(InvalidInputError, match=r"left of the forest points beyond its \d+ nodes"):
        forest_from_arrays(arrays)
