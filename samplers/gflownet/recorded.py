"""Recorded crystals in the setting of the sampler: standard axes, whole numbers of atoms.

Rhombohedral cells become hexagonal ones with three times the atoms; the unique axis of a monoclinic
cell becomes b. Counts that are not whole (disorder) are replaced by the nearest whole ones that are
neutral and that the space group holds, if no atomic fraction changes by more than 1 %. Where the
group holds none, an ordering of the crystal has no symmetry left: it may be taken as a crystal of
group P1 in the same cell, or in the smallest supercell that serves.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from pymatgen.core.lattice import Lattice as PymatgenLattice

from discovery.chemistry.axes import hexagonal_axes
from discovery.chemistry.ordering_counts import COMPOSITION_ERROR
from discovery.chemistry.supercells import compact_supercells
from discovery.chemistry.symmetry import RHOMBOHEDRAL, crystal_system, lattice_mismatch
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError
from discovery.types import Candidate, FloatArray
from samplers.gflownet.attainable import DEAD, Attainable
from samplers.gflownet.balance import Ions
from samplers.limits import Limits

_ANGLE: Final = 0.5  # degrees; further from a right angle is another setting
_LENGTH: Final = 0.01
_P1: Final = 1
_NEAREST: Final = 5  # whole numbers tried for an element


@dataclass(frozen=True)
class Recorded:
    """A crystal in the setting of the sampler.

    Args:
        counts: Atoms per conventional cell, one number for each element of the ions.
        space_group: International number.
        lattice: Conventional cell.
    """

    counts: tuple[int, ...]
    space_group: int
    lattice: Lattice


def read(
    candidate: Candidate,
    limits: Limits,
    ions: Ions,
    automata: Mapping[int, Attainable],
    *,
    ordered: bool = False,
) -> Recorded:
    """Return a candidate as the sampler would write it.

    Args:
        candidate: With cell contents, space group and lattice.
        limits: Which crystals there are.
        ions: Elements of the sampler.
        automata: What each space group holds.
        ordered: Whether a crystal whose space group holds no whole atoms may become one of P1.

    Raises:
        InvalidInputError: It cannot be written so; the message is the reason.
    """
    group, z, lattice = candidate.space_group, candidate.z, candidate.lattice
    if group is None or z is None or lattice is None:
        raise InvalidInputError("its space group, lattice or number of formula units is not known")
    if group not in automata:
        raise InvalidInputError(f"space group {group} is outside the limits")
    foreign = sorted(set(candidate.fractions) - set(ions.symbols))
    if foreign:
        raise InvalidInputError(f"its elements are outside the limits: {', '.join(foreign)}")
    cell, times = standard_cell(lattice, group)
    amounts = dict.fromkeys(ions.symbols, 0.0)
    for element, amount in candidate.composition:
        amounts[element] += amount * z * times
    wanted = np.array(list(amounts.values()))
    try:
        return Recorded(_whole(wanted, limits, ions, automata[group]), group, cell)
    except InvalidInputError:
        if not ordered or _P1 not in automata:
            raise
        return _ordering(wanted, cell, limits, ions, automata[_P1])


def standard_cell(lattice: Lattice, space_group: int) -> tuple[Lattice, int]:
    """Return the cell on the sampler's axes, and how many of the given cells fill it.

    Raises:
        InvalidInputError: The cell cannot carry the space group.
    """
    mismatch = lattice_mismatch(
        lattice, space_group, length_tolerance=_LENGTH, angle_tolerance=_ANGLE
    )
    if mismatch is not None:
        raise InvalidInputError(f"its lattice does not fit: {mismatch}")
    a, b, c, alpha, _, gamma = lattice.parameters
    if crystal_system(space_group) == "monoclinic":
        if abs(gamma - 90) > _ANGLE:  # unique axis c
            return Lattice(b, c, a, 90.0, gamma, 90.0), 1
        if abs(alpha - 90) > _ANGLE:  # unique axis a
            return Lattice(c, a, b, 90.0, alpha, 90.0), 1
    if space_group in RHOMBOHEDRAL and abs(gamma - 120) > _ANGLE:
        return hexagonal_axes(lattice), 3
    return lattice, 1


def _ordering(
    wanted: FloatArray, cell: Lattice, limits: Limits, ions: Ions, automaton: Attainable
) -> Recorded:
    """Return the smallest cell without symmetry that keeps composition and charge."""
    matrix = np.array(PymatgenLattice.from_parameters(*cell.parameters).matrix)
    reason = f"it has {wanted.sum():.6g} atoms per cell, above {limits.atoms[1]}"
    for times in compact_supercells(matrix, int(limits.atoms[1] / wanted.sum())):
        try:
            counts = _whole(wanted * math.prod(times), limits, ions, automaton)
        except InvalidInputError as error:
            reason = str(error)
            continue
        a, b, c = (edge * n for edge, n in zip(cell.parameters, times, strict=False))
        return Recorded(counts, _P1, Lattice(a, b, c, cell.alpha, cell.beta, cell.gamma))
    raise InvalidInputError(reason)


def _whole(
    wanted: FloatArray, limits: Limits, ions: Ions, automaton: Attainable
) -> tuple[int, ...]:
    """Return the nearest whole counts that keep the composition, the charge and the group."""
    present = np.flatnonzero(wanted)
    total = float(wanted.sum())
    if total > limits.atoms[1] * (1 + COMPOSITION_ERROR):
        raise InvalidInputError(f"it has {total:.6g} atoms per cell, above {limits.atoms[1]}")
    choices = [_near(wanted[e], COMPOSITION_ERROR * total) for e in present]
    counts = np.array(list(product(*choices)), dtype=np.int64).reshape(-1, len(present))
    totals = np.maximum(counts.sum(1, keepdims=True), 1)
    errors = np.abs(counts / totals - wanted[present] / total).max(1, initial=0.0)
    counts = counts[errors <= COMPOSITION_ERROR]
    if not len(counts):
        raise InvalidInputError("no whole numbers of atoms have its composition within 1 %")
    held = counts[[automaton.follow(row) != DEAD for row in counts.tolist()]]
    if not len(held):
        raise InvalidInputError("the positions of its space group do not hold whole atoms of it")
    order = np.argsort(np.abs(held - wanted[present]).sum(1), kind="stable")
    full = np.zeros((len(held), len(wanted)), dtype=np.int64)
    full[:, present] = held[order]
    for row in full.tolist():
        if ions.neutral(row):
            return tuple(row)
    raise InvalidInputError("no oxidation states within the limits balance it")


def _near(amount: float, within: float) -> list[int]:
    """Return the whole numbers from 1 on nearest to an amount, the next one at least."""
    nearest = max(1, round(amount))
    low, high = math.ceil(amount - within), math.floor(amount + within)
    found = sorted({nearest, *range(max(1, low), high + 1)}, key=lambda n: abs(n - amount))
    return found[:_NEAREST]
