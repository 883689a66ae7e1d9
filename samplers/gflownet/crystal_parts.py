"""Everything that crystals are looked up in, put together for given limits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from discovery.errors import InvalidInputError
from samplers.gflownet.attainable import Attainable, attainable, widest
from samplers.gflownet.balance import Ions, ions
from samplers.gflownet.columns import (
    CLOSED,
    FIDELITY,
    GROUP,
    PENDING,
    POINT,
    SYSTEM,
    Actions,
    Columns,
    Stage,
)
from samplers.gflownet.composition import Composition
from samplers.gflownet.composition_tensors import CompositionTensors, composition_tensors
from samplers.gflownet.encoding import Encoding, encoding
from samplers.gflownet.groups import Groups, groups
from samplers.gflownet.lookahead import tables
from samplers.gflownet.ragged import BITS
from samplers.limits import Limits


@dataclass(frozen=True)
class CrystalParts:
    """Look-up tables of crystals on one device.

    Args:
        ions: Elements in the order of choice, and their oxidation states.
        automata: What each space group holds, by its number.
        choices: Numbers of the actions.
        columns: Places in a state.
        groups: Space groups.
        tensors: Look-ahead tables.
        encoding: What a network sees.
        stages: (64,) the stage of a state by which of its first columns are not 0, as bits.
    """

    ions: Ions
    automata: dict[int, Attainable]
    choices: Actions
    columns: Columns
    groups: Groups
    tensors: CompositionTensors
    encoding: Encoding
    stages: Tensor

    @property
    def composition(self) -> Composition:
        """The stages that choose a composition."""
        return Composition(self.tensors, self.columns)

    def to(self, device: torch.device) -> "CrystalParts":
        """Return the same on another device."""
        return replace(
            self,
            groups=self.groups.to(device),
            tensors=self.tensors.to(device),
            encoding=self.encoding.to(device),
            stages=self.stages.to(device),
        )


def crystal_parts(limits: Limits, fidelities: int) -> CrystalParts:
    """Return the parts for given limits, on the CPU.

    Args:
        limits: Which crystals there are.
        fidelities: Number of fidelities to choose from.

    Raises:
        InvalidInputError: The limits leave no neutral crystal, or name an element that does not
            exist or has no known ion.
    """
    group_first = limits.order == "group_first"
    of = ions(limits)
    most = min(limits.most, limits.atoms[1])
    automata, members = attainable(limits.space_groups, most)
    followed = automata if group_first else widest(automata, most)
    found = tables(followed, of, limits)
    possible = found.possible()
    if not any(possible):
        raise InvalidInputError(
            f"no neutral crystal is within the limits: {limits}; allow more elements, atoms, space "
            "groups or oxidation states (rarest, one_state, pauling)"
        )
    tensors = composition_tensors(followed, of, found, most, members if group_first else None)
    words = of.phases * -(-(2 * tensors.largest_bound + 1) // BITS)
    columns = Columns(limits.distinct[1], 1 if group_first else len(followed), words)
    size = len(limits.space_groups)
    return CrystalParts(
        ions=of,
        automata={
            number: automata[member]
            for number, member in zip(limits.space_groups, members, strict=True)
        },
        choices=Actions(size, len(of.symbols), most, fidelities),
        columns=columns,
        groups=groups(
            limits.space_groups,
            automata,
            members,
            possible if group_first else [True] * len(automata),
            most,
        ),
        tensors=tensors,
        encoding=encoding(columns, size, fidelities, limits.atoms[1], of),
        stages=torch.tensor(
            [
                _stage([bits >> column & 1 for column in range(PENDING + 1)], limits, fidelities)
                for bits in range(1 << PENDING + 1)
            ]
        ),
    )


def _stage(chosen: Sequence[int], limits: Limits, fidelities: int) -> Stage:
    """Return what follows when these columns are not 0."""
    composition = Stage.COUNT if chosen[PENDING] else Stage.ELEMENT
    group = Stage.GROUP
    if limits.staged and not chosen[POINT]:
        group = Stage.POINT if chosen[SYSTEM] else Stage.SYSTEM
    missing = [
        stage for stage, column in ((group, GROUP), (composition, CLOSED)) if not chosen[column]
    ]
    if limits.order == "composition_first":
        missing.reverse()
    if fidelities and not chosen[FIDELITY]:
        missing.append(Stage.FIDELITY)
    return missing[0] if missing else Stage.DONE
