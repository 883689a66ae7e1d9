"""The stages that choose a composition: which element, how many atoms of it, until no more follow.

Everything is looked up: each question about a state is a set of entries of the look-ahead tables,
one per possible charge, oxidation state and count, and the answer is whether any of them needs no
more atoms than are left. All states are asked at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor

from samplers.gflownet.attainable import DEAD
from samplers.gflownet.columns import GROUP, NUMBER, PENDING, Columns
from samplers.gflownet.composition_tensors import ELEMENT, PHASE, SHORT, CompositionTensors
from samplers.gflownet.ragged import BITS, expand, members, sets

_AT_ONCE: Final = 2**17
"""Entries looked up together: so many stay in the cache of a processor."""


@dataclass(frozen=True)
class _Charges:
    """Charges that the states may have: row by row, rows in order."""

    row: Tensor
    phase: Tensor
    charge: Tensor


@dataclass(frozen=True)
class _View:
    """What one automaton sees of the states, (b,) each: its number, state, units left and short."""

    kind: Tensor
    state: Tensor
    left: Tensor
    short: Tensor


@dataclass(frozen=True)
class _Pairs:
    """Charges so far with an oxidation state of the pending element, rows in order; (p,) int32.

    Args:
        row: State.
        most: Largest number of units of atoms that could be added.
        entry: Place in the tables of no charge, with the pending element behind.
        jumps: Place in the jumps of no units.
        phase: Phase with that oxidation state.
        charge: Charge so far.
        slope: Charge that a unit of atoms adds.
        step: Distance to the next oxidation state that atoms may have; 0 for none.
    """

    row: Tensor
    most: Tensor
    entry: Tensor
    jumps: Tensor
    phase: Tensor
    charge: Tensor
    slope: Tensor
    step: Tensor


class Composition:
    """Looks ahead for states on one device.

    Args:
        tensors: The tables.
        columns: Of the states.
    """

    def __init__(self, tensors: CompositionTensors, columns: Columns) -> None:
        self._t = tensors
        self._columns = columns

    def elements(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return (b, elements) which may follow, and (b,) whether the composition may end."""
        t, number, last = self._t, states[:, NUMBER], self._last(states)
        charges = self._charges(states)
        following = states.new_zeros((len(states), t.elements + 1), dtype=torch.int32)
        ends = torch.zeros(len(states), dtype=torch.bool, device=states.device)
        for tracker in range(self._columns.trackers):
            view = self._view(states, tracker)
            row, phase, charge = charges.row, charges.phase, charges.charge
            if self._columns.trackers > 1:
                kept = (view.state[row] != DEAD) & (charge.abs() <= t.bound[view.kind[row]])
                row, phase, charge = row[kept], phase[kept], charge[kept]
            entry = t.of_chosen.entry(view.kind, number, view.state, view.short)
            entry = entry[row] + phase * t.of_chosen.stride[view.kind[row], PHASE] + charge
            least = t.chosen.index_select(0, entry)
            left = view.left.to(least.dtype)[row, None]
            following.index_add_(0, row, (least <= left).int())
            entry = t.of_complete.entry(view.kind, number, view.state, view.short)
            entry += last * t.of_complete.stride[view.kind, ELEMENT]
            entry = entry[row] + phase * t.of_complete.stride[view.kind[row], PHASE] + charge
            ends[row[t.complete.index_select(0, entry) == 0]] = True
        return (following[:, :-1] > 0) & t.follows[last], ends

    def counts(self, states: Tensor) -> Tensor:
        """Return (b, most) bool: how many atoms the pending element may have."""
        t = self._t
        allowed = torch.zeros((len(states), t.most), dtype=torch.bool, device=states.device)
        charges = self._charges(states)
        for tracker in range(self._columns.trackers):
            view = self._view(states, tracker)
            pairs = self._pairs(states, charges, view)
            unit = t.unit[view.kind].int()
            for start, end in self._parts(pairs):
                pair, place = expand(pairs.most[start:end])
                pair, units = pair + start, place + 1
                found, _ = self._outcomes(pairs, view, pair, units)
                row = pairs.row.index_select(0, pair.index_select(0, found))
                atoms = units.index_select(0, found) * unit.index_select(0, row)
                allowed[row, atoms - 1] = True
        return allowed

    def add(self, states: Tensor, counts: Tensor) -> Tensor:
        """Return the states with these counts (b,) of their pending elements."""
        t, columns, number = self._t, self._columns, states[:, NUMBER]
        charges = self._charges(states)
        following = states.clone()
        every = torch.arange(len(states), device=states.device)
        words = columns.words
        rows, values = [], []
        for tracker in range(columns.trackers):
            view = self._view(states, tracker)
            units = counts // t.unit[view.kind]
            whole = (units * t.unit[view.kind] == counts) & (units < t.step.shape[2])
            units = torch.where(whole, units, 0)
            after = t.step[view.kind, view.state, units].long()
            after = torch.where(whole & (view.state != DEAD), after, DEAD)
            following[every, columns.states + (number + 1) * columns.trackers + tracker] = after
            pairs = self._pairs(states, charges, view)
            wanted = units.int().index_select(0, pairs.row)
            pair = torch.nonzero((wanted > 0) & (wanted <= pairs.most))[:, 0].int()
            found, charge = self._outcomes(pairs, view, pair, wanted.index_select(0, pair))
            pair = pair.index_select(0, found)
            rows.append(pairs.row.index_select(0, pair).long())
            phase = pairs.phase.index_select(0, pair)
            values.append((phase * (words // t.phases * BITS) + charge + t.largest_bound).long())
        packed = sets(torch.cat(rows), torch.cat(values), len(states), words)
        block = columns.charges + (number + 1) * words
        place = block[:, None] + torch.arange(words, device=states.device)
        following.scatter_(1, place, packed)
        following[every, columns.elements + number] = states[:, PENDING]
        following[every, columns.counts + number] = counts
        following[:, NUMBER] += 1
        following[:, PENDING] = 0
        return following

    def _outcomes(
        self, pairs: _Pairs, view: _View, pair: Tensor, units: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return which additions can be completed, and with what charges.

        Args:
            pairs: To add to.
            view: What the automaton sees.
            pair: (n,) int32, a pair for each addition.
            units: (n,) int32, units of atoms to add, from 1 to the most of the pair.
        """
        t = self._t
        jump = t.jumps.index_select(0, pairs.jumps.index_select(0, pair) + units)
        charge = pairs.charge.index_select(0, pair) + pairs.slope.index_select(0, pair) * units
        place = pairs.entry.index_select(0, pair) + jump
        row = pairs.row.index_select(0, pair)
        left = view.left.int().index_select(0, row) - units
        if t.short:
            short = (view.short.int().index_select(0, row) - units).clamp(min=0)
            stride = t.of_complete.stride[view.kind, SHORT].int()
            place += short * stride.index_select(0, row)
        left[jump == DEAD] = -1
        item = None
        if t.mixed:
            step = pairs.step.index_select(0, pair)
            atoms = units * t.charge_scale[view.kind].int().index_select(0, row)
            item, lot = expand(torch.where(step > 0, atoms + 1, 1))
            charge = charge.index_select(0, item) + lot * step.index_select(0, item)
            bound = t.bound[view.kind].int().index_select(0, row.index_select(0, item))
            inside = charge.abs() <= bound
            place = place.index_select(0, item)
            left = torch.where(inside, left.index_select(0, item), -1)
            place = place + torch.where(inside, charge, 0)
        else:
            place += charge
        found = torch.nonzero(t.complete.index_select(0, place) <= left)[:, 0].int()
        charge = charge.index_select(0, found)
        return found if item is None else item.index_select(0, found), charge

    def _parts(self, pairs: _Pairs) -> Iterator[tuple[int, int]]:
        """Split pairs so that the additions of a part stay few."""
        sizes = pairs.most.long()
        if self._t.mixed:  # every addition has as many outcomes as atoms, at most
            sizes = sizes * (1 + sizes * (pairs.step > 0) * int(self._t.charge_scale.max()))
        part = torch.cumsum(sizes, 0) // _AT_ONCE
        bounds = torch.nonzero(part[1:] != part[:-1])[:, 0] + 1
        yield from pairwise([0, *bounds.tolist(), len(sizes)])

    def _pairs(self, states: Tensor, charges: _Charges, view: _View) -> _Pairs:
        """Join the charges so far with the oxidation states of the pending element."""
        t = self._t
        element = states[charges.row, PENDING] - 1
        before, place = expand(t.spans_of[element])
        span = t.first_span[element[before]] + place
        state = t.span_state[span]
        phase = torch.zeros_like(state)
        if t.phases > 1:  # behind the first anion only anions follow
            kept = (state < 0) | (charges.phase[before] == 0)
            before, span, state = before[kept], span[kept], state[kept]
            phase = (state < 0).long()
        row, charge = charges.row[before], charges.charge[before]
        kind, step, bound = view.kind[row], t.span_step[span], t.bound[view.kind[row]]
        scale, automaton = t.charge_scale[kind], view.state[row]
        slope = state * scale
        slowest = slope + torch.where(state < 0, step, 0) * scale
        room = torch.where(slope < 0, bound + charge, bound - charge)
        room = room.div(slowest.abs().clamp(min=1), rounding_mode="floor")
        most = torch.minimum(view.left[row], room).clamp(0, t.step.shape[2] - 1)
        most[(automaton == DEAD) | (charge.abs() > bound)] = 0
        entry = t.of_complete.entry(view.kind, states[:, NUMBER] + 1)
        entry += states[:, PENDING] * t.of_complete.stride[view.kind, ELEMENT]
        entry = entry[row] + phase * t.of_complete.stride[kind, PHASE]
        jumps = (kind * t.step.shape[1] + automaton) * t.step.shape[2]
        parts = (row, most, entry, jumps, phase, charge, slope, step)
        return _Pairs(*(part.int() for part in parts))

    def _charges(self, states: Tensor) -> _Charges:
        columns, number = self._columns, states[:, NUMBER]
        block = columns.charges + number * columns.words
        place = block[:, None] + torch.arange(columns.words, device=states.device)
        row, bit = members(states.gather(1, place))
        per_phase = columns.words // self._t.phases * BITS
        return _Charges(row, bit // per_phase, bit % per_phase - self._t.largest_bound)

    def _view(self, states: Tensor, tracker: int) -> _View:
        t, columns = self._t, self._columns
        if t.of_group is None:
            kind = torch.full_like(states[:, GROUP], tracker)
        else:
            kind = t.of_group[(states[:, GROUP] - 1).clamp(min=0)]
        place = columns.states + states[:, NUMBER] * columns.trackers + tracker
        state = states.gather(1, place[:, None])[:, 0]
        atoms = states[:, columns.counts : columns.counts + columns.slots].sum(1)
        used = atoms // t.unit[kind]
        return _View(kind, state, t.atoms[kind] - used, (t.shortage[kind] - used).clamp(min=0))

    def _last(self, states: Tensor) -> Tensor:
        """Return (b,) the last element + 1, which is the first that may follow."""
        place = self._columns.elements + (states[:, NUMBER] - 1).clamp(min=0)
        return states.gather(1, place[:, None])[:, 0]
