"""A small world to judge models in: materials in papers, and models that know something."""

from collections.abc import Sequence

import numpy as np

from discovery.errors import NotFittedError
from discovery.types import (
    Belief,
    Bound,
    Candidate,
    Dataset,
    Estimate,
    Fidelity,
    Observation,
)


def material(place: int, space_group: int = 1) -> Candidate:
    return Candidate((("Li", 1.0 + place), ("O", 1.0)), space_group=space_group)


def truth(candidate: Candidate) -> float:
    return -12.0 + 10.0 * candidate.fractions["Li"] - candidate.fractions["O"] ** 2


def world(count: int = 40, papers: int = 10, test: int = 0) -> Dataset:
    """Materials whose conductivity follows lithium, in papers of neighbours; the first censored."""
    rows = tuple(material(place) for place in range(count))
    labels: dict[str, Estimate | Bound] = {c.id: Estimate(truth(c)) for c in rows}
    labels[rows[0].id] = Bound("left", truth(rows[0]) + 0.5)
    doi = {c.id: f"paper {place * papers // count}" for place, c in enumerate(rows)}
    family = {c.id: ("oxide" if place % 2 else "garnet") for place, c in enumerate(rows)}
    groups = {"doi": doi, "family": family}
    if test:
        groups["split"] = {c.id: "test" if n < test else "train" for n, c in enumerate(rows)}
    return Dataset("world", rows, labels, groups=groups)


class NearestProxy:
    """Predicts what the nearest material with a label has, and remembers whom it was told."""

    def __init__(self, std: float = 1.0, sign: int = 1) -> None:
        self.std, self.sign = std, sign
        self.told: list[Observation] = []
        self.name = ""

    def fit(
        self, observations: Sequence[Observation], fidelities: Sequence[Fidelity], seed: int
    ) -> None:
        del seed
        if not observations:
            raise NotFittedError("nothing told")
        self.told, self.name = list(observations), fidelities[0].name

    def predict(self, candidates: Sequence[Candidate]) -> Belief:
        places = np.array([o.query.candidate.fractions["Li"] for o in self.told])
        values = np.array([o.value if o.bound is None else o.bound.value for o in self.told])
        asked = np.array([c.fractions["Li"] for c in candidates])
        nearest = np.argmin(np.abs(asked[:, None] - places), axis=1)
        mean = (self.sign * values[nearest])[:, None]
        variance = np.full((len(asked), 1, 1), self.std**2)
        return Belief((self.name,), self.name, mean, variance, np.array([0.25]))
