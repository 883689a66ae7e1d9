"""Hyperparameters of the process by penalised marginal likelihood, with gpytorch's kernels."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from scipy.optimize import minimize

with warnings.catch_warnings():
    # gpytorch's dependencies still call torch.jit.script while they are imported
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from gpytorch.kernels import IndexKernel, MaternKernel
    from gpytorch.priors import LogNormalPrior, NormalPrior

from discovery.types import FloatArray
from proxies.process import Hyperparameters, Tasks

_STEPS = 30
_RAW_BOUNDS = (-6.0, 12.0)  # of logarithms and inverse softplus
_ROWS = 400  # bounds the cost, which grows with the cube; all rows are conditioned on
_TYPICAL_NOISE = 0.1  # of unit-variance scores; repeated conductivities differ by that much


def learn(
    inputs: FloatArray,
    tasks: Tasks,
    materials: Tasks,
    values: FloatArray,
    own: FloatArray,
    *,
    count: int,
    coupled: bool,
) -> Hyperparameters:
    """Return the most probable hyperparameters.

    Args:
        inputs: (n, d) standardised.
        tasks: (n,) in 0 ... count - 1; every one should occur.
        materials: (n,) number of the material.
        values: (n,) centred and scaled to unit variance per task.
        own: (n,) known variance of each row.
        count: Number m of fidelities.
        coupled: Whether fidelities may correlate; otherwise B and D are diagonal.
    """
    chosen = _thin(tasks, materials)
    x, y, known = (torch.from_numpy(a[chosen]) for a in (inputs, values, own))
    t, of = torch.from_numpy(tasks[chosen]), torch.from_numpy(materials[chosen])
    same = (of[:, None] == of[None]).double()
    d = inputs.shape[1]
    # Hvarfner et al. (ICML 2024): typical length scales grow with the root of the dimension
    lengths = LogNormalPrior(np.sqrt(2) + np.log(d) / 2, np.sqrt(3))
    noises = LogNormalPrior(np.log(_TYPICAL_NOISE), 1.0)
    kernel = MaternKernel(nu=2.5, ard_num_dims=d).double()
    kernel.lengthscale = 2 * np.sqrt(d)
    smooth = _between_fidelities(count, 0.5, coupled=coupled)
    individual = _between_fidelities(count, 0.2, coupled=coupled)
    log_noise = torch.full(
        (count,), np.log(_TYPICAL_NOISE), dtype=torch.float64, requires_grad=True
    )
    modules = (kernel, smooth, individual)
    free = [p for module in modules for p in module.parameters() if p.requires_grad]
    weights, variances = NormalPrior(0.0, 1.0), LogNormalPrior(-1.0, 1.0)

    def loss() -> torch.Tensor:
        noise = log_noise.exp()
        covariance = kernel(x, x).to_dense() * smooth.covar_matrix.to_dense()[t][:, t]
        covariance = covariance + same * individual.covar_matrix.to_dense()[t][:, t]
        root = torch.linalg.cholesky(covariance + torch.diag(noise[t] + known + 1e-6))
        white = torch.linalg.solve_triangular(root, y[:, None], upper=False)
        value = 0.5 * (white**2).sum() + root.diagonal().log().sum()
        value = value - lengths.log_prob(kernel.lengthscale).sum() - noises.log_prob(noise).sum()
        for index in (smooth, individual):
            value = value - variances.log_prob(index.var).sum()
            value = value - weights.log_prob(index.covar_factor).sum()
        return value / len(y)

    with _one_thread():
        _minimise(loss, [*free, log_noise])
    with torch.no_grad():
        return Hyperparameters(
            kernel.lengthscale.numpy()[0].copy(),
            smooth.covar_matrix.to_dense().numpy().copy(),
            individual.covar_matrix.to_dense().numpy().copy(),
            log_noise.exp().numpy().copy(),
        )


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
def _one_thread() -> Iterator[None]:
    """Sum in one order, whatever the number of cores; the minimiser would amplify rounding."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _minimise(loss: Callable[[], torch.Tensor], free: list[torch.Tensor]) -> None:
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


def _thin(tasks: Tasks, materials: Tasks) -> Tasks:
    """Return at most ``_ROWS`` rows.

    One half are materials with the most answers, because they tell how fidelities correlate;
    the other is spread evenly over the tasks.
    """
    if len(tasks) <= _ROWS:
        return np.arange(len(tasks))
    answers = np.bincount(materials)[materials]
    first, rest = np.split(np.lexsort((materials, -answers)), [_ROWS // 2])
    rest = rest[np.argsort(tasks[rest], kind="stable")]
    spread = np.linspace(0, len(rest) - 1, _ROWS - len(first)).astype(np.intp)
    return np.sort(np.concatenate([first, rest[spread]]))
