"""New crystals by evolution: the better of what was scored is changed, mixed and scored again."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Final

import numpy as np

from discovery.errors import InvalidInputError
from discovery.generation import Generation
from discovery.protocols import Score, State
from discovery.rng import stream
from discovery.types import Candidate, Draft, FloatArray
from samplers.generators.evolved_genome import Genome, recalled, remembered
from samplers.generators.evolved_moves import Moves
from samplers.generators.evolved_source import Source, crystals
from samplers.generators.judged import Judge
from samplers.limits import Limits

_LIMITS: Final = Limits()
_PORTIONS: Final = 50  # populations of children that may all be invalid or known


@dataclass(frozen=True)
class Population:
    """The n fittest so far, the best first; no two have the same contents and space group."""

    genomes: tuple[Genome, ...]
    rewards: FloatArray

    def joined(self, genomes: Sequence[Genome], rewards: FloatArray, size: int) -> "Population":
        """Return the ``size`` fittest of these and those; what cannot be judged dies out."""
        everyone = [*self.genomes, *genomes]
        fitness = np.concatenate([self.rewards, rewards])
        order = np.argsort(-fitness, kind="stable")
        best: dict[object, int] = {}
        for place in order[: int((~np.isnan(fitness)).sum())].tolist():
            if len(best) == size:
                break
            best.setdefault(everyone[place].content, place)
        kept = list(best.values())
        return Population(tuple(everyone[place] for place in kept), fitness[kept])

    def parents(self, count: int, rivals: int, rng: np.random.Generator) -> list[Genome]:
        """Return the winners of tournaments between so many rivals each."""
        # the best comes first, so of several rivals the one with the least number wins
        winners = rng.integers(len(self.genomes), size=(count, rivals)).min(axis=1)
        return [self.genomes[place] for place in winners.tolist()]


class EvolutionGenerator:
    """Selects by tournament, mutates and crosses, and keeps the fittest (mu + lambda).

    Mutations change size and shape of the cell, an element for another of the same charge, the
    numbers of atoms at constant charge, or the space group; crossover puts the contents of one
    crystal into group and cell of another. Children that are not valid or were seen before cost no
    score. In the population, and among what is returned, no two have the same contents and group.

    Args:
        calls: Crystals that are scored, at most.
        limits: What the crystals keep to.
        population: Crystals that survive a generation, and children born in one.
        rivals: Crystals that compete to become a parent; more make it greedier.
        crossover: Share of children with two parents.
        known_first: Whether known crystals that keep to the limits are in the first population;
            otherwise all of it is random.
        known: Known crystals.

    Raises:
        InvalidInputError: A number is out of its range.
    """

    needs: ClassVar[tuple[str, ...]] = ("known",)

    def __init__(
        self,
        *,
        calls: int = 1000,
        limits: Limits = _LIMITS,
        population: int = 100,
        rivals: int = 3,
        crossover: float = 0.2,
        known_first: bool = False,
        known: Sequence[Candidate] = (),
    ) -> None:
        for name, value in {"calls": calls, "population": population, "rivals": rivals}.items():
            if value < 1:
                raise InvalidInputError(f"{name} is 1 or more, not {value}")
        if not 0 <= crossover <= 1:
            raise InvalidInputError(f"crossover is a share between 0 and 1, not {crossover}")
        self.calls = calls
        self._limits = limits
        self._size, self._rivals, self._crossover = population, rivals, crossover
        self._known_first, self._known = known_first, tuple(known)

    def prepare(self, fidelities: int) -> None:
        """Build what random crystals are drawn from.

        Raises:
            InvalidInputError: The limits leave no crystal to make.
        """
        del fidelities
        self._source()

    def generate(
        self, count: int, score: Score, seed: int, memory: State | None = None
    ) -> Generation:
        """Return the ``count`` fittest crystals of all generations.

        Args:
            count: Crystals wanted.
            score: Judges candidates.
            seed: Everything random follows from it.
            memory: The last population; it is scored anew and goes on evolving.

        Raises:
            InvalidInputError: The limits leave no crystal to make.
        """
        rng, judge = stream(seed, "samplers.evolution"), Judge(score, self.calls)
        source = self._source()
        moves, notes = Moves(self._limits), Counter[str]()
        population = archive = Population((), np.zeros(0))
        children = self._first(source, memory, min(self._size, self.calls), rng)
        seen: set[Genome] = set()
        while children and judge.left:
            seen |= set(children)
            rewards = judge([child.candidate for child in children])
            population = population.joined(children, rewards, self._size)
            archive = archive.joined(children, rewards, max(count, self._size))
            notes["generations"] += 1
            wanted = min(self._size, judge.left)
            children = []
            if population.genomes:
                born = self._born(population, moves, rng)
                children = _fresh(born, source, wanted, seen, notes)
            if not children:  # nothing can be judged, or nothing new is near
                children = _fresh(_endless(source, wanted, rng), source, wanted, seen, notes)
        judge.check()
        drafts = tuple(Draft(genome.candidate) for genome in archive.genomes[:count])
        told = {name: float(times) for name, times in notes.items()}
        return Generation(drafts, {**judge.notes, **told}, remembered(population.genomes))

    def _source(self) -> Source:
        """Who makes random crystals, and checks all."""
        return crystals(self._limits)

    def _first(
        self, source: Source, memory: State | None, size: int, rng: np.random.Generator
    ) -> list[Genome]:
        """The first population: what is remembered, what is known, and the rest at random."""
        given = [] if memory is None else recalled(memory)
        if self._known_first:
            known = [genome for one in self._known if (genome := Genome.of(one)) is not None]
            given += [known[place] for place in rng.permutation(len(known)).tolist()]
        notes: Counter[str] = Counter()
        first = _fresh(iter([given]), source, size, set(), notes)
        random = _endless(source, size, rng)
        return first + _fresh(random, source, size - len(first), set(first), notes)

    def _born(
        self, population: Population, moves: Moves, rng: np.random.Generator
    ) -> Iterator[list[Genome]]:
        """Children, valid or not, a population of them at a time."""
        while True:
            couples = zip(
                population.parents(self._size, self._rivals, rng),
                population.parents(self._size, self._rivals, rng),
                strict=True,
            )
            found = [
                moves.crossed(one, other, rng)
                if rng.random() < self._crossover
                else moves.mutated(one, rng)
                for one, other in couples
            ]
            yield [child for child in found if child is not None]


def _endless(source: Source, size: int, rng: np.random.Generator) -> Iterator[list[Genome]]:
    """Random crystals, some at a time."""
    while True:
        made = source.random(size, rng)
        yield [genome for one in made if (genome := Genome.of(one)) is not None]


def _fresh(
    offered: Iterable[list[Genome]],
    source: Source,
    wanted: int,
    seen: AbstractSet[Genome],
    notes: Counter[str],
) -> list[Genome]:
    """As many as are wanted of those offered that are valid and new."""
    found: dict[Genome, None] = {}
    for genomes in islice(offered, _PORTIONS):
        if len(found) >= wanted:
            break
        new = list(dict.fromkeys(g for g in genomes if g not in seen and g not in found))
        notes["again"] += len(genomes) - len(new)
        for genome, reason in zip(
            new, source.reasons([genome.candidate for genome in new]), strict=True
        ):
            if reason is None and len(found) < wanted:
                found[genome] = None
            elif reason is not None:
                notes["not valid"] += 1
    return list(found)
