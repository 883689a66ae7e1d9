"""Look-ahead tables: what can still become a crystal, and how many atoms that takes at least.

A composition is built element by element in one order. Whether one can be completed depends on the
elements still to choose from, how many there are already, the positions taken (the state of the
automaton of :mod:`samplers.gflownet.attainable`), the charge so far and the atoms left. Tables hold
the least number of atoms that completes it, so one entry answers for every number of atoms left.
With Pauling's test the charge without any anion and the charge with one are told apart.
"""

import hashlib
import logging
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from discovery.datasets.fetch import cache_dir, write_atomically
from discovery.errors import InvalidInputError
from samplers.gflownet.attainable import Attainable
from samplers.gflownet.balance import Ions
from samplers.limits import Limits

Units: TypeAlias = NDArray[np.unsignedinteger[Any]]

_FORMAT: Final = 2  # raise it when tables change, so that old caches are not read
_WORTH_KEEPING: Final = 2**22  # bytes; smaller tables are rebuilt sooner than read
_QUICK: Final = 1  # least compression, which is a tenth of the size all the same
_PIECE: Final = 2**18  # bytes
_LARGEST: Final = 3 * 2**30  # bytes
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shape:
    """Sizes of the tables of one automaton.

    Args:
        unit: Atoms that counts are multiples of.
        charge_unit: Charges are multiples of it: the unit, or 1 with mixed valence.
        atoms: Largest number of units of atoms.
        shortage: Units of atoms that are needed at least, where that is not sure to be met.
        bound: Largest charge in charge units.
        size: (phases, states, elements + 1, distinct + 1, shortage + 1, charges).
    """

    unit: int
    charge_unit: int
    atoms: int
    shortage: int
    bound: int
    size: tuple[int, int, int, int, int, int]

    @property
    def entries(self) -> int:
        """Number of entries of one table."""
        return math.prod(self.size)


@dataclass(frozen=True)
class Tables:
    """Tables of several automata, one behind the other.

    Args:
        shapes: Sizes of each.
        complete: Least units of atoms to complete with elements from the given one on.
        chosen: The same with the given element as the next; its sides are (phases, states,
            distinct + 1, shortage + 1, charges, elements + 1), so that all elements that may
            follow are read at once.
    """

    shapes: tuple[Shape, ...]
    complete: Units
    chosen: Units

    @property
    def never(self) -> int:
        """The entry of what cannot be completed."""
        return int(np.iinfo(self.complete.dtype).max)

    @property
    def starts(self) -> list[int]:
        """First entry of each automaton's table."""
        return np.cumsum([0, *(shape.entries for shape in self.shapes[:-1])]).tolist()

    def possible(self) -> list[bool]:
        """Return for each automaton whether there is any composition."""
        return [
            int(self.complete[start + shape.shortage * shape.size[-1] + shape.bound]) <= shape.atoms
            for start, shape in zip(self.starts, self.shapes, strict=True)
        ]


def shape(automaton: Attainable, ions: Ions, limits: Limits) -> Shape:
    """Return how large the tables of an automaton are."""
    unit = automaton.unit
    charge_unit = unit if limits.one_state else 1
    atoms = limits.atoms[1] // unit
    fewest = max(limits.distinct[0], sum(ions.required))
    shortage = 0 if limits.atoms[0] <= fewest * unit else -(-limits.atoms[0] // unit)
    bound = ions.bound(atoms * unit) // charge_unit
    size = (
        ions.phases,
        automaton.states,
        len(ions.symbols) + 1,
        limits.distinct[1] + 1,
        shortage + 1,
        2 * bound + 1,
    )
    return Shape(unit, charge_unit, atoms, shortage, bound, size)


def tables(automata: Sequence[Attainable], ions: Ions, limits: Limits) -> Tables:
    """Return the tables of all automata, from the user's cache where they are large.

    Raises:
        InvalidInputError: They would not fit into memory.
    """
    shapes = tuple(shape(automaton, ions, limits) for automaton in automata)
    number = np.uint8 if max(s.atoms for s in shapes) < np.iinfo(np.uint8).max else np.uint16
    entries = sum(s.entries for s in shapes)
    needed = 2 * entries * np.dtype(number).itemsize
    if needed > _LARGEST:
        raise InvalidInputError(
            f"the look-ahead tables of these limits would take {needed / 2**30:.1f} GiB; lower "
            "the largest number of atoms or of distinct elements, the least number of atoms to "
            f"{limits.distinct[0]}, or name fewer elements or space groups"
        )
    path = cache_dir("gflownet") / f"lookahead-{_key(automata, ions, limits)}.z"
    both = _read(path, entries, number)
    if both is None:
        both = _filled(automata, shapes, ions, limits, number)
        if needed >= _WORTH_KEEPING:
            _write(path, both)
    return Tables(shapes, both[0], both[1])


def _read(path: Path, entries: int, number: type[np.uint8 | np.uint16]) -> Units | None:
    """Return what an earlier call wrote, ``None`` if nothing of use is there."""
    unpack, content = zlib.decompressobj(), bytearray()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                content += unpack.decompress(piece)
        both: Units = np.frombuffer(content, dtype=np.dtype(number))
        return both.reshape(2, entries)
    except (OSError, ValueError, zlib.error):
        return None


def _write(path: Path, both: Units) -> None:
    try:
        write_atomically(path, zlib.compress(both.data, _QUICK))
    except OSError as error:
        _log.info("look-ahead tables are not cached: %s", error)


def _filled(
    automata: Sequence[Attainable],
    shapes: Sequence[Shape],
    ions: Ions,
    limits: Limits,
    number: type[np.uint8 | np.uint16],
) -> Units:
    # compiled code is loaded only to build tables, which are kept
    from samplers.gflownet.lookahead_kernels import fill  # noqa: PLC0415

    both = np.full((2, sum(s.entries for s in shapes)), np.iinfo(number).max, dtype=number)
    flat = [(span.state, span.step, span.state < 0) for of in ions.spans for span in of]
    ends = np.cumsum([0, *(len(of) for of in ions.spans)])
    start = 0
    for automaton, of in zip(automata, shapes, strict=True):
        complete, by_element = (part[start : start + of.entries] for part in both)
        chosen = np.full(of.size, np.iinfo(number).max, dtype=number)
        fill(
            complete.reshape(of.size),
            chosen,
            automaton.step,
            np.array(flat, dtype=np.int64),
            ends.astype(np.int64),
            np.array(ions.required),
            (limits.distinct[0], of.atoms, of.unit // of.charge_unit),
        )
        by_element[:] = np.moveaxis(chosen, 2, -1).reshape(-1)
        start += of.entries
    return both


def _key(automata: Sequence[Attainable], ions: Ions, limits: Limits) -> str:
    digest = hashlib.sha256(
        repr((_FORMAT, ions, limits.distinct, limits.atoms, limits.most, limits.one_state)).encode()
    )
    for automaton in automata:
        digest.update(automaton.unit.to_bytes(2, "big") + repr(automaton.step.shape).encode())
        digest.update(automaton.step.tobytes())
    return digest.hexdigest()[:20]
