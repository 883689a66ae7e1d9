"""From composition, space group and cell to crystal structures.

A known structure type is decorated where one fits. Otherwise ions are assigned to Wyckoff positions
at random, placed where there is room, and relaxed under their charges and sizes. A structure is
accepted with physical distances, a neutral charge and at least the symmetry asked for; a candidate
for which there is none is rejected with a reason.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from discovery.chemistry.structures import candidate_from_structure
from discovery.crystal import Crystal, Lattice
from discovery.errors import DiscoveryError, InvalidInputError, UnrealisableError
from discovery.rng import stream
from discovery.types import Candidate
from samplers.prototypes import Prototypes
from samplers.realise_cells import Contents, closest, contents, crystal_of, found_group
from samplers.realise_ions import Ions, ions
from samplers.realise_search import Trial
from samplers.realise_trials import STRETCH, Effort, decorated, filled, refined, symmetric

Method: TypeAlias = Literal["prototype", "wyckoff"]

Relaxer: TypeAlias = Callable[[Crystal], Crystal]
"""Moves atoms (and cell) to a minimum of an energy of its own, e.g. a machine-learned one."""

_EMPTIEST: Final = 0.28
_FULLEST: Final = 0.85
"""Share of a cell that spheres of ionic radii fill; in measured lithium conductors, and in Li-M-O
phases of the Materials Project, 0.30 (Li4BH10N3; without hydrides 0.41) to 0.81 (rutile)."""


@dataclass(frozen=True)
class Realised:
    """A structure that was found.

    Args:
        candidate: The candidate with its structure. Space group, cell and formula units are those
            of the structure, which may have more symmetry than was asked for.
        asked: The candidate as it was.
        method: Whether a known type was decorated, or Wyckoff positions were filled at random.
        prototype: Name of the type, where it has one.
        energy: Electrostatic energy and Born repulsion of the ions, eV per atom; it compares
            structures of one composition.
        volume_scale: Volume over that of the cell asked for, before any relaxer.
    """

    candidate: Candidate
    asked: Candidate
    method: Method
    prototype: str
    energy: float
    volume_scale: float


@dataclass(frozen=True)
class Rejected:
    """A candidate for which no structure was found.

    Args:
        candidate: The candidate as it was.
        reason: Why, as ``kind: detail``.
    """

    candidate: Candidate
    reason: str

    @property
    def kind(self) -> str:
        """The reason without its actual values, for counting."""
        return self.reason.split(":")[0]


class Realiser:
    """Looks for crystal structures of candidates that have none.

    Args:
        known: Materials; the types of those with an ordered structure are tried besides AFLOW's.
        starts: Random structures that are relaxed per candidate; fewer in large cells.
        tries: Random places that are looked at for each orbit.
        steps: Of each relaxation.
        relaxer: Has the last word on the structure, where given.

    Raises:
        InvalidInputError: One of the numbers is below 1.
    """

    def __init__(
        self,
        *,
        known: Iterable[Candidate] = (),
        starts: int = 40,
        tries: int = 15,
        steps: int = 60,
        relaxer: Relaxer | None = None,
    ) -> None:
        for name, value in (("starts", starts), ("tries", tries), ("steps", steps)):
            if value < 1:
                raise InvalidInputError(f"{name} = {value}: give 1 or more")
        self._prototypes = Prototypes(known)
        self._effort = Effort(starts, tries, steps)
        self._relaxer = relaxer

    def realise(self, candidates: Sequence[Candidate], seed: int) -> list[Realised | Rejected]:
        """Return a structure, or a reason, for each candidate, in order.

        What is found for a candidate depends on it and the seed alone, not on its company.

        Args:
            candidates: With composition, formula units per cell, space group and conventional cell
                (monoclinic: unique axis b; rhombohedral: either axes).
            seed: Of the random numbers.
        """
        return [self._one(candidate, seed) for candidate in candidates]

    def _one(self, candidate: Candidate, seed: int) -> Realised | Rejected:
        try:
            held = contents(candidate)
            present = _present(held)
            _check_cell(held, present)
            known = self._prototypes.matching(held.space_group, held.counts)
            trials = decorated(held, present, known, self._effort)
            trials = sorted((t for t in trials if t.is_physical), key=lambda t: t.energy)
            method: Method = "prototype" if trials else "wyckoff"
            if not trials:
                rng = stream(seed, "realise", candidate.id)
                found = filled(held, present, self._effort, rng)
                trials = refined(held, present, found)
            best, group = symmetric(held, trials)
            structured = self._structured(candidate, held, present, best, group)
        except UnrealisableError as error:
            return Rejected(candidate, str(error))
        energy = best.energy / held.atoms
        return Realised(structured, candidate, method, best.source, energy, best.volume_scale)

    def _structured(
        self, candidate: Candidate, held: Contents, present: Ions, best: Trial, group: int
    ) -> Candidate:
        crystal = crystal_of(*best.positions(), held.matrix(best.volume_scale))
        composition = dict(candidate.composition)
        if self._relaxer is not None:
            crystal = _checked(self._relaxer, crystal, held, present)
        elif group == held.space_group:
            edge = best.volume_scale ** (1 / 3)
            a, b, c, *angles = held.lattice.parameters
            lattice = Lattice(a * edge, b * edge, c * edge, *angles)
            return replace(candidate, z=held.z, lattice=lattice, structure=crystal)
        return candidate_from_structure(crystal, candidate.name, composition)


def tally(results: Iterable[Realised | Rejected]) -> dict[str, int]:
    """Count structures by method, and rejections by kind, the most frequent first."""
    names = (r.method if isinstance(r, Realised) else r.kind for r in results)
    return dict(Counter(names).most_common())


def _present(held: Contents) -> Ions:
    try:
        return ions(held.counts)
    except InvalidInputError as error:
        raise UnrealisableError("charge", str(error)) from error


def _check_cell(held: Contents, present: Ions) -> None:
    """Check that ions can be as far apart as they must, and that they fill the cell."""
    counts = np.array([held.counts[element] for element in present.elements])
    volume = held.lattice.volume
    needed = counts * present.space
    most = int(np.argmax(needed))
    if needed[most] > volume * (1 + STRETCH):
        raise UnrealisableError(
            "too dense",
            f"{volume / held.atoms:.3g} A^3 per atom, where {present.elements[most]} alone needs "
            f"{needed[most] / held.atoms:.3g}",
        )
    own = np.diag(present.nearest)
    widest = present.elements[int(np.argmax(own))]
    if held.shortest * (1 + STRETCH) ** (1 / 3) < own.max():
        raise UnrealisableError(
            "too close", f"{widest}-{widest} {held.shortest:.2f} A, from one cell to the next"
        )
    share = float(counts @ present.size) / volume
    per_atom = f"{volume / held.atoms:.3g} A^3 per atom, of which spheres would fill {share:.2f}"
    if share < _EMPTIEST:
        raise UnrealisableError("too empty", f"{per_atom}; in crystals at least {_EMPTIEST}")
    if share > _FULLEST * (1 + STRETCH):
        raise UnrealisableError("too dense", f"{per_atom}; in crystals at most {_FULLEST}")


def _checked(relaxer: Relaxer, crystal: Crystal, held: Contents, present: Ions) -> Crystal:
    try:
        relaxed = relaxer(crystal)
    except DiscoveryError as error:
        raise UnrealisableError("relaxer", str(error)) from error
    ratio, (one, other, distance) = closest(relaxed, present)
    if ratio < 1:
        raise UnrealisableError("too close", f"{one}-{other} {distance:.2f} A after the relaxer")
    if found_group(relaxed, held.space_group) is None:
        raise UnrealisableError(
            "symmetry", f"the relaxer left less than space group {held.space_group}"
        )
    return relaxed
