"""Whether two structures are one arrangement of atoms."""

import warnings
from dataclasses import replace
from functools import cache

from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core.structure import Structure

from discovery.chemistry.structures import to_pymatgen
from discovery.crystal import Crystal, Site

_MOBILE = "Li"


def same_arrangement(one: Crystal, other: Crystal) -> bool:
    """Return whether the atoms of two structures lie in the same places, up to distortion.

    Pymatgen's StructureMatcher at its tolerances (0.2 of the edges, 0.3 of the distance between
    atoms, 5 degrees), in any cell, at any scale. Each place counts as one atom of the element that
    is most of it, so occupancies make no difference; but a place that is split in two is two.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(_matcher().fit(_ordered(one), _ordered(other)))


def same_framework(one: Crystal, other: Crystal) -> bool:
    """Return whether two structures are one arrangement when places of lithium alone are left out.

    Refinements of one material differ most in how they split the places of lithium.
    """
    frames = [
        tuple(site for site in crystal.sites if {e for e, _ in site.species} != {_MOBILE})
        for crystal in (one, other)
    ]
    if not all(frames):
        return not any(frames)
    return same_arrangement(Crystal(one.matrix, frames[0]), Crystal(other.matrix, frames[1]))


def _ordered(crystal: Crystal) -> Structure:
    return to_pymatgen(Crystal(crystal.matrix, tuple(map(_filled, crystal.sites))))


def _filled(site: Site) -> Site:
    most = max(site.species, key=lambda share: (share[1], share[0]))
    return replace(site, species=((most[0], 1.0),))


@cache
def _matcher() -> StructureMatcher:
    return StructureMatcher()
