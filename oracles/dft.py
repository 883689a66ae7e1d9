"""Energies of density functional theory, or of any other calculator of ASE."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from discovery.chemistry.structures import read_cif
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.types import Candidate, Estimate, Outcome, Refusal
from oracles.ase_bridge import atoms
from oracles.elements import element_atoms
from oracles.energies import Energies, Relaxation
from oracles.force_field.cells import primitive
from oracles.ordered import OrderedOracle

Reference: TypeAlias = Literal["none", "elements"]

_MAX_SITES = 1000


class DftOracle(OrderedOracle):
    """Energy per atom of an ordered crystal, eV/atom, by default from GPAW with PBE.

    GPAW: Mortensen et al., J. Chem. Phys. 160, 092503 (2024), doi 10.1063/5.0182685; PBE: Perdew,
    Burke & Ernzerhof, Phys. Rev. Lett. 77, 3865 (1996). Total energies count from whatever zero
    the calculator has (in GPAW, isolated atoms without spin) and compare only compounds of the
    same elements; with ``reference: elements`` the value is the formation energy, from elements
    computed with the same settings (:func:`oracles.elements.element_atoms`) and remembered on
    disk. Crystals carry no magnetic moments.

    A calculation that fails raises, which makes the observation ``failed`` with the calculator's
    words. An element that the calculator lacks is refused, and everything where it is not
    installed.

    Args:
        price: Cost of one query in budget units.
        calculator: ``gpaw``, ``chgnet`` or ``module:Class``, see
            :func:`oracles.ase_bridge.load_calculator`.
        arguments: Keyword arguments of the calculator; they replace single ones of
            :data:`oracles.energies.DEFAULT_ARGUMENTS`.
        reference: ``none`` for total energies, ``elements`` for formation energies.
        reference_structures: CIF files by element, for elements without a built-in reference
            structure, or in its place.
        relaxation: What may move before the energy is taken, elements included: ``none``,
            ``positions`` or ``cell`` (both).
        representatives: How many orderings of a disordered crystal to average.
        max_atoms: Largest ordered cell.

    Raises:
        BudgetError: The price is no price.
        InvalidInputError: An option is none, a reference structure cannot be read, is disordered
            or not of its element.
    """

    unit = "eV/atom"

    def __init__(
        self,
        *,
        price: float = 0.5,
        calculator: str = "gpaw",
        arguments: Mapping[str, Any] | None = None,
        reference: Reference = "none",
        reference_structures: Mapping[str, str] | None = None,
        relaxation: Relaxation = "none",
        representatives: int = 1,
        max_atoms: int = 50,
    ) -> None:
        if reference not in ("none", "elements"):
            raise InvalidInputError(f"reference is 'none' or 'elements', not {reference!r}")
        self._energies = Energies(calculator, dict(arguments or {}), relaxation)
        self._structures = _read(reference_structures or {})
        self._reference = reference
        self.property = "energy_per_atom" if reference == "none" else "formation_energy_per_atom"
        settings = f"{self._energies.settings}{sorted(self._structures.items())}"
        digest = hashlib.sha256(settings.encode()).hexdigest()[:12]
        self.version = f"1-{calculator}-{self._energies.calculator_version}-{digest}"
        super().__init__(
            price=price, max_sites=_MAX_SITES, representatives=representatives, max_atoms=max_atoms
        )

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return an estimate or a refusal per candidate, in order.

        Raises:
            RuntimeError: The calculator fails; the message has its words.
        """
        try:
            self._energies.check_available()
        except InvalidInputError as error:
            return [Refusal(str(error))] * len(candidates)
        return super().label(candidates, seed)

    def estimate_ordered(self, crystal: Crystal, seed: int) -> Estimate:  # noqa: ARG002 - nothing is drawn
        """Return the energy per atom, with the settings in the details.

        Raises:
            InvalidInputError: The calculator lacks an element, or that has no reference structure.
            RuntimeError: The calculator fails, on the crystal or on an element.
        """
        cell = primitive(crystal)
        references = self._references(cell)
        energy, steps = self._energies.compute(atoms(cell))
        composition, count = cell.composition, len(cell.sites)
        offset = sum(composition[element] * energy for element, energy in references.items())
        return Estimate(
            energy - offset / count,
            details={
                "calculator": self._energies.calculator,
                "calculator_version": self._energies.calculator_version,
                "atoms": count,
                "energy_per_atom": energy,
                "relaxation_steps": steps,
                **{f"energy_per_atom_{element}": value for element, value in references.items()},
            },
        )

    def _references(self, crystal: Crystal) -> dict[str, float]:
        if self._reference == "none":
            return {}
        # structures first: a missing one is told before hours of computing
        found = {e: element_atoms(e, self._structures) for e in crystal.composition}
        return {element: self._energies.remembered(one) for element, one in found.items()}


def _read(files: Mapping[str, str]) -> dict[str, Crystal]:
    structures = {element: read_cif(Path(path).expanduser()) for element, path in files.items()}
    for element, crystal in structures.items():
        if set(crystal.composition) != {element} or not crystal.is_ordered:
            raise InvalidInputError(
                f"{files[element]}: the reference structure of {element} is an ordered crystal of "
                f"{element} alone, not of {', '.join(crystal.composition)}"
            )
    return structures
