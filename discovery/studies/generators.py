"""What generators make of the same reward with the same number of calls.

The reward is what a trained proxy predicts. Every generator returns the best different crystals of
all that it had scored; then a few of them are given atoms, and oracles label these.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from discovery import __version__, registry
from discovery.assessment.diversity import Diversity, diversity, top
from discovery.assessment.novelty import novelty
from discovery.evaluation import evaluate
from discovery.generation import Generation, Generator
from discovery.prediction import Trained
from discovery.protocols import Score, State
from discovery.rng import derive
from discovery.types import Candidate, Draft, FloatArray, Query

GENERATORS: Final[Mapping[str, Mapping[str, Any]]] = {
    "random": {}, "substitution": {}, "evolve": {}, "gflownet": {},
}  # fmt: skip
"""Name -> options, calls aside."""

ORACLES: Final = ("bond_valence", "ewald", "site_energy")
"""Physics that is asked about realised crystals."""

BEST: Final = 100


@dataclass(frozen=True)
class Made:
    """What a generator made.

    Args:
        name: Of the generator.
        calls: Crystals that it had scored.
        seconds: Wall time, its scores included.
        rewards: (k,) of the crystals returned, the best first.
        covered: What all of them cover.
        best: What the hundred of highest reward cover.
        new: Share that is not known already.
        notes: What the generator counted.
    """

    name: str
    calls: int
    seconds: float
    rewards: FloatArray
    covered: Diversity
    best: Diversity
    new: float
    notes: Mapping[str, float]

    @property
    def median(self) -> float:
        """Median reward."""
        return float(np.median(self.rewards)) if len(self.rewards) else math.nan


@dataclass(frozen=True)
class Labelled:
    """What became of crystals of a generator that were given atoms.

    Args:
        name: Of the generator.
        tried: Crystals tried.
        realised: Of these, with a structure.
        counts: What was counted, reasons of rejection among it.
        seconds: Wall time of putting the atoms in place.
        answers: Oracle -> status -> number of realised crystals.
    """

    name: str
    tried: int
    realised: int
    counts: Mapping[str, float]
    seconds: float
    answers: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class GeneratorStudy:
    """Generators compared.

    Args:
        made: One per generator.
        labelled: One per generator whose crystals were given atoms.
        calls: Crystals each might have scored.
        count: Crystals wanted of each.
        reward: What the proxy learned from.
        seed: Of it all.
        version: Of the package.
    """

    made: tuple[Made, ...]
    labelled: tuple[Labelled, ...]
    calls: int
    count: int
    reward: Mapping[str, Any]
    seed: int
    version: str = __version__


class _Counted:
    """Scores by a proxy, and how many."""

    def __init__(self, trained: Trained) -> None:
        self._proxy = trained.proxy
        self.calls = 0

    def __call__(self, candidates: Sequence[Candidate]) -> FloatArray:
        self.calls += len(candidates)
        return self._proxy.predict(candidates).target_mean[:, None]


def compare(
    trained: Trained,
    known: Sequence[Candidate],
    *,
    calls: int = 100_000,
    count: int = 10_000,
    atoms: int = 100,
    seed: int = 0,
    generators: Mapping[str, Mapping[str, Any]] = GENERATORS,
    done: Callable[[], None] = lambda: None,
) -> GeneratorStudy:
    """Let every generator make crystals, and label some of them.

    Args:
        trained: Proxy whose predicted mean is the reward.
        known: Known materials.
        calls: Crystals that each generator may have scored.
        count: Crystals wanted of each.
        atoms: How many of them, drawn at random, are given atoms and labelled; 0 leaves it out.
        seed: Everything random follows from it.
        generators: Name -> options, calls aside.
        done: Called after each step; there are two per generator.
    """
    made: list[Made] = []
    labelled: list[Labelled] = []
    for name, options in generators.items():
        given = {**options, "calls": calls}
        generator: Generator = registry.build("generator", name, given, known=known)
        crystals, result = _make(name, generator, trained, known, count, seed)
        made.append(result)
        done()
        if atoms and crystals:
            rng = np.random.default_rng(derive(seed, "study.generators.atoms"))
            chosen = rng.permutation(len(crystals))[:atoms]
            labelled.append(_label(name, [crystals[i] for i in chosen], known, seed))
        done()
    return GeneratorStudy(tuple(made), tuple(labelled), calls, count, dict(trained.about), seed)


def _make(
    name: str,
    generator: Generator,
    trained: Trained,
    known: Sequence[Candidate],
    count: int,
    seed: int,
) -> tuple[list[Candidate], Made]:
    score, start = _Counted(trained), time.perf_counter()
    found = generator.generate(count, score, seed)
    seconds, calls = time.perf_counter() - start, score.calls
    crystals = [draft.candidate for draft in found.drafts]
    rewards = score(crystals)[:, 0] if crystals else np.zeros(0)
    order = np.argsort(-rewards, kind="stable")
    best = [crystals[place] for place in top(crystals, rewards, BEST)]
    return crystals, Made(
        name=name,
        calls=calls,
        seconds=seconds,
        rewards=rewards[order],
        covered=diversity(crystals),
        best=diversity(best),
        new=novelty(crystals, known).share,
        notes=found.notes,
    )


class _Given:
    """A generator of crystals that are made already."""

    calls = 0

    def __init__(self, crystals: Sequence[Candidate]) -> None:
        self._drafts = tuple(Draft(candidate) for candidate in crystals)

    def generate(
        self, count: int, score: Score, seed: int, memory: State | None = None
    ) -> Generation:
        """Return the first of them."""
        del score, seed, memory
        return Generation(self._drafts[:count], {})


def _label(
    name: str, crystals: Sequence[Candidate], known: Sequence[Candidate], seed: int
) -> Labelled:
    place = registry.load("generator", "realised")
    placing: Generator = place(generator=_Given(crystals), known=known, surplus=1.0, novel=False)
    start = time.perf_counter()
    found = placing.generate(len(crystals), _nothing, seed)
    seconds = time.perf_counter() - start
    answers: dict[str, dict[str, int]] = {}
    for each in ORACLES:
        oracle = registry.build("oracle", each, {})
        told = [
            evaluate(oracle, each, Query(draft.candidate, each), cost=0.0, seed=seed)
            for draft in found.drafts
        ]
        answers[each] = dict(Counter(observation.status for observation in told))
    return Labelled(name, len(crystals), len(found.drafts), found.notes, seconds, answers)


def _nothing(candidates: Sequence[Candidate]) -> FloatArray:
    return np.zeros((len(candidates), 1))
