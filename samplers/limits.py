"""Which crystals a generator may make."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, Literal, TypeAlias

from discovery.chemistry.symmetry import SPACE_GROUPS
from discovery.errors import InvalidInputError, suggest
from discovery.features.elements import SYMBOLS

Order: TypeAlias = Literal["group_first", "composition_first"]

LITHIUM_CONDUCTORS: Final = (
    "Li", "Na", "Mg", "Sr", "Ba", "B", "Al", "Ga", "In", "Sc", "Y", "La", "Ti", "Zr", "Hf",
    "Nb", "Ta", "Si", "Ge", "Sn", "N", "P", "Sb", "O", "S", "Se", "F", "Cl", "Br", "I",
)  # fmt: skip
"""The elements that known lithium conductors are mostly made of."""

MEASURED_CONDUCTORS: Final = (
    *LITHIUM_CONDUCTORS,
    "H", "K", "Ca", "C", "V", "Cr", "Mn", "Fe", "Co", "Cu", "Zn", "Mo", "Ag", "Cd", "Te", "Ce",
    "Pr", "Nd", "Sm", "Gd", "Er", "Lu", "W", "Pb", "Bi",
)  # fmt: skip
"""All elements of the lithium conductors of OBELiX (Therrien et al. 2025)."""

_RANGES: Final = ("distinct", "atoms", "volume")
_MOST_ATOMS: Final = 1000  # a slip of the keyboard would build tables for hours


@dataclass(frozen=True)
class Limits:
    """What every crystal of a generator keeps to.

    Args:
        elements: Symbols of the elements to choose from.
        required: Elements that every crystal holds.
        distinct: Least and largest number of different elements.
        atoms: Least and largest number of atoms per conventional cell.
        most: Largest number of atoms of one element per conventional cell.
        space_groups: International numbers to choose from.
        one_state: Whether all atoms of an element have one oxidation state; otherwise they may be
            spread over two neighbouring ones of the same sign (mixed valence).
        pauling: Whether no cation may be more electronegative than an anion (smact's Pauling test).
        rarest: Least share of an oxidation state among the ions of its element in crystal
            structures.
        anions: Elements that may be anions, e.g. those that an oracle has parameters for; ``None``
            for all that are anions in crystal structures.
        volume: Least and largest volume per atom, cubic Angstrom.
        order: Whether the space group or the composition is chosen first.
        staged: Whether a space group is reached through its crystal system and point group.

    Raises:
        InvalidInputError: There is no such element or space group, a lower limit is above its upper
            one, a required element is not among the elements, or a number makes no sense.
    """

    elements: tuple[str, ...] = LITHIUM_CONDUCTORS
    required: tuple[str, ...] = ("Li",)
    distinct: tuple[int, int] = (2, 6)
    atoms: tuple[int, int] = (2, 120)
    most: int = 96
    space_groups: tuple[int, ...] = tuple(SPACE_GROUPS)
    one_state: bool = True
    pauling: bool = True
    rarest: float = 0.05
    anions: tuple[str, ...] | None = None
    volume: tuple[float, float] = (5.0, 60.0)
    order: Order = "group_first"
    staged: bool = True

    def __str__(self) -> str:
        """Return what differs from the defaults, to be read by people."""
        told = []
        for known in fields(self):
            value = getattr(self, known.name)
            if value != known.default:
                listed = isinstance(value, tuple) and known.name not in _RANGES
                told.append(f"{known.name} {', '.join(map(str, value)) if listed else value}")
        return "; ".join(told) or "the default limits"

    def allows(self, element: str, state: int) -> bool:
        """Whether an element may have an oxidation state, as far as :attr:`anions` goes."""
        return state > 0 or self.anions is None or element in self.anions

    def __post_init__(self) -> None:
        _check_names("elements", self.elements)
        _check_symbols(self.elements)
        _check_names("space_groups", self.space_groups)
        if self.anions is not None:
            _check_names("anions", self.anions)
        _check_members(self)
        _check_range("distinct", self.distinct)
        _check_range("atoms", self.atoms)
        _check_range("volume", self.volume)
        if self.distinct[0] > len(self.elements):
            raise InvalidInputError(
                f"distinct = {self.distinct}, but there are only {len(self.elements)} elements; "
                "name more of them or lower distinct"
            )
        if len(self.required) > self.distinct[1]:
            raise InvalidInputError(
                f"{len(self.required)} elements are required and at most {self.distinct[1]} "
                "allowed; raise distinct"
            )
        if self.atoms[1] > _MOST_ATOMS:
            raise InvalidInputError(f"atoms = {self.atoms}: at most {_MOST_ATOMS} per cell")
        if self.most < 1:
            raise InvalidInputError(f"most = {self.most}: allow an atom of an element, 1 or more")
        if not 0 <= self.rarest < 1:
            raise InvalidInputError(f"rarest = {self.rarest} is a share, 0 or more and below 1")
        if self.order not in ("group_first", "composition_first"):
            raise InvalidInputError(
                f"order = {self.order!r}; choose 'group_first' or 'composition_first'"
            )

    @classmethod
    def wide(cls, **changes: object) -> "Limits":
        """Return limits that hold nearly all measured lithium conductors, with any changes.

        All elements of OBELiX, cells up to 220 atoms, rare oxidation states, no Pauling test.
        """
        limits = cls(
            elements=MEASURED_CONDUCTORS,
            atoms=(2, 220),
            most=220,
            pauling=False,
            rarest=0.02,
        )
        return replace(limits, **changes)  # type: ignore[arg-type]  # checked by __post_init__


def _check_names(field: str, names: Sequence[str | int]) -> None:
    if not names:
        raise InvalidInputError(f"{field} is empty; name at least one")
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInputError(f"{field} names {', '.join(twice)} more than once")


def _check_symbols(elements: Sequence[str]) -> None:
    for element in elements:
        if element not in SYMBOLS:
            hint = suggest(element, SYMBOLS)
            raise InvalidInputError(
                f"elements: {element!r} is none{'; ' + hint if hint.startswith('did') else ''}"
            )


def _check_range(field: str, limits: tuple[float, float]) -> None:
    low, high = limits
    if not (math.isfinite(low) and math.isfinite(high) and 0 < low <= high):
        raise InvalidInputError(
            f"{field} = ({low}, {high}): give a least above 0 and a largest not below it"
        )


def _check_members(limits: Limits) -> None:
    for field, members in (("required element", limits.required), ("anion", limits.anions or ())):
        for element in members:
            if element not in limits.elements:
                raise InvalidInputError(
                    f"{field} {element!r} is not among the elements {', '.join(limits.elements)}"
                )
    for number in limits.space_groups:
        if number not in SPACE_GROUPS:
            raise InvalidInputError(f"space group {number} is outside 1-230")
