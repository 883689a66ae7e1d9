"""What a crystal is made of, in the terms in which it is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.chemistry.charges import electronegativity
from discovery.chemistry.formula import reduce_amounts
from discovery.chemistry.symmetry import lattice_system
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError
from discovery.protocols import State
from discovery.types import Candidate

_DIGITS: Final = 4  # of edges (Angstrom) and angles (degrees)


@dataclass(frozen=True)
class Genome:
    """Contents of a conventional cell, space group and cell.

    Args:
        counts: (element, atoms per cell) pairs, in the order of the elements' names.
        space_group: International number.
        lattice: Conventional cell.
    """

    counts: tuple[tuple[str, int], ...]
    space_group: int
    lattice: Lattice

    @classmethod
    def made(cls, counts: dict[str, int], space_group: int, lattice: Lattice) -> "Genome":
        """Return a genome; elements without an atom are left out."""
        kept = tuple(sorted((element, n) for element, n in counts.items() if n))
        return cls(kept, space_group, lattice)

    @classmethod
    def of(cls, candidate: Candidate) -> "Genome | None":
        """Return the genome of a candidate, ``None`` where part of it is not known."""
        group, lattice, z = candidate.space_group, candidate.lattice, candidate.z
        if group is None or lattice is None or z is None:
            return None
        atoms = z * sum(amount for _, amount in candidate.composition)
        counts = {element: round(x * atoms) for element, x in candidate.fractions.items()}
        return cls.made(counts, group, lattice)

    @property
    def content(self) -> tuple[object, ...]:
        """What tells crystals apart, size and shape of the cell aside."""
        return self.counts, self.space_group

    @property
    def atoms(self) -> int:
        """Atoms per conventional cell."""
        return sum(n for _, n in self.counts)

    @property
    def candidate(self) -> Candidate:
        """The candidate, the more electronegative of its elements later in its formula."""
        counts = dict(self.counts)
        ordered = {e: float(counts[e]) for e in sorted(counts, key=electronegativity)}
        unit, z = reduce_amounts(ordered)
        return Candidate(
            tuple(unit.items()),
            z=float(z),
            space_group=self.space_group,
            lattice=self.lattice,
        )


def tied(lattice: Lattice, space_group: int, volume: float) -> Lattice:
    """Return the cell with the edges and angles that a space group ties together, at a volume.

    Standard settings: unique axis b, hexagonal axes. Equal edges are the geometric means of what
    they were.

    Args:
        lattice: Any cell.
        space_group: International number.
        volume: Of the new cell, cubic Angstrom.
    """
    a, b, c, alpha, beta, gamma = lattice.parameters
    system = lattice_system(space_group)
    if system != "triclinic":
        alpha = gamma = 90.0
    if system not in ("triclinic", "monoclinic"):
        beta = 90.0
    if system in ("tetragonal", "hexagonal", "rhombohedral"):
        a = b = (a * b) ** 0.5
    if system in ("hexagonal", "rhombohedral"):
        gamma = 120.0
    if system == "cubic":
        a = b = c = (a * b * c) ** (1 / 3)
    shape = Lattice(a, b, c, alpha, beta, gamma)
    scale = (volume / shape.volume) ** (1 / 3)
    edges = (round(edge * scale, _DIGITS) for edge in (a, b, c))
    return Lattice(*edges, *(round(angle, _DIGITS) for angle in (alpha, beta, gamma)))


def remembered(genomes: Sequence[Genome]) -> State:
    """Return genomes as plain lists and arrays."""
    return {
        "counts": [dict(genome.counts) for genome in genomes],
        "space_groups": [genome.space_group for genome in genomes],
        "cells": np.array([genome.lattice.parameters for genome in genomes]).reshape(-1, 6),
    }


def recalled(state: State) -> list[Genome]:
    """Return the genomes that were remembered.

    Raises:
        InvalidInputError: The state is not one of this kind.
    """
    try:
        cells = [Lattice(*map(float, cell)) for cell in np.asarray(state["cells"])]
        counts = [{str(e): int(n) for e, n in of.items()} for of in state["counts"]]
        groups = [int(number) for number in state["space_groups"]]
        return [Genome.made(*row) for row in zip(counts, groups, cells, strict=True)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInputError(
            f"this is not the memory of an evolution ({type(error).__name__}: {error}); hand back "
            "what its last generation returned"
        ) from None
