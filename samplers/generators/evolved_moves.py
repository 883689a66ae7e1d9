"""Changes that lead from good crystals to others: mutations, and mixtures of two.

All keep the charge balanced and the numbers of atoms such that a space group has places for them;
whether a crystal keeps to every limit is for the environment to say.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from typing import Final, TypeVar

import numpy as np

from discovery.chemistry.symmetry import lattice_system
from discovery.crystal import Lattice
from discovery.errors import InvalidStructureError
from samplers.generators.evolved_genome import Genome, tied
from samplers.gflownet.attainable import DEAD, attainable
from samplers.gflownet.balance import ions
from samplers.limits import Limits

_T = TypeVar("_T")

_EDGES: Final = 0.06  # standard deviation of the logarithm of an edge
_SIZE: Final = 0.05  # of the logarithm of the volume
_ANGLES: Final = 4.0  # degrees
_STEPS: Final = (1, 1, 1, 2, 2, 3, 4, 6, 8, 12)  # exchanges of charge at once
_NEAR: Final = 0.5  # share of new groups that keep the lattice system where one does


class Moves:
    """Mutations and crossover within some limits.

    Args:
        limits: Elements, their ions, space groups and numbers of atoms.
    """

    def __init__(self, limits: Limits) -> None:
        ready = ions(limits)
        self._limits = limits
        self._states = dict(zip(ready.symbols, ready.states, strict=True))
        self._automata, members = attainable(limits.space_groups, limits.most)
        self._members = np.array(members)
        self._groups = np.array(limits.space_groups)
        self._balance = lru_cache(maxsize=65536)(self._balanced)
        self._mutations: tuple[Callable[[Genome, np.random.Generator], Genome | None], ...] = (
            self.strained,
            self.substituted,
            self.exchanged,
            self.regrouped,
        )

    def mutated(self, genome: Genome, rng: np.random.Generator) -> Genome | None:
        """Return a crystal with one thing changed; ``None`` where the change leads nowhere."""
        return self._mutations[rng.integers(len(self._mutations))](genome, rng)

    def crossed(self, one: Genome, other: Genome, rng: np.random.Generator) -> Genome | None:
        """Return the contents of one crystal in the group and shape of cell of another."""
        return self._housed(dict(one.counts), other, _volume(one) * one.atoms, rng)

    def strained(self, genome: Genome, rng: np.random.Generator) -> Genome | None:
        """Return a crystal with another size and shape of its cell."""
        edges = np.exp(rng.normal(0, _EDGES, 3)) * genome.lattice.parameters[:3]
        angles = rng.normal(0, _ANGLES, 3) + genome.lattice.parameters[3:]
        volume = genome.lattice.volume * math.exp(rng.normal(0, _SIZE))
        try:
            cell = Lattice(*edges.tolist(), *angles.tolist())
            cell = tied(cell, genome.space_group, volume)
        except InvalidStructureError:  # angles that close no cell
            return None
        return Genome(genome.counts, genome.space_group, cell)

    def substituted(self, genome: Genome, rng: np.random.Generator) -> Genome | None:
        """Return a crystal with another element of the same charge in the place of one."""
        balance = self._balance(genome.counts)
        if balance is None:
            return None
        element, state = _any(tuple(balance.items()), rng)
        present = dict(genome.counts)
        others = [e for e, q in self._states.items() if state in q and e not in present]
        if not others:
            return None
        present[_any(others, rng)] = present.pop(element)
        return self._housed(present, genome, genome.lattice.volume, rng)

    def exchanged(self, genome: Genome, rng: np.random.Generator) -> Genome | None:
        """Return a crystal with more atoms of one element, and as much charge of another less.

        For ions of opposite sign that adds or removes both. The other element may be a new one,
        and the first may disappear.
        """
        balance = self._balance(genome.counts)
        if balance is None:
            return None
        one, state = _any(tuple(balance.items()), rng)
        rest = [ion for ion in balance.items() if ion[0] != one]
        if rng.random() < 1 / 2:
            rest = [(e, q) for e, qs in self._states.items() if e not in balance for q in qs]
        if not rest:
            return None
        other, charge = _any(rest, rng)
        step = _any(_STEPS, rng) * (1 if rng.random() < 1 / 2 else -1)
        divisor = math.gcd(state, charge)
        counts = dict(genome.counts)
        counts[one] += step * charge // divisor
        counts[other] = counts.get(other, 0) - step * state // divisor
        if min(counts.values()) < 0 or not any(counts.values()):
            return None
        volume = _volume(genome) * sum(counts.values())
        return self._housed(counts, genome, volume, rng)

    def regrouped(self, genome: Genome, rng: np.random.Generator) -> Genome | None:
        """Return a crystal in another space group that has places for its atoms."""
        homes = self.homes(dict(genome.counts))
        return self._in_one_of(homes[homes != genome.space_group], genome, rng)

    def homes(self, counts: dict[str, int]) -> np.ndarray:
        """Return the space groups that have places for so many atoms of each element."""
        numbers = [n for n in counts.values() if n]
        if max(numbers) > self._limits.most:
            return self._groups[:0]
        holds = np.array([one.follow(numbers) != DEAD for one in self._automata])
        return self._groups[holds[self._members]]

    def _housed(
        self, counts: dict[str, int], home: Genome, volume: float, rng: np.random.Generator
    ) -> Genome | None:
        """Put contents into the group and shape of cell of a crystal, or another that has room."""
        homes = self.homes(counts)
        wanted = Genome.made(counts, home.space_group, home.lattice)
        if home.space_group in homes:
            cell = tied(home.lattice, home.space_group, volume)
            return Genome(wanted.counts, home.space_group, cell)
        return self._in_one_of(homes, wanted, rng, volume)

    def _in_one_of(
        self,
        groups: np.ndarray,
        genome: Genome,
        rng: np.random.Generator,
        volume: float | None = None,
    ) -> Genome | None:
        if not len(groups):
            return None
        system = lattice_system(genome.space_group)
        near = [number for number in groups.tolist() if lattice_system(number) == system]
        group = int(rng.choice(near if near and rng.random() < _NEAR else groups))
        size = genome.lattice.volume if volume is None else volume
        return Genome(genome.counts, group, tied(genome.lattice, group, size))

    def _balanced(self, counts: tuple[tuple[str, int], ...]) -> dict[str, int] | None:
        """One oxidation state for each element such that all is neutral, where there is one."""
        elements = [element for element, _ in counts]
        numbers = [n for _, n in counts]
        for states in product(*(self._states.get(element, ()) for element in elements)):
            if not sum(n * q for n, q in zip(numbers, states, strict=True)):
                return dict(zip(elements, states, strict=True))
        return None


def _volume(genome: Genome) -> float:
    return genome.lattice.volume / genome.atoms


def _any(items: Sequence[_T], rng: np.random.Generator) -> _T:
    return items[int(rng.integers(len(items)))]
