"""Crystals as objects that a policy builds: space group, composition, oracle, lattice."""

from collections.abc import Sequence
from functools import reduce
from math import gcd

import torch
from torch import Tensor

from discovery.crystal import Lattice
from discovery.errors import InvalidInputError
from discovery.types import Candidate
from samplers.gflownet.building import CrystalSteps
from samplers.gflownet.columns import FIDELITY, GROUP, SYSTEM
from samplers.gflownet.lattices import NAMES
from samplers.gflownet.recorded import Recorded, read

_EDGE = 1e-9  # rounding of a coordinate at the edge of its range


class CrystalEnvironment(CrystalSteps):
    """States, and the crystals that finished ones are.

    Args:
        limits: Which crystals there are.
        fidelities: Number of fidelities to choose from as the last discrete action; 0 for none.

    Raises:
        InvalidInputError: The limits leave no neutral crystal, or name an element that does not
            exist or has no known ion.
    """

    def column(self, states: Tensor) -> Tensor:
        """Return (b,) the fidelities chosen; -1 where there is none."""
        return states[:, FIDELITY] - 1

    def counts(self, states: Tensor) -> Tensor:
        """Return (b, elements) atoms per conventional cell, in the order of :attr:`ions`."""
        columns = self.columns
        chosen = states[:, columns.elements : columns.elements + columns.slots]
        amounts = states[:, columns.counts : columns.counts + columns.slots]
        counts = torch.zeros(
            (len(states), len(self.ions.symbols) + 1), dtype=torch.int64, device=states.device
        )
        return counts.scatter_add_(1, chosen, amounts)[:, 1:]

    def candidates(self, states: Tensor, coordinates: Tensor) -> list[Candidate]:
        """Return the crystals of finished states; without structures."""
        counts = self.counts(states)
        cells = self.lattices.parameters(states[:, SYSTEM] - 1, counts.sum(1), coordinates)
        numbers = self._on(states.device).groups.numbers[states[:, GROUP] - 1]
        made = []
        for atoms, number, cell in zip(
            counts.tolist(), numbers.tolist(), cells.tolist(), strict=True
        ):
            z = reduce(gcd, atoms)
            composition = tuple(
                (symbol, float(count // z))
                for symbol, count in zip(self.ions.symbols, atoms, strict=True)
                if count
            )
            made.append(Candidate(composition, float(z), number, Lattice(*cell)))
        return made

    def states_of(
        self,
        candidates: Sequence[Candidate],
        columns: Sequence[int] | None = None,
        *,
        ordered: bool = False,
    ) -> tuple[Tensor, Tensor, list[str | None]]:
        """Return (n, s) finished states, (n, dims) coordinates, and why a candidate has none.

        Rows of candidates that have no state are the initial state, at the centre of the cube.

        Args:
            candidates: With cell contents, space group and lattice.
            columns: Fidelity of each, where fidelities are chosen.
            ordered: Whether a disordered crystal may be taken as an ordering of it, of group P1
                and in a supercell where need be; otherwise it keeps its group and its cell.

        Raises:
            InvalidInputError: Fidelities are chosen, and none are given.
        """
        if self.choices.fidelities and columns is None:
            raise InvalidInputError(
                f"each known crystal needs one of the {self.choices.fidelities} fidelities; "
                "give columns"
            )
        states = self.initial(len(candidates))
        coordinates = torch.full((len(candidates), self.dims), 0.5, dtype=torch.float64)
        reasons: list[str | None] = []
        automata = self._on(states.device).automata
        read_rows: list[tuple[int, Recorded]] = []
        for row, candidate in enumerate(candidates):
            try:
                read_rows.append(
                    (row, read(candidate, self.limits, self.ions, automata, ordered=ordered))
                )
                reasons.append(None)
            except InvalidInputError as error:
                reasons.append(str(error))
        if not read_rows:
            return states, coordinates, reasons
        rows = torch.tensor([row for row, _ in read_rows])
        cells = torch.tensor([known.lattice.parameters for _, known in read_rows])
        counts = torch.tensor([known.counts for _, known in read_rows])
        chosen = [0 if columns is None else int(columns[row]) for row in rows.tolist()]
        built, refused = self._replay([known for _, known in read_rows], counts, chosen)
        placed = self.lattices.coordinates(built[:, SYSTEM] - 1, counts.sum(1), cells)
        for index, row in enumerate(rows.tolist()):
            outside = (placed[index] < -_EDGE) | (placed[index] > 1 + _EDGE)
            if refused[index]:
                reasons[row] = "its composition is outside the limits"
            elif outside.any():
                names = [name for name, out in zip(NAMES, outside.tolist(), strict=True) if out]
                reasons[row] = f"its lattice is outside the limits: {', '.join(names)}"
            else:
                states[row], coordinates[row] = built[index], placed[index].clamp(0, 1)
        return states, coordinates, reasons

    def _replay(
        self, known: Sequence[Recorded], counts: Tensor, columns: Sequence[int]
    ) -> tuple[Tensor, list[bool]]:
        """Return the states of crystals, and which of them the masks do not allow."""
        states = self.initial(len(known))
        actions = self._actions(known, counts, columns)
        open_rows = torch.ones(len(known), dtype=torch.bool)
        for step in range(actions.shape[1]):
            rows = torch.nonzero(open_rows & (actions[:, step] >= 0))[:, 0]
            action = actions[rows, step]
            allowed = self.allowed(states[rows]).gather(1, action[:, None])[:, 0]
            open_rows[rows[~allowed]] = False
            states[rows[allowed]] = self.step(states[rows[allowed]], action[allowed])
        return states, (~open_rows).tolist()

    def _actions(self, known: Sequence[Recorded], counts: Tensor, columns: Sequence[int]) -> Tensor:
        """Return (n, horizon) the actions that build crystals; -1 behind the last."""
        choices, parts = self.choices, self._on(counts.device).groups
        place = {number: index for index, number in enumerate(self.limits.space_groups)}
        rows = []
        for crystal, atoms, column in zip(known, counts.tolist(), columns, strict=True):
            index = place[crystal.space_group]
            group = [choices.group + index]
            if self.limits.staged:
                system, point = int(parts.system[index]), int(parts.point[index])
                group = [choices.system + system, choices.point + point, *group]
            composition = [
                action
                for element, count in enumerate(atoms)
                if count
                for action in (choices.element + element, choices.count + count - 1)
            ]
            composition.append(choices.stop)
            both = group + composition if self._group_first else composition + group
            fidelity = [choices.fidelity + column] if choices.fidelities else []
            row = [*both, *fidelity]
            rows.append(row[: self.horizon] + [-1] * (self.horizon - len(row)))
        return torch.tensor(rows)
