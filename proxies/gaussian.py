"""What the three Gaussian-process proxies share: scores in, a joint belief out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from discovery.rng import derive
from discovery.types import Belief, Candidate, FloatArray
from proxies.beliefs import Column, assemble
from proxies.censoring import expectation
from proxies.evidence import Evidence
from proxies.inputs import Inputs, choose_inputs
from proxies.process import Posterior, Tasks, condition
from proxies.scale import Scale, fit_scale
from proxies.stage_model import FEWEST, StageModel, TreeSettings, fit_stage_model

_ROUNDS = 4  # of expectation for the bounds
_LEAST_WIDTH = 1e-2  # scores; what is constant so far must not become infinitely surprising


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
        number = {c.id: row for row, c in enumerate(self.evidence.candidates)}
        materials = np.array([number.get(c.id, -1) for c in candidates], dtype=np.intp)
        mean, covariance = self.posterior.predict(x, materials)
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
        factor = self.posterior.factor(x, target, self.seed)
        factor *= self.width[target]  # in place: the largest array of a prediction
        return assemble(self.evidence, len(candidates), columns, correlation, factor)

    def _correlation(self, between: FloatArray) -> FloatArray:
        """Extend correlations (n, tasks, tasks) to all m fidelities.

        A fidelity without data is believed to be the target, blurred: its correlation with any
        other is ``prior_correlation`` times the target's, which keeps the matrix positive.
        """
        m = len(self.evidence.fidelities)
        target = self.trained.index(self.evidence.target)
        source = np.array(
            [self.trained.index(k) if k in self.trained else target for k in range(m)]
        )
        share = np.array([1.0 if k in self.trained else self.prior_correlation for k in range(m)])
        return between[:, source[:, None], source[None, :]] * share[:, None] * share[None, :]


def fit_gaussian(evidence: Evidence, settings: Settings, seed: int) -> GaussianModel | None:
    """Fit the model; ``None`` where the target has too few observations to learn from."""
    known = evidence.known
    trained = tuple(k for k in range(known.shape[1]) if known[:, k].sum() >= FEWEST)
    if evidence.target not in trained:
        return None
    means = tuple(
        _trees(evidence, k, settings, seed) if settings.residual else None for k in trained
    )
    scales = tuple(
        fit_scale(evidence.value[known[:, k], k], settings.trees.transform) for k in trained
    )
    rows, baseline = _rows(evidence, trained, scales, means)
    guess, _ = expectation(*_unknown(rows), rows.position, rows.side)
    values = np.where(rows.side == 0, rows.position, guess)
    by_task = [values[rows.task == task] for task in range(len(trained))]
    centre = np.array([part.mean() for part in by_task])
    width = np.array([max(float(part.std()), _LEAST_WIDTH) for part in by_task])
    inputs = _inputs(evidence, trained, rows, values + baseline, settings, seed)
    standardised = replace(
        rows,
        position=(rows.position - centre[rows.task]) / width[rows.task],
        own=rows.own / width[rows.task] ** 2,
    )
    x = inputs.of(evidence.candidates)[rows.material]
    return GaussianModel(
        evidence=evidence,
        trained=trained,
        scales=scales,
        means=means,
        inputs=inputs,
        posterior=_condition(x, standardised, len(trained), coupled=settings.coupled),
        centre=centre,
        width=width,
        prior_correlation=settings.prior_correlation,
        seed=derive(seed, "root"),
    )


def _rows(
    evidence: Evidence,
    trained: Sequence[int],
    scales: Sequence[Scale],
    means: Sequence[StageModel | None],
) -> tuple[Rows, FloatArray]:
    """Return all observations as rows relative to the held-out staged means, and those means."""
    task, material = np.nonzero(evidence.known[:, trained].T)
    position, own, baseline = (np.zeros(len(task)) for _ in range(3))
    for index, (k, scale, trees) in enumerate(zip(trained, scales, means, strict=True)):
        here = task == index
        position[here] = scale.forward(evidence.value[material[here], k])
        own[here] = np.nan_to_num(evidence.error[material[here], k] / scale.slope) ** 2
        if trees is not None:
            baseline[here] = trees.held_out
    side = evidence.side[material, np.asarray(trained)[task]]
    return Rows(material, task, position - baseline, side, own), baseline


def _unknown(rows: Rows) -> tuple[FloatArray, FloatArray]:
    """Return mean and deviation of a score of which nothing is known."""
    return np.zeros(len(rows.task)), np.ones(len(rows.task))


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
    values, variance = _fill(rows, *_unknown(rows))
    fixed = x, rows.task, rows.material
    hyper = learn(*fixed, values, rows.own + variance, count=count, coupled=coupled)
    posterior = condition(hyper, *fixed, values, rows.own + variance)
    for _ in range(_ROUNDS if bounded.any() else 0):
        mean, spread = posterior.left_out()
        values, variance = _fill(rows, mean, np.sqrt(np.maximum(spread - variance, 1e-4)))
        posterior = condition(hyper, *fixed, values, rows.own + variance)
    return posterior


def _fill(rows: Rows, mean: FloatArray, std: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return values with bounds at their expectation, and the variance that leaves."""
    expected, variance = expectation(mean, std, rows.position, rows.side)
    bounded = rows.side != 0
    return np.where(bounded, expected, rows.position), np.where(bounded, variance, 0.0)
