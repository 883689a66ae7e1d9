"""The energy of a crystal, relaxed or as it is."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.types import Candidate, Estimate, Outcome, Refusal
from oracles.force_field.calculators import CHGNET
from oracles.force_field.oracle import ForceFieldOracle, positive
from oracles.ordered import average


class ForceFieldEnergyOracle(ForceFieldOracle):
    """Energy per atom of the relaxed crystal, cell included, in eV.

    Energies are those of the calculator, on its own zero: compare only what one calculator gave.
    In the details: ``steps``, ``max_force`` (eV/Angstrom), ``volume_change`` (relative) and
    ``relaxation_energy`` (eV per atom gained). A relaxation that is not done within ``max_steps``
    is refused, because its energy would be one of no crystal in particular.

    With ``relax=False`` the energy of the structure as published; CHGNet then takes
    ``batch_size`` crystals at a time.

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures, sites as published, are refused.
        representatives: How many orderings of a disordered crystal to average.
        max_atoms: Larger ordered cells are refused.
        calculator: ``chgnet`` or ``module:Class`` of an ASE calculator.
        arguments: Keyword arguments of the class; CHGNet takes ``model``.
        device: Where CHGNet runs: ``cpu``, ``cuda`` or ``auto``.
        fmax: The relaxation is done when no atom feels more (eV/Angstrom).
        max_steps: Most steps of the relaxation.
        relax: Whether to relax.
        batch_size: Crystals that CHGNet takes at a time when nothing is relaxed.
    """

    property = "energy_per_atom"
    unit = "eV/atom"

    def __init__(
        self,
        *,
        price: float = 0.05,
        max_sites: int = 1000,
        representatives: int = 1,
        max_atoms: int = 200,
        calculator: str = CHGNET,
        arguments: Mapping[str, Any] | None = None,
        device: str = "auto",
        fmax: float = 0.02,
        max_steps: int = 500,
        relax: bool = True,
        batch_size: int = 16,
    ) -> None:
        super().__init__(
            price=price,
            max_sites=max_sites,
            representatives=representatives,
            max_atoms=max_atoms,
            calculator=calculator,
            arguments=arguments,
            device=device,
            fmax=fmax,
            max_steps=max_steps,
        )
        positive(batch_size=batch_size)
        self._relaxes = relax
        self._batch_size = batch_size

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return an estimate or a refusal per candidate, in order."""
        if self._relaxes:
            return super().label(candidates, seed)
        prepared = [self.attempt(self._prepared, candidate, seed) for candidate in candidates]
        cells = [
            cell for found in prepared if not isinstance(found, Refusal) for cell in found.cells
        ]
        answers = iter(self._field.energies(cells, self._batch_size))
        return [
            found
            if isinstance(found, Refusal)
            else _mean(found.crystal, [next(answers) for _ in found.cells])
            for found in prepared
        ]

    def estimate_ordered(self, crystal: Crystal, seed: int) -> Estimate:  # noqa: ARG002 - nothing is drawn
        """Return the energy of an ordered cell.

        Raises:
            InvalidInputError: It cannot be relaxed, or the calculator fails.
        """
        if not self._relaxes:
            (answer,) = self._field.energies([self._small(crystal)], self._batch_size)
            return _estimate(answer)
        relaxed = self._relax(crystal, self._field.calculator())
        return Estimate(
            relaxed.energy,
            details={
                "steps": relaxed.steps,
                "max_force": relaxed.max_force,
                "volume_change": relaxed.volume_change,
                "relaxation_energy": relaxed.gained,
            },
        )

    def _prepared(self, crystal: Crystal, seed: int) -> "_Prepared":
        return _Prepared(crystal, [self._small(cell) for cell in self.cells(crystal, seed)])


class _Prepared(NamedTuple):
    """A crystal and the cells whose energies make the answer."""

    crystal: Crystal
    cells: list[Crystal]


def _mean(crystal: Crystal, answers: Sequence[float | InvalidInputError]) -> Outcome:
    try:
        return average(crystal, [_estimate(answer) for answer in answers])
    except InvalidInputError as error:
        return Refusal(str(error))


def _estimate(answer: float | InvalidInputError) -> Estimate:
    if isinstance(answer, InvalidInputError):
        raise answer
    return Estimate(answer)
