"""The stages that choose a space group: system, point group and group, or the group at once."""

from dataclasses import dataclass, fields, replace
from typing import Final

import torch
from torch import Tensor

from discovery.chemistry.symmetry import SPACE_GROUPS, crystal_system, point_group
from samplers.gflownet.attainable import DEAD, Attainable, padded, spread
from samplers.gflownet.columns import POINTS, SYSTEMS

_SYSTEM_NAMES: Final = list(dict.fromkeys(crystal_system(number) for number in SPACE_GROUPS))
_POINT_NAMES: Final = list(dict.fromkeys(point_group(number) for number in SPACE_GROUPS))


@dataclass(frozen=True)
class Groups:
    """Space groups on one device.

    Args:
        numbers: (groups,) international numbers.
        system: (groups,) crystal system of each.
        point: (groups,) point group of each.
        in_system: (groups, systems) membership.
        in_point: (groups, points) membership.
        point_in_system: (points, systems) membership.
        member: (groups,) automaton of each.
        possible: (groups,) whether it holds any composition.
        step: (automata, states, largest count + 1) transitions for counts in atoms.
    """

    numbers: Tensor
    system: Tensor
    point: Tensor
    in_system: Tensor
    in_point: Tensor
    point_in_system: Tensor
    member: Tensor
    possible: Tensor
    step: Tensor

    def holding(self, counts: Tensor) -> Tensor:
        """Return (b, groups) bool: which groups hold elements with these counts (b, slots)."""
        automata = torch.arange(len(self.step), device=counts.device)
        state = torch.zeros((len(counts), len(self.step)), dtype=torch.int64, device=counts.device)
        for slot in range(counts.shape[1]):
            after = self.step[automata, state, counts[:, slot, None]].long()
            state = torch.where(state == DEAD, DEAD, after)
        return (state != DEAD)[:, self.member]

    def systems(self, open_groups: Tensor) -> Tensor:
        """Return (b, systems) bool: which have any of the open groups (b, groups)."""
        return open_groups.float() @ self.in_system > 0

    def points(self, open_groups: Tensor, system: Tensor) -> Tensor:
        """Return (b, points) bool: which of the system (b,) have any of the open groups."""
        return (open_groups.float() @ self.in_point > 0) & self.point_in_system.T[system]

    def groups(self, open_groups: Tensor, point: Tensor) -> Tensor:
        """Return (b, groups) bool: which of the open groups have the point group (b,)."""
        return open_groups & (self.point == point[:, None])

    def to(self, device: torch.device) -> "Groups":
        """Return the same on another device."""
        return replace(
            self, **{field.name: getattr(self, field.name).to(device) for field in fields(self)}
        )


def groups(
    space_groups: tuple[int, ...],
    automata: tuple[Attainable, ...],
    members: tuple[int, ...],
    possible: list[bool],
    largest: int,
) -> Groups:
    """Return the space groups.

    Args:
        space_groups: International numbers.
        automata: All automata of counts.
        members: Which automaton is each group's.
        possible: Whether each automaton holds any composition.
        largest: Largest count of one element.
    """
    system = torch.tensor([_SYSTEM_NAMES.index(crystal_system(n)) for n in space_groups])
    point = torch.tensor([_POINT_NAMES.index(point_group(n)) for n in space_groups])
    in_system = torch.nn.functional.one_hot(system, SYSTEMS).float()
    in_point = torch.nn.functional.one_hot(point, POINTS).float()
    return Groups(
        numbers=torch.tensor(space_groups),
        system=system,
        point=point,
        in_system=in_system,
        in_point=in_point,
        point_in_system=in_point.T @ in_system > 0,
        member=torch.tensor(members),
        possible=torch.tensor([possible[member] for member in members]),
        step=torch.from_numpy(padded([spread(automaton, 1, largest) for automaton in automata])),
    )
