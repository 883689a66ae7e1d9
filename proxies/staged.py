"""Trees on composition, then geometry, then physics."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from discovery.errors import NotFittedError
from discovery.features.stages import STAGES, FeatureTable, Stage, featurise
from discovery.protocols import State
from discovery.rng import derive
from discovery.types import Belief, Candidate, Fidelity, FloatArray, Observation
from proxies.beliefs import Column, assemble
from proxies.described import check_materials, columns_of, names_of
from proxies.evidence import Evidence, evidence_from_state, evidence_state, gather
from proxies.forest import Forest
from proxies.learners import Learner
from proxies.remembered import recalled, told
from proxies.scale import Transform
from proxies.shift import fitted_to
from proxies.stage_model import FEWEST, LEAST_STD, StageModel, TreeSettings, fit_stage_model
from proxies.terms import terms

Doubt: TypeAlias = Literal["all", "disagreement"]

_PRIOR_PAIRS = 10.0  # imagined uncorrelated pairs that hold back a correlation of few real ones


@dataclass(frozen=True)
class _Learned:
    """What :meth:`StagedProxy.state` holds beside the evidence."""

    models: tuple[StageModel | None, ...]
    correlation: FloatArray


class StagedProxy:
    """An ensemble of trees per fidelity, on the richest features that a candidate supports.

    The mean of extremely randomised trees (Geurts et al., Mach. Learn. 63, 3 (2006)) and gradient
    boosting (Ke et al., NeurIPS 2017) on normal scores ranks OBELiX best among the learners here.
    Stages weigh as they prove to on held-out materials (:mod:`proxies.blend`), and the deviation
    grows with the spread of the ensemble so that it covers the errors on held-out sets of elements
    (:mod:`proxies.conformal`); by itself it does not tell noise from ignorance (``doubt``).
    Cheap fidelities that were bought for a material are features of the target's model
    (``transfer``), and fidelities correlate in the belief as their held-out errors do, shrunk
    towards zero where pairs are few; a fidelity nobody has asked yet is uncorrelated.

    Descriptors of materials, where they have any, are features beside those of the stage.

    With fewer than five observations a fidelity falls back to their mean with a wide deviation.

    Args:
        learner: ``blend``, ``extra_trees``, ``random_forest``, ``hist_gradient_boosting`` or
            ``lightgbm``.
        stage: Richest stage of features to use.
        transform: ``normal_score`` or ``standard`` (plain units).
        trees: Trees per forest.
        folds: Folds for the held-out errors.
        transfer: Whether bought cheap values are features of the target model.
        shift: Whether deviations are widened to those of what is predicted, all of it together,
            where it differs from what was bought (:mod:`proxies.shift`). For forecasts of what a
            campaign has left.
        doubt: What of the deviation is ignorance, which acquisition functions seek: ``all`` of it,
            or the ``disagreement`` of the ensemble; the rest is noise then, the same for all that
            is predicted together, and intervals are as wide on average.
        leaf: Fewest materials in a leaf of a forest. With 2, one low value among repeats that
            differ by decades does not speak for them all.
    """

    def __init__(
        self,
        *,
        learner: Learner = "blend",
        stage: Stage = "geometry",
        transform: Transform = "normal_score",
        trees: int = 100,
        folds: int = 3,
        transfer: bool = True,
        shift: bool = False,
        doubt: Doubt = "all",
        leaf: int = 1,
    ) -> None:
        self._settings = TreeSettings(learner, trees, stage, transform, folds, "chemistry", leaf)
        self._transfer, self._shift, self._doubt = transfer, shift, doubt
        self._evidence: Evidence | None = None
        self._models: list[StageModel | None] = []
        self._correlation: FloatArray = np.eye(1)

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        """Learn from all observations so far.

        Raises:
            NotFittedError: The target fidelity has no value and no bound.
            InvalidInputError: A candidate has no composition.
        """
        evidence = gather(observations, fidelities)
        check_materials(evidence.candidates)
        self._evidence = evidence
        self._models = []
        for k, name in enumerate(evidence.fidelities):
            known = evidence.known[:, k]
            model = None
            if known.sum() >= FEWEST:
                candidates = [
                    c for c, is_known in zip(evidence.candidates, known, strict=True) if is_known
                ]
                model = fit_stage_model(
                    candidates,
                    evidence.value[known, k],
                    evidence.side[known, k],
                    self._extra(candidates, k),
                    self._settings,
                    derive(seed, "staged", name),
                )
            self._models.append(model)
        self._correlation = _error_correlation(evidence, self._models)

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
            InvalidInputError: A candidate has no composition.
        """
        if self._evidence is None:
            raise NotFittedError("the staged proxy has no observations yet; call fit first")
        check_materials(candidates)
        columns: list[Column | None] = []
        for k, model in enumerate(self._models):
            if model is None:
                columns.append(None)
                continue
            extra = self._extra(candidates, k)
            if self._shift:
                known = self._evidence.known[:, k]
                value, side = self._evidence.value[known, k], self._evidence.side[known, k]
                model = fitted_to(model, value, side, candidates, extra)  # noqa: PLW2901
            mean, spread = model.spread(candidates, extra)
            std, noise = model.deviate(mean, spread), self._evidence.noise(k) / model.scale.slope**2
            if self._doubt == "disagreement":
                ignorance = np.maximum(np.minimum(spread, std), LEAST_STD)
                noise += float(np.mean(np.maximum(std**2 - ignorance**2, 0.0)))
                std = ignorance
            columns.append(Column(model.scale, mean, std, noise, model.blur))
        return assemble(self._evidence, len(candidates), columns, self._correlation)

    def state(self) -> State:
        """Return what was learned, the observations included.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        if self._evidence is None:
            raise NotFittedError("the staged proxy has no observations yet; call fit first")
        learned = _Learned(tuple(self._models), self._correlation)
        return {"evidence": evidence_state(self._evidence), **told(learned)}

    def restore(self, state: State) -> None:
        """Take over what a staged proxy of the same options has learned.

        Raises:
            InvalidInputError: The state is not one of a staged proxy.
        """
        rest = dict(state)
        self._evidence = evidence_from_state(rest.pop("evidence", {}))
        learned = recalled(_Learned, rest)
        self._models = list(learned.models)
        self._correlation = learned.correlation

    def inputs(self, candidates: Sequence[Candidate]) -> FeatureTable:
        """Return the columns that the model of the target sees at its richest stage.

        Raises:
            NotFittedError: Too little was observed for trees.
        """
        model, evidence = self._target_model()
        table = featurise(candidates, STAGES[max(model.ensembles)])
        extra = self._extra(candidates, evidence.target)
        bought = tuple(f"bought {evidence.fidelities[k]}" for k in self._bought(evidence.target))
        names = table.names + bought + names_of(evidence.candidates)
        return FeatureTable(names, np.hstack([table.values, extra]))

    def trees(self, values: FloatArray) -> list[tuple[FloatArray, Forest]]:
        """Return the trees of the target's model with their weight (n,) in each row's mean score.

        Raises:
            NotFittedError: Too little was observed for trees.
        """
        return terms(self._target_model()[0], values)

    def respond(self, values: FloatArray) -> FloatArray:
        """Return the mean score (n,) for rows (n, d) of :meth:`inputs`.

        Raises:
            NotFittedError: Too little was observed for trees.
        """
        told = [weight * trees.predict(values).mean(axis=0) for weight, trees in self.trees(values)]
        return np.sum(told, axis=0)

    def _target_model(self) -> tuple[StageModel, Evidence]:
        model = None if self._evidence is None else self._models[self._evidence.target]
        if model is None or self._evidence is None:
            raise NotFittedError(
                f"the staged proxy has no trees for the target; they need {FEWEST} observations"
            )
        return model, self._evidence

    def _bought(self, column: int) -> list[int]:
        """Return the fidelities whose bought values the model of a fidelity may see."""
        assert self._evidence is not None
        if column != self._evidence.target or not self._transfer:
            return []
        counts = np.isfinite(self._evidence.measured).sum(axis=0)
        return [k for k in range(len(counts)) if k != column and counts[k] >= FEWEST]

    def _extra(self, candidates: Sequence[Candidate], column: int) -> FloatArray:
        """Return what the model of a fidelity may see beside features (n, k).

        That is what was bought at cheap fidelities, and descriptors.
        """
        assert self._evidence is not None
        described = columns_of(candidates, names_of(self._evidence.candidates))
        seen = self._bought(column)
        if not seen:
            return described
        measured = self._evidence.measured
        bought = {c.id: row for c, row in zip(self._evidence.candidates, measured, strict=True)}
        nothing = np.full(measured.shape[1], np.nan)
        rows = np.array([bought.get(c.id, nothing) for c in candidates])
        return np.hstack([rows.reshape(len(candidates), measured.shape[1])[:, seen], described])


def _error_correlation(evidence: Evidence, models: Sequence[StageModel | None]) -> FloatArray:
    """Return (m, m) correlations of the held-out errors with those of the target.

    Shrunk where pairs are few; cheap fidelities correlate with each other through the target
    alone, which keeps the matrix positive.
    """
    errors = np.full(evidence.value.shape, np.nan)
    for k, model in enumerate(models):
        if model is not None:
            # behind a bound the score is the model's own expectation, no error of it
            measured = evidence.side[evidence.known[:, k], k] == 0
            errors[evidence.known[:, k], k] = np.where(
                measured, model.scores - model.held_out, np.nan
            )
    target = errors[:, evidence.target]
    loading = np.zeros(len(models))
    loading[evidence.target] = 1.0
    for k in range(len(models)):
        both = np.isfinite(target) & np.isfinite(errors[:, k])
        pair = np.column_stack([target[both], errors[both, k]])
        if k != evidence.target and len(pair) >= FEWEST and (pair.std(axis=0) > 0).all():
            loading[k] = np.corrcoef(pair.T)[0, 1] * len(pair) / (len(pair) + _PRIOR_PAIRS)
    return np.outer(loading, loading) + np.diag(1 - loading**2)
