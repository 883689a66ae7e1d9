"""Beliefs about pools, drawn at random, and what they are conditioned on by hand."""

import numpy as np
from hypothesis import strategies as st

from discovery.protocols import Context
from discovery.types import Belief, Fidelity


def random_belief(seed, n=12, *, m=2, rank=3, noise=0.1, scale=1.0, shift=0.0):
    """n candidates at m fidelities, the target last; cheap ones are correlated with it."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(n, rank)) / np.sqrt(rank)
    own = rng.uniform(0.05, 0.5, n)
    target = (factor**2).sum(axis=1) + own
    slopes = np.append(rng.uniform(0.3, 1.2, m - 1), 1.0)
    covariance = target[:, None, None] * np.outer(slopes, slopes)
    rest = np.append(rng.uniform(0.05, 0.6, m - 1), 0.0)
    covariance = covariance + np.diag(rest)
    mean = rng.normal(0, 1, (n, m))
    return Belief(
        fidelities=tuple([f"hint{i}" for i in range(m - 1)] + ["lab"]),
        target="lab",
        mean=scale * mean + shift,
        covariance=covariance * scale**2,
        noise=np.full(m, noise) * scale**2,
        factor=factor * abs(scale),
    )


def random_context(belief, *, hint=0.1, best=1.0, turn=0, seed=0, **known):
    """One unit for the target, ``hint`` for every other fidelity."""
    costs = [1.0 if name == belief.target else hint for name in belief.fidelities]
    fidelities = tuple(
        Fidelity(name, cost, target=name == belief.target)
        for name, cost in zip(belief.fidelities, costs, strict=True)
    )
    table = np.tile(costs, (len(belief.mean), 1))
    return Context(fidelities, table, best=best, round=turn, seed=seed, **known)


def single(mean, std, *, noise=0.1, factor=None):
    """A belief at the target alone."""
    mean, std = np.atleast_1d(mean).astype(float), np.atleast_1d(std).astype(float)
    return Belief(
        fidelities=("lab",),
        target="lab",
        mean=mean[:, None],
        covariance=(std**2)[:, None, None],
        noise=np.array([noise]),
        factor=factor,
    )


def joint(belief):
    """Covariance (n m, n m) of all latent values, candidates outermost, hints through targets."""
    n, m = belief.mean.shape
    t = belief.column
    across = belief.factor @ belief.factor.T
    slopes = belief.covariance[:, :, t] / belief.covariance[:, t, t][:, None]
    full = np.einsum("ia,jb,ij->iajb", slopes, slopes, across)
    for i in range(n):
        full[i, :, i, :] = belief.covariance[i]
    return full.reshape(n * m, n * m)


seeds = st.integers(0, 2**20)
