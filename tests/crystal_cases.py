"""Small spaces of crystals, enumerated, and slow truths about what a crystal may hold."""

from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise, product

import torch
from smact.screening import pauling_test

from discovery.chemistry.charges import electronegativity
from discovery.chemistry.wyckoff import positions
from samplers.gflownet.columns import Stage
from samplers.gflownet.ragged import draw
from samplers.limits import Limits

SMALL = Limits(
    elements=("Li", "P", "S", "O", "Cl"),
    distinct=(2, 3),
    atoms=(2, 24),
    most=16,
    space_groups=(1, 2, 62, 166, 187, 216, 221, 225, 227, 230),
)
"""Nearly a thousand crystals in groups with few and with many positions without freedom."""

LARGE = replace(SMALL, space_groups=tuple(range(1, 231)), atoms=(2, 28))
"""Tens of thousands of crystals in all groups."""


def finished(space):
    """All finished states of a small space, found by taking every allowed action."""
    states, found = space.initial(1), []
    while len(states):
        allowed = space.allowed(states)
        done = ~allowed.any(1)
        assert torch.equal(done, space.stage(states) == Stage.DONE), "a dead end"
        found.append(states[done])
        row, action = torch.nonzero(allowed, as_tuple=True)
        states = space.step(states[row], action)
    return torch.cat(found)


def walked(space, count, seed):
    """Finished states after random steps, each step undone once; no dead end on the way."""
    generator = torch.Generator().manual_seed(seed)
    states = space.initial(count)
    for _ in range(space.horizon + 1):
        allowed = space.allowed(states)
        going = allowed.any(1)
        assert torch.equal(~going, space.stage(states) == Stage.DONE), "a dead end"
        if not going.any():
            return states
        actions = draw(allowed[going], generator)
        after = space.step(states[going], actions)
        before, undone = space.undo(after)
        assert torch.equal(before, states[going])
        assert torch.equal(undone, actions)
        states[going] = after
    raise AssertionError("more steps than the horizon")


def contents(space, states):
    """(space group, atoms of each element) of finished states."""
    numbers = [c.space_group for c in space.candidates(states, torch.full((len(states), 6), 0.5))]
    return [(n, tuple(row)) for n, row in zip(numbers, space.counts(states).tolist(), strict=True)]


def holds(space_group, counts):
    """Whether positions of the group can be shared out among elements with these counts."""
    return _shared(_kinds(space_group), tuple(sorted(n for n in counts if n)))


def neutral(symbols, counts, states, *, pauling, one_state=True):
    """Whether some oxidation states balance the cell, found by trying them all."""
    present = [(s, n) for s, n in zip(symbols, counts, strict=True) if n]
    scale = [electronegativity(symbol) for symbol, _ in present]
    for choice in product(*(_ways(states[s], one_state=one_state) for s, _ in present)):
        charges = {0}
        for (low, high), (_, n) in zip(choice, present, strict=True):
            mixtures = range(n + 1) if high > low else range(1)
            charges = {q + low * n + (high - low) * j for q in charges for j in mixtures}
        if 0 in charges and (not pauling or pauling_test([low for low, _ in choice], scale)):
            return True
    return False


def compositions(space):
    """All compositions within the limits that are neutral, by trying every count."""
    limits, symbols = space.limits, space.ions.symbols
    states = dict(zip(symbols, space.ions.states, strict=True))
    least, largest = limits.atoms
    for elements in range(limits.distinct[0], limits.distinct[1] + 1):
        for chosen in combinations(range(len(symbols)), elements):
            if not set(limits.required) <= {symbols[e] for e in chosen}:
                continue
            for amounts in product(range(1, limits.most + 1), repeat=elements):
                if not least <= sum(amounts) <= largest:
                    continue
                counts = [0] * len(symbols)
                for element, amount in zip(chosen, amounts, strict=True):
                    counts[element] = amount
                if neutral(
                    symbols, counts, states, pauling=limits.pauling, one_state=limits.one_state
                ):
                    yield tuple(counts)


def _ways(states, *, one_state):
    """(lowest, highest) oxidation state of an element's atoms: one, or two neighbours."""
    pairs = [] if one_state else [(a, b) for a, b in pairwise(states) if a * b > 0]
    return [(state, state) for state in states] + pairs


@cache
def _kinds(space_group):
    found = positions(space_group)
    free = tuple(sorted({p.multiplicity for p in found if p.freedom}))
    return free, tuple(sorted(p.multiplicity for p in found if not p.freedom))


@cache
def _shared(kinds, counts):
    """Give the first element each choice of the points, then share the rest among the others."""
    free, points = kinds
    if not counts:
        return True
    for taken, left in _choices(points):
        rest = counts[0] - sum(taken)
        if _is_sum(free, rest) and _shared((free, left), counts[1:]):
            return True
    return False


@cache
def _choices(points):
    found = {((), ())}
    for point in points:
        found = {
            (a + extra, b + (point,) * (not extra)) for a, b in found for extra in ((), (point,))
        }
    return sorted(found)


@cache
def _is_sum(parts, number):
    if number <= 0:
        return number == 0
    return any(_is_sum(parts, number - part) for part in parts)
