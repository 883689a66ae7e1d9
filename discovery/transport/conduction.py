"""Ionic conductivity of a hopping network by kinetic Monte Carlo, from high temperatures to low."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.errors import InvalidInputError
from discovery.rng import derive
from discovery.transport.arrhenius import BOLTZMANN, Arrhenius, fit_arrhenius
from discovery.transport.carriers import nearest_sites, place_ions, supercell_repeats, thermalise
from discovery.transport.diffusion import Diffusion, diffusion, nernst_einstein
from discovery.transport.hopping import simulate
from discovery.transport.lattice_gas import LatticeGas, Repulsion, lattice_gas
from discovery.transport.network import HopNetwork
from discovery.transport.percolation import network_levels
from discovery.transport.polycrystal import RULING_DIMENSION, Average, polycrystal
from discovery.types import BoolArray, FloatArray

FEWEST_HOPS: Final = 5000
"""Hops per ion, at least."""

_FRAME: Final = 5  # hops per ion between frames
_BLOCKS: Final = 10
_LAGS: Final = (30.0, 150.0)  # hops per ion; see _measure
_SWEEPS: Final = 50
_DEPTH: Final = 4.0  # kT; see _level
_WORST: Final = 0.5  # relative error up to which a conductivity counts as measured


@dataclass(frozen=True)
class Conductivity:
    """Conductivity at one temperature.

    Args:
        temperature: K.
        sigma: S/cm, the average of a polycrystal.
        error: Its standard error, S/cm.
        diffusion: Coefficients, averaged over directions, and their Haven ratio.
    """

    temperature: float
    sigma: float
    error: float
    diffusion: Diffusion

    @property
    def is_measured(self) -> bool:
        """Whether the ions moved far enough to tell: the error is at most half of the value."""
        return self.sigma > 0 and self.error <= _WORST * self.sigma


@dataclass(frozen=True)
class Conduction:
    """Conductivities, what they extrapolate to, and the supercell they belong to.

    Args:
        measured: At each temperature.
        line: Arrhenius line through those that are measured.
        repeats: Cells along each axis of the supercell.
        sites: In the supercell.
        ions: In the supercell, those left out not counted.
        left_out: Ions of the crystal that are not in the supercell, for want of sites or to make
            vacancies.
    """

    measured: tuple[Conductivity, ...]
    line: Arrhenius
    repeats: tuple[int, int, int]
    sites: int
    ions: int
    left_out: int


def hopping_conduction(
    network: HopNetwork,
    positions: FloatArray,
    *,
    repulsion: Repulsion,
    temperatures: Sequence[float],
    hops_per_ion: int,
    seed: int,
    fewest_ions: int = 64,
    attempt_frequency: float = 1e13,
    defects: float = 0.02,
    average: Average = "series",
) -> Conduction:
    """Simulate the ions of an ordered crystal.

    Args:
        network: Sites and hops of one cell.
        positions: (k, 3) fractional coordinates of the ions in the crystal.
        repulsion: Between the ions.
        temperatures: K, two or more.
        hops_per_ion: Hops recorded at each temperature, :data:`FEWEST_HOPS` or more.
        seed: Of everything that is drawn.
        fewest_ions: In a supercell; more do not make their common displacement more precise.
        attempt_frequency: 1/s.
        defects: Vacancies per ion (:mod:`discovery.transport.carriers`).
        average: Over the orientations of grains (:mod:`discovery.transport.polycrystal`).

    Raises:
        InvalidInputError: No ion can hop, the network does not percolate, the ions do not diffuse
            measurably at two temperatures, or too few hops are asked for.
    """
    if hops_per_ion < FEWEST_HOPS:
        raise InvalidInputError(
            f"{hops_per_ion} hops per ion are too few to tell diffusion from hops back and forth; "
            f"simulate {FEWEST_HOPS} or more"
        )
    level = _level(network, average)
    repeats = supercell_repeats(network, len(positions), fewest_ions)
    gas = lattice_gas(network, repeats, repulsion)
    cells = math.prod(repeats)
    own = nearest_sites(network, positions)
    preferred = (np.arange(cells)[:, None] * len(network.energy) + own).ravel()
    ions = cells * len(positions)
    start = place_ions(gas, ions, preferred, defects=defects, seed=derive(seed, "vacancies"))
    measured = tuple(
        _measure(
            gas,
            start,
            temperature,
            floor=level - _DEPTH * BOLTZMANN * temperature,
            hops_per_ion=hops_per_ion,
            attempt_frequency=attempt_frequency,
            average=average,
            seed=derive(seed, index),
        )
        for index, temperature in enumerate(temperatures)
    )
    placed = int(start.sum())
    return Conduction(measured, _line(measured), repeats, len(start), placed, ions - placed)


def _level(network: HopNetwork, average: Average) -> float:
    """Return the energy of the pass that rules the average: the highest on the easiest way.

    Passes more than 4 kT below it are raised to there. Each then resists e^4 = 55 times less than
    the ruling one, still next to nothing, but ions no longer hop back and forth across it
    thousands of times: the events go into hops that count. Raised passes obey detailed balance
    like any (cf. Chatterjee & Voter, J. Chem. Phys. 132, 194101 (2010)).
    """
    dimension = RULING_DIMENSION[average]
    levels = network_levels(
        len(network.energy), network.i, network.j, network.shift, network.saddle
    )
    if not math.isfinite(levels[dimension - 1]):
        raise InvalidInputError(
            f"no way through the crystal in {dimension} dimension{'s' * (dimension > 1)}: the "
            f"{len(network.energy)} sites of Li are not connected"
        )
    return levels[dimension - 1]


def _measure(
    gas: LatticeGas,
    start: BoolArray,
    temperature: float,
    *,
    floor: float,
    hops_per_ion: int,
    attempt_frequency: float,
    average: Average,
    seed: int,
) -> Conductivity:
    """Simulate one temperature.

    Charge is followed over lags of 30 to 150 hops per ion. An ion hops back and forth between
    neighbouring sites some e^4 = 55 times before it crosses a ruling pass, and takes hops back
    afterwards; both cancel within some tens of hops. Lags that are counted in hops of the whole
    supercell would measure the rattling, the more of it the larger the supercell.
    """
    raised = dataclasses.replace(gas, saddle=np.maximum(gas.saddle, floor))
    occupied = thermalise(raised, start, temperature, sweeps=_SWEEPS, seed=derive(seed, "spread"))
    trajectory = simulate(
        raised,
        occupied,
        temperature,
        events=hops_per_ion * int(start.sum()),
        frames=hops_per_ion // _FRAME + 1,
        attempt_frequency=attempt_frequency,
        seed=derive(seed, "hops"),
    )
    block = hops_per_ion / _BLOCKS
    window = (_LAGS[0] / block, _LAGS[1] / block)
    found = diffusion(trajectory.positions, trajectory.time_step, blocks=_BLOCKS, window=window)
    density = int(start.sum()) / gas.volume
    sigma, error = (
        nernst_einstein(coefficient, density, temperature)
        for coefficient in polycrystal(found.charge_tensors, average)
    )
    return Conductivity(temperature, sigma, error, found)


def _line(measured: Sequence[Conductivity]) -> Arrhenius:
    usable = [one for one in measured if one.is_measured]
    if len(usable) < 2:  # noqa: PLR2004 - two points make a line
        seen = "; ".join(
            f"{one.temperature:g} K: sigma = {one.sigma:.2g} ± {one.error:.1g} S/cm"
            for one in measured
        )
        raise InvalidInputError(
            f"Li moves measurably at {len(usable)} of {len(measured)} temperatures, a line needs "
            f"2 ({seen}); simulate more hops per ion or other temperatures"
        )
    sigma = np.array([one.sigma for one in usable])
    relative = np.array([one.error for one in usable]) / sigma
    return fit_arrhenius(
        np.array([one.temperature for one in usable]),
        np.log10(sigma),
        relative / math.log(10),
    )
