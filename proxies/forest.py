"""Decision trees as plain arrays: one predictor for all libraries, and nothing to unpickle.

A tree asks ``x[feature] <= threshold`` at every inner node and goes left if so; a missing value
goes where the node says. A member of a forest is an offset plus the sum of its trees: one tree
for a random forest, hundreds for a boosted model.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.errors import InvalidInputError
from discovery.types import BoolArray, FloatArray

_LEAF = -1
_DEFAULT_LEFT = 2  # bit of LightGBM's decision_type
_NAN = 2  # its kind of missing value, bits 2 and 3


@dataclass(frozen=True)
class Forest:
    """Trees one after the other, k nodes in all.

    Args:
        root: (t,) first node of each tree.
        member: (t,) member that each tree belongs to, 0 ... members - 1, not decreasing.
        offset: (members,) what is added to the sum of the trees.
        left: (k,) node to the left, -1 at a leaf.
        right: (k,) node to the right, -1 at a leaf.
        feature: (k,) column that is asked for.
        threshold: (k,) largest value that goes left.
        missing_left: (k,) whether a missing value goes left.
        value: (k,) prediction at a leaf.
    """

    root: NDArray[np.int64]
    member: NDArray[np.int64]
    offset: FloatArray
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: FloatArray
    missing_left: BoolArray
    value: FloatArray

    def predict(self, features: FloatArray) -> FloatArray:
        """Return the prediction of each member, (members, n), for features (n, d).

        Features are rounded to single precision, as the libraries do that grow the trees.

        Raises:
            InvalidInputError: There are fewer features than the trees ask for.
        """
        rows = np.ascontiguousarray(features, dtype=np.float32)
        if rows.shape[1] <= self.feature.max(initial=-1):
            raise InvalidInputError(
                f"a forest that asks for feature {self.feature.max()} cannot use {rows.shape[1]}"
            )
        return _predict(rows, self.offset, self.root, self.member, *self._nodes())

    def _nodes(self) -> tuple[NDArray[Any], ...]:
        return (
            self.left, self.right, self.feature, self.threshold, self.missing_left, self.value,
        )  # fmt: skip

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name, to be stored."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def forest_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Forest:
    """Return the forest of :meth:`Forest.arrays`.

    Raises:
        InvalidInputError: An array is missing, or the nodes do not form trees.
    """
    wanted = [field.name for field in fields(Forest)]
    missing = [name for name in wanted if name not in arrays]
    if missing:
        raise InvalidInputError(f"a forest without {missing} cannot be read; it has {wanted}")
    forest = Forest(**{name: np.asarray(arrays[name]) for name in wanted})
    last = len(forest.value) - 1
    for name in ("left", "right", "root"):
        nodes = getattr(forest, name)
        if len(nodes) and not _LEAF <= nodes.min() <= nodes.max() <= last:
            raise InvalidInputError(f"{name} of the forest points beyond its {last + 1} nodes")
    return forest


def forest_of(models: Sequence[Any]) -> Forest:
    """Return fitted models as the members of one forest.

    Args:
        models: Trees, forests or gradient boosting of scikit-learn for regression, or
            ``LGBMRegressor``.

    Raises:
        InvalidInputError: A model of another kind.
    """
    trees: list[_Tree] = []
    member, offset = [], []
    for number, model in enumerate(models):
        start, grown = _grown(model)
        offset.append(start)
        for tree in grown:
            trees.append(tree)
            member.append(number)
    sizes = np.array([len(tree.value) for tree in trees], dtype=np.int64)
    root = np.cumsum(sizes) - sizes
    inner = [tree.left != _LEAF for tree in trees]
    return Forest(
        root,
        np.array(member, dtype=np.int64),
        np.array(offset, dtype=np.float64),
        np.concatenate(
            [np.where(i, t.left + r, _LEAF) for i, t, r in zip(inner, trees, root, strict=True)]
        ),
        np.concatenate(
            [np.where(i, t.right + r, _LEAF) for i, t, r in zip(inner, trees, root, strict=True)]
        ),
        np.concatenate([t.feature for t in trees]),
        np.concatenate([t.threshold for t in trees]),
        np.concatenate([t.missing_left for t in trees]),
        np.concatenate([t.value for t in trees]),
    )


@dataclass(frozen=True)
class _Tree:
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: FloatArray
    missing_left: BoolArray
    value: FloatArray


def _grown(model: Any) -> tuple[float, Iterator[_Tree]]:  # noqa: ANN401 - untyped libraries
    """Return offset and trees of a fitted model."""
    if hasattr(model, "tree_"):
        return 0.0, iter([_from_sklearn(model.tree_, 1.0)])
    if hasattr(model, "_predictors"):
        stages = (predictor.nodes for (predictor,) in model._predictors)  # noqa: SLF001 - no public access to the nodes
        return float(np.ravel(model._baseline_prediction)[0]), map(_from_histogram, stages)  # noqa: SLF001
    if hasattr(model, "booster_"):
        trees = model.booster_.model_to_string().split("\nTree=")[1:]
        return 0.0, (_from_lightgbm(tree.split("\n\n")[0]) for tree in trees)
    if hasattr(model, "estimators_"):
        share = 1 / len(model.estimators_)
        return 0.0, (_from_sklearn(tree.tree_, share) for tree in model.estimators_)
    raise InvalidInputError(f"a {type(model).__name__} is no model made of regression trees")


def _from_sklearn(tree: Any, scale: float) -> _Tree:  # noqa: ANN401
    return _Tree(
        tree.children_left.astype(np.int64),
        tree.children_right.astype(np.int64),
        np.maximum(tree.feature, 0).astype(np.int64),
        tree.threshold.astype(np.float64),
        tree.missing_go_to_left.astype(np.bool_),
        scale * tree.value[:, 0, 0].astype(np.float64),
    )


def _from_histogram(nodes: NDArray[Any]) -> _Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return _Tree(
        np.where(leaf, _LEAF, nodes["left"].astype(np.int64)),
        np.where(leaf, _LEAF, nodes["right"].astype(np.int64)),
        nodes["feature_idx"].astype(np.int64),
        nodes["num_threshold"].astype(np.float64),
        nodes["missing_go_to_left"].astype(np.bool_),
        nodes["value"].astype(np.float64),
    )


def _from_lightgbm(text: str) -> _Tree:
    """Read a tree of LightGBM's text format: inner nodes, and leaf k as child -1 - k."""
    field = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def numbers(name: str, kind: type) -> NDArray[Any]:
        return np.array(field.get(name, "").split(), dtype=kind)

    leaves = numbers("leaf_value", np.float64)
    kinds = numbers("decision_type", np.int64)
    inner, none = len(kinds), np.full(len(leaves), _LEAF)
    threshold = numbers("threshold", np.float64)
    # where training saw no missing value, LightGBM reads one as zero
    missing_left = np.where(kinds >> 2 & 3 == _NAN, kinds & _DEFAULT_LEFT > 0, threshold >= 0)

    def children(name: str) -> NDArray[np.int64]:
        child = numbers(name, np.int64)[:inner]
        return np.concatenate([np.where(child < 0, inner - 1 - child, child), none])

    return _Tree(
        children("left_child"),
        children("right_child"),
        np.concatenate([numbers("split_feature", np.int64), 0 * none]),
        np.concatenate([threshold, np.zeros(len(leaves))]),
        np.concatenate([missing_left, np.zeros(len(leaves), dtype=bool)]),
        np.concatenate([np.zeros(inner), leaves]),
    )


@njit(cache=True)
def _predict(  # noqa: PLR0917 - compiled functions take arrays in order
    rows: NDArray[np.float32],
    offset: FloatArray,
    root: NDArray[np.int64],
    member: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    feature: NDArray[np.int64],
    threshold: FloatArray,
    missing_left: BoolArray,
    value: FloatArray,
) -> FloatArray:
    told = np.empty((len(offset), len(rows)))
    for k in range(len(offset)):
        told[k] = offset[k]
    for tree in range(len(root)):
        for row in range(len(rows)):
            node = root[tree]
            while left[node] >= 0:
                x = rows[row, feature[node]]
                go_left = missing_left[node] if np.isnan(x) else x <= threshold[node]
                node = left[node] if go_left else right[node]
            told[member[tree], row] += value[node]
    return told
