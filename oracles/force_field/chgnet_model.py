"""CHGNet as a calculator of ASE: first derivatives only, so half the memory and time of its own.

Deng et al., Nat. Mach. Intell. 5, 1031 (2023), doi 10.1038/s42256-023-00716-3.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import torch
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress
from chgnet.model import CHGNet
from pymatgen.core.structure import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from discovery.errors import InvalidInputError


class Chgnet(Calculator):
    """Energy, forces and stress of CHGNet, all from one pass forward and one back.

    The calculator that ships with CHGNet also builds what training needs, the graph of the second
    derivatives. Atoms without a neighbour within 6 Angstrom are an error: the model has never
    seen any.

    Args:
        model: Name of the weights: ``0.3.0``, ``0.2.0`` or ``r2scan``.
        device: ``cpu``, ``cuda`` or ``auto`` (a GPU where there is one).

    Raises:
        InvalidInputError: There is no such device.
    """

    implemented_properties: ClassVar[list[str]] = ["energy", "forces", "stress"]

    def __init__(self, model: str = "0.3.0", device: str = "auto") -> None:
        super().__init__()
        self._model = _load(model, _device(device))

    def calculate(
        self,
        atoms: Any = None,  # noqa: ANN401 - ASE is not typed
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Fill ``results`` with energy (eV), forces (eV/A) and stress (eV/A^3)."""
        super().calculate(atoms, properties, system_changes)
        graph = self._graph(AseAtomsAdaptor.get_structure(self.atoms, cls=Structure))
        fractional, cell = graph.atom_frac_coord, graph.lattice
        fractional.requires_grad_(True)  # noqa: FBT003 - torch's signature
        cell.requires_grad_(True)  # noqa: FBT003
        energy = self._per_atom([graph])[0] * len(self.atoms)
        slopes = torch.autograd.grad(energy, (fractional, cell))
        by_position, by_cell = (slope.double().cpu().numpy() for slope in slopes)
        rows = cell.detach().double().cpu().numpy()
        # r = f cell: chain rule at fixed cell; strain acts on the rows of the cell at fixed f
        forces = -np.linalg.solve(rows, by_position.T).T
        stress = rows.T @ by_cell / abs(float(np.linalg.det(rows)))
        self.results = {
            "energy": float(energy),
            "forces": forces,
            "stress": full_3x3_to_voigt_6_stress(stress),
        }

    def energies(
        self, structures: Sequence[Structure], batch_size: int
    ) -> list[float | InvalidInputError]:
        """Return energies per atom in eV, or why a structure has none; a batch at a time."""
        found: list[float | InvalidInputError] = []
        for start in range(0, len(structures), batch_size):
            graphs = [self._graph_or_error(one) for one in structures[start : start + batch_size]]
            readable = [graph for graph in graphs if not isinstance(graph, InvalidInputError)]
            energies = iter(self._batch(readable))
            found += [g if isinstance(g, InvalidInputError) else next(energies) for g in graphs]
        return found

    def _batch(self, graphs: Sequence[Any]) -> Sequence[float | InvalidInputError]:
        if not graphs:
            return []
        try:
            with torch.no_grad():
                energies: list[float] = self._per_atom(graphs).tolist()
        except RuntimeError as error:  # torch's, e.g. out of memory
            failure = InvalidInputError(
                f"CHGNet fails on a batch of {len(graphs)}: {error}; try a smaller batch_size"
            )
            return [failure] * len(graphs)
        return energies

    def _graph_or_error(self, structure: Structure) -> Any:  # noqa: ANN401 - CHGNet is not typed
        try:
            return self._graph(structure)
        except ValueError as error:
            return InvalidInputError(f"CHGNet cannot read {structure.formula}: {error}")

    def _graph(self, structure: Structure) -> Any:  # noqa: ANN401 - CHGNet is not typed
        return self._model.graph_converter(structure).to(next(self._model.parameters()).device)

    def _per_atom(self, graphs: Sequence[Any]) -> torch.Tensor:
        with _quiet():
            energies: torch.Tensor = self._model(graphs, task="e")["e"]
        return energies


@lru_cache(maxsize=2)
def _load(model: str, device: str) -> CHGNet:
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = CHGNet.load(model_name=model, use_device=device, verbose=False)
    loaded.eval()
    loaded.requires_grad_(False)  # noqa: FBT003 - torch's signature
    loaded.graph_converter.set_isolated_atom_response("error")
    return loaded


def _device(name: str) -> str:
    if name not in ("auto", "cpu", "cuda"):
        raise InvalidInputError(f"device is 'auto', 'cpu' or 'cuda', not {name!r}")
    gpu = torch.cuda.is_available()
    if name == "cuda" and not gpu:
        raise InvalidInputError("device 'cuda' is not here: torch sees no GPU; use 'cpu' or 'auto'")
    return "cuda" if gpu and name != "cpu" else "cpu"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """CHGNet turns volumes that carry a gradient into a tensor, of which torch warns."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Converting a tensor with requires_grad=True", category=UserWarning
        )
        yield
