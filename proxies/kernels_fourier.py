"""A root of the posterior covariance between candidates, row by row, by random features."""

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from discovery.rng import stream
from discovery.types import FloatArray
from proxies.kernels import JITTER, Hyperparameters, Tasks

_FREQUENCIES = 128
_CHUNK = 512  # candidates at once, to bound memory


def joint_root(
    hyper: Hyperparameters,
    seen: FloatArray,
    tasks: Tasks,
    noise: FloatArray,
    inputs: FloatArray,
    *,
    task: int,
    seed: int,
) -> FloatArray:
    """Return a root (q, r) of the posterior covariance of one fidelity between inputs (q, d).

    Random Fourier features of the kernel (Rahimi and Recht, NeurIPS 2007), their weights
    conditioned on the rows seen: each row depends on its own input alone. What is individual
    to a material counts as noise here; it correlates no two of them.

    Args:
        hyper: Of the process.
        seen: (n, d) inputs of the rows that the process is conditioned on.
        tasks: (n,) their fidelities.
        noise: (n,) their variances.
        inputs: (q, d) where the root is wanted.
        task: The fidelity.
        seed: Of the frequencies.
    """
    frequency, phase = _spectrum(hyper, seen.shape[1], seed)
    m = len(hyper.coregionalisation)
    mixing = cholesky(hyper.coregionalisation + JITTER * np.eye(m), lower=True)

    def features(x: FloatArray, mixed: FloatArray) -> FloatArray:
        waves = np.cos(x @ frequency + phase) * np.sqrt(2 / _FREQUENCIES)
        return (mixed[:, :, None] * waves[:, None, :]).reshape(len(x), m * _FREQUENCIES)

    noise = noise + np.diag(hyper.individual)[tasks]
    precision = np.eye(m * _FREQUENCIES)
    for start in range(0, len(seen), _CHUNK):
        part = slice(start, start + _CHUNK)
        rows = features(seen[part], mixing[tasks[part]]) / np.sqrt(noise[part])[:, None]
        precision += rows.T @ rows
    half = cholesky(precision, lower=True)
    root = np.empty((len(inputs), m * _FREQUENCIES))
    for start in range(0, len(inputs), _CHUNK):
        part = slice(start, start + _CHUNK)
        wanted = features(inputs[part], mixing[[task]])
        root[part] = solve_triangular(half, wanted.T, lower=True, check_finite=False).T
    return root


def _spectrum(hyper: Hyperparameters, width: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return frequencies (width, F) and phases (F,); the two kernels share the frequencies."""
    rng = stream(seed, "fourier")
    # the spectrum of Matern-5/2 is Student's t with 5 degrees of freedom
    scale = np.sqrt(rng.chisquare(5, _FREQUENCIES) / 5)
    frequency = rng.standard_normal((width, _FREQUENCIES)) / scale
    phase = rng.uniform(0, 2 * np.pi, _FREQUENCIES)
    d, of_composition = len(hyper.lengthscale), round(hyper.share * _FREQUENCIES)
    frequency[:d] /= hyper.lengthscale[:, None]
    frequency[:d, :of_composition] = 0
    frequency[d:] /= hyper.reach
    frequency[d:, of_composition:] = 0
    return frequency, phase
