"""New crystals from known ones: other ions in the same places."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

import numpy as np
from pymatgen.core.periodic_table import Element

from discovery.chemistry.charges import electronegativity
from discovery.chemistry.formula import reduce_amounts
from discovery.crystal import Crystal, Lattice, Site
from discovery.errors import InvalidInputError
from discovery.generation import Generation
from discovery.protocols import Score, State
from discovery.rng import stream
from discovery.types import BoolArray, Candidate, FloatArray
from samplers.generators.judged import Judge
from samplers.generators.known import folder, prototypes
from samplers.generators.substituted_stock import IntArray, Stock, stock
from samplers.limits import Limits

_LIMITS: Final = Limits()
_AT_ONCE: Final = 4096
_PATIENCE: Final = 20  # fruitless portions in a row after which there is nothing left to find
_HEATING: Final = 1.1
_NO_ION: Final = 10**6  # charge of an ion that does not exist, which nothing balances
_DIGITS: Final = 4  # of edges in Angstrom


class SubstitutionGenerator:
    """Replaces ions of known crystals by others that are known to take such places.

    A parent is drawn, then an ion for each of its elements by how often the one takes the other's
    place in known crystals (Hautier et al., Inorg. Chem. 50, 656 (2011)); what is not neutral, or
    not within the limits, is drawn again. As the usual substitutions are used up, the temperature
    rises and with it the share of unusual ones. Space group and places of atoms stay; edges scale
    with the sum of the mean radii of cations and anions. The best of ``calls`` crystals are kept,
    one for each content of a cell and space group. Where the parent is an ordered structure, so
    is the crystal.

    Args:
        calls: Crystals that are scored, at most.
        limits: What the crystals keep to; every element has one oxidation state.
        library: Whether the AFLOW prototypes are parents too, beside what is known.
        structures: Folder of CIF files that are parents too.
        temperature: 1 draws ions as often as they are known to replace each other, more draws
            unusual ones more often.
        known: Crystals to begin with.

    Raises:
        InvalidInputError: A number is out of its range.
    """

    needs: ClassVar[tuple[str, ...]] = ("known",)

    def __init__(
        self,
        *,
        calls: int = 1000,
        limits: Limits = _LIMITS,
        library: bool = True,
        structures: str | None = None,
        temperature: float = 1.0,
        known: Sequence[Candidate] = (),
    ) -> None:
        if calls < 1:
            raise InvalidInputError(f"calls is 1 or more, not {calls}")
        if not (math.isfinite(temperature) and temperature > 0):
            raise InvalidInputError(f"temperature is a positive number, not {temperature:g}")
        self.calls = calls
        self._limits = limits
        self._library, self._structures = library, structures
        self._temperature, self._known = temperature, tuple(known)

    def generate(
        self, count: int, score: Score, seed: int, memory: State | None = None
    ) -> Generation:
        """Return the ``count`` best of ``calls`` crystals; nothing is remembered.

        Raises:
            InvalidInputError: No known crystal fits the limits.
        """
        del memory
        made, drawn = self._made(seed)
        judge = Judge(score, self.calls)
        judge(made)
        notes = {f"drawn: {what}": float(times) for what, times in drawn.items()}
        return Generation(judge.best(count), {**judge.notes, **notes})

    @cached_property
    def _stock(self) -> Stock:
        sources = [*self._known]
        sources += prototypes() if self._library else ()
        sources += () if self._structures is None else folder(self._structures)
        return stock(sources, self._limits, self._temperature)

    def _made(self, seed: int) -> tuple[list[Candidate], Counter[str]]:
        """As many different crystals as may be scored, or as there are."""
        rng, drawn = stream(seed, "samplers.substitution"), Counter[str]()
        seen: set[tuple[object, ...]] = set()
        made: list[Candidate] = []
        fruitless, hot = 0, self._stock
        while len(made) < self.calls and fruitless < _PATIENCE:
            before, again = len(made), drawn["again"]
            draw = Draw.by_chance(hot, rng)
            fits = draw.fits(self._limits)
            drawn["not neutral or not within the limits"] += _AT_ONCE - int(fits.sum())
            for row in np.flatnonzero(fits).tolist():
                content = draw.content(row)
                if content in seen:
                    drawn["again"] += 1
                elif len(made) < self.calls:
                    seen.add(content)
                    made.append(draw.candidate(row))
            fruitless = 0 if len(made) > before else fruitless + 1
            if drawn["again"] - again > len(made) - before:
                hot = hot.heated(_HEATING)
        return made, drawn


@dataclass(frozen=True)
class Draw:
    """Neutral substitutions drawn together.

    Args:
        stock: What they are drawn from.
        parent: (b,) place of the parent.
        ion: (b, S) place of the ion that each element gives way to; any beyond the last element.
    """

    stock: Stock
    parent: IntArray
    ion: IntArray

    @classmethod
    def by_chance(cls, stock: Stock, rng: np.random.Generator, size: int = _AT_ONCE) -> "Draw":
        """Draw so many parents, then ions; what is not neutral is dropped at once."""
        parent = rng.choice(len(stock.parents), size=size, p=stock.weights)
        ion = stock.drawn(parent, rng.random((size, stock.counts.shape[1])))
        states = np.append(stock.states, _NO_ION)[ion]
        neutral = (stock.counts[parent] * states).sum(axis=1) == 0
        return cls(stock, parent[neutral], ion[neutral])

    def fits(self, limits: Limits) -> BoolArray:
        """Return (b,) whether a crystal is another than its parent, and within the limits."""
        counts, ion = self.stock.counts[self.parent], self.ion
        here = counts > 0
        element, states = self.stock.numbers[ion], self.stock.states[ion]
        # a number of its own for each place that is empty
        different = np.sort(np.where(here, element, -1 - np.arange(here.shape[1])), axis=1)
        good: BoolArray = (np.diff(different, axis=1) != 0).all(axis=1)
        good &= (np.where(here, element, 0) != self.stock.elements[self.parent]).any(axis=1)
        for symbol in limits.required:
            good &= (here & (element == Element(symbol).Z)).any(axis=1)
        if limits.pauling:
            pull = self.stock.pulls[ion]
            cations = np.where(here & (states > 0), pull, -np.inf).max(axis=1)
            anions = np.where(here & (states < 0), pull, np.inf).min(axis=1)
            good &= cations < anions
        size = self.volume / counts.sum(axis=1)
        return good & (limits.volume[0] <= size) & (size <= limits.volume[1])

    @cached_property
    def scale(self) -> FloatArray:
        """(b,) by what the edges of the parent are multiplied."""
        counts = self.stock.counts[self.parent]
        ion, states = self.ion, self.stock.states[self.ion]
        total = np.zeros(len(counts))
        for sign in (1, -1):
            same = np.where(states * sign > 0, counts, 0)
            total += (same * self.stock.radii[ion]).sum(axis=1) / np.maximum(same.sum(axis=1), 1)
        return total / self.stock.bonds[self.parent]

    @property
    def volume(self) -> FloatArray:
        """(b,) of the cells, cubic Angstrom."""
        return self.stock.volumes[self.parent] * self.scale**3

    def content(self, row: int) -> tuple[object, ...]:
        """Return space group and atoms of the cell: what one crystal of a draw is known by."""
        return self.stock.parents[self.parent[row]].space_group, *sorted(self._counts(row).items())

    def candidate(self, row: int) -> Candidate:
        """Return a crystal, the more electronegative of its elements later in its formula."""
        one = self.stock.parents[self.parent[row]]
        counts, scale = self._counts(row), float(self.scale[row])
        ordered = {e: float(counts[e]) for e in sorted(counts, key=electronegativity)}
        unit, z = reduce_amounts(ordered)
        a, b, c, *angles = one.lattice.parameters
        edges = (round(edge * scale, _DIGITS) for edge in (a, b, c))
        place = dict(zip(one.elements, self._symbols(row), strict=True))
        return Candidate(
            tuple(unit.items()),
            z=float(z),
            space_group=one.space_group,
            lattice=Lattice(*edges, *angles),
            structure=_substituted(one.structure, place, scale),
            name=f"from {one.name}",
        )

    def _counts(self, row: int) -> dict[str, int]:
        counts = self.stock.parents[self.parent[row]].counts
        return dict(zip(self._symbols(row), counts, strict=True))

    def _symbols(self, row: int) -> list[str]:
        size = len(self.stock.parents[self.parent[row]].elements)
        return [self.stock.ions[place][0] for place in self.ion[row, :size].tolist()]


def _substituted(parent: Crystal | None, place: dict[str, str], scale: float) -> Crystal | None:
    if parent is None:
        return None
    sites = tuple(
        Site(tuple((place[element], amount) for element, amount in site.species), site.position)
        for site in parent.sites
    )
    a, b, c = ((x * scale, y * scale, z * scale) for x, y, z in parent.matrix)
    return Crystal((a, b, c), sites)
