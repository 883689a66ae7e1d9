"""The tables of the composition stages as tensors on one device."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from samplers.gflownet.attainable import DEAD, Attainable, padded
from samplers.gflownet.balance import Ions
from samplers.gflownet.lookahead import Tables, Units

PHASE, STATE, ELEMENT, CHOSEN, SHORT = range(5)
"""Sides of the tables; charges are next to each other."""


@dataclass(frozen=True)
class Layout:
    """Where the entries of a table are.

    Args:
        origin: (automata,) entry of no charge of each.
        stride: (automata, 5) entries from one to the next along each side.
    """

    origin: Tensor
    stride: Tensor

    def entry(
        self, kind: Tensor, number: Tensor, state: Tensor | None = None, short: Tensor | None = None
    ) -> Tensor:
        """Return (b,) the entries of no charge, no phase and the first element."""
        stride = self.stride[kind]
        entry = self.origin[kind] + number * stride[:, CHOSEN]
        for side, value in ((STATE, state), (SHORT, short)):
            if value is not None:
                entry += value * stride[:, side]
        return entry

    def to(self, device: torch.device) -> "Layout":
        """Return the same on another device."""
        return Layout(self.origin.to(device), self.stride.to(device))


@dataclass(frozen=True)
class CompositionTensors:
    """Tables, and what describes them; see :mod:`samplers.gflownet.lookahead`.

    Args:
        elements: Number of elements.
        most: Largest count of an element.
        phases: Kinds of charge that are told apart.
        largest_bound: Largest charge of any automaton, in its own units.
        complete: All tables, flat: least units of atoms with elements from the given one on.
        chosen: (entries, elements + 1), the same with each element as the next.
        of_complete: Where the first are.
        of_chosen: Where the others are.
        unit: (automata,) atoms per unit.
        charge_scale: (automata,) charge of a unit of atoms per oxidation state.
        atoms: (automata,) largest number of units.
        shortage: (automata,) least number of units.
        bound: (automata,) largest charge.
        step: (automata, states, largest count in units + 1) transitions.
        jumps: Flat, for each of them, how far behind the first state the entries of the state
            after it are; DEAD where there is none.
        follows: (elements + 1, elements) whether an element may follow behind so many.
        spans_of: (elements,) number of spans of each.
        first_span: (elements,) the first of each.
        span_state: Oxidation state of each span.
        span_step: Its distance to the state that may be mixed in; 0 for none.
        mixed: Whether any oxidation states may be mixed.
        short: Whether a least number of atoms has to be looked after.
        of_group: (groups,) automaton of each group; ``None`` where all are followed.
    """

    elements: int
    most: int
    phases: int
    largest_bound: int
    complete: Tensor
    chosen: Tensor
    of_complete: Layout
    of_chosen: Layout
    unit: Tensor
    charge_scale: Tensor
    atoms: Tensor
    shortage: Tensor
    bound: Tensor
    step: Tensor
    jumps: Tensor
    follows: Tensor
    spans_of: Tensor
    first_span: Tensor
    span_state: Tensor
    span_step: Tensor
    mixed: bool
    short: bool
    of_group: Tensor | None

    def to(self, device: torch.device) -> "CompositionTensors":
        """Return the same on another device."""
        moved: dict[str, Any] = {
            field.name: value.to(device)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), Tensor | Layout)
        }
        return replace(self, **moved)


def composition_tensors(
    automata: tuple[Attainable, ...],
    ions: Ions,
    tables: Tables,
    most: int,
    of_group: tuple[int, ...] | None,
) -> CompositionTensors:
    """Return the tensors.

    Args:
        automata: Of the counts.
        ions: Elements in the order of choice.
        tables: Look-ahead tables of the automata.
        most: Largest count of an element.
        of_group: Automaton of each group; ``None`` follows all automata at once.
    """
    lengths = torch.tensor([len(of) for of in ions.spans])
    spans = [span for of in ions.spans for span in of]

    def of_shapes(name: str) -> Tensor:
        return torch.tensor([getattr(shape, name) for shape in tables.shapes])

    step, bound = torch.from_numpy(padded(automata)), of_shapes("bound")
    size = torch.tensor([shape.size for shape in tables.shapes])
    starts = torch.tensor(tables.starts)
    complete = Layout(starts + bound, _strides(size, (PHASE, STATE, ELEMENT, CHOSEN, SHORT)))
    sides = len(ions.symbols) + 1
    by_element = Layout(starts // sides + bound, _strides(size, (PHASE, STATE, CHOSEN, SHORT)))
    jumps = torch.where(step == DEAD, DEAD, step * complete.stride[:, STATE, None, None])
    return CompositionTensors(
        elements=len(ions.symbols),
        most=most,
        phases=ions.phases,
        largest_bound=max(shape.bound for shape in tables.shapes),
        complete=_tensor(tables.complete),
        chosen=_tensor(tables.chosen).reshape(-1, sides),
        of_complete=complete,
        of_chosen=by_element,
        unit=of_shapes("unit"),
        charge_scale=of_shapes("unit") // of_shapes("charge_unit"),
        atoms=of_shapes("atoms"),
        shortage=of_shapes("shortage"),
        bound=bound,
        step=step,
        jumps=jumps.int().flatten(),
        follows=_follows(ions.required),
        spans_of=lengths,
        first_span=torch.cumsum(lengths, 0) - lengths,
        span_state=torch.tensor([span.state for span in spans]),
        span_step=torch.tensor([span.step for span in spans]),
        mixed=any(span.step for span in spans),
        short=any(shape.shortage for shape in tables.shapes),
        of_group=None if of_group is None else torch.tensor(of_group),
    )


def _strides(size: Tensor, sides: tuple[int, ...]) -> Tensor:
    """Return (automata, 5) strides of tables (automata, 6) whose sides are these and the charge."""
    stride = torch.zeros((len(size), 5), dtype=torch.int64)
    behind = size[:, -1].clone()
    for side in reversed(sides):
        stride[:, side] = behind
        behind *= size[:, side]
    return stride


def _tensor(units: Units) -> Tensor:
    # torch counts with few unsigned types
    return torch.from_numpy(units if units.dtype == np.uint8 else units.astype(np.int32))


def _follows(required: tuple[bool, ...]) -> Tensor:
    """Whether element e may follow when those before ``first`` are decided: none left out."""
    count = len(required)
    follows = torch.zeros((count + 1, count), dtype=torch.bool)
    for first in range(count):
        for element in range(first, count):
            follows[first, element] = True
            if required[element]:
                break
    return follows
