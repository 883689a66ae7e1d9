"""What a model must show of itself to be explained."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from discovery.features.stages import FeatureTable
from discovery.types import BoolArray, Candidate, FloatArray

Nodes: TypeAlias = NDArray[np.int64]


class TreeArrays(Protocol):
    """Regression trees one after the other, k nodes in all, in members of one or more trees.

    A tree asks ``x[feature] <= threshold``, x in single precision, and goes left if so; a missing
    value goes where the node says. A member is its offset plus the sum of its trees, and the
    arrays together predict the mean of their members.
    """

    @property
    def root(self) -> Nodes:
        """(t,) first node of each tree."""
        ...

    @property
    def member(self) -> Nodes:
        """(t,) member of each tree, 0 ... members - 1."""
        ...

    @property
    def offset(self) -> FloatArray:
        """(members,) what is added to the sum of the trees of each member."""
        ...

    @property
    def left(self) -> Nodes:
        """(k,) node to the left, -1 at a leaf."""
        ...

    @property
    def right(self) -> Nodes:
        """(k,) node to the right, -1 at a leaf."""
        ...

    @property
    def feature(self) -> Nodes:
        """(k,) column that is asked for, of those of :meth:`Explainable.inputs`."""
        ...

    @property
    def threshold(self) -> FloatArray:
        """(k,) largest value that goes left."""
        ...

    @property
    def missing_left(self) -> BoolArray:
        """(k,) whether a missing value goes left."""
        ...

    @property
    def value(self) -> FloatArray:
        """(k,) prediction at a leaf."""
        ...


Terms: TypeAlias = Sequence[tuple[FloatArray, TreeArrays]]
"""Trees with their weight (n,) in the response to each of n rows."""


@runtime_checkable
class Explainable(Protocol):
    """A fitted proxy whose mean is a function of named columns of numbers.

    All is about the target fidelity. The mean is in the model's own score units, in which its
    trees add up: of a model of normal scores, one unit is about one standard deviation of the
    values that it learned from.
    """

    def inputs(self, candidates: Sequence[Candidate]) -> FeatureTable:
        """Return all columns that the model sees at its richest stage, NaN where unknown."""
        ...

    def respond(self, values: FloatArray) -> FloatArray:
        """Return the mean (n,) of rows (n, d) of such columns, in score units."""
        ...

    def trees(self, values: FloatArray) -> Terms | None:
        """Return trees that, weighed, add up to :meth:`respond`; ``None`` if it has no trees.

        Weights may differ from row to row, as where the stages that a row supports decide which
        trees predict it; an explanation takes the weights of a row as given.
        """
        ...


def is_explainable(part: Any) -> bool:  # noqa: ANN401 - a class of anyone's, or an object of it
    """Return whether a proxy, or a class of proxies, can be explained."""
    if isinstance(part, type):
        return issubclass(part, Explainable)
    return isinstance(part, Explainable)
