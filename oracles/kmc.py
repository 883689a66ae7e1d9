"""What a crystal would conduct if lithium hopped as its energy landscape says."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.transport.conduction import FEWEST_HOPS, Conduction, hopping_conduction
from discovery.transport.landscape import CEILING, bond_valence_landscape, compact
from discovery.transport.lattice_gas import Repulsion
from discovery.transport.network import hop_network
from discovery.transport.percolation import percolation
from discovery.transport.polycrystal import RULING_DIMENSION, Average
from discovery.types import Bound, Candidate, Detail, Estimate, Outcome
from oracles.ordered import OrderedOracle

_ROOM_TEMPERATURE: Final = 300.0
_MARGIN: Final = 0.5  # eV; what lies this far above the percolation level is never visited
_RANGE: Final = 2.0  # screening lengths up to which ions feel each other


class SoftBVKMCOracle(OrderedOracle):
    """Log10 of the conductivity at 300 K (S/cm) by kinetic Monte Carlo on bond valence energies.

    Basins of the landscape (:mod:`discovery.transport.field`) are sites, passes are hops; all Li
    of the crystal hop between them, with screened repulsion and detailed balance
    (:mod:`discovery.transport.hopping`), at several high temperatures. An Arrhenius line through
    log10(sigma T), sigma from the diffusion of charge, extrapolates to 300 K; the standard error is
    that of the extrapolation, and does not know how good the energies are. A share ``defects`` of
    the Li is left out as vacancies (:mod:`discovery.transport.carriers`), whose formation is not
    part of the result. Below ``floor``, far below what can be measured, the answer is a bound, with
    what the line says as ``extrapolated`` in the details.

    Details: ``activation_energy`` and its ``activation_energy_error`` (eV); at each temperature
    ``log10_sigma_<T>K``; ``haven_ratio`` with ``haven_low`` and ``haven_high`` (95 %) at the lowest
    one; ``sites``, ``ions`` and ``left_out`` (Li without a site, or left out to make vacancies) of
    the supercell; ``temperatures`` (how many enter the line).

    Refused beside what every structural oracle refuses: no softBV parameters or neutral oxidation
    states, a crystal closed in some direction (for ``parallel``, in all), no Li that can hop, hops
    too slow or too local to be measured in so many hops.

    Args:
        price: Cost of one query in budget units.
        resolution: Largest distance of grid points along a cell vector, Angstrom.
        temperatures: K, two or more different ones.
        hops_per_ion: Hops recorded at each temperature, 5000 or more.
        ions: In a supercell, at least.
        attempt_frequency: Of hops, 1/s.
        dielectric: Relative permittivity that weakens the repulsion between Li.
        screening: Length over which it fades, Angstrom; it ends at twice that.
        defects: Vacancies per Li.
        average: Over grains of a polycrystal: of resistivities (``series``) or of conductivities
            (``parallel``), see :mod:`discovery.transport.polycrystal`.
        floor: Lower values are stated as a bound, log10(S/cm).
        representatives: How many orderings of a disordered crystal to average.
        max_sites: Larger structures are refused.
        max_atoms: Larger ordered cells are refused.

    Raises:
        BudgetError: The price is no price.
        InvalidInputError: A number is not positive, or there are not two temperatures.
    """

    version = "2"
    property = "log10_sigma"
    unit = "log10(S/cm)"

    def __init__(
        self,
        *,
        price: float = 0.05,
        resolution: float = 0.2,
        temperatures: Sequence[float] = (1250.0, 1500.0, 2000.0),
        hops_per_ion: int = 10_000,
        ions: int = 64,
        attempt_frequency: float = 1e13,
        dielectric: float = 10.0,
        screening: float = 3.0,
        defects: float = 0.02,
        average: Average = "series",
        floor: float = -20.0,
        representatives: int = 1,
        max_sites: int = 1000,
        max_atoms: int = 200,
    ) -> None:
        super().__init__(
            price=price, max_sites=max_sites, representatives=representatives, max_atoms=max_atoms
        )
        positive = {
            "resolution": resolution,
            "attempt_frequency": attempt_frequency,
            "ions": ions,
            **{f"temperatures[{k}]": t for k, t in enumerate(temperatures)},
        }
        if not math.isfinite(floor):
            raise InvalidInputError(f"floor must be a finite number, not {floor}")
        for name, value in positive.items():
            if not (math.isfinite(value) and value > 0):
                raise InvalidInputError(f"{name} must be a positive number, not {value}")
        if hops_per_ion < FEWEST_HOPS:
            raise InvalidInputError(
                f"hops_per_ion must be {FEWEST_HOPS} or more, not {hops_per_ion}"
            )
        if len(set(temperatures)) < 2:  # noqa: PLR2004 - two points make a line
            raise InvalidInputError(f"two temperatures make a line, not {list(temperatures)}")
        if not 0 < defects < 1:
            raise InvalidInputError(f"defects is a share between 0 and 1, not {defects}")
        if average not in ("series", "parallel"):
            raise InvalidInputError(f"average is 'series' or 'parallel', not {average!r}")
        self._resolution = resolution
        self._temperatures = tuple(temperatures)
        self._hops_per_ion = hops_per_ion
        self._ions = ions
        self._attempt_frequency = attempt_frequency
        self._repulsion = Repulsion(dielectric, screening, cutoff=_RANGE * screening)
        self._defects = defects
        self._average: Average = average
        self._floor = floor

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return an estimate, a bound or a refusal per candidate, in order."""
        return [self._bounded(outcome) for outcome in super().label(candidates, seed)]

    def estimate_ordered(self, crystal: Crystal, seed: int) -> Estimate:
        """Return the conductivity of an ordered cell.

        Raises:
            InvalidInputError: The calculation does not apply; the message is the reason.
        """
        cell = compact(crystal)
        landscape = bond_valence_landscape(cell, resolution=self._resolution)
        level = percolation(landscape).levels[RULING_DIMENSION[self._average] - 1]
        if not math.isfinite(level):
            raise InvalidInputError(f"no way through the crystal: Li is shut in at {CEILING:g} eV")
        lithium = [site.position for site in cell.sites if site.species[0][0] == "Li"]
        conduction = hopping_conduction(
            hop_network(landscape, window=level + _MARGIN),
            np.array(lithium),
            repulsion=self._repulsion,
            temperatures=self._temperatures,
            hops_per_ion=self._hops_per_ion,
            fewest_ions=self._ions,
            attempt_frequency=self._attempt_frequency,
            defects=self._defects,
            average=self._average,
            seed=seed,
        )
        value, error = conduction.line.log10_sigma(_ROOM_TEMPERATURE)
        return Estimate(value, error, _details(conduction))

    def _bounded(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Estimate) and outcome.value < self._floor:
            return Bound("left", self._floor, {**outcome.details, "extrapolated": outcome.value})
        return outcome


def _details(conduction: Conduction) -> dict[str, Detail]:
    usable = [one for one in conduction.measured if one.is_measured]
    coolest = min(usable, key=lambda one: one.temperature)
    details: dict[str, Detail] = {
        "activation_energy": conduction.line.activation_energy,
        "activation_energy_error": conduction.line.activation_energy_error,
        "sites": conduction.sites,
        "ions": conduction.ions,
        "left_out": conduction.left_out,
        "temperatures": len(usable),
    }
    for one in usable:
        details[f"log10_sigma_{one.temperature:g}K"] = math.log10(one.sigma)
    low, high = coolest.diffusion.haven_interval
    if math.isfinite(high):
        details |= {"haven_ratio": coolest.diffusion.haven, "haven_low": low, "haven_high": high}
    return details
