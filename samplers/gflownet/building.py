"""How crystals are built step by step, and taken apart again.

Elements come in one order (rising electronegativity), so a crystal is built in one way only. Masks
look ahead exactly: an action is allowed if and only if some crystal within the limits follows.
"""

from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor

from discovery.errors import InvalidInputError
from samplers.gflownet.columns import (
    CLOSED,
    FIDELITY,
    GROUP,
    NUMBER,
    PENDING,
    POINT,
    SYSTEM,
    Stage,
)
from samplers.gflownet.contract import Encoded
from samplers.gflownet.crystal_parts import CrystalParts, crystal_parts
from samplers.gflownet.groups import Groups
from samplers.gflownet.lattices import DIMS, Lattices
from samplers.gflownet.ragged import BITS
from samplers.limits import Limits

_CPU: Final = torch.device("cpu")


class CrystalSteps:
    """The states and actions of crystals; see :class:`samplers.gflownet.contract.Environment`.

    Look-ahead tables are built once for given limits (seconds) and kept in the user's cache.

    Args:
        limits: Which crystals there are.
        fidelities: Number of fidelities to choose from as the last discrete action; 0 for none.

    Attributes:
        limits: Which crystals there are.
        ions: Elements in the order of choice, and their oxidation states.
        lattices: Cells and their coordinates.
        columns: Places in a state.
        choices: Numbers of the actions.

    Raises:
        InvalidInputError: The limits leave no neutral crystal, or name an element that does not
            exist or has no known ion.
    """

    dims = DIMS

    def __init__(self, limits: Limits, *, fidelities: int = 0) -> None:
        if fidelities < 0:
            raise InvalidInputError(f"fidelities = {fidelities}: 0 for none, or how many there are")
        self.limits = limits
        parts = crystal_parts(limits, fidelities)
        self._parts = {_CPU: parts}
        self._group_first = limits.order == "group_first"
        self.ions = parts.ions
        self.lattices = Lattices(limits.volume)
        self.columns = parts.columns
        self.choices = parts.choices
        self.actions = parts.choices.total
        self.windows = parts.choices.windows
        self.places, self.numbers = parts.encoding.places, parts.encoding.numbers
        stages = (3 if limits.staged else 1) + 1 + (fidelities > 0)
        self.horizon = stages + 2 * limits.distinct[1]

    def initial(self, count: int) -> Tensor:
        """Return (count, s) empty states."""
        states = torch.zeros((count, self.columns.total), dtype=torch.int64)
        phase_word, bit = divmod(self._parts[_CPU].tensors.largest_bound, BITS)
        states[:, self.columns.charges + phase_word] = 1 << bit  # no charge
        return states

    def stage(self, states: Tensor) -> Tensor:
        """Return (b,) the :class:`~samplers.gflownet.columns.Stage` that states are at."""
        chosen = states[:, : PENDING + 1] > 0
        bits = torch.arange(PENDING + 1, device=states.device)
        return self._on(states.device).stages[(chosen.long() << bits).sum(1)]

    def allowed(self, states: Tensor) -> Tensor:
        """Return (b, actions) bool; see the contract."""
        choices, stage = self.choices, self.stage(states)
        mask = torch.zeros((len(states), self.actions), dtype=torch.bool, device=states.device)
        parts = self._on(states.device)
        self._allow_groups(states, stage, mask, parts.groups)
        rows = _at(stage, Stage.ELEMENT)
        if len(rows):
            following, ends = parts.composition.elements(_of(states, rows))
            mask[rows, choices.element : choices.stop] = following
            mask[rows, choices.stop] = ends
        rows = _at(stage, Stage.COUNT)
        if len(rows):
            mask[rows, choices.count : choices.fidelity] = parts.composition.counts(
                _of(states, rows)
            )
        mask[_at(stage, Stage.FIDELITY), choices.fidelity :] = True
        return mask

    def step(self, states: Tensor, actions: Tensor) -> Tensor:
        """Return the states after allowed actions (b,)."""
        choices, stage = self.choices, self.stage(states)
        parts = self._on(states.device)
        rows = _at(stage, Stage.COUNT)
        if len(rows) == len(states):
            return parts.composition.add(states, actions - choices.count + 1)
        following = states.clone()
        if len(rows):
            counts = actions[rows] - choices.count + 1
            following[rows] = parts.composition.add(states[rows], counts)
        for kind, column, first in (
            (Stage.SYSTEM, SYSTEM, choices.system),
            (Stage.POINT, POINT, choices.point),
            (Stage.GROUP, GROUP, choices.group),
            (Stage.FIDELITY, FIDELITY, choices.fidelity),
        ):
            rows = _at(stage, kind)
            following[rows, column] = actions[rows] - first + 1
        rows = _at(stage, Stage.GROUP)
        group = actions[rows] - choices.group
        following[rows, SYSTEM] = parts.groups.system[group] + 1
        following[rows, POINT] = parts.groups.point[group] + 1
        rows = _at(stage, Stage.ELEMENT)
        ends = actions[rows] == choices.stop
        following[rows, CLOSED] = ends.long()
        following[rows, PENDING] = torch.where(ends, 0, actions[rows] - choices.element + 1)
        return following

    def undo(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return the only parents, and the actions (b,) that led here; -1 in initial states."""
        choices, columns = self.choices, self.columns
        parents = states.clone()
        actions = torch.full_like(states[:, 0], -1)
        open_rows = torch.ones_like(actions, dtype=torch.bool)

        def take(rows: Tensor, action: Tensor, cleared: Sequence[int]) -> None:
            rows = rows & open_rows
            actions[rows] = action[rows]
            for column in cleared:
                parents[rows, column] = 0
            open_rows[rows] = False

        def undo_group() -> None:
            group = states[:, GROUP]
            cleared = (GROUP,) if self.limits.staged else (GROUP, SYSTEM, POINT)
            take(group > 0, choices.group + group - 1, cleared)
            take(states[:, POINT] > 0, choices.point + states[:, POINT] - 1, (POINT,))
            take(states[:, SYSTEM] > 0, choices.system + states[:, SYSTEM] - 1, (SYSTEM,))

        def undo_composition() -> None:
            take(states[:, CLOSED] > 0, torch.full_like(actions, choices.stop), (CLOSED,))
            take(states[:, PENDING] > 0, choices.element + states[:, PENDING] - 1, (PENDING,))
            rows = torch.nonzero(open_rows & (states[:, NUMBER] > 0))[:, 0]
            slot = states[rows, NUMBER] - 1
            actions[rows] = choices.count + states[rows, columns.counts + slot] - 1
            parents[rows, PENDING] = states[rows, columns.elements + slot]
            parents[rows, NUMBER] = slot
            parents[rows[:, None], columns.of_slot(states.device)[slot]] = 0
            open_rows[rows] = False

        take(states[:, FIDELITY] > 0, choices.fidelity + states[:, FIDELITY] - 1, (FIDELITY,))
        last_first: list[Callable[[], None]] = [undo_composition, undo_group]
        for undo in last_first if self._group_first else reversed(last_first):
            undo()
        return parents, actions

    def encode(self, states: Tensor) -> Encoded:
        """Return what a network sees of states."""
        return self._on(states.device).encoding.encode(states, self.stage(states))

    def free(self, states: Tensor) -> Tensor:
        """Return (b, dims) bool: which coordinates of the lattice are free."""
        return self.lattices.free((states[:, SYSTEM] - 1).clamp(min=0))

    def _allow_groups(self, states: Tensor, stage: Tensor, mask: Tensor, parts: Groups) -> None:
        choices = self.choices
        rows = torch.nonzero(stage <= Stage.GROUP)[:, 0]
        if not len(rows):
            return
        states, stage = states[rows], stage[rows]
        if self._group_first:
            possible = parts.possible.expand(len(rows), -1)
        else:
            first = self.columns.counts
            possible = parts.holding(states[:, first : first + self.columns.slots])
        at = _at(stage, Stage.SYSTEM)
        mask[rows[at], choices.system : choices.point] = parts.systems(possible[at])
        at = _at(stage, Stage.POINT)
        points = parts.points(possible[at], states[at, SYSTEM] - 1)
        mask[rows[at], choices.point : choices.group] = points
        at = _at(stage, Stage.GROUP)
        if self.limits.staged:
            possible = parts.groups(possible, states[:, POINT] - 1)
        mask[rows[at], choices.group : choices.element] = possible[at]

    def _on(self, device: torch.device) -> CrystalParts:
        if device not in self._parts:
            self._parts[device] = self._parts[_CPU].to(device)
        return self._parts[device]


def _of(states: Tensor, rows: Tensor) -> Tensor:
    """Return some rows; all of them, as in a batch that keeps step, without a copy."""
    return states if len(rows) == len(states) else states[rows]


def _at(stage: Tensor, kind: Stage) -> Tensor:
    return torch.nonzero(stage == kind)[:, 0]
