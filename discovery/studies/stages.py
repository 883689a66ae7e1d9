"""The report on 599 lithium conductors, done again: its experiments as it made them.

Historical throughout: bounds stand at their value, the flag that tells them from values is a
feature, unknown features are zero and physics is what pymatgen alone gives. What that is worth is
the matter of :mod:`discovery.studies.honest`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from discovery.features.report_composition import (
    EMBEDDINGS,
    Embedding,
    embedding,
    fractions,
    ratios,
)
from discovery.features.report_sets import FeatureSet, feature_set
from discovery.features.stages import FeatureTable
from discovery.studies.boosting import DEFAULTS, REPORT_STAGE_0, REPORT_STAGE_2, Settings
from discovery.studies.experiments import Experiment, experiment, fingerprint, plain_boosting
from discovery.studies.gating import GATINGS, gate, gated
from discovery.studies.importance import Importance, importances
from discovery.studies.memory import Memory
from discovery.studies.obelix import Obelix
from discovery.studies.tuning import Search, Space, search

FLAG: Final = "sigma_is_coerced"
STAGES: Final[tuple[tuple[FeatureSet, Settings], ...]] = (
    ("composition", REPORT_STAGE_0),
    ("geometry", DEFAULTS),
    ("physics", REPORT_STAGE_2),
)
"""Features and settings of the three rows of Table 1."""

SEARCHED: Final[tuple[tuple[FeatureSet, Space], ...]] = (
    ("composition", "conservative"),
    ("geometry", "conservative"),
    ("geometry", "expanded"),
    ("physics", "conservative"),
    ("physics_full", "conservative"),
)
COMPARED: Final[tuple[FeatureSet, ...]] = ("composition", "basic", "geometry", "full")
"""Feature sets that section 4.2 of the report compares."""


@dataclass(frozen=True)
class Bench:
    """Where the experiments are made.

    Args:
        data: The data.
        seed: Of folds, models and shuffles; the report's is 42.
        memory: Where results are kept.
        done: Called after each piece of work.
    """

    data: Obelix
    seed: int
    memory: Memory
    done: Callable[[], None] = field(default=lambda: None)

    def table(self, name: FeatureSet, *, flag: bool = True) -> FeatureTable:
        """Return a feature set of all rows as the report had it, by default with its flag."""
        found = feature_set(self.data.dataset.candidates, name, "historical")
        if not flag:
            return found
        values = np.column_stack([found.values, self.data.flag])
        return FeatureTable((*found.names, FLAG), values)

    def boosted(self, name: str, values: np.ndarray, settings: Settings = DEFAULTS) -> Experiment:
        """Return the experiment of boosted trees on features (n, d)."""
        found = plain_boosting(
            name, values, self.data, settings=settings, seed=self.seed, memory=self.memory
        )
        self.done()
        return found


def three_stages(bench: Bench, *, flag: bool = True, defaults: bool = False) -> list[Experiment]:
    """Return the rows of Table 1.

    Args:
        bench: Where they are made.
        flag: Whether the flag is a feature.
        defaults: scikit-learn's settings in all three instead of those that the report found.
    """
    return [
        bench.boosted(name, bench.table(name, flag=flag).values, DEFAULTS if defaults else own)
        for name, own in STAGES
    ]


def embeddings(bench: Bench) -> list[Experiment]:
    """Return the comparison of element vectors, beside ratios and fractions, without the flag.

    The report does not say that the flag was left out; without it, its numbers come out.
    """
    candidates = bench.data.dataset.candidates
    base = ratios(candidates) | fractions(candidates)
    chosen: Mapping[str, tuple[Embedding, ...]] = {
        **{name: (name,) for name in EMBEDDINGS},
        "all": EMBEDDINGS,
    }
    found = []
    for name, parts in chosen.items():
        columns = dict(base)
        for part in parts:
            columns |= embedding(candidates, part)
        found.append(bench.boosted(name, np.column_stack(list(columns.values()))))
    return found


def feature_sets(bench: Bench) -> list[Experiment]:
    """Return the comparison of four sets for stage 1, with scikit-learn's settings."""
    return [bench.boosted(name, bench.table(name).values) for name in COMPARED]


def gatings(bench: Bench) -> list[Experiment]:
    """Return the five models of two parts."""
    full, geometry = bench.table("full"), bench.table("geometry")
    rich, physics = bench.table("physics_full"), bench.table("physics")
    active, value = gate(physics), bench.data.placed.value
    found = []
    for name in GATINGS:
        plain = name == "E residual_geom"
        first, second = (geometry, physics) if plain else (full, rich)
        predict = gated(name, first.values, second.values, active, value, bench.seed)
        depends = {"first": fingerprint(first.values), "second": fingerprint(second.values)}
        found.append(
            experiment(
                name,
                predict,
                bench.data,
                features=second.values.shape[1],
                seed=bench.seed,
                memory=bench.memory,
                depends=depends,
            )
        )
        bench.done()
    return found


def searches(bench: Bench, trials: int) -> list[tuple[Search, Experiment]]:
    """Return the searches of the report, each with what its best settings give."""
    found = []
    for name, space in SEARCHED:
        values = bench.table(name).values
        best = search(
            name,
            values,
            bench.data,
            space,
            trials=trials,
            seed=bench.seed,
            memory=bench.memory,
            done=bench.done,
        )
        found.append((best, bench.boosted(name, values, best.best)))
    return found


def geometry_importances(bench: Bench) -> list[Importance]:
    """Return permutation importances of the model on geometry, with scikit-learn's settings."""
    found = importances(bench.table("geometry"), bench.data, seed=bench.seed, memory=bench.memory)
    bench.done()
    return found


def coverage(bench: Bench) -> dict[str, int]:
    """Return how many training rows have each kind of physics, and all three."""
    physics = bench.table("physics")
    rows = bench.data.train
    counts = {
        name: int(physics.values[rows, physics.names.index(name)].sum())
        for name in ("has_voronoi_cn", "has_ewald_energy", "has_bv_mismatch")
    }
    return {**counts, "all three": int(gate(physics)[rows].sum())}
