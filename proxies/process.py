"""Exact Gaussian process over (material, fidelity) pairs: conditioning and prediction."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from discovery.types import BoolArray, FloatArray
from proxies.kernels import JITTER, Hyperparameters, Tasks, smooth
from proxies.kernels_fourier import joint_root

_CHUNK = 512  # candidates predicted at once, to bound memory


@dataclass(frozen=True)
class Rows:
    """What a process is conditioned on, one row per answer.

    Args:
        inputs: (n, d) standardised, with the composition's columns behind where it has a share.
        tasks: (n,) fidelity.
        materials: (n,) number of the material.
        values: (n,) centred.
        own: (n,) known variance.
        measured: (n,) whether the noise of the fidelity adds to it.
    """

    inputs: FloatArray
    tasks: Tasks
    materials: Tasks
    values: FloatArray
    own: FloatArray
    measured: BoolArray

    def __len__(self) -> int:
        return len(self.values)

    def noise(self, hyper: Hyperparameters) -> FloatArray:
        """Return the variance (n,) of each value around the latent one."""
        noise: FloatArray = self.own + np.where(self.measured, hyper.noise[self.tasks], 0.0)
        return noise + JITTER

    def take(self, chosen: Tasks) -> "Rows":
        """Return some of the rows."""
        return Rows(
            self.inputs[chosen],
            self.tasks[chosen],
            self.materials[chosen],
            self.values[chosen],
            self.own[chosen],
            self.measured[chosen],
        )


class Posterior(Protocol):
    """A process conditioned on rows, exactly or nearly so."""

    @property
    def hyper(self) -> Hyperparameters:
        """Of the kernel."""
        ...

    def predict(self, inputs: FloatArray, materials: Tasks) -> tuple[FloatArray, FloatArray]:
        """Return mean (q, m) and covariance (q, m, m) of the latent fidelities.

        Args:
            inputs: (q, d) standardised.
            materials: (q,) number of the material, -1 for one that was never observed.
        """
        ...

    def joint(self, chosen: Tasks) -> tuple[FloatArray, FloatArray]:
        """Return mean (k,) and covariance (k, k) of the latent values behind some of its rows."""
        ...

    def factor(self, inputs: FloatArray, task: int, seed: int) -> FloatArray:
        """Return a root (q, r) of the covariance of a fidelity; see :func:`joint_root`."""
        ...


@dataclass(frozen=True)
class ExactPosterior:
    """See :class:`Posterior`.

    Args:
        hyper: Hyperparameters.
        rows: The n rows.
        root: (n, n) lower Cholesky factor of the covariance of the values.
    """

    hyper: Hyperparameters
    rows: Rows
    root: FloatArray

    def predict(self, inputs: FloatArray, materials: Tasks) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance, see :class:`Posterior`."""
        b, individual = self.hyper.coregionalisation, self.hyper.individual
        m, rows = len(b), self.rows
        weights = cho_solve((self.root, True), rows.values)
        mean, covariance = np.empty((len(inputs), m)), np.empty((len(inputs), m, m))
        for start in range(0, len(inputs), _CHUNK):
            part = slice(start, start + _CHUNK)
            kernel = smooth(inputs[part], rows.inputs, self.hyper)
            cross = kernel[:, None, :] * b[:, rows.tasks][None]
            same = materials[part, None] == rows.materials[None]
            cross += same[:, None, :] * individual[:, rows.tasks][None]
            mean[part] = cross @ weights
            half = solve_triangular(
                self.root, cross.reshape(-1, len(rows)).T, lower=True, check_finite=False
            )
            half = half.T.reshape(len(kernel), m, -1)
            covariance[part] = b + individual - half @ half.transpose(0, 2, 1)
        return mean, covariance

    def joint(self, chosen: Tasks) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance, see :class:`Posterior`."""
        cross = _covariance(self.hyper, self.rows.take(chosen), self.rows)
        half = solve_triangular(self.root, cross.T, lower=True, check_finite=False)
        mean = cross @ cho_solve((self.root, True), self.rows.values)
        return mean, cross[:, chosen] - half.T @ half

    def factor(self, inputs: FloatArray, task: int, seed: int) -> FloatArray:
        """Return the root, see :class:`Posterior`."""
        rows = self.rows
        noise = rows.noise(self.hyper)
        return joint_root(self.hyper, rows.inputs, rows.tasks, noise, inputs, task=task, seed=seed)


def condition(hyper: Hyperparameters, rows: Rows) -> ExactPosterior:
    """Return the process conditioned on rows."""
    covariance = _covariance(hyper, rows, rows)
    covariance[np.diag_indices_from(covariance)] += rows.noise(hyper)
    return ExactPosterior(hyper, rows, cholesky(covariance, lower=True))


def _covariance(hyper: Hyperparameters, rows: Rows, others: Rows) -> FloatArray:
    between = np.ix_(rows.tasks, others.tasks)
    kernel = smooth(rows.inputs, others.inputs, hyper) * hyper.coregionalisation[between]
    same = rows.materials[:, None] == others.materials[None]
    kernel += same * hyper.individual[between]
    return kernel
