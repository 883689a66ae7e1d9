"""What answers at several fidelities tell of candidates."""

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from discovery.types import FloatArray
from proxies.likelihood import propagate
from proxies.points_inputs import Answers, IntArray
from proxies.points_kernel import Hyper, covariance


def solved(
    hyper: Hyper, task: IntArray, weights: FloatArray, inverse: FloatArray, kernel: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return means (k, m) and explained covariances (k, m, m) of candidates.

    The covariance of a candidate at fidelity f with answers at fidelity s is ``b_fs`` times the
    kernel plus ``shift`` where f is s. So one product with the inverse root for each s serves all
    f: a third of the work of solving for three fidelities.

    Args:
        hyper: Hyperparameters.
        task: (n,) fidelity of each answer.
        weights: (n,) K⁻¹ y.
        inverse: (n, n) of the lower Cholesky factor of K.
        kernel: (k, n) of candidates and answers, without the covariance of fidelities.
    """
    m, b = len(hyper.noise), hyper.fidelities
    of = [task == s for s in range(m)]
    halves = [kernel[:, own] @ inverse[:, own].T for own in of]
    constants = hyper.shift * np.stack([inverse[:, own].sum(axis=1) for own in of])
    shared: FloatArray = np.empty((len(kernel), m, m))
    for s in range(m):
        for u in range(s + 1):
            shared[:, s, u] = shared[:, u, s] = np.einsum("kn,kn->k", halves[s], halves[u])
    mixed: FloatArray = b @ np.stack([half @ constants.T for half in halves], axis=1)
    explained = b @ shared @ b + mixed + mixed.transpose(0, 2, 1) + constants @ constants.T
    total = np.stack([kernel[:, own] @ weights[own] for own in of], axis=1)
    level = hyper.shift * np.array([weights[own].sum() for own in of])
    return total @ b + level, explained


def without_bounds(
    hyper: Hyper, points: FloatArray, given: Answers, value: FloatArray, noise: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return values and noises (n,) with what bounds say in the place of bounds."""
    limited = np.flatnonzero(given.side)
    if not len(limited):
        return value, noise
    exact = np.flatnonzero(given.side == 0)
    joint = covariance(hyper, points, given.who, given.task, np.zeros(len(value)))
    told_of = joint[np.ix_(exact, exact)] + np.diag(noise[exact])
    root = cholesky(told_of, lower=True)
    half = solve_triangular(root, joint[np.ix_(exact, limited)], lower=True)
    mean = half.T @ solve_triangular(root, value[exact], lower=True)
    spread = joint[np.ix_(limited, limited)] - half.T @ half
    precision, shift = propagate(mean, spread, value[limited], given.side[limited])
    value, noise = value.copy(), noise.copy()
    value[limited], noise[limited] = shift / precision, 1 / precision
    return value, noise
