"""New crystals from known ones: other ions in the same places."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import ClassVar, Final

import numpy as np

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
from samplers.generators.substituted_draws import IntArray, substitutions
from samplers.generators.substituted_stock import Stock, stock
from samplers.limits import Limits

_LIMITS: Final = Limits()
_AT_ONCE: Final = 64  # substitutions that are looked at together, at least
_DIGITS: Final = 4  # of edges in Angstrom


class SubstitutionGenerator:
    """Replaces ions of known crystals by others that are known to take such places.

    A parent is drawn, each prototype as often as any other, then an ion for each of its elements
    by how often the one takes the other's place in known crystals (Hautier et al., Inorg. Chem.
    50, 656 (2011)), given that the whole is neutral: exactly, by the charges that the further
    places can add. What is not within the limits is left out. No substitution is drawn twice, so
    unusual ones follow as the usual ones are used up. Space group and places of atoms stay; edges
    scale with the sum of the mean radii of cations and anions. The best of ``calls`` crystals are
    kept, one for each content of a cell and space group. Where the parent is an ordered structure,
    so is the crystal.

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

    def prepare(self, fidelities: int) -> None:
        """Find the parents.

        Raises:
            InvalidInputError: No known crystal fits the limits.
        """
        del fidelities
        _ = self._stock

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
        ready, drawn = self._stock, Counter[str]()
        rng = stream(seed, "samplers.substitution")
        draws = substitutions(ready.places, ready.weights, ready.required, ready.together, rng)
        seen: set[tuple[object, ...]] = set()
        made: list[Candidate] = []
        while len(made) < self.calls:
            portion = list(islice(draws, max(self.calls - len(made), _AT_ONCE)))
            if not portion:
                break
            draw = Draw.of(ready, portion)
            fits = draw.fits(self._limits)
            drawn["not within the limits"] += len(portion) - int(fits.sum())
            for row in np.flatnonzero(fits).tolist():
                content = draw.content(row)
                if content in seen:
                    drawn["again"] += 1
                elif len(made) < self.calls:
                    seen.add(content)
                    made.append(draw.candidate(row))
        return made, drawn


@dataclass(frozen=True)
class Draw:
    """Substitutions side by side.

    Args:
        stock: What they are drawn from.
        parent: (b,) place of the parent.
        ion: (b, S) place of the ion that each element gives way to; 0 beyond the last element.
    """

    stock: Stock
    parent: IntArray
    ion: IntArray

    @classmethod
    def of(cls, stock: Stock, drawn: Sequence[tuple[int, tuple[int, ...]]]) -> "Draw":
        """Put substitutions side by side, each the place of a parent and its ions."""
        ion = np.zeros((len(drawn), stock.counts.shape[1]), dtype=np.intp)
        for row, (_, ions) in enumerate(drawn):
            ion[row, : len(ions)] = ions
        return cls(stock, np.array([parent for parent, _ in drawn]), ion)

    def fits(self, limits: Limits) -> BoolArray:
        """Return (b,) whether a crystal is another than its parent, and of an allowed size."""
        counts = self.stock.counts[self.parent]
        element = np.where(counts > 0, self.stock.numbers[self.ion], 0)
        good: BoolArray = (element != self.stock.elements[self.parent]).any(axis=1)
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
