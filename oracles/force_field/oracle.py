"""What the oracles on a force field share: the calculator, and a relaxed cell to begin with."""

from collections.abc import Mapping
from typing import Any, Final

from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from oracles import ase_bridge
from oracles.force_field.calculators import CHGNET, ForceField
from oracles.force_field.cells import primitive
from oracles.ordered import OrderedOracle

REVISION: Final = "1"
"""Changes whenever the oracles here may answer differently with the same calculator."""


class ForceFieldOracle(OrderedOracle):
    """Computes a number with CHGNet or any other calculator of ASE.

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures, sites as published, are refused.
        representatives: How many orderings of a disordered crystal to average.
        max_atoms: Larger ordered cells and supercells are refused.
        calculator: ``chgnet`` or ``module:Class`` of an ASE calculator.
        arguments: Keyword arguments of the class; CHGNet takes ``model``.
        device: Where CHGNet runs: ``cpu``, ``cuda`` or ``auto``.
        fmax: A relaxation is done when no atom feels more (eV/Angstrom).
        max_steps: Most steps of a relaxation; more are a refusal.

    Raises:
        BudgetError: The price is no price.
        InvalidInputError: A number is not positive, or there is no such calculator or device.
    """

    def __init__(
        self,
        *,
        price: float,
        max_sites: int,
        representatives: int,
        max_atoms: int,
        calculator: str = CHGNET,
        arguments: Mapping[str, Any] | None = None,
        device: str = "auto",
        fmax: float = 0.02,
        max_steps: int = 500,
    ) -> None:
        self._field = ForceField(calculator, dict(arguments or {}), device)
        self.version = f"{REVISION} {self._field.version}"
        super().__init__(
            price=price, max_sites=max_sites, representatives=representatives, max_atoms=max_atoms
        )
        positive(fmax=fmax, max_steps=max_steps)
        self._fmax = fmax
        self._max_steps = max_steps

    def _relax(self, crystal: Crystal, calculator: Any) -> Any:  # noqa: ANN401 - ASE is not typed
        """Return the :class:`~oracles.force_field.relaxation.Relaxation` of an ordered crystal."""
        from oracles.force_field.relaxation import relax  # noqa: PLC0415 - imports ASE

        start = ase_bridge.atoms(self._small(crystal))
        return relax(start, calculator, fmax=self._fmax, max_steps=self._max_steps)

    def _small(self, crystal: Crystal) -> Crystal:
        """Return the primitive cell, unless that is too large."""
        cell = primitive(crystal)
        if len(cell.sites) > self._max_atoms:
            raise InvalidInputError(
                f"{len(cell.sites)} atoms in the primitive cell are more than "
                f"max_atoms = {self._max_atoms}"
            )
        return cell


def positive(**numbers: float) -> None:
    """Check options.

    Raises:
        InvalidInputError: One of them is not a positive number.
    """
    for name, number in numbers.items():
        if not 0 < number < float("inf"):
            raise InvalidInputError(f"{name} must be positive, not {number}")
