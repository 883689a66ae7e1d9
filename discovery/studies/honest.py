"""What the report's numbers are worth: no flag, related rows apart, bounds as bounds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from discovery.agreement.clusters import composition_key
from discovery.agreement.rank_statistics import Values
from discovery.assessment.assess import Assessment, assess
from discovery.assessment.groups import same_source
from discovery.assessment.protocols import Protocol, protocol
from discovery.assessment.splits import Split, grouped_folds, within
from discovery.assessment.training import truths
from discovery.features.stages import STAGES, Stage
from discovery.rng import derive
from discovery.studies.boosting import Settings
from discovery.studies.contenders import Contender
from discovery.studies.experiments import (
    FOLDS,
    Experiment,
    boosted,
    fingerprint,
    folds,
    judged,
)
from discovery.studies.stages import STAGES as HISTORICAL
from discovery.studies.stages import Bench, three_stages
from discovery.types import FloatArray

REPEATS: Final = 2
"""How often related rows are divided anew."""


@dataclass(frozen=True)
class Honest:
    """One stage of the report's features in a proxy: no flag, bounds as bounds, unknown as unknown.

    Args:
        stage: Of the features.
        plain: Predictions of the training rows, folds of single rows.
        source: Predictions of the training rows, compositions and papers kept apart.
        held_out: Predictions of the published test rows.
    """

    stage: Stage
    plain: Assessment
    source: Assessment
    held_out: Assessment


@dataclass(frozen=True)
class Apart:
    """One stage as the report had it, judged with compositions and papers kept apart.

    Args:
        name: Of the features.
        flagged: Predictions of the training rows with the flag as a feature.
        unflagged: The same without it.
    """

    name: str
    flagged: Assessment
    unflagged: Assessment


def honest_stages(bench: Bench) -> list[Honest]:
    """Return the three stages of the proxy ``report``."""
    return [
        Honest(
            stage,
            *(
                _assessed(bench, stage, kind, repeats)
                for kind, repeats in (("plain", 1), ("source", REPEATS), ("official", 1))
            ),
        )
        for stage in STAGES
    ]


def apart(bench: Bench) -> list[Apart]:
    """Return the three historical stages with related rows apart, with and without the flag."""
    found = []
    for name, settings in HISTORICAL:
        flagged, unflagged = (
            _grouped(bench, name, bench.table(name, flag=flag).values, settings)
            for flag in (True, False)
        )
        found.append(Apart(name, flagged, unflagged))
    return found


def shared_rows(bench: Bench) -> float:
    """Return the share of validation rows with a relative among the rows their model learns from.

    A relative is a row of the same composition or the same paper; folds are those of the report.
    """
    candidates = bench.data.dataset.candidates
    paper = bench.data.dataset.groups.get("doi", {})
    keys = [
        {("composition", composition_key(c)), *((("doi", paper[c.id]),) if c.id in paper else ())}
        for c in candidates
    ]
    shared = []
    for part in folds(bench.data, bench.seed):
        learnt = set().union(*(keys[row] for row in part.train))
        shared += [bool(keys[row] & learnt) for row in part.test]
    return float(np.mean(shared))


def _grouped(bench: Bench, name: str, values: FloatArray, settings: Settings) -> Assessment:
    data, rows = bench.data, bench.data.train
    predict = boosted(values, data, settings, bench.seed)

    def compute() -> list[list[float]]:
        found = []
        for splits in _divided(bench):
            mean = np.full(len(data.placed), np.nan)
            for part in splits:
                mean[part.test] = predict(part.train, part.test)
            found.append(mean[rows].tolist())
        return found

    depends = {
        "data": data.digest,
        "seed": bench.seed,
        "settings": repr(settings),
        "features": fingerprint(values),
        "repeats": REPEATS,
    }
    mean = np.array(bench.memory.recall(f"apart-{name}", depends, compute))
    bench.done()
    return judged("source", data, rows, mean)


def _divided(bench: Bench) -> list[list[Split]]:
    rows = bench.data.train
    groups = same_source(bench.data.dataset)[rows]
    return [
        [
            within(part, rows)
            for part in grouped_folds(groups, FOLDS, derive(bench.seed, "apart", repeat))
        ]
        for repeat in range(REPEATS)
    ]


def _assessed(bench: Bench, stage: Stage, kind: str, repeats: int) -> Assessment:
    data = bench.data
    contender = Contender(stage, "report", {"stage": stage})
    divided = _protocol(bench, kind, repeats)

    def compute() -> list[list[list[float]]]:
        found = assess(contender.build, data.dataset, divided, bench.seed)
        return [found.mean.tolist(), found.std.tolist()]

    depends = {
        "data": data.digest,
        "seed": bench.seed,
        "stage": stage,
        "protocol": kind,
        "repeats": repeats,
    }
    mean, std = bench.memory.recall(f"honest-{stage}-{kind}", depends, compute)
    bench.done()
    rows = data.test if kind == "official" else data.train
    return replace(
        judged(kind, data, rows, np.array(mean)),
        truth=truths(data.dataset, rows),
        std=np.array(std),
    )


def _protocol(bench: Bench, kind: str, repeats: int) -> Protocol:
    return protocol(
        kind,
        bench.data.dataset,
        folds=FOLDS,
        repeats=repeats,
        seed=bench.seed,
        rows=bench.data.train,
    )


def without_flagged(assessment: Assessment, flag: FloatArray) -> Assessment:
    """Return an assessment of the rows whose label is a value.

    Args:
        assessment: Of some rows of n.
        flag: (n,) 1 where a label is a bound.
    """
    kept = np.flatnonzero(flag[assessment.rows] == 0)
    truth = Values(assessment.truth.value[kept], assessment.truth.side[kept])
    return replace(
        assessment,
        rows=assessment.rows[kept],
        truth=truth,
        mean=assessment.mean[:, kept],
        std=assessment.std[:, kept],
        related=assessment.related[kept],
    )


def other_folds(bench: Bench, seeds: Sequence[int]) -> dict[str, list[Experiment]]:
    """Return feature set -> the historical stages under folds of other seeds: the chance of folds.

    Args:
        bench: Where the experiments are made.
        seeds: Of the folds.
    """
    found: dict[str, list[Experiment]] = {}
    for seed in seeds:
        for stage in three_stages(replace(bench, seed=seed)):
            found.setdefault(stage.name, []).append(stage)
    return found
