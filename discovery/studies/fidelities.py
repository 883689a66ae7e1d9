"""Do cheap labels of everything make up for expensive labels of little?

Of the measured conductivities a tenth is told, whole groups of related rows at a time; cheap
oracles label every structure. Each model learns twice, from the same conductivities without and
with the cheap labels, and ranks the other nine tenths.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from discovery import __version__, registry
from discovery.agreement.rank_statistics import Values
from discovery.assessment.groups import same_source
from discovery.assessment.metrics import spearman
from discovery.assessment.splits import Split, group_splits
from discovery.assessment.training import observations
from discovery.evaluation import observe
from discovery.features.cache import FEATURE_VERSION
from discovery.rng import derive
from discovery.studies.contenders import Contender
from discovery.studies.memory import Memory
from discovery.studies.obelix import Obelix
from discovery.types import Dataset, Fidelity, FloatArray, Observation, Query

ORACLES: Final = ("sendek", "bond_valence", "ewald", "site_energy")
"""Cheap oracles that answer within a second or so."""

MODELS: Final = (
    Contender("GP, constant mean", "multitask", {"mean": "constant"}),
    Contender("GP on residuals of staged trees", "multitask"),
    Contender("staged trees with transfer", "staged"),
    Contender(
        "GP, constant mean, composition only",
        "multitask",
        {"mean": "constant", "stage": "composition"},
    ),
)
"""Who is told with and without cheap labels; the first is the claim.

It was chosen, like its prior, on the published training rows with other seeds. The last does not
see the features of structures, which hold much of what cheap labels tell.
"""

WINS: Final = 8
"""Of ten seeds, what is called a win."""

_SHARE: Final = 0.10
_AROUND: Final = 0.015  # whole groups hit a share only so well
_AT_ONCE: Final = 50


@dataclass(frozen=True)
class Told:
    """Cheap labels of a data set.

    Args:
        fidelities: With their announced costs.
        observations: Of every candidate at every fidelity, refusals included.
    """

    fidelities: tuple[Fidelity, ...]
    observations: tuple[Observation, ...]

    @property
    def values(self) -> dict[str, dict[str, float]]:
        """Fidelity -> candidate id -> value; who refused has none."""
        return {
            fidelity.name: {
                o.query.candidate.id: o.value
                for o in self.observations
                if o.query.fidelity == fidelity.name and o.value is not None
            }
            for fidelity in self.fidelities
        }


@dataclass(frozen=True)
class Found:
    """What a model gave that was told some labels.

    Args:
        everywhere: Rank correlation on the rows whose conductivity was not told.
        labelled: The same on those of them that have a cheap label.
        alone: Fidelity -> share of the target that its answer explains, where a model says.
        beyond: Fidelity -> share that its answer adds to the others'.
        together: Share that all cheap answers explain.
    """

    everywhere: float
    labelled: float
    alone: Mapping[str, float]
    beyond: Mapping[str, float]
    together: float


@dataclass(frozen=True)
class FidelityStudy:
    """Models that learnt twice from the same conductivities.

    Args:
        models: What was told; the first is the claim.
        without: Title -> one result per seed, without cheap labels.
        together: Title -> one result per seed, with them.
        labels: Fidelity -> number of candidates with a label.
        told: Number of conductivities told, per seed.
        rows: Number of rows.
        seed: Of it all.
        digest: Of the data.
    """

    models: tuple[Contender, ...]
    without: Mapping[str, tuple[Found, ...]]
    together: Mapping[str, tuple[Found, ...]]
    labels: Mapping[str, int]
    told: tuple[int, ...]
    rows: int
    seed: int
    digest: str

    def gains(self, title: str) -> FloatArray:
        """Return (k,) by how much cheap labels raise the rank correlation, per seed."""
        pairs = zip(self.together[title], self.without[title], strict=True)
        return np.array([with_them.everywhere - alone.everywhere for with_them, alone in pairs])

    def wins(self, title: str) -> int:
        """Return for how many seeds a model ranks better with cheap labels than without."""
        return int((self.gains(title) > 0).sum())


def cheap_labels(
    dataset: Dataset, oracles: Sequence[str] = ORACLES, *, done: Callable[[], None] = lambda: None
) -> Told:
    """Label all candidates with oracles by name; answers are remembered on disk.

    They are those that ``discovery label`` remembers with its default options.

    Args:
        dataset: Whose candidates.
        oracles: Names of oracles that need nothing but options, which are the defaults.
        done: Called after each oracle.

    Raises:
        ConfigError: No oracle has this name.
    """
    fidelities, told = [], []
    for name in oracles:
        oracle = registry.build("oracle", "cached", {"oracle": {"name": name}, "seed": 0})
        costs = [oracle.cost(candidate) for candidate in dataset.candidates]
        fidelities.append(Fidelity(name, float(np.median(costs))))
        for start in range(0, len(costs), _AT_ONCE):
            asked = dataset.candidates[start : start + _AT_ONCE]
            for candidate, outcome in zip(asked, oracle.label(asked, 0), strict=True):
                query = Query(candidate, name)
                told.append(observe(query, outcome, oracle=oracle, name=name, cost=0.0))
        done()
    return Told(tuple(fidelities), tuple(told))


def run(
    data: Obelix,
    cheap: Told,
    *,
    models: Sequence[Contender] = MODELS,
    seeds: int = 10,
    seed: int,
    memory: Memory,
    done: Callable[[], None] = lambda: None,
) -> FidelityStudy:
    """Let every model learn with and without cheap labels, for every seed.

    Args:
        data: All its labelled rows are divided; the published split plays no part.
        cheap: From :func:`cheap_labels`.
        models: With different titles.
        seeds: Number of divisions.
        seed: Of divisions and models.
        memory: Where what was found is kept.
        done: Called after each of ``2 * seeds * len(models)`` fits.
    """
    around = (1 - _SHARE - _AROUND, 1 - _SHARE + _AROUND)
    parts = group_splits(
        same_source(data.dataset), splits=seeds, share=around, seed=derive(seed, "fidelities")
    )
    without: dict[str, tuple[Found, ...]] = {}
    together: dict[str, tuple[Found, ...]] = {}
    for model in models:
        for told, results in ((Told((), ()), without), (cheap, together)):
            found = []
            for number, part in enumerate(parts):
                own = derive(seed, "fidelities", number)
                found.append(_fitted(model, data, part, told, cheap, seed=own, memory=memory))
                done()
            results[model.title] = tuple(found)
    return FidelityStudy(
        tuple(models),
        without,
        together,
        {name: len(answers) for name, answers in cheap.values.items()},
        tuple(len(part.train) for part in parts),
        len(data.dataset.candidates),
        seed,
        data.digest,
    )


def _fitted(
    model: Contender,
    data: Obelix,
    part: Split,
    told: Told,
    cheap: Told,
    *,
    seed: int,
    memory: Memory,
) -> Found:
    """Return what a model gives that is told a part of the conductivities and ``told``."""

    def compute() -> dict[str, Any]:
        measured, target = observations(data.dataset, part.train)
        proxy: Any = model.build()
        proxy.fit([*measured, *told.observations], (*told.fidelities, *target), seed)
        asked = [data.dataset.candidates[row] for row in part.test]
        mean = proxy.predict(asked).target_mean
        truth = Values(data.truth.value[part.test], data.truth.side[part.test])
        answered = {identity for answers in cheap.values.values() for identity in answers}
        labelled = np.array([candidate.id in answered for candidate in asked])
        says = bool(told.fidelities) and hasattr(proxy, "explained")
        shares = asdict(proxy.explained()) if says else {"alone": {}, "beyond": {}, "together": 0.0}
        return {
            "everywhere": spearman(truth, mean),
            "labelled": spearman(truth.take(labelled), mean[labelled]),
            **shares,
        }

    depends = {
        "proxy": model.proxy,
        "options": dict(model.options),
        "data": data.digest,
        "told": told.values,
        "cheap": cheap.values,
        "train": part.train.tolist(),
        "seed": seed,
        "version": [__version__, FEATURE_VERSION],
    }
    return Found(**memory.recall(f"fidelities-{model.proxy}", depends, compute))
