"""Hyperparameters of the process by penalised marginal likelihood, with gpytorch's kernels."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from scipy.optimize import minimize

with warnings.catch_warnings():
    # gpytorch's dependencies still call torch.jit.script while they are imported
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from gpytorch.kernels import IndexKernel, MaternKernel
    from gpytorch.priors import LogNormalPrior, NormalPrior

from discovery.types import FloatArray
from proxies.kernels import JITTER, Hyperparameters, Tasks
from proxies.process import Rows

_STEPS = 30
_TYPICAL_WEIGHT = 0.5  # between fidelities; few rows must not prove a strong relation
_TYPICAL_REACH = 0.3  # between compositions, whose distances are at most about 1.4
_RAW_BOUNDS = (-6.0, 12.0)  # of logarithms and inverse softplus
_ROWS = 400  # bounds the cost, which grows with the cube; all rows are conditioned on
_TYPICAL_NOISE = 0.1  # of unit-variance scores; repeated conductivities differ by that much


class Trainable(torch.nn.Module):
    """The kernel of :mod:`proxies.kernels` with priors, for gradients.

    Args:
        width: Number d of inputs with a length scale of their own; where rows have more columns,
            the others are those of the composition kernel.
        count: Number m of fidelities.
        coupled: Whether fidelities may correlate; otherwise B and D are diagonal.
        composed: Whether there is a composition kernel.
    """

    def __init__(self, width: int, count: int, *, coupled: bool, composed: bool) -> None:
        super().__init__()
        self._composed = composed
        self._features = MaternKernel(nu=2.5, ard_num_dims=width).double()
        self._features.lengthscale = 2 * np.sqrt(width)
        self._composition = MaternKernel(nu=2.5).double().requires_grad_(composed)
        self._composition.lengthscale = _TYPICAL_REACH
        self._smooth = _between_fidelities(count, 0.5, coupled=coupled)
        self._individual = _between_fidelities(count, 0.2, coupled=coupled)
        start = torch.full((count,), np.log(_TYPICAL_NOISE), dtype=torch.float64)
        self._log_noise = torch.nn.Parameter(start)
        self._share = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64), composed)
        # Hvarfner et al. (ICML 2024): typical length scales grow with the root of the dimension
        self._lengths = LogNormalPrior(np.sqrt(2) + np.log(width) / 2, np.sqrt(3))
        self._noises = LogNormalPrior(np.log(_TYPICAL_NOISE), 1.0)
        self._reaches = LogNormalPrior(np.log(_TYPICAL_REACH), 1.0)
        self._shares = NormalPrior(0.0, 1.0)
        self._weights = NormalPrior(0.0, _TYPICAL_WEIGHT)
        self._variances = LogNormalPrior(-1.0, 1.0)

    def loss(self, inputs: torch.Tensor, rows: Rows) -> torch.Tensor:
        """Return the negative log posterior density of the hyperparameters per row.

        Args:
            inputs: (n, d + e), in the place of those of the rows.
            rows: What is to be explained.
        """
        t, of = torch.from_numpy(rows.tasks), torch.from_numpy(rows.materials)
        measured, own = torch.from_numpy(rows.measured).double(), torch.from_numpy(rows.own)
        noise = self._log_noise.exp()
        covariance = self._between(inputs) * self._smooth.covar_matrix.to_dense()[t][:, t]
        same = (of[:, None] == of[None]).double()
        covariance = covariance + same * self._individual.covar_matrix.to_dense()[t][:, t]
        root = torch.linalg.cholesky(covariance + torch.diag(noise[t] * measured + own + JITTER))
        values = torch.from_numpy(rows.values)[:, None]
        white = torch.linalg.solve_triangular(root, values, upper=False)
        value = 0.5 * (white**2).sum() + root.diagonal().log().sum()
        return (value - self._log_prior(noise)) / len(rows)

    def adopt(self, found: Hyperparameters) -> None:
        """Take k from hyperparameters of fewer fidelities, and learn it no more."""
        self._features.lengthscale = torch.from_numpy(found.lengthscale)
        self._composition.lengthscale = found.reach
        with torch.no_grad():
            self._share.fill_(np.log(found.share / (1 - found.share)) if self._composed else 0.0)
        for parameter in (*self._features.parameters(), *self._composition.parameters()):
            parameter.requires_grad = False
        self._share.requires_grad = False

    def found(self) -> Hyperparameters:
        """Return the hyperparameters as they are now."""
        with torch.no_grad():
            return Hyperparameters(
                self._features.lengthscale.numpy()[0].copy(),
                self._smooth.covar_matrix.to_dense().numpy().copy(),
                self._individual.covar_matrix.to_dense().numpy().copy(),
                self._log_noise.exp().numpy().copy(),
                float(self._share.sigmoid()) if self._composed else 0.0,
                float(self._composition.lengthscale),
            )

    def _between(self, inputs: torch.Tensor) -> torch.Tensor:
        width = self._features.ard_num_dims
        kernel = self._features(inputs[:, :width], inputs[:, :width]).to_dense()
        if not self._composed:
            return kernel
        weight, points = self._share.sigmoid(), inputs[:, width:]
        return (1 - weight) * kernel + weight * self._composition(points, points).to_dense()

    def _log_prior(self, noise: torch.Tensor) -> torch.Tensor:
        value = self._lengths.log_prob(self._features.lengthscale).sum()
        value = value + self._noises.log_prob(noise).sum()
        if self._composed:
            value = value + self._reaches.log_prob(self._composition.lengthscale).sum()
            value = value + self._shares.log_prob(self._share).sum()
        for index in (self._smooth, self._individual):
            value = value + self._variances.log_prob(index.var).sum()
            value = value + self._weights.log_prob(index.covar_factor).sum()
        return value


def learn(rows: Rows, *, count: int, coupled: bool, width: int, target: int = 0) -> Hyperparameters:
    """Return the most probable hyperparameters.

    Where fidelities are coupled, the target alone decides k, and all of them what they share: the
    many rows of cheap fidelities would else shape the kernel to their own needs.

    Args:
        rows: Values centred and scaled to unit variance per task; every task should occur.
        count: Number m of fidelities.
        coupled: See :class:`Trainable`.
        width: See :class:`Trainable`.
        target: Task of the target.
    """
    model = Trainable(width, count, coupled=coupled, composed=rows.inputs.shape[1] > width)
    if coupled and count > 1:
        own = rows.take(np.flatnonzero(rows.tasks == target))
        own = replace(own, tasks=np.zeros(len(own), dtype=np.intp))
        model.adopt(learn(own, count=1, coupled=False, width=width))
    rows = rows.take(thin(rows.tasks, rows.materials))
    inputs = torch.from_numpy(rows.inputs)
    free = [p for p in model.parameters() if p.requires_grad]
    with one_thread():
        _minimise(lambda: model.loss(inputs, rows), free)
    return model.found()


def _between_fidelities(count: int, size: float, *, coupled: bool) -> IndexKernel:
    """Return a covariance between fidelities with typical variance 2 * size."""
    index = IndexKernel(num_tasks=count, rank=count).double()
    index.var = torch.full((count,), size, dtype=torch.float64)
    start = np.sqrt(size) * torch.ones(count, count).tril() / np.sqrt(count)
    with torch.no_grad():
        index.covar_factor.copy_(start if coupled else 0 * start)
    index.covar_factor.requires_grad_(coupled)
    return index


@contextmanager
def one_thread() -> Iterator[None]:
    """Sum in one order, whatever the number of cores; the minimiser would amplify rounding."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _minimise(loss: Callable[[], torch.Tensor], free: Sequence[torch.Tensor]) -> None:
    """Minimise in place; the bounds keep every covariance positive definite."""

    def set_to(flat: FloatArray) -> None:
        with torch.no_grad():
            torch.nn.utils.vector_to_parameters(torch.from_numpy(flat), free)

    def value_and_gradient(flat: FloatArray) -> tuple[float, FloatArray]:
        set_to(flat)
        value = loss()
        gradients = torch.autograd.grad(value, free)
        return value.item(), torch.cat([g.reshape(-1) for g in gradients]).numpy()

    start = torch.nn.utils.parameters_to_vector(free).detach().numpy().copy()
    found = minimize(
        value_and_gradient,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[_RAW_BOUNDS] * len(start),
        options={"maxiter": _STEPS, "maxfun": 2 * _STEPS},
    )
    set_to(found.x)


def thin(tasks: Tasks, materials: Tasks) -> Tasks:
    """Return at most ``_ROWS`` rows, evenly many of each task where it has them.

    Of each task those go first whose material has the most answers, because they tell how
    fidelities correlate. No row of a rare task is lost to make room for common ones.
    """
    if len(tasks) <= _ROWS:
        return np.arange(len(tasks))
    answers = np.bincount(materials)[materials]
    order = np.lexsort((materials, -answers))
    place = np.empty(len(tasks), dtype=np.intp)
    for task in np.unique(tasks):
        own = order[tasks[order] == task]
        place[own] = np.arange(len(own))
    return np.sort(np.lexsort((tasks, place))[:_ROWS])
