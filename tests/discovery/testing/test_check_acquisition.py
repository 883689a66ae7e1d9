import itertools

import numpy as np
import pytest

from discovery.errors import ContractError
from discovery.rng import stream
from discovery.testing import check_acquisition

CLOCK = itertools.count()


class UpperBound:
    """A correct acquisition function that asks the target only."""

    def score(self, belief, context):
        scores = np.full(belief.mean.shape, -np.inf)
        scores[:, belief.column] = self.target(belief, context)
        return scores

    def target(self, belief, context):
        return belief.target_mean + 2 * belief.target_std


class Thompson(UpperBound):
    """Correct too: draws one joint sample."""

    def target(self, belief, context):
        return belief.draw(1, stream(context.seed, "thompson"))[0]


class TargetRow(UpperBound):
    def score(self, belief, context):
        return self.target(belief, context)


class DividesBySpread(UpperBound):
    def target(self, belief, context):
        return (belief.target_mean - belief.target_mean.mean()) / belief.target_std * 0 / 0


class DividesByCost(UpperBound):
    def score(self, belief, context):
        return np.abs(belief.mean) / context.costs


class ImprovesOnNothing(UpperBound):
    def target(self, belief, context):
        return belief.target_mean - context.best


class ForbidsAll(UpperBound):
    def target(self, belief, context):
        return -np.inf


class Shifts(UpperBound):
    def target(self, belief, context):
        belief.mean[:] -= 1.0
        return belief.target_mean


class DrawsGlobally(UpperBound):
    def target(self, belief, context):
        return belief.target_mean + next(CLOCK)


class RowNumber(UpperBound):
    def target(self, belief, context):
        return belief.target_mean + np.arange(len(belief.mean))


class NeedsTwoFidelities(UpperBound):
    def target(self, belief, context):
        return belief.mean[:, 1] - belief.mean[:, 0]


class Unpicklable(UpperBound):
    def __init__(self):
        self.link = lambda x: x


@pytest.mark.parametrize("acquisition", [UpperBound, Thompson])
def test_correct_acquisition_functions_pass(acquisition):
    check_acquisition(acquisition())


@pytest.mark.parametrize(
    ("acquisition", "message"),
    [
        (TargetRow, r"score has shape \(12,\).*here \(12, 2\)"),
        (DividesBySpread, r"score gives NaN for 12 of 12 candidates.*guard divisions"),
        (DividesByCost, r"score gives \+inf.*a free fidelity"),
        (ImprovesOnNothing, r"score gives \+inf.*best = -inf"),
        (ForbidsAll, r"score forbids every query"),
        (Shifts, r"score mutates its input \(a Belief\)"),
        (DrawsGlobally, r"score is not deterministic"),
        (RowNumber, r"score depends on the order of the candidates"),
        (NeedsTwoFidelities, r"score raises IndexError.*one fidelity"),
        (Unpicklable, r"cannot be pickled"),
    ],
)
def test_each_fault_is_named(acquisition, message):
    with pytest.raises(ContractError, match=message):
        check_acquisition(acquisition())
