"""What the three Gaussian-process proxies share: scores in, a joint belief out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.rng import derive
from discovery.types import Belief, Candidate, FloatArray
from proxies.beliefs import Column, assemble
from proxies.censoring import expectation
from proxies.evidence import Evidence
from proxies.inputs import Inputs, choose_inputs
from proxies.process import Hyperparameters, Posterior, Tasks, condition
from proxies.scale import Scale, fit_scale
from proxies.stage_model import FEWEST, StageModel, TreeSettings, fit_stage_model

_ROUNDS = 4  # of expectation for the bounds; they move by < 0.01 scores after three


@dataclass(frozen=True)
class Settings:
    """How a Gaussian process is set up.

    Args:
        trees: For the choice of inputs, and for the mean where ``residual``.
        inputs: Number of inputs.
        residual: Whether the process learns the held-out errors of staged trees, which give the
            mean; otherwise it learns the scores.
        coupled: Whether fidelities correlate.
        prior_correlation: With the target, of a fidelity with too few observations to tell.
    """

    trees: TreeSettings
    inputs: int
    residual: bool
    coupled: bool
    prior_correlation: float


@dataclass(frozen=True)
class Rows:
    """Observations as rows: material (index), task, position on the score axis, side, variance."""

    material: NDArray[np.intp]
    task: Tasks
    position: FloatArray
    side: NDArray[np.int8]
    own: FloatArray


@dataclass(frozen=True)
class GaussianModel:
    """A fitted joint model of all fidelities with enough data.

    Args:
        evidence: What it was fitted to.
        trained: Columns with enough data, in order; the tasks of the process.
        scales: Score axis of each task.
        means: Staged trees of each task, or none.
        inputs: Of the process.
        posterior: The process; its values are in units of ``width``.
        centre: (tasks,) constant mean of what the process learns.
        width: (tasks,) deviation of it.
        prior_correlation: See :class:`Settings`.
        seed: Of the joint root.
    """

    evidence: Evidence
    trained: tuple[int, ...]
    scales: tuple[Scale, ...]
    means: tuple[StageModel | None, ...]
    inputs: Inputs
    posterior: Posterior
    centre: FloatArray
    width: FloatArray
    prior_correlation: float
    seed: int

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief at all fidelities, with cross-fidelity covariance and joint root."""
        x = self.inputs.of(candidates)
        mean, covariance = self.posterior.predict(x)
        std = np.sqrt(np.maximum(np.einsum("nii->ni", covariance), 1e-6))
        columns: list[Column | None] = [None] * len(self.evidence.fidelities)
        nothing = np.empty((len(candidates), 0))
        for task, k in enumerate(self.trained):
            score = mean[:, task] * self.width[task] + self.centre[task]
            trees = self.means[task]
            if trees is not None:
                score = score + trees.predict(candidates, nothing)[0]
            noise = self.posterior.hyper.noise[task] * self.width[task] ** 2
            columns[k] = Column(self.scales[task], score, std[:, task] * self.width[task], noise)
        correlation = self._correlation(covariance / (std[:, :, None] * std[:, None, :]))
        target = self.trained.index(self.evidence.target)
        factor = self.posterior.factor(x, target, self.seed) * self.width[target]
        return assemble(self.evidence, len(candidates), columns, correlation, factor)

    def _correlation(self, between: FloatArray) -> FloatArray:
        """Extend correlations (n, tasks, tasks) to all m fidelities.

        A fidelity without data is believed to be the target, blurred: its correlation with any
        other is ``prior_correlation`` times the target's, which keeps the matrix positive.
        """
        m = len(self.evidence.fidelities)
        target = self.trained.index(self.evidence.target)
        source = np.array([self.trained.index(k) if k in self.trained else target for k in range(m)])
        share = np.array([1.0 if k in self.trained else self.prior_correlation for k in range(m)])
        return between[:, source[:, None], source[None, :]] * share[:, None] * share[None, :]


def fit_gaussian(evidence: Evidence, settings: Settings, seed: int) -> GaussianModel | None:
    """Fit the model; ``None`` where the target has too few observations to learn from."""
    known = evidence.known
    trained = tuple(k for k in range(known.shape[1]) if known[:, k].sum() >= FEWEST)
    if evidence.target not in trained:
        return None
    scales, means, blocks, baselines = [], [], [], []
    for task, k in enumerate(trained):
        rows = np.flatnonzero(known[:, k])
        scale = fit_scale(evidence.value[rows, k], settings.trees.transform)
        trees = _trees(evidence, k, settings, seed) if settings.residual else None
        baseline = trees.held_out if trees is not None else np.zeros(len(rows))
        own = np.nan_to_num(evidence.error[rows, k] / scale.slope) ** 2
        position = scale.forward(evidence.value[rows, k])
        side = evidence.side[rows, k]
        blocks.append(Rows(rows, np.full(len(rows), task), position - baseline, side, own))
        baselines.append(baseline)
        scales.append(scale)
        means.append(trees)
    rows = Rows(*(np.concatenate(part) for part in zip(*(_parts(b) for b in blocks), strict=True)))
    start, _ = expectation(np.zeros(len(rows.side)), np.ones(len(rows.side)), rows.position, rows.side)
    values = np.where(rows.side == 0, rows.position, start)
    centre = np.array([values[rows.task == t].mean() for t in range(len(trained))])
    width = np.array([max(values[rows.task == t].std(), 1e-2) for t in range(len(trained))])
    inputs = _inputs(evidence, trained, rows, values + np.concatenate(baselines), settings, seed)
    posterior = _condition(
        inputs.of(evidence.candidates)[rows.material],
        Rows(
            rows.material,
            rows.task,
            (rows.position - centre[rows.task]) / width[rows.task],
            rows.side,
            rows.own / width[rows.task] ** 2,
        ),
        len(trained),
        coupled=settings.coupled,
    )
    return GaussianModel(
        evidence, trained, tuple(scales), tuple(means), inputs, posterior, centre, width,
        settings.prior_correlation, derive(seed, "root"),
    )  # fmt: skip


def _parts(rows: Rows) -> tuple[FloatArray, ...]:
    return rows.material, rows.task, rows.position, rows.side, rows.own


def _trees(evidence: Evidence, k: int, settings: Settings, seed: int) -> StageModel:
    known = evidence.known[:, k]
    candidates = [c for c, is_known in zip(evidence.candidates, known, strict=True) if is_known]
    return fit_stage_model(
        candidates,
        evidence.value[known, k],
        evidence.side[known, k],
        np.empty((len(candidates), 0)),
        settings.trees,
        derive(seed, "staged", evidence.fidelities[k]),
    )


def _inputs(
    evidence: Evidence,
    trained: Sequence[int],
    rows: Rows,
    scores: FloatArray,
    settings: Settings,
    seed: int,
) -> Inputs:
    """Choose inputs by the scores of the target."""
    own = rows.task == trained.index(evidence.target)
    candidates = [evidence.candidates[row] for row in rows.material[own]]
    return choose_inputs(
        candidates,
        scores[own],
        settings.trees.stage,
        count=settings.inputs,
        seed=derive(seed, "inputs"),
    )


def _condition(x: FloatArray, rows: Rows, count: int, *, coupled: bool) -> Posterior:
    """Learn hyperparameters, then alternate between the bounds' expectations and the process."""
    from proxies.hyperparameters import learn  # noqa: PLC0415 - torch, only where it is needed

    bounded = rows.side != 0
    mean, std = np.zeros(len(x)), np.ones(len(x))
    values, variance = _fill(rows, mean, std)
    hyper: Hyperparameters = learn(
        x, rows.task, values, rows.own + variance, count=count, coupled=coupled
    )
    posterior = condition(hyper, x, rows.task, values, rows.own + variance)
    for _ in range(_ROUNDS if bounded.any() else 0):
        mean, spread = posterior.left_out()
        values, variance = _fill(rows, mean, np.sqrt(np.maximum(spread - variance, 1e-4)))
        posterior = condition(hyper, x, rows.task, values, rows.own + variance)
    return posterior


def _fill(rows: Rows, mean: FloatArray, std: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return values with bounds at their expectation, and the variance that leaves."""
    expected, variance = expectation(mean, std, rows.position, rows.side)
    bounded = rows.side != 0
    return np.where(bounded, expected, rows.position), np.where(bounded, variance, 0.0)
