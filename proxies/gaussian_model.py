"""A fitted Gaussian process of several fidelities: scores in, a joint belief out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from discovery.types import Belief, Candidate, FloatArray
from proxies.beliefs import Column, assemble
from proxies.deep_kernel_inputs import LearnedInputs
from proxies.evidence import Evidence
from proxies.inducing import InducedPosterior
from proxies.inputs import Inputs
from proxies.process import ExactPosterior
from proxies.scale import Scale
from proxies.stage_model import StageModel

_CHUNK = 4096  # candidates described at once, to bound memory
_LEAST_VARIANCE = 1e-6  # of the process, where it knows the answer


@dataclass(frozen=True)
class GaussianModel:
    """A fitted joint model of all fidelities with enough data.

    Args:
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

    trained: tuple[int, ...]
    scales: tuple[Scale, ...]
    means: tuple[StageModel | None, ...]
    inputs: Inputs | LearnedInputs
    posterior: ExactPosterior | InducedPosterior
    centre: FloatArray
    width: FloatArray
    prior_correlation: float
    seed: int

    def predict(
        self, evidence: Evidence, candidates: Sequence[Candidate], *, joint: bool = True
    ) -> Belief:
        """Return the belief at all fidelities, with cross-fidelity covariance and joint root.

        Beyond the belief itself, no more memory is needed than for some thousand candidates.

        Args:
            evidence: What the model was fitted to.
            candidates: Any number.
            joint: Whether the belief has its root.
        """
        number = {c.id: row for row, c in enumerate(evidence.candidates)}
        target = self.trained.index(evidence.target)
        parts = [
            self._scores(candidates[start : start + _CHUNK], number, target, joint=joint)
            for start in range(0, max(len(candidates), 1), _CHUNK)
        ]
        score, covariance, factor = (np.concatenate(part) for part in zip(*parts, strict=True))
        std = np.sqrt(np.maximum(np.einsum("nii->ni", covariance), _LEAST_VARIANCE))
        columns: list[Column | None] = [None] * len(evidence.fidelities)
        for task, k in enumerate(self.trained):
            width = self.width[task]
            noise = self.posterior.hyper.noise[task] * width**2
            columns[k] = Column(self.scales[task], score[:, task], std[:, task] * width, noise)
        correlation = self._correlation(
            covariance / (std[:, :, None] * std[:, None, :]), len(columns), target
        )
        root = factor if joint else None
        return assemble(evidence, len(candidates), columns, correlation, root)

    def _scores(
        self,
        candidates: Sequence[Candidate],
        number: Mapping[str, int],
        target: int,
        *,
        joint: bool,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return mean scores (n, tasks), covariance in units of the process, root in scores."""
        x = self.inputs.of(candidates)
        materials = np.array([number.get(c.id, -1) for c in candidates], dtype=np.intp)
        mean, covariance = self.posterior.predict(x, materials)
        score = mean * self.width + self.centre
        nothing = np.empty((len(candidates), 0))
        for task, trees in enumerate(self.means):
            if trees is not None:
                score[:, task] += trees.predict(candidates, nothing)[0]
        if not joint:
            return score, covariance, np.empty((len(x), 0))
        factor = self.posterior.factor(x, target, self.seed)
        factor *= self.width[target]  # in place: the largest array of a prediction
        return score, covariance, factor

    def _correlation(self, between: FloatArray, m: int, target: int) -> FloatArray:
        """Extend correlations (n, tasks, tasks) to all m fidelities.

        A fidelity without data is believed to be the target, blurred: its correlation with any
        other is ``prior_correlation`` times the target's, which keeps the matrix positive.
        """
        source = np.array(
            [self.trained.index(k) if k in self.trained else target for k in range(m)]
        )
        share = np.array([1.0 if k in self.trained else self.prior_correlation for k in range(m)])
        return between[:, source[:, None], source[None, :]] * share[:, None] * share[None, :]
