"""Whether the atoms of a structure are packed as those of a crystal are."""

from typing import Final

from discovery.chemistry.neighbours import OVERLAP_DISTANCE, closest_contact
from discovery.crystal import Crystal
from discovery.errors import InvalidStructureError

SMALLEST_VOLUME: Final = 3.0
LARGEST_VOLUME: Final = 200.0
"""Cubic Angstrom per atom: 5.7 in diamond, 33 in LiI, about 100 in the most open frameworks."""


def check_packing(crystal: Crystal) -> None:
    """Check that no atoms overlap, and that they fill space neither too tightly nor hardly at all.

    What is denser or emptier makes neighbour lists or grids of gigabytes.

    Raises:
        InvalidStructureError: Two atoms that are filled together are less than
            :data:`~discovery.chemistry.neighbours.OVERLAP_DISTANCE` apart, or the mean volume
            of an atom is not between :data:`SMALLEST_VOLUME` and :data:`LARGEST_VOLUME`.
    """
    contact = closest_contact(crystal)
    if contact < OVERLAP_DISTANCE:
        raise InvalidStructureError(
            f"two atoms overlap: {contact:.3f} A apart, where no bond is shorter than 0.7 A"
        )
    volume = crystal.volume / sum(crystal.composition.values())
    if volume < SMALLEST_VOLUME:
        raise InvalidStructureError(
            f"{volume:.4g} A^3 per atom are less than the {SMALLEST_VOLUME:g} of any crystal: "
            "check the size of the cell and its unit (Angstrom)"
        )
    if volume > LARGEST_VOLUME:
        raise InvalidStructureError(
            f"{volume:.4g} A^3 per atom are more than the {LARGEST_VOLUME:g} of any crystal: "
            "take the vacuum out of the cell, and check that no atoms are missing"
        )
