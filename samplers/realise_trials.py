"""Structures tried for one cell: decorated prototypes, random assignments, and the best of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from discovery.errors import UnrealisableError
from samplers.assignments import Assigner, Orbits
from samplers.prototypes import Prototype
from samplers.realise_cells import Contents, crystal_of, found_group
from samplers.realise_ions import Ions
from samplers.realise_search import Box, Cell, Trial

STRETCH: Final = 0.1
"""Largest relative change of the volume, where distances ask for one."""

_FINALISTS: Final = 4
_FINAL_STEPS: Final = 150
_DRAWS: Final = 8  # assignments per start; of most, some orbit finds no room
_EFFORT: Final = 2.5e6  # distances; some 0.1 s
_FEWEST: Final = 6
_TOUCHING: Final = 1e-3


@dataclass(frozen=True)
class Effort:
    """How much is tried.

    Args:
        starts: Random structures that are relaxed; fewer in large cells.
        tries: Random places that are looked at for each orbit.
        steps: Of each relaxation.
    """

    starts: int
    tries: int
    steps: int


def decorated(
    held: Contents, ions: Ions, prototypes: Iterable[Prototype], effort: Effort
) -> list[Trial]:
    """Return all decorations of the prototypes, relaxed in the cell."""
    trials, box = [], Box(held.matrix(), ions)
    for prototype in prototypes:
        for orbits in prototype.decorations(held.counts):
            cell = Cell(box, orbits)
            v, energy = cell.relaxed(cell.inner(np.array(prototype.parameters)), effort.steps)
            trials.append(replace(cell.trial(v, energy), source=prototype.name))
    return trials


def filled(held: Contents, ions: Ions, effort: Effort, rng: np.random.Generator) -> list[Trial]:
    """Return random assignments to Wyckoff positions, placed at random and relaxed.

    Raises:
        UnrealisableError: No assignment exists.
    """
    order = sorted(held.counts, key=lambda e: -abs(ions.charges[ions.elements.index(e)]))
    assigner = Assigner(held.space_group, {element: held.counts[element] for element in order})
    if not assigner.possible:
        contents = ", ".join(f"{n} {element}" for element, n in held.counts.items())
        raise UnrealisableError(
            "no assignment",
            f"the Wyckoff positions of space group {held.space_group} cannot hold {contents}",
        )
    box, most = Box(held.matrix(), ions), effort.starts
    trials: list[Trial] = []
    seen: set[Orbits] = set()  # where nothing moves, once is enough
    refused: tuple[float, Orbits] | None = None
    for _ in range(_DRAWS * effort.starts):
        orbits = assigner.draw(rng)
        if not any(position.freedom for _, position in orbits):
            if orbits in seen:
                continue
            seen.add(orbits)
        cell = Cell(box, orbits)
        start, placed = cell.scattered(rng, effort.tries)
        if placed < 1:
            refused = max(refused or (placed, orbits), (placed, orbits), key=lambda item: item[0])
            continue
        trials.append(cell.trial(*cell.relaxed(start, effort.steps)))
        most = min(most, max(_FEWEST, int(_EFFORT / (cell.work * effort.steps))))
        if len(trials) >= most:
            break
    if trials or refused is None:
        return trials
    cell = Cell(box, refused[1])
    start, _ = cell.scattered(rng, effort.tries, stubborn=True)
    return [cell.trial(*cell.relaxed(start, effort.steps))]


def refined(held: Contents, ions: Ions, trials: Sequence[Trial]) -> list[Trial]:
    """Return the best trials, relaxed further; if none is physical, in a somewhat other volume.

    Raises:
        UnrealisableError: None is physical in any volume that may be tried.
    """
    good = sorted((t for t in trials if t.is_physical), key=lambda t: t.energy)[:_FINALISTS]
    further = [_relaxed(trial, held, ions, 1.0, _FINAL_STEPS) for trial in good]
    physical = [trial for trial in (*further, *good) if trial.is_physical]
    if not physical:
        nearly = sorted(trials, key=_badness)[:_FINALISTS]
        scaled = [_relaxed(t, held, ions, _scale(t), _FINAL_STEPS) for t in nearly]
        physical = [trial for trial in scaled if trial.is_physical]
    if not physical:
        raise _rejection(trials)
    return sorted(physical, key=lambda t: t.energy)


def symmetric(held: Contents, trials: Iterable[Trial]) -> tuple[Trial, int]:
    """Return the first trial that has just the space group asked for, or else one with more.

    Raises:
        UnrealisableError: spglib finds less symmetry in all of them.
    """
    more = None
    for trial in trials:
        crystal = crystal_of(*trial.positions(), held.matrix(trial.volume_scale))
        group = found_group(crystal, held.space_group)
        if group == held.space_group:
            return trial, group
        if group is not None and more is None:
            more = trial, group
    if more is None:
        raise UnrealisableError(
            "symmetry", f"no structure has the symmetry of space group {held.space_group}"
        )
    return more


def _relaxed(trial: Trial, held: Contents, ions: Ions, scale: float, steps: int) -> Trial:
    cell = Cell(Box(held.matrix(scale), ions), trial.orbits)
    v, energy = cell.relaxed(cell.inner(trial.parameters), steps)
    return replace(cell.trial(v, energy), source=trial.source, volume_scale=scale)


def _scale(trial: Trial) -> float:
    """The change of volume that the distances of a trial ask for."""
    close = max(trial.closest, _TOUCHING)
    wanted = close**-3 if close < 1 else trial.loosest**-3
    # a little more than asked for, because the ions move again
    return float(np.clip(wanted * (1.02 if wanted > 1 else 0.98), 1 - STRETCH, 1 + STRETCH))


def _badness(trial: Trial) -> float:
    return max(1 / max(trial.closest, _TOUCHING), trial.loosest)


def _rejection(trials: Sequence[Trial]) -> UnrealisableError:
    """Say what is wrong with the least bad trial."""
    best = min(trials, key=_badness)
    if best.closest < 1:
        one, other, distance = best.contact
        return UnrealisableError("too close", f"{one}-{other} {distance:.2f} A")
    return UnrealisableError(
        "isolated", f"{best.lonely} is {best.loosest:.2f} times as far from counter-ions as bonds"
    )
