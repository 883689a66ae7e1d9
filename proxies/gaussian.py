"""What the Gaussian-process proxies share: how they are fitted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from discovery.rng import derive
from discovery.types import FloatArray
from proxies.censoring import expectation
from proxies.deep_kernel_inputs import LearnedInputs
from proxies.evidence import Evidence
from proxies.gaussian_model import GaussianModel
from proxies.inducing import InducedPosterior, induce
from proxies.inputs import Inputs, choose_inputs
from proxies.kernels import Tasks
from proxies.likelihood import with_bounds
from proxies.process import ExactPosterior, Rows, condition
from proxies.scale import Scale, fit_scale
from proxies.stage_model import FEWEST, StageModel, TreeSettings, fit_stage_model

EXACT = 2000
"""More rows than this are conditioned on through inducing rows (see :mod:`proxies.inducing`)."""

_LEAST_WIDTH = 1e-2  # scores; what is constant so far must not become infinitely surprising


@dataclass(frozen=True)
class Settings:
    """How a Gaussian process is set up.

    Args:
        trees: For the choice of inputs, and for the mean where ``residual``.
        inputs: Number of inputs.
        residual: Whether the process learns the held-out errors of staged trees, which give the
            mean (where ``coupled``, of the target alone); otherwise it learns the scores.
        coupled: Whether fidelities correlate.
        composed: Whether the kernel has a part on compositions.
        layers: Widths of the layers of a network between the inputs and the kernel, or none.
        prior_correlation: With the target, of a fidelity with too few observations to tell.
    """

    trees: TreeSettings
    inputs: int
    residual: bool
    coupled: bool
    composed: bool
    layers: tuple[int, ...]
    prior_correlation: float


@dataclass(frozen=True)
class Told:
    """Observations as rows: material (index), task, position on the score axis, side, variance."""

    material: NDArray[np.intp]
    task: Tasks
    position: FloatArray
    side: NDArray[np.int8]
    own: FloatArray


def fit_gaussian(evidence: Evidence, settings: Settings, seed: int) -> GaussianModel | None:
    """Fit the model; ``None`` where the target has too few observations to learn from."""
    known = evidence.known
    trained = tuple(k for k in range(known.shape[1]) if known[:, k].sum() >= FEWEST)
    if evidence.target not in trained:
        return None
    # what trees get wrong about a cheap fidelity is not what it tells about the target
    explained = (evidence.target,) if settings.coupled else trained
    means = tuple(
        _trees(evidence, k, settings, seed) if settings.residual and k in explained else None
        for k in trained
    )
    scales = tuple(
        fit_scale(evidence.value[known[:, k], k], settings.trees.transform) for k in trained
    )
    told, baseline = _told(evidence, trained, scales, means)
    guess, _ = _guess(told)
    by_task = [guess[told.task == task] for task in range(len(trained))]
    centre = np.array([part.mean() for part in by_task])
    width = np.array([max(float(part.std()), _LEAST_WIDTH) for part in by_task])
    inputs = _inputs(evidence, trained, told, guess + baseline, settings, seed)
    told = replace(
        told,
        position=(told.position - centre[told.task]) / width[told.task],
        own=told.own / width[told.task] ** 2,
    )
    rows = Rows(
        inputs.of(evidence.candidates)[told.material],
        told.task,
        told.material,
        told.position,
        told.own,
        np.ones(len(told.task), dtype=np.bool_),
    )
    target = trained.index(evidence.target)
    learned, posterior = _condition(rows, told, inputs, (len(trained), target), settings, seed)
    return GaussianModel(
        trained=trained,
        scales=scales,
        means=means,
        inputs=learned,
        posterior=posterior,
        centre=centre,
        width=width,
        prior_correlation=settings.prior_correlation,
        seed=derive(seed, "root"),
    )


def _told(
    evidence: Evidence,
    trained: Sequence[int],
    scales: Sequence[Scale],
    means: Sequence[StageModel | None],
) -> tuple[Told, FloatArray]:
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
    return Told(material, task, position - baseline, side, own), baseline


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
    told: Told,
    scores: FloatArray,
    settings: Settings,
    seed: int,
) -> Inputs:
    """Choose inputs by the scores of the target."""
    own = told.task == trained.index(evidence.target)
    candidates = [evidence.candidates[row] for row in told.material[own]]
    return choose_inputs(
        candidates,
        scores[own],
        settings.trees.stage,
        count=settings.inputs,
        composed=settings.composed,
        seed=derive(seed, "inputs"),
    )


def _condition(
    rows: Rows,
    told: Told,
    inputs: Inputs,
    tasks: tuple[int, int],
    settings: Settings,
    seed: int,
) -> tuple[Inputs | LearnedInputs, ExactPosterior | InducedPosterior]:
    """Learn hyperparameters with bounds at their expectation, then treat them as what they are.

    ``tasks`` holds their number and that of the target.
    """
    count, target = tasks
    # torch, only where it is needed
    from proxies.deep_kernel_training import learn_layers  # noqa: PLC0415
    from proxies.hyperparameters import learn  # noqa: PLC0415

    values, variance = _guess(told)
    expected = replace(rows, values=values, own=rows.own + variance)
    seen: Inputs | LearnedInputs = inputs
    if settings.layers:
        hyper, layers = learn_layers(
            expected,
            count=count,
            coupled=settings.coupled,
            width=inputs.width,
            layers=settings.layers,
            seed=derive(seed, "layers"),
        )
        seen = LearnedInputs(inputs, layers)
        rows = replace(rows, inputs=seen.transform(rows.inputs))
    else:
        hyper = learn(
            expected, count=count, coupled=settings.coupled, width=inputs.width, target=target
        )
    if len(rows) <= EXACT:
        return seen, with_bounds(partial(condition, hyper), rows, told.side)
    return seen, with_bounds(partial(induce, hyper), rows, told.side)


def _guess(told: Told) -> tuple[FloatArray, FloatArray]:
    """Return values with bounds at their expectation under a unit normal, and its variance."""
    nothing = np.zeros(len(told.task)), np.ones(len(told.task))
    expected, variance = expectation(*nothing, told.position, told.side)
    bounded = told.side != 0
    return np.where(bounded, expected, told.position), np.where(bounded, variance, 0.0)
