"""What a trained proxy says of materials nobody asked a campaign about, best first."""

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

import numpy as np
from scipy.special import ndtr, ndtri

from discovery import registry
from discovery.assessment.training import EXPERIMENT, labelled, observations
from discovery.codec import fidelity_to_json, observation_to_json
from discovery.errors import InvalidInputError
from discovery.features.cache import FEATURE_VERSION, forget
from discovery.features.stages import STAGES, Stage, featurise, richest_stage
from discovery.protocols import Persistent, Proxy
from discovery.store.models import StoredModel
from discovery.types import Candidate, Dataset, Observation

BATCH: Final = 10_000
"""Candidates predicted at a time, so that memory stays bounded."""

_LIBRARIES: Final = ("ion-discovery", "numpy", "scikit-learn", "lightgbm", "torch", "gpytorch")


@dataclass(frozen=True)
class Prediction:
    """What is believed of a candidate.

    Args:
        candidate: The material.
        mean: In the unit of the training data, e.g. log10(S/cm).
        std: Standard deviation of what a measurement would give.
        low: Lower end of the interval.
        high: Upper end.
        probability: That the value is at least the threshold; ``None`` without one.
        stage: Richest stage of features that the candidate supports and the proxy uses.
    """

    candidate: Candidate
    mean: float
    std: float
    low: float
    high: float
    probability: float | None
    stage: Stage


@dataclass(frozen=True)
class Trained:
    """A fitted proxy and what is known about its making, JSON.

    Args:
        proxy: Fitted.
        name: In the registry.
        options: Of its constructor.
        about: ``property``, ``unit``, ``dataset``, ``citation``, ``rows``, ``bounds``,
            ``data_hash``, ``features``, ``feature_version``, ``versions``, ``created``, ``seed``.
    """

    proxy: Proxy
    name: str
    options: Mapping[str, Any]
    about: Mapping[str, Any]


def train(dataset: Dataset, name: str, options: Mapping[str, Any], seed: int) -> Trained:
    """Fit a proxy to everything that a data set knows.

    Raises:
        InvalidInputError: The data set has no labels.
        UnknownNameError: There is no such proxy.
        ConfigError: The options are wrong.
    """
    rows = labelled(dataset)
    if not len(rows):
        raise InvalidInputError(f"{dataset.name!r} has no labels to learn from")
    proxy: Proxy = registry.build("proxy", name, dict(options))
    known, fidelities = observations(dataset, rows, EXPERIMENT)
    proxy.fit(known, fidelities, seed)
    stage = _richest(options)
    return Trained(
        proxy,
        name,
        dict(options),
        {
            "property": dataset.property,
            "unit": dataset.unit,
            "dataset": dataset.name,
            "citation": dataset.citation,
            "rows": len(rows),
            "bounds": sum(one.bound is not None for one in known),
            "data_hash": data_hash(known),
            "fidelities": [fidelity_to_json(fidelity) for fidelity in fidelities],
            "features": list(featurise([known[0].query.candidate], stage).names),
            "feature_version": FEATURE_VERSION,
            "versions": {library: version(library) for library in _LIBRARIES}
            | {"python": platform.python_version()},
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "seed": seed,
        },
    )


def data_hash(known: Sequence[Observation]) -> str:
    """Return the sha256 of what was learned from; the order of observations does not count."""
    lines = sorted(
        json.dumps([one.query.id, observation_to_json(one)], sort_keys=True) for one in known
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def stored(trained: Trained) -> StoredModel:
    """Return a trained proxy in the form that goes to disk.

    Raises:
        InvalidInputError: This kind of proxy cannot be stored.
    """
    if not isinstance(trained.proxy, Persistent):
        raise InvalidInputError(f"proxy {trained.name!r} cannot be stored: it has no state()")
    return StoredModel(trained.name, trained.options, trained.proxy.state(), trained.about)


def restored(model: StoredModel) -> Trained:
    """Return the proxy that was stored.

    Raises:
        InvalidInputError: Its features mean something else in this version of the package, or its
            state is not one of this kind of proxy.
    """
    then = model.about.get("feature_version")
    if then != FEATURE_VERSION:
        raise InvalidInputError(
            f"the proxy was trained on features of version {then}, this package computes version "
            f"{FEATURE_VERSION}; train it anew on {model.about.get('dataset')!r}"
        )
    proxy: Proxy = registry.build("proxy", model.part, dict(model.options))
    if not isinstance(proxy, Persistent):
        raise InvalidInputError(f"proxy {model.part!r} cannot be restored: it has no restore()")
    proxy.restore(model.state)
    return Trained(proxy, model.part, model.options, model.about)


def predict(
    trained: Trained,
    candidates: Sequence[Candidate],
    *,
    threshold: float | None = None,
    level: float = 0.9,
) -> Iterator[Prediction]:
    """Yield a prediction per candidate, in order.

    Args:
        trained: The proxy.
        candidates: Any number; they are predicted :data:`BATCH` at a time.
        threshold: Value whose probability to be reached is wanted.
        level: Coverage of the interval.

    Raises:
        InvalidInputError: The level is no share.
    """
    if not 0 < level < 1:
        raise InvalidInputError(f"an interval covers a share between 0 and 1, not {level}")
    reach = float(ndtri((1 + level) / 2))
    last = STAGES.index(_richest(trained.options))
    for start in range(0, len(candidates), BATCH):
        chunk = candidates[start : start + BATCH]
        if start:
            forget()  # the features of a long list need not be remembered
        belief = trained.proxy.predict(chunk)
        stds = np.sqrt(belief.target_std**2 + belief.noise[belief.column])
        stages = np.minimum(richest_stage(chunk), last)
        for one, mean, std, stage in zip(chunk, belief.target_mean, stds, stages, strict=True):
            yield Prediction(
                candidate=one,
                mean=float(mean),
                std=float(std),
                low=float(mean - reach * std),
                high=float(mean + reach * std),
                probability=None if threshold is None else float(ndtr((mean - threshold) / std)),
                stage=STAGES[stage],
            )


def _richest(options: Mapping[str, Any]) -> Stage:
    stage: Stage = options.get("stage", STAGES[-1])
    return stage
