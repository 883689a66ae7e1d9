import itertools

import numpy as np
import pytest

from discovery.errors import ContractError, NotFittedError
from discovery.testing import check_proxy
from discovery.testing.toys import FIDELITIES, observations
from discovery.types import Belief

CLOCK = itertools.count()


class NearestShare:
    """A correct proxy: ridge regression on three atomic fractions per fidelity."""

    def __init__(self):
        self.names = ()

    def fit(self, observations, fidelities, seed):
        self.names = tuple(f.name for f in fidelities)
        self.target = next(f.name for f in fidelities if f.target)
        self.weights, self.variance = [], []
        for name in self.names:
            rows = [o for o in observations if o.query.fidelity == name and o.value is not None]
            if not rows and name == self.target:
                raise NotFittedError("no value at the target fidelity")
            x = np.array([self.describe(o.query.candidate) for o in rows]).reshape(-1, 4)
            y = np.array([o.value for o in rows])
            weights = np.linalg.solve(x.T @ x + 0.1 * np.eye(4), x.T @ y)
            self.weights.append(weights)
            self.variance.append(1.0 + float(np.var(y - x @ weights) if rows else 0.0))

    def describe(self, candidate):
        share = candidate.fractions
        return [1.0, share.get("Li", 0.0), share.get("S", 0.0), share.get("O", 0.0)]

    def predict(self, candidates):
        if not self.names:
            raise NotFittedError("fit first")
        x = np.array([self.describe(c) for c in candidates])
        return self.belief(x @ np.array(self.weights).T)

    def belief(self, mean):
        n, m = mean.shape
        covariance = np.tile(np.diag(self.variance), (n, 1, 1))
        return Belief(self.names, self.target, mean, covariance, np.full(m, 0.1))


class GuessesUnfitted(NearestShare):
    def predict(self, candidates):
        if not self.names:
            self.names, self.target, self.variance = ("measured",), "measured", [1.0]
            return self.belief(np.zeros((len(candidates), 1)))
        return super().predict(candidates)


class ForgetsToCheck(NearestShare):
    def predict(self, candidates):
        x = np.array([self.describe(c) for c in candidates])
        return self.belief(x @ np.array(self.weights).T)


class LearnsFromNothing(NearestShare):
    def fit(self, observations, fidelities, seed):
        if observations:
            super().fit(observations, fidelities, seed)


class TakesEveryValue(NearestShare):
    def fit(self, observations, fidelities, seed):
        if observations:
            float(np.mean([o.value + 0.0 for o in observations]))
        super().fit(observations, fidelities, seed)


class WantsMore(NearestShare):
    def fit(self, observations, fidelities, seed):
        if len(observations) < 100:
            raise NotFittedError("too few")


class SortsObservations(NearestShare):
    def fit(self, observations, fidelities, seed):
        if observations:
            observations.sort(key=lambda o: o.query.id)
        super().fit(observations, fidelities, seed)


class NeedsStructure(NearestShare):
    def describe(self, candidate):
        return [1.0, candidate.lattice.volume, 0.0, 0.0]

    def fit(self, observations, fidelities, seed):
        known = [o for o in observations if o.query.candidate.lattice]
        super().fit(known, fidelities, seed)


class TargetFirst(NearestShare):
    def fit(self, observations, fidelities, seed):
        super().fit(observations, sorted(fidelities, key=lambda f: not f.target), seed)


class TargetOnly(NearestShare):
    def fit(self, observations, fidelities, seed):
        super().fit(observations, [f for f in fidelities if f.target], seed)


class SkipsRows(NearestShare):
    def predict(self, candidates):
        return super().predict([c for c in candidates if "Li" in c.fractions])


class ReturnsPair(NearestShare):
    def predict(self, candidates):
        belief = super().predict(candidates)
        return belief.mean, belief.covariance


class PredictsNaN(NearestShare):
    def belief(self, mean):
        return super().belief(np.where(mean > mean.min(), mean, np.nan))


class NegativeVariance(NearestShare):
    def belief(self, mean):
        self.variance = [-1.0 for _ in self.names]
        return super().belief(mean)


class NegativeNoise(NearestShare):
    def belief(self, mean):
        plain = super().belief(mean)
        return Belief(self.names, self.target, plain.mean, plain.covariance, -plain.noise)


class LoudFactor(NearestShare):
    def belief(self, mean):
        plain = super().belief(mean)
        factor = np.full((len(mean), 2), 50.0)
        return Belief(self.names, self.target, mean, plain.covariance, plain.noise, factor)


class DrawsInPredict(NearestShare):
    def belief(self, mean):
        return super().belief(mean + next(CLOCK))


class DrawsInFit(NearestShare):
    def fit(self, observations, fidelities, seed):
        super().fit(observations, fidelities, seed)
        self.weights[0] = self.weights[0] + next(CLOCK)


class WarmStarts(NearestShare):
    def __init__(self):
        super().__init__()
        self.fits = 0

    def fit(self, observations, fidelities, seed):
        super().fit(observations, fidelities, seed)
        self.fits += 1
        self.weights[0] = self.weights[0] / self.fits


class KeepsLambda(NearestShare):
    def fit(self, observations, fidelities, seed):
        super().fit(observations, fidelities, seed)
        self.inverse = lambda y: y


class ForgetsInPickle(NearestShare):
    def __setstate__(self, state):
        self.__dict__.update(state)
        self.weights = [w * 0 for w in self.weights]

    def __deepcopy__(self, memo):
        return ForgetsInPickle()


class ScalesByBatch(NearestShare):
    def belief(self, mean):
        return super().belief(mean - mean.mean(axis=0))


class AddsRowNumber(NearestShare):
    def belief(self, mean):
        return super().belief(mean + np.arange(len(mean))[:, None])


def test_a_correct_proxy_passes_and_stays_unfitted():
    proxy = NearestShare()
    check_proxy(proxy)
    assert proxy.names == ()


@pytest.mark.parametrize(
    ("proxy", "message"),
    [
        (GuessesUnfitted, r"predict goes on as if nothing were missing before fit.*NotFittedError"),
        (ForgetsToCheck, r"predict raises AttributeError.*before fit.*NotFittedError"),
        (LearnsFromNothing, r"fit goes on as if nothing were missing with no observations"),
        (TakesEveryValue, r"fit raises TypeError.*skip other statuses"),
        (WantsMore, r"fit raises NotFittedError: too few.*only when too few are left"),
        (SortsObservations, r"fit mutates its input"),
        (NeedsStructure, r"predict raises AttributeError.*features that need the composition only"),
        (TargetFirst, r"has columns \('measured', 'hint'\).*\('hint', 'measured'\)"),
        (TargetOnly, r"has columns \('measured',\)"),
        (SkipsRows, r"predict returns 31 rows for 33 candidates"),
        (ReturnsPair, r"predict returns a tuple.*a Belief"),
        (PredictsNaN, r"has mean that is not finite"),
        (NegativeVariance, r"has a covariance with lowest eigenvalue -1"),
        (NegativeNoise, r"has noise \[-0\.1"),
        (LoudFactor, r"has a factor that explains more than the target variance"),
        (DrawsInPredict, r"predict is not deterministic"),
        (DrawsInFit, r"fit is not deterministic by seed"),
        (WarmStarts, r"remembers an earlier fit.*start each fit anew"),
        (KeepsLambda, r"cannot be pickled after fit"),
        (ForgetsInPickle, r"predict differs after pickling"),
        (AddsRowNumber, r"predict depends on the order of the candidates"),
        (ScalesByBatch, r"predict depends on the other candidates of the batch"),
    ],
)
def test_each_fault_is_named(proxy, message):
    with pytest.raises(ContractError, match=message):
        check_proxy(proxy())


def test_synthetic_observations_hold_every_status_values_and_bounds_at_two_fidelities():
    told = observations()
    assert {o.status for o in told} == {"ok", "failed", "refused", "timeout", "lost"}
    assert {o.query.fidelity for o in told} == {f.name for f in FIDELITIES}
    assert sum(o.bound is not None for o in told) >= 3
    assert sum(o.value is not None for o in told if o.query.fidelity == "measured") >= 5
    assert len({o.query.id for o in told}) == len(told)
