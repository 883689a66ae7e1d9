"""Known crystals that new ones can be derived from."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final

from discovery.chemistry.charges import oxidation_states
from discovery.crystal import Crystal, Lattice
from discovery.errors import InvalidInputError
from discovery.types import Candidate
from samplers.gflownet.attainable import attainable
from samplers.gflownet.balance import ions
from samplers.gflownet.recorded import read
from samplers.limits import Limits

_LARGEST: Final = 220  # atoms per cell; the largest cells of measured lithium conductors
_RAREST: Final = 0.02  # share of an oxidation state among the ions of its element
_SAME: Final = 0.01  # atoms per cell


@dataclass(frozen=True)
class Parent:
    """A crystal of whole ions, in the sampler's setting.

    Args:
        name: What it is called.
        space_group: International number.
        lattice: Conventional cell.
        structure: Where an ordered one of this composition is known.
        elements: Its elements.
        counts: Atoms of each in the conventional cell.
        states: Oxidation state of each; they balance.
    """

    name: str
    space_group: int
    lattice: Lattice
    structure: Crystal | None
    elements: tuple[str, ...]
    counts: tuple[int, ...]
    states: tuple[int, ...]


def parent(candidate: Candidate) -> Parent:
    """Return a known crystal as a parent; numbers of atoms are made whole where disorder is small.

    Raises:
        InvalidInputError: It cannot be one; the message is the reason.
    """
    elements, group = tuple(candidate.fractions), candidate.space_group
    if group is None:
        raise InvalidInputError("its space group is not known")
    limits = Limits(
        elements=elements,
        required=(),
        distinct=(1, len(elements)),
        atoms=(1, _LARGEST),
        most=_LARGEST,
        pauling=False,
        rarest=_RAREST,
    )
    ready = ions(limits)
    ((automaton,), _) = attainable((group,), _LARGEST)
    found = read(candidate, limits, ready, {group: automaton})
    states = _balance(ready.symbols, found.counts, ready.states)
    return Parent(
        candidate.name or candidate.formula,
        group,
        found.lattice,
        _ordered(candidate, dict(zip(ready.symbols, found.counts, strict=True))),
        ready.symbols,
        found.counts,
        states,
    )


def parents(candidates: Iterable[Candidate]) -> tuple[tuple[Parent, ...], Counter[str]]:
    """Return those of the known crystals that can be parents, and why how many others cannot."""
    found: list[Parent] = []
    reasons: Counter[str] = Counter()
    for candidate in dict.fromkeys(candidates):
        try:
            found.append(parent(candidate))
        except InvalidInputError as error:
            reasons[str(error)] += 1
    return tuple(found), reasons


@cache
def prototypes() -> tuple[Candidate, ...]:
    """Return the crystals of the AFLOW library that ship with pymatgen (288).

    Mehl et al., Comput. Mater. Sci. 136, S1 (2017), doi 10.1016/j.commatsci.2017.01.017.
    """
    from pymatgen.analysis import prototypes as library  # noqa: PLC0415 - reads a large file

    from discovery.chemistry.structures import (  # noqa: PLC0415 - heavy
        candidate_from_structure,
        from_pymatgen,
    )

    return tuple(
        candidate_from_structure(
            from_pymatgen(entry["snl"].structure),
            name=str(entry["tags"].get("mineral") or entry["tags"].get("aflow") or ""),
        )
        for entry in library.AFLOW_PROTOTYPE_LIBRARY  # type: ignore[attr-defined]  # not in its __all__
    )


def folder(path: str | Path) -> tuple[Candidate, ...]:
    """Return the crystals of all CIF files of a folder.

    Raises:
        InvalidInputError: There is no such folder, no CIF file in it, or one cannot be read.
    """
    from discovery.chemistry.structures import (  # noqa: PLC0415 - heavy
        candidate_from_structure,
        read_cif,
    )

    files = sorted(Path(path).expanduser().glob("*.cif"))
    if not files:
        raise InvalidInputError(f"there is no .cif file in {path}; name a folder of structures")
    return tuple(candidate_from_structure(read_cif(file), name=file.stem) for file in files)


def _balance(
    elements: Sequence[str], counts: Sequence[int], choices: Sequence[Sequence[int]]
) -> tuple[int, ...]:
    """Of the whole oxidation states that balance those nearest to the most plausible ones."""
    mean = oxidation_states(dict(zip(elements, counts, strict=True)))
    balanced = [
        states
        for states in product(*choices)
        if not sum(n * q for n, q in zip(counts, states, strict=True))
    ]
    if not balanced:
        raise InvalidInputError("no oxidation states balance it, one for each element")
    return min(
        balanced,
        key=lambda states: sum(
            n * abs(q - mean[e]) for e, n, q in zip(elements, counts, states, strict=True)
        ),
    )


def _ordered(candidate: Candidate, counts: dict[str, int]) -> Crystal | None:
    """The structure, where it is ordered and holds what the cell does."""
    crystal = candidate.structure
    if crystal is None or not crystal.is_ordered:
        return None
    content, atoms = crystal.composition, sum(counts.values())
    total = sum(content.values())
    same = content.keys() == counts.keys() and all(
        abs(content[element] / total - count / atoms) < _SAME / atoms
        for element, count in counts.items()
    )
    return crystal if same else None
