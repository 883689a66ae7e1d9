"""Proxies for candidates that are points: light ones, asked thousands of times."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from discovery.errors import NotFittedError
from discovery.protocols import State
from discovery.types import Belief, Candidate, Fidelity, FloatArray, Observation
from proxies.kernels import Hyperparameters, matern
from proxies.kernels_fourier import joint_root
from proxies.points_inputs import Answers, Axes, IntArray, answers, axes
from proxies.points_kernel import Hyper, covariance, learn
from proxies.points_solving import solved, without_bounds
from proxies.remembered import recalled, told

_MOST = 128
"""Answers from which hyperparameters are learnt, at most."""
_CHUNK = 4096  # candidates predicted at once, to bound memory
_AT_ONE_POINT = 1 - 1e-6  # of a kernel, rounding included


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
        ids: (n,) whose they are.
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
    ids: tuple[str, ...]
    task: IntArray
    weights: FloatArray
    root: FloatArray
    noise: FloatArray
    seed: int


class PointGaussianProcess:
    """An exact Gaussian process on descriptors, Matern-5/2 with a length scale for each.

    Composition, where there is one, counts as shares of the elements. Fidelities share the kernel
    and what a candidate has of its own (:mod:`proxies.points_kernel`). Hyperparameters maximise the
    marginal likelihood times priors; they are learnt from the first answers of each fidelity until
    one has ``refit`` more, so what is believed follows from the answers and their order alone.
    Bounds enter by expectation propagation (:mod:`proxies.likelihood`).

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
        prior = self._prior(given, m)
        centre, size = _standard(given, m)
        points = prior.axes.points(given.candidates)
        value = (given.value - centre[given.task]) / size[given.task]
        task, noise = given.task, prior.hyper.noise[given.task]
        value, noise = without_bounds(prior.hyper, points, given, value, noise)
        root = cholesky(covariance(prior.hyper, points, given.who, task, noise), lower=True)
        self._learned = PointProcess(
            prior,
            tuple(fidelity.name for fidelity in fidelities),
            [fidelity.target for fidelity in fidelities].index(True),
            centre,
            size,
            points,
            tuple(candidate.id for candidate in given.candidates),
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
        belief, points, variance = self._believed(candidates)
        return replace(belief, factor=_joint(self._known(), points, variance))

    def marginal(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief of :meth:`predict` without the covariance between candidates.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        return self._believed(candidates)[0]

    def _believed(self, candidates: Sequence[Candidate]) -> tuple[Belief, FloatArray, FloatArray]:
        """Belief without factor, points, and variances of the target in units of the process."""
        model = self._known()
        hyper, m = model.prior.hyper, len(model.fidelities)
        points = self._points(model.prior.axes, candidates)
        mean, latent = np.empty((len(points), m)), np.empty((len(points), m, m))
        b = hyper.fidelities
        prior = (1 + hyper.own) * b + hyper.shift * np.eye(m)
        inverse = solve_triangular(model.root, np.eye(len(model.root)), lower=True)
        for start in range(0, len(points), _CHUNK):
            part = slice(start, start + _CHUNK)
            kernel = matern(points[part], model.evidence, hyper.length)
            if hyper.own:
                kernel += hyper.own * _same(kernel, candidates[part], model.ids)
            mean[part], explained = solved(hyper, model.task, model.weights, inverse, kernel)
            latent[part] = prior - explained
        latent[:, np.arange(m), np.arange(m)] += 1e-9  # rounding must not make it negative
        belief = Belief(
            model.fidelities,
            model.fidelities[model.target],
            model.centre + model.size * mean,
            latent * np.outer(model.size, model.size),
            hyper.noise * model.size**2,
        )
        return belief, points, latent[:, model.target, model.target]

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

    def _prior(self, given: Answers, fidelities: int) -> Prior:
        """Learn axes and hyperparameters from the first answers, unless it was these last time."""
        first = _first(given, self._refit)
        chosen = first[_spread(given, first)]
        some = Answers(
            tuple(given.candidates[row] for row in first.tolist()),
            given.who[chosen],
            given.task[chosen],
            given.value[chosen],
            given.side[chosen],
        )
        ids = "".join(candidate.id for candidate in some.candidates).encode()
        arrays = (some.task, some.value, some.side, np.array(fidelities))
        key = b"".join([ids, *(array.tobytes() for array in arrays)])
        if self._last is None or self._last[0] != key:
            spanned = axes(some.candidates)
            points = spanned.points([given.candidates[row] for row in chosen.tolist()])
            centre, size = _standard(some, fidelities)
            exact = some.side == 0
            value = (some.value - centre[some.task]) / size[some.task]
            told_of = (points[exact], some.who[exact], some.task[exact], value[exact])
            hyper = learn(*told_of, fidelities)
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
    hyper = model.prior.hyper
    own = hyper.own * hyper.fidelities
    kernel = Hyperparameters(hyper.length, hyper.fidelities, own, hyper.noise)
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


def _first(given: Answers, refit: float) -> IntArray:
    """Rows of the answers that hyperparameters are learnt from, counted for each fidelity."""
    learnt = np.zeros(len(given.task), dtype=np.bool_)
    for column in np.unique(given.task):
        own = np.flatnonzero(given.task == column)
        learnt[own[: _learnt_from(len(own), refit)]] = True
    return np.flatnonzero(learnt)


def _spread(given: Answers, rows: IntArray) -> IntArray:
    """Places of as many of these rows as hyperparameters are learnt from, evenly over their order.

    Candidates that were asked at several fidelities come first, they tell how these are related;
    and fidelities that were seldom asked.
    """
    if len(rows) <= _MOST:
        return np.arange(len(rows))
    who, task = given.who[rows], given.task[rows]
    first = (np.bincount(who)[who] > 1) | (np.bincount(task)[task] <= _MOST // 2)
    several, once = np.flatnonzero(first), np.flatnonzero(~first)
    several = several[_even(len(several), _MOST)]
    once = once[_even(len(once), _MOST - len(several))]
    return np.sort(np.concatenate([several, once]))


def _even(count: int, wanted: int) -> IntArray:
    """Places of some of ``count`` in a row, evenly spaced."""
    places = np.linspace(0, count - 1, min(count, wanted)).round()
    return np.unique(places.astype(np.int64))


def _same(kernel: FloatArray, first: Sequence[Candidate], ids: tuple[str, ...]) -> FloatArray:
    """(p, n) one where candidate and answer belong together; their points are equal then."""
    same: FloatArray = np.zeros(kernel.shape)
    for row, answer in np.argwhere(kernel > _AT_ONE_POINT).tolist():
        same[row, answer] = first[row].id == ids[answer]
    return same


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
