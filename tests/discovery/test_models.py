import json
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from discovery.errors import InvalidInputError
from discovery.store.models import StoredModel, load_model, save_model

arrays = st.one_of(
    hnp.arrays(np.float64, hnp.array_shapes(min_side=0, max_dims=3, max_side=4)),
    hnp.arrays(np.int64, hnp.array_shapes(max_dims=2, max_side=4)),
    hnp.arrays(np.bool_, hnp.array_shapes(max_dims=1)),
)
states = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), arrays
    ).filter(lambda value: not isinstance(value, float) or np.isfinite(value)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text().filter(lambda key: key != "array"), inner, max_size=3),
    ),
    max_leaves=8,
)


def same(one, other):
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype == float)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def model(state):
    return StoredModel("staged", {"trees": 3}, state, {"data": "0123"})


@given(st.dictionaries(st.sampled_from("abc"), states))
def test_what_is_read_is_what_was_written(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("models") / "one.model"
    save_model(model(state), path)
    found = load_model(path)
    assert (found.part, found.options, found.about) == ("staged", {"trees": 3}, {"data": "0123"})
    assert same(found.state, state)


def test_the_same_model_is_the_same_file(tmp_path):
    for name in "ab":
        save_model(model({"x": np.arange(3.0), "y": [1, "two"]}), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"x": {"y": [0, object()]}}, r"state\.x\.y\[1\] is a object, which cannot be stored"),
        ({"x": np.array(["a"])}, r"state\.x is an array of <U1, not of numbers"),
        ({"x": {"array": 1}}, "state.x has a key 'array'"),
    ],
)
def test_what_cannot_be_stored_is_told_and_nothing_is_left_behind(tmp_path, state, message):
    with pytest.raises(InvalidInputError, match=message):
        save_model(model(state), tmp_path / "one")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InvalidInputError, match=r"there is no folder .*nowhere to write one to"):
        save_model(model({}), tmp_path / "nowhere" / "one")


def test_what_is_no_model_is_told(tmp_path):
    path = tmp_path / "one"
    with pytest.raises(InvalidInputError, match=r"there is no file .*one"):
        load_model(path)
    path.write_text("hello")
    with pytest.raises(InvalidInputError, match="is no trained proxy, or it is damaged"):
        load_model(path)
    save_model(model({"x": np.arange(300.0)}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInputError, match="is no trained proxy, or it is damaged"):
        load_model(path)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"format": "something else"}, "holds no trained proxy"),
        ({"format": "ion-discovery proxy", "version": 2}, "reads up to 1; upgrade ion-discovery"),
        ({"format": "ion-discovery proxy", "version": 1}, "damaged .KeyError: 'state'"),
    ],
)
def test_other_archives_are_told_apart(tmp_path, head, message):
    path = tmp_path / "one"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.json", json.dumps(head))
    with pytest.raises(InvalidInputError, match=message):
        load_model(path)


def test_no_code_of_a_file_is_run(tmp_path):
    path = tmp_path / "one"
    save_model(model({"x": np.arange(3.0)}), path)
    with zipfile.ZipFile(path) as archive:
        head = archive.read("model.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.json", head)
        with archive.open("arrays/0.npy", "w") as member:
            np.save(member, np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidInputError, match=r"damaged .*allow_pickle=False"):
        load_model(path)
