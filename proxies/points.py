"""Proxies for candidates that are points: light ones, asked thousands of times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from discovery.errors import NotFittedError
from discovery.protocols import State
from discovery.types import Belief, Candidate, Fidelity, FloatArray, Observation
from proxies.kernels import Hyperparameters, matern
from proxies.kernels_fourier import joint_root
from proxies.likelihood import propagate
from proxies.points_inputs import Answers, Axes, IntArray, answers, axes
from proxies.points_kernel import Hyper, covariance, learn
from proxies.remembered import recalled, told

_MOST = 128
"""Answers from which hyperparameters are learnt, at most."""
_CHUNK = 4096  # candidates predicted at once, to bound memory


@dataclass(frozen=True)
class Prior:
    """What was learnt before conditioning.

    Args:
        axes: Of the points.
        hyper: Of the process.
    """

    axes: Axes
    hyper: Hyper


@dataclass(frozen=True)
class PointProcess:
    """A process conditioned on n answers.

    Args:
        prior: Axes and hyperparameters.
        fidelities: Names, length m.
        target: Column of the target.
        centre: (m,) mean of the values of each fidelity.
        size: (m,) their deviation.
        evidence: (n, d) points that were answered.
        task: (n,) fidelity.
        weights: (n,) K⁻¹ y.
        root: (n, n) lower Cholesky factor of K.
        noise: (n,) variances of the answers.
        seed: Of the root of the covariance between candidates.
    """

    prior: Prior
    fidelities: tuple[str, ...]
    target: int
    centre: FloatArray
    size: FloatArray
    evidence: FloatArray
    task: IntArray
    weights: FloatArray
    root: FloatArray
    noise: FloatArray
    seed: int


class PointGaussianProcess:
    """An exact Gaussian process on descriptors, Matern-5/2 with a length scale for each.

    Composition, where there is one, counts as shares of the elements. Fidelities share the kernel
    and have a covariance of their own. Hyperparameters maximise the marginal likelihood times
    priors; they are learnt from the first answers and kept until there are ``refit`` more of them,
    so what is believed follows from the answers and their order alone. Bounds enter by expectation
    propagation (:mod:`proxies.likelihood`).

    Args:
        refit: Share by which the answers must grow before hyperparameters are learnt again.
    """

    def __init__(self, *, refit: float = 0.1) -> None:
        self._refit = refit
        self._learned: PointProcess | None = None
        self._last: tuple[bytes, Prior] | None = None
        self._seen: tuple[Sequence[Candidate], Axes, FloatArray] | None = None

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far.

        Raises:
            NotFittedError: The target fidelity has no value and no bound.
        """
        given = answers(observations, fidelities)
        m = len(fidelities)
        prior = self._prior(given, _learnt_from(len(given.value), self._refit), m)
        centre, size = _standard(given, m)
        points = prior.axes.points(given.candidates)
        value = (given.value - centre[given.task]) / size[given.task]
        task, noise = given.task, prior.hyper.noise[given.task]
        value, noise = _without_bounds(prior.hyper, points, given, value, noise)
        root = cholesky(covariance(prior.hyper, points, task, noise), lower=True)
        self._learned = PointProcess(
            prior,
            tuple(fidelity.name for fidelity in fidelities),
            [fidelity.target for fidelity in fidelities].index(True),
            centre,
            size,
            points,
            task,
            cho_solve((root, True), value),
            root,
            noise,
            seed,
        )

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        model = self._known()
        hyper, m = model.prior.hyper, len(model.fidelities)
        points = self._points(model.prior.axes, candidates)
        mean, latent = np.empty((len(points), m)), np.empty((len(points), m, m))
        b = hyper.fidelities
        for start in range(0, len(points), _CHUNK):
            part = slice(start, start + _CHUNK)
            kernel = matern(points[part], model.evidence, hyper.length)
            cross = kernel[:, None, :] * b[:, model.task]
            mean[part] = cross @ model.weights
            flat = cross.reshape(-1, len(model.task)).T
            half = solve_triangular(model.root, flat, lower=True, check_finite=False)
            half = half.T.reshape(len(kernel), m, -1)
            latent[part] = b - half @ half.transpose(0, 2, 1)
        latent[:, np.arange(m), np.arange(m)] += 1e-9  # rounding must not make it negative
        return Belief(
            model.fidelities,
            model.fidelities[model.target],
            model.centre + model.size * mean,
            latent * np.outer(model.size, model.size),
            hyper.noise * model.size**2,
            _joint(model, points, latent[:, model.target, model.target]),
        )

    def state(self) -> State:
        """Return what was learned.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        state: State = told(self._known())
        return state

    def restore(self, state: State) -> None:
        """Take over what a proxy of the same kind has learned.

        Raises:
            InvalidInputError: The state is not one of this kind of proxy.
        """
        self._learned = recalled(PointProcess, state)

    def _prior(self, given: Answers, count: int, fidelities: int) -> Prior:
        """Learn axes and hyperparameters from the first answers, unless it was these last time."""
        chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST)).round().astype(int))
        some = Answers(
            tuple(given.candidates[row] for row in range(count)),
            given.task[chosen],
            given.value[chosen],
            given.side[chosen],
        )
        ids = "".join(candidate.id for candidate in some.candidates).encode()
        arrays = (some.task, some.value, some.side, np.array(fidelities))
        key = b"".join([ids, *(array.tobytes() for array in arrays)])
        if self._last is None or self._last[0] != key:
            spanned = axes(some.candidates)
            points = spanned.points([some.candidates[row] for row in chosen])
            centre, size = _standard(some, fidelities)
            exact = some.side == 0
            value = (some.value - centre[some.task]) / size[some.task]
            hyper = learn(points[exact], some.task[exact], value[exact], fidelities)
            self._last = (key, Prior(spanned, hyper))
        return self._last[1]

    def _points(self, spanned: Axes, candidates: Sequence[Candidate]) -> FloatArray:
        """A pool is asked for round after round."""
        seen = self._seen
        if seen is None or seen[0] is not candidates or seen[1] is not spanned:
            self._seen = seen = (candidates, spanned, spanned.points(candidates))
        return seen[2]

    def _known(self) -> PointProcess:
        if self._learned is None:
            raise NotFittedError("this proxy has no observations yet; call fit first")
        return self._learned


def _joint(model: PointProcess, points: FloatArray, variance: FloatArray) -> FloatArray:
    """A root (k, r) of the covariance of the target between candidates, in its unit."""
    hyper, m = model.prior.hyper, len(model.fidelities)
    kernel = Hyperparameters(hyper.length, hyper.fidelities, np.zeros((m, m)), hyper.noise)
    evidence, noise = (model.evidence, model.task), model.noise + 1e-8
    root = joint_root(kernel, *evidence, noise, points, task=model.target, seed=model.seed)
    # a root may not explain more than the variance it is a root of
    std, length = np.sqrt(variance), np.sqrt(np.einsum("nr,nr->n", root, root))
    return root * (model.size[model.target] * std / np.maximum(std, length))[:, None]


def _learnt_from(count: int, refit: float) -> int:
    """The last number of answers, up to ``count``, at which hyperparameters are learnt."""
    size = 1
    while (following := max(size + 1, int(size * (1 + refit)))) <= count:
        size = following
    return size


def _standard(given: Answers, fidelities: int) -> tuple[FloatArray, FloatArray]:
    """Mean and deviation (m,) of the values of each fidelity, of its bounds where it has none."""
    centre, size = np.zeros(fidelities), np.ones(fidelities)
    for column in range(fidelities):
        own = given.task == column
        exact = own & (given.side == 0)
        values = given.value[exact if exact.any() else own]
        if len(values):
            centre[column], spread = values.mean(), values.std()
            size[column] = spread if spread > 0 else max(abs(centre[column]), 1e-6)
    return centre, size


def _without_bounds(
    hyper: Hyper, points: FloatArray, given: Answers, value: FloatArray, noise: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Values and noises (n,) with what bounds say in the place of bounds."""
    limited = np.flatnonzero(given.side)
    if not len(limited):
        return value, noise
    exact = np.flatnonzero(given.side == 0)
    joint = covariance(hyper, points, given.task, np.zeros(len(value)))
    told_of = joint[np.ix_(exact, exact)] + np.diag(noise[exact])
    root = cholesky(told_of, lower=True)
    half = solve_triangular(root, joint[np.ix_(exact, limited)], lower=True)
    mean = half.T @ solve_triangular(root, value[exact], lower=True)
    spread = joint[np.ix_(limited, limited)] - half.T @ half
    precision, shift = propagate(mean, spread, value[limited], given.side[limited])
    value, noise = value.copy(), noise.copy()
    value[limited], noise[limited] = shift / precision, 1 / precision
    return value, noise
