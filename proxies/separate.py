"""Proxies with one model per fidelity that know nothing of each other, on one table of columns."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import numpy as np

from discovery.errors import InvalidInputError, NotFittedError
from discovery.features.stages import FeatureTable
from discovery.protocols import State
from discovery.rng import derive
from discovery.types import Belief, Candidate, Fidelity, FloatArray, Observation
from proxies.beliefs import Column, assemble
from proxies.censoring import expectation
from proxies.described import check_materials, columns_of, names_of
from proxies.evidence import Evidence, evidence_from_state, evidence_state, gather
from proxies.forest import Forest
from proxies.remembered import recalled, told
from proxies.stage_model import FEWEST, Side


class TreesOfOne(Protocol):
    """A fitted model of one fidelity; a dataclass of numbers, arrays and such dataclasses."""

    def terms(self) -> Sequence[tuple[float, Forest]]:
        """Return trees over all columns with their weights; on their sum alone the mean depends."""
        ...

    def column(self, features: FloatArray) -> Column:
        """Return what is believed of the rows of features (n, d)."""
        ...


_Model = TypeVar("_Model", bound=TreesOfOne)


class SeparateProxy(ABC, Generic[_Model]):
    """Holds the evidence and a model for each fidelity with enough of it.

    Args:
        name: In the registry; a part of the seed of each model.
        kind: Type of the models.
    """

    def __init__(self, name: str, kind: type[_Model]) -> None:
        self._name = name
        self._kind = kind
        self._evidence: Evidence | None = None
        self._models: list[_Model | None] = []

    @abstractmethod
    def _features(self, candidates: Sequence[Candidate]) -> FeatureTable:
        """Return the features (n, d) of materials, NaN where unknown."""

    @abstractmethod
    def _learn(
        self,
        candidates: Sequence[Candidate],
        features: FloatArray,
        value: FloatArray,
        side: Side,
        seed: int,
    ) -> _Model:
        """Return the model of n observations, see :class:`proxies.evidence.Evidence`."""

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
        self._evidence, self._models = evidence, []
        features = self.inputs(evidence.candidates).values
        for k, name in enumerate(evidence.fidelities):
            known = evidence.known[:, k]
            model = None
            if known.sum() >= FEWEST:
                model = self._learn(
                    [evidence.candidates[row] for row in np.flatnonzero(known)],
                    features[known],
                    evidence.value[known, k],
                    evidence.side[known, k],
                    derive(seed, self._name, name),
                )
            self._models.append(model)

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        """Return the belief about the candidates at all fidelities.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
            InvalidInputError: A candidate has no composition.
        """
        evidence = self._known()
        check_materials(candidates)
        features = self.inputs(candidates).values
        columns = [None if model is None else model.column(features) for model in self._models]
        return assemble(evidence, len(candidates), columns, np.eye(len(columns)))

    def state(self) -> State:
        """Return what was learned, the observations included.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        return {"evidence": evidence_state(self._known()), "models": told(self._models)}

    def restore(self, state: State) -> None:
        """Take over what a proxy of the same kind and options has learned.

        Raises:
            InvalidInputError: The state is not one of such a proxy.
        """
        evidence = evidence_from_state(state.get("evidence", {}))
        models = state.get("models")
        if not isinstance(models, list) or len(models) != len(evidence.fidelities):
            raise InvalidInputError(
                f"state.models of a {self._name} has an entry for each of {evidence.fidelities}"
            )
        self._models = [
            None if one is None else recalled(self._kind, one, f"state.models[{k}]")
            for k, one in enumerate(models)
        ]
        self._evidence = evidence

    def inputs(self, candidates: Sequence[Candidate]) -> FeatureTable:
        """Return the columns that the models see: features, then descriptors by name.

        Raises:
            NotFittedError: :meth:`fit` has not been called.
        """
        described = names_of(self._known().candidates)
        table = self._features(candidates)
        values = np.hstack([table.values, columns_of(candidates, described)])
        return FeatureTable(table.names + described, values)

    def trees(self, values: FloatArray) -> list[tuple[FloatArray, Forest]]:
        """Return the trees of the target's model with their weight (n,), the same for all rows.

        Raises:
            NotFittedError: Too little was observed for trees.
        """
        return [(np.full(len(values), w), forest) for w, forest in self._target_model().terms()]

    def respond(self, values: FloatArray) -> FloatArray:
        """Return what the trees of the target's model say (n,) of rows (n, d) of :meth:`inputs`.

        Raises:
            NotFittedError: Too little was observed for trees.
        """
        terms = self._target_model().terms()
        return np.sum([w * forest.predict(values).mean(axis=0) for w, forest in terms], axis=0)

    def _known(self) -> Evidence:
        if self._evidence is None:
            raise NotFittedError(f"the {self._name} has no observations yet; call fit first")
        return self._evidence

    def _target_model(self) -> _Model:
        model = self._models[self._known().target]
        if model is None:
            raise NotFittedError(
                f"the {self._name} has no trees for the target; they need {FEWEST} observations"
            )
        return model


def expected(position: FloatArray, side: Side, mean: FloatArray, std: FloatArray) -> FloatArray:
    """Return scores (n,) in which a bound stands with what is to be expected behind it.

    Args:
        position: (n,) score of the value, or of the bound where ``side`` is not zero.
        side: (n,) see :class:`proxies.evidence.Evidence`.
        mean: (n,) believed without the bound.
        std: (n,) deviation of that.
    """
    behind, _ = expectation(mean, std, position, side)
    return np.where(side == 0, position, behind)
