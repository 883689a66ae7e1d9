"""A process on many rows through a few of them.

The smooth part of the process is summarised by its values u at inducing rows; given them, rows are
taken to be independent but for the individual part of their material. With normal noise the best
normal q(u) is known in closed form (Titsias, AISTATS 2009, eq. 10), so nothing has to be iterated,
and costs grow linearly with the rows. Inducing rows are those whose smooth part the earlier ones
tell least about (the greedy choice of Burt et al., JMLR 21, 131 (2020)).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.sparse import csr_array

from discovery.types import FloatArray
from proxies.kernels import JITTER, Hyperparameters, Tasks, smooth
from proxies.kernels_fourier import joint_root
from proxies.process import Rows

_INDUCING = 512
_CHUNK = 512  # candidates predicted at once, to bound memory
_TOLD = 1e-4  # smooth variance left at a row that needs no inducing row of its own


@dataclass(frozen=True)
class InducedPosterior:
    """See :class:`proxies.process.Posterior`.

    Args:
        hyper: Hyperparameters.
        rows: The n rows.
        inducing: (k,) inducing rows.
        root: (k, k) lower Cholesky factor of their smooth covariance.
        inner: (k, k) lower Cholesky factor of the posterior precision of the whitened u.
        weights: (k,) posterior mean of the whitened u.
        gain: (materials + 1, m, m) by what the individual part follows what is left over at each
            fidelity; the last is for materials never observed, zero.
        observed: (materials + 1, m) values, zero where there is none.
    """

    hyper: Hyperparameters
    rows: Rows
    inducing: Tasks
    root: FloatArray
    inner: FloatArray
    weights: FloatArray
    gain: FloatArray
    observed: FloatArray

    def predict(self, inputs: FloatArray, materials: Tasks) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance, see :class:`proxies.process.Posterior`."""
        b, individual = self.hyper.coregionalisation, self.hyper.individual
        m = len(b)
        mean, covariance = np.empty((len(inputs), m)), np.empty((len(inputs), m, m))
        for start in range(0, len(inputs), _CHUNK):
            part = slice(start, start + _CHUNK)
            count = len(inputs[part])
            white, lean = self._white(
                np.repeat(inputs[part], m, axis=0), np.tile(np.arange(m), count)
            )
            gain = self.gain[materials[part]]
            left = np.eye(m) - gain
            smooth_mean = (self.weights @ white).reshape(count, m)
            kept = left @ white.T.reshape(count, m, -1)
            lean = left @ lean.T.reshape(count, m, -1)
            mean[part] = np.einsum("qst,qt->qs", left, smooth_mean)
            mean[part] += np.einsum("qst,qt->qs", gain, self.observed[materials[part]])
            block = left @ b @ left.transpose(0, 2, 1) + individual - gain @ individual
            block += lean @ lean.transpose(0, 2, 1) - kept @ kept.transpose(0, 2, 1)
            covariance[part] = (block + block.transpose(0, 2, 1)) / 2
        return mean, covariance

    def joint(self, chosen: Tasks) -> tuple[FloatArray, FloatArray]:
        """Return mean and covariance, see :class:`proxies.process.Posterior`."""
        rows, b = self.rows.take(chosen), self.hyper.coregionalisation
        m, count = len(b), len(chosen)
        white, lean = self._white(np.repeat(rows.inputs, m, axis=0), np.tile(np.arange(m), count))
        gain = self.gain[rows.materials, rows.tasks]
        left = np.eye(m)[rows.tasks] - gain
        kept = np.einsum("qt,kqt->qk", left, white.reshape(-1, count, m))
        lean = np.einsum("qt,kqt->qk", left, lean.reshape(-1, count, m))
        mean = kept @ self.weights
        mean += np.einsum("qt,qt->q", gain, self.observed[rows.materials])
        covariance = (left @ b @ left.T) * smooth(rows.inputs, rows.inputs, self.hyper)
        covariance += lean @ lean.T - kept @ kept.T
        same = rows.materials[:, None] == rows.materials[None]
        alone = self.hyper.individual[rows.tasks] - gain @ self.hyper.individual
        covariance += same * alone[:, rows.tasks]
        return mean, (covariance + covariance.T) / 2

    def factor(self, inputs: FloatArray, task: int, seed: int) -> FloatArray:
        """Return the root, see :class:`proxies.process.Posterior`."""
        rows = self.rows
        noise = rows.noise(self.hyper)
        return joint_root(self.hyper, rows.inputs, rows.tasks, noise, inputs, task=task, seed=seed)

    def _white(self, inputs: FloatArray, tasks: Tasks) -> tuple[FloatArray, FloatArray]:
        """Return the whitened cross covariance (k, q) with u, and its posterior root (k, q)."""
        seen = self.rows.take(self.inducing)
        white = solve_triangular(
            self.root, _cross(self.hyper, seen, inputs, tasks), lower=True, check_finite=False
        )
        return white, solve_triangular(self.inner, white, lower=True, check_finite=False)


def induce(hyper: Hyperparameters, rows: Rows, count: int = _INDUCING) -> InducedPosterior:
    """Return the process conditioned on rows through at most ``count`` of them."""
    inducing = _choose(hyper, rows, count)
    seen = rows.take(inducing)
    own = _cross(hyper, seen, seen.inputs, seen.tasks)
    root = cholesky(own + JITTER * np.eye(len(inducing)), lower=True)
    white = solve_triangular(root, _cross(hyper, seen, rows.inputs, rows.tasks), lower=True)
    inverse, gain, observed = _individual(hyper, rows)
    weighted = inverse @ white.T
    inner = cholesky(np.eye(len(inducing)) + white @ weighted, lower=True)
    half = solve_triangular(inner, weighted.T @ rows.values, lower=True)
    weights = solve_triangular(inner, half, lower=True, trans="T")
    return InducedPosterior(hyper, rows, inducing, root, inner, weights, gain, observed)


def _cross(hyper: Hyperparameters, seen: Rows, inputs: FloatArray, tasks: Tasks) -> FloatArray:
    between = np.ix_(seen.tasks, tasks)
    return smooth(seen.inputs, inputs, hyper) * hyper.coregionalisation[between]


def _choose(hyper: Hyperparameters, rows: Rows, count: int) -> Tasks:
    """Return rows by greatest remaining smooth variance: a pivoted Cholesky decomposition."""
    left = np.diag(hyper.coregionalisation)[rows.tasks].copy()
    found = np.empty((min(count, len(rows)), len(rows)))
    chosen: list[int] = []
    for step in range(len(found)):
        best = int(np.argmax(left))
        if left[best] < _TOLD:
            break
        line = _cross(hyper, rows.take(np.array([best])), rows.inputs, rows.tasks)[0]
        found[step] = (line - found[:step, best] @ found[:step]) / np.sqrt(left[best])
        left = np.maximum(left - found[step] ** 2, 0.0)
        chosen.append(best)
    return np.array(chosen or [0], dtype=np.intp)


def _individual(hyper: Hyperparameters, rows: Rows) -> tuple[csr_array, FloatArray, FloatArray]:
    """Return the inverse (n, n) covariance of the rows given u, and the fields of the posterior."""
    m, count = len(hyper.noise), int(rows.materials.max()) + 1
    place = rows.materials, rows.tasks
    known = np.zeros((count, m), dtype=bool)
    known[place] = True
    among = known[:, :, None] & known[:, None]
    blocks = np.where(among, hyper.individual, 0.0)
    noise = np.ones((count, m))
    noise[place] = rows.noise(hyper)
    blocks[:, np.arange(m), np.arange(m)] += noise
    blocks = np.where(among, np.linalg.inv(blocks), 0.0)
    number = np.zeros((count, m), dtype=np.intp)
    number[place] = np.arange(len(rows))
    material, first, second = np.nonzero(among)
    inverse = csr_array(
        (blocks[among], (number[material, first], number[material, second])),
        shape=(len(rows), len(rows)),
    )
    gain, observed = np.zeros((count + 1, m, m)), np.zeros((count + 1, m))
    gain[:-1] = hyper.individual @ blocks
    observed[place] = rows.values
    return inverse, gain, observed
