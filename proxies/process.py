"""Exact Gaussian process over (material, fidelity) pairs: conditioning and prediction.

Intrinsic coregionalisation (Bonilla et al., NeurIPS 2007): cov(f_s(x), f_t(x')) = B_st k(x, x'),
with k the Matern-5/2 kernel with one length scale per input; plus D_st where x and x' are the same
material. D holds what no input tells: without it, a cheap answer could inform the target only about
what the inputs already know. One fidelity, or diagonal B and D, is an ordinary process.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular

from discovery.rng import stream
from discovery.types import FloatArray

Tasks = NDArray[np.intp]

_JITTER = 1e-6
_CHUNK = 512  # candidates predicted at once, to bound memory
_FREQUENCIES = 128  # random features of the joint root


@dataclass(frozen=True)
class Hyperparameters:
    """What marginal likelihood decides.

    Args:
        lengthscale: (d,) in units of the standardised inputs.
        coregionalisation: (m, m) matrix B.
        individual: (m, m) matrix D.
        noise: (m,) variance of a measurement.
    """

    lengthscale: FloatArray
    coregionalisation: FloatArray
    individual: FloatArray
    noise: FloatArray


@dataclass(frozen=True)
class Posterior:
    """A process conditioned on measurements.

    Args:
        hyper: Hyperparameters.
        inputs: (n, d) standardised.
        tasks: (n,) fidelity of each row.
        materials: (n,) number of the material of each row.
        values: (n,) centred.
        noise: (n,) variance of each row.
        root: (n, n) lower Cholesky factor of the covariance of the values.
    """

    hyper: Hyperparameters
    inputs: FloatArray
    tasks: Tasks
    materials: Tasks
    values: FloatArray
    noise: FloatArray
    root: FloatArray

    def predict(self, inputs: FloatArray, materials: Tasks) -> tuple[FloatArray, FloatArray]:
        """Return mean (q, m) and covariance (q, m, m) of the latent fidelities.

        Args:
            inputs: (q, d) standardised.
            materials: (q,) number of the material, -1 for one that was never observed.
        """
        b, individual = self.hyper.coregionalisation, self.hyper.individual
        m = len(b)
        weights = cho_solve((self.root, True), self.values)
        mean, covariance = np.empty((len(inputs), m)), np.empty((len(inputs), m, m))
        for start in range(0, len(inputs), _CHUNK):
            part = slice(start, start + _CHUNK)
            kernel = matern(inputs[part], self.inputs, self.hyper.lengthscale)
            cross = kernel[:, None, :] * b[:, self.tasks][None]
            same = materials[part, None] == self.materials[None]
            cross += same[:, None, :] * individual[:, self.tasks][None]
            mean[part] = cross @ weights
            half = solve_triangular(
                self.root, cross.reshape(-1, len(self.values)).T, lower=True, check_finite=False
            )
            half = half.T.reshape(len(kernel), m, -1)
            covariance[part] = b + individual - half @ half.transpose(0, 2, 1)
        return mean, covariance

    def left_out(self) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance (n,) of each value given all others (Sundararajan 2001)."""
        inverse = cho_solve((self.root, True), np.eye(len(self.values)))
        variance = 1 / np.diag(inverse)
        return self.values - inverse @ self.values * variance, variance

    def factor(self, inputs: FloatArray, task: int, seed: int) -> FloatArray:
        """Return a root (q, r) of the posterior covariance of one fidelity between inputs (q, d).

        Random Fourier features of the kernel (Rahimi and Recht, NeurIPS 2007), their weights
        conditioned on the values: each row depends on its own input alone. What is individual
        to a material counts as noise here; it correlates no two of them.
        """
        rng = stream(seed, "fourier")
        d, m = self.inputs.shape[1], len(self.hyper.coregionalisation)
        # the spectrum of Matern-5/2 is Student's t with 5 degrees of freedom
        scale = np.sqrt(rng.chisquare(5, _FREQUENCIES) / 5)
        frequency = rng.standard_normal((d, _FREQUENCIES)) / scale
        phase = rng.uniform(0, 2 * np.pi, _FREQUENCIES)
        mixing = cholesky(self.hyper.coregionalisation + _JITTER * np.eye(m), lower=True)

        def features(x: FloatArray, mixed: FloatArray) -> FloatArray:
            waves = np.cos((x / self.hyper.lengthscale) @ frequency + phase)
            waves *= np.sqrt(2 / _FREQUENCIES)
            return (mixed[:, :, None] * waves[:, None, :]).reshape(len(x), m * _FREQUENCIES)

        noise = self.noise + np.diag(self.hyper.individual)[self.tasks]
        seen = features(self.inputs, mixing[self.tasks]) / np.sqrt(noise)[:, None]
        precision = cholesky(seen.T @ seen + np.eye(m * _FREQUENCIES), lower=True)
        root = np.empty((len(inputs), m * _FREQUENCIES))
        for start in range(0, len(inputs), _CHUNK):
            part = slice(start, start + _CHUNK)
            wanted = features(inputs[part], mixing[[task]])
            root[part] = solve_triangular(precision, wanted.T, lower=True, check_finite=False).T
        return root


def condition(
    hyper: Hyperparameters,
    inputs: FloatArray,
    tasks: Tasks,
    materials: Tasks,
    values: FloatArray,
    own: FloatArray,
) -> Posterior:
    """Return the process conditioned on values (n,) with own variances ``own`` (n,)."""
    noise = hyper.noise[tasks] + own + _JITTER
    between = np.ix_(tasks, tasks)
    kernel = matern(inputs, inputs, hyper.lengthscale) * hyper.coregionalisation[between]
    kernel += (materials[:, None] == materials[None]) * hyper.individual[between]
    root = cholesky(kernel + np.diag(noise), lower=True)
    return Posterior(hyper, inputs, tasks, materials, values, noise, root)


def matern(x: FloatArray, y: FloatArray, lengthscale: FloatArray) -> FloatArray:
    """Return the Matern-5/2 kernel (p, q) between x (p, d) and y (q, d)."""
    x, y = x / lengthscale, y / lengthscale
    square = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None] - 2 * x @ y.T
    scaled = np.sqrt(5 * np.maximum(square, 0.0))
    return (1 + scaled + scaled**2 / 3) * np.exp(-scaled)
