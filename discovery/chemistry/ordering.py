"""Ordered, neutral representatives of disordered crystals.

Three steps. Counts: whole numbers of atoms per group of equally occupied sites in the smallest
compact supercell that keeps the composition within 1 % and balances the charge
(:mod:`~discovery.chemistry.ordering_counts`). Contacts: which sites must not be filled together
(:mod:`~discovery.chemistry.ordering_contacts`). Positions: the electrostatic energy of the
oxidation states, minimised by annealing from a random start
(:mod:`~discovery.chemistry.ordering_search`). Different starts end in different low minima: their
spread is what a number computed on one of them does not know.
"""

from dataclasses import dataclass
from typing import Final

from discovery.chemistry.ordering_counts import plan
from discovery.chemistry.ordering_search import Search
from discovery.chemistry.structures import from_pymatgen, to_pymatgen
from discovery.chemistry.supercells import Times
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.rng import stream

REVISION: Final = "1"
"""Changes whenever other representatives may be found for the same crystal and seed."""

_STEPS: Final = (1000, 100, 10, 2)
"""Temperatures of successive attempts; quicker cooling ends in other minima."""

_SAME: Final = 1e-6  # eV; arrangements with nearer fingerprints are equivalent


@dataclass(frozen=True)
class Ordering:
    """An ordered representative of a crystal.

    Args:
        crystal: Every site filled by one atom.
        energy: Electrostatic energy of its oxidation states, eV per cell.
        composition_error: Largest difference of an atomic fraction from the disordered crystal.
        supercell: How often the cell is repeated along its vectors.
        crowded: Pairs of like ions on alternative sites, 1.0 to 1.7 Angstrom apart, that its
            occupancies force together; 0 in a sound structure.
    """

    crystal: Crystal
    energy: float
    composition_error: float
    supercell: Times
    crowded: int


def representatives(
    crystal: Crystal, *, count: int = 1, seed: int = 0, max_atoms: int = 200
) -> tuple[Crystal, ...]:
    """Return ordered, neutral cells that stand for a crystal; an ordered one stands for itself.

    Args:
        crystal: Ordered or disordered.
        count: How many to find; fewer come back where no more are different.
        seed: Of all randomness; a larger ``count`` adds representatives and changes none.
        max_atoms: Largest number of atoms.

    Raises:
        InvalidInputError: See :func:`orderings`; or an ordered crystal is too large.
    """
    if crystal.is_ordered:
        if len(crystal.sites) > max_atoms:
            raise InvalidInputError(
                f"{len(crystal.sites)} atoms are more than max_atoms = {max_atoms}"
            )
        return (crystal,)
    found = orderings(crystal, count=count, seed=seed, max_atoms=max_atoms)
    return tuple(ordering.crystal for ordering in found)


def orderings(
    crystal: Crystal, *, count: int = 1, seed: int = 0, max_atoms: int = 200
) -> tuple[Ordering, ...]:
    """Return representatives with their energies, no two equivalent by symmetry, as found.

    A cell with more than ``max_atoms`` atoms is replaced by its primitive cell.

    Args:
        crystal: Ordered or disordered.
        count: How many to find; fewer come back where no more are different.
        seed: Of all randomness; a larger ``count`` adds representatives and changes none.
        max_atoms: Largest number of atoms.

    Raises:
        InvalidInputError: A number is not positive, no oxidation states are neutral, no small
            enough cell keeps the composition, or overlapping sites cannot be kept apart.
    """
    if count < 1 or max_atoms < 1:
        raise InvalidInputError(
            f"count and max_atoms must be 1 or more, not {count} and {max_atoms}"
        )
    if sum(crystal.composition.values()) > max_atoms:
        crystal = from_pymatgen(to_pymatgen(crystal).get_primitive_structure())
    wanted = plan(crystal, max_atoms)
    search = Search(crystal, wanted)
    found: list[Ordering] = []
    known: list[float] = []
    overlaps = 0
    while len(found) < count:
        for steps in _STEPS:
            state = search.draw(stream(seed, "ordering", len(found), steps), steps)
            mark, overlaps = search.fingerprint(state), search.overlaps(state)
            if not overlaps and all(abs(mark - other) > _SAME for other in known):
                known.append(mark)
                found.append(
                    Ordering(
                        crystal=search.crystal(state),
                        energy=search.energy(state),
                        composition_error=wanted.error,
                        supercell=wanted.times,
                        crowded=search.crowded(state),
                    )
                )
                break
        else:
            break
    if not found:
        raise InvalidInputError(
            f"the occupancies force {overlaps} pairs of atoms nearer together than any bond is "
            "long (1.0 A, 0.7 A with H)"
        )
    return tuple(found)
