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
from samplers.gflownet.composition_tensors import (
    ELEMENT,
    PHASE,
    SHORT,
    STATE,
    CompositionTensors,
)
from samplers.gflownet.ragged import BITS, expand, members, sets

_AT_ONCE: Final = 2**22  # entries looked up together; bounds the memory of mixed valences


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
class _Options:
    """Counts that some rows may choose: row, units of atoms, state of the automaton after it."""

    row: Tensor
    units: Tensor
    after: Tensor

    def __getitem__(self, part: slice | Tensor) -> "_Options":
        return _Options(self.row[part], self.units[part], self.after[part])


@dataclass(frozen=True)
class _Pairs:
    """Charges so far with an oxidation state of the pending element, rows in order.

    Args:
        per_row: (b,) how many each state has.
        first: (b,) the first of each.
        phase: Phase with that oxidation state.
        charge: Charge so far.
        slope: Charge that a unit of atoms adds.
        step: Distance to the next oxidation state that atoms may have; 0 for none.
    """

    per_row: Tensor
    first: Tensor
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
        every = torch.arange(t.elements, device=states.device)
        following = torch.zeros((len(states), t.elements), dtype=torch.bool, device=states.device)
        ends = torch.zeros(len(states), dtype=torch.bool, device=states.device)
        for tracker in range(self._columns.trackers):
            view = self._view(states, tracker)
            kept = (view.state[charges.row] != DEAD) & (
                charges.charge.abs() <= t.bound[view.kind[charges.row]]
            )
            row, phase, charge = charges.row[kept], charges.phase[kept], charges.charge[kept]
            stride = t.stride[view.kind]
            entry = t.entry(view.kind, torch.zeros_like(number), number)
            entry += view.state * stride[:, STATE] + view.short * stride[:, SHORT]
            entry = entry[row] + phase * stride[row, PHASE] + charge
            least = t.chosen[entry[:, None] + every * stride[row, ELEMENT, None]]
            item, element = torch.nonzero(least <= view.left[row][:, None], as_tuple=True)
            following[row[item], element] = True
            ends[row[t.complete[entry + (last * stride[:, ELEMENT])[row]] == 0]] = True
        return following & t.follows[last], ends

    def counts(self, states: Tensor) -> Tensor:
        """Return (b, most) bool: how many atoms the pending element may have."""
        t = self._t
        allowed = torch.zeros((len(states), t.most), dtype=torch.bool, device=states.device)
        charges = self._charges(states)
        for tracker in range(self._columns.trackers):
            view = self._view(states, tracker)
            after = t.step[view.kind, view.state].long()
            units = torch.arange(after.shape[1], device=states.device)
            fits = (after != DEAD) & (view.state != DEAD)[:, None]
            fits &= (units > 0) & (units <= view.left[:, None])
            row, count = torch.nonzero(fits, as_tuple=True)
            options = _Options(row, count, after[row, count])
            pairs = self._pairs(states, charges, view)
            for part in self._parts(pairs, view, options):
                chosen, _, _ = self._outcomes(states, pairs, view, part)
                reached = part[chosen]
                atoms = reached.units * t.unit[view.kind[reached.row]]
                allowed[reached.row, atoms - 1] = True
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
            after = t.step[view.kind, view.state, torch.where(whole, units, 0)].long()
            after = torch.where(whole & (view.state != DEAD), after, DEAD)
            following[every, columns.states + (number + 1) * columns.trackers + tracker] = after
            row = torch.nonzero(after != DEAD)[:, 0]
            options = _Options(row, units[row], after[row])
            pairs = self._pairs(states, charges, view)
            chosen, phase, charge = self._outcomes(states, pairs, view, options)
            rows.append(row[chosen])
            values.append(phase * (words // t.phases * BITS) + charge + t.largest_bound)
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
        self, states: Tensor, pairs: _Pairs, view: _View, options: _Options
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return (option, phase, charge) of all that can be completed."""
        t, row = self._t, options.row
        stride = t.stride[view.kind]
        entry = t.entry(view.kind, states[:, PENDING], states[:, NUMBER] + 1)
        entry = entry[row] + options.after * stride[row, STATE]
        if t.short:
            short = (view.short[row] - options.units).clamp(min=0)
            entry += short * stride[row, SHORT]
        option, place = expand(pairs.per_row[row])
        pair = pairs.first[row][option] + place
        charge = pairs.charge[pair] + options.units[option] * pairs.slope[pair]
        if t.mixed:
            atoms = (options.units * t.charge_scale[view.kind][row])[option]
            each, place = expand(torch.where(pairs.step[pair] > 0, atoms + 1, 1))
            option, pair = option[each], pair[each]
            charge = charge[each] + place * pairs.step[pair]
        inside = charge.abs() <= t.bound[view.kind][row][option]
        place = entry[option] + charge
        if t.phases > 1:
            place += pairs.phase[pair] * stride[row, PHASE][option]
        least = t.complete[torch.where(inside, place, 0)]
        reached = inside & (least <= (view.left[row] - options.units)[option])
        feasible = torch.nonzero(reached)[:, 0]
        return option[feasible], pairs.phase[pair[feasible]], charge[feasible]

    def _parts(self, pairs: _Pairs, view: _View, options: _Options) -> Iterator[_Options]:
        """Split options so that the outcomes of a part stay few."""
        sizes = pairs.per_row[options.row]
        if self._t.mixed:
            sizes = sizes * (options.units * self._t.charge_scale[view.kind[options.row]] + 1)
        ends = torch.cumsum(sizes, 0)
        if len(ends) == 0 or ends[-1] <= _AT_ONCE:
            yield options
            return
        part = ends // _AT_ONCE
        bounds = torch.nonzero(part[1:] != part[:-1])[:, 0] + 1
        edges = [0, *bounds.tolist(), len(ends)]
        for start, end in pairwise(edges):
            yield options[start:end]

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
        row = charges.row[before]
        per_row = torch.bincount(row, minlength=len(states))
        return _Pairs(
            per_row=per_row,
            first=torch.cumsum(per_row, 0) - per_row,
            phase=phase,
            charge=charges.charge[before],
            slope=state * t.charge_scale[view.kind[row]],
            step=t.span_step[span],
        )

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
