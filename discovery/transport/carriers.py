"""Carriers: how large a supercell, how many ions and vacancies in it, and where they start.

An ion moves only where a site is empty. Real crystals have vacancies that no structure file tells
of (impurities, Li2O lost on firing), so a stated share of the ions is left out; the energy to form
these is no part of the result. Where the landscape has more sites than ions, interstitial ions and
further vacancies form by themselves as far as repulsion and temperature allow.
"""

from itertools import count
from typing import Final

import numpy as np
from numba import njit
from scipy.optimize import linear_sum_assignment

from discovery.cells import compact_cell
from discovery.chemistry.neighbours import IndexArray
from discovery.errors import InvalidInputError
from discovery.transport.arrhenius import BOLTZMANN
from discovery.transport.gas_arrays import GasArrays, feel, gas_arrays
from discovery.transport.lattice_gas import LatticeGas
from discovery.transport.network import HopNetwork
from discovery.types import BoolArray, FloatArray

_GROWTH: Final = 0.5  # Angstrom by which the width of a supercell is tried
_IMAGES: Final = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)])


def supercell_repeats(network: HopNetwork, ions: float, fewest: int) -> tuple[int, int, int]:
    """Return the smallest, roundest supercell with at least ``fewest`` ions.

    It is so large that no hop leads from a site to its own image.

    Args:
        network: Sites and hops of one cell.
        ions: In one cell.
        fewest: In the supercell.

    Raises:
        InvalidInputError: There are no ions.
    """
    if not ions > 0:
        raise InvalidInputError(f"a cell with {ions} ions has none that could move")
    heights = 1 / np.linalg.norm(np.linalg.inv(network.cell), axis=0)
    own = np.abs(network.shift[network.i == network.j])
    least = own.max(axis=0, initial=0) + 1
    sizes = (np.ceil(k * _GROWTH / heights).astype(int) for k in count(1))
    found = next(size for size in sizes if np.maximum(size, least).prod() * ions >= fewest)
    a, b, c = np.maximum(found, least).tolist()
    return a, b, c


def nearest_sites(network: HopNetwork, positions: FloatArray) -> IndexArray:
    """Return a different site for each position, near it: the squared distances are least in sum.

    Args:
        network: Sites of one cell.
        positions: (k, 3) fractional coordinates; of more positions than sites some go without.
    """
    compact = compact_cell(network.cell)
    apart = (network.position - np.asarray(positions)[:, None]) @ network.cell
    apart = apart @ np.linalg.inv(compact)
    apart -= np.rint(apart)
    square = np.square((apart[..., None, :] + _IMAGES) @ compact).sum(axis=-1).min(axis=-1)
    return np.asarray(linear_sum_assignment(square)[1])


def place_ions(
    gas: LatticeGas, ions: int, preferred: IndexArray, *, defects: float, seed: int
) -> BoolArray:
    """Return which sites (n,) are filled at the start.

    The preferred sites are filled first, then the sites of lowest energy, repulsion included.
    Ions that find no site, because all are filled or excluded, are left out; if that is fewer than
    a share ``defects`` of the ions, others, drawn at random, are left out up to there. At least one
    is where no site is free.

    Args:
        gas: The lattice gas.
        ions: Of the perfect crystal.
        preferred: Sites where ions are known to be, in order.
        defects: Vacancies per ion.
        seed: Of the draw.
    """
    filled, space = _fill(gas_arrays(gas, 1.0), ions, preferred)
    there = np.flatnonzero(filled)
    spare = len(there) - round(ions * (1 - defects))
    spare = min(max(spare, 0 if space else 1), len(there))
    filled[np.random.default_rng(seed).choice(there, spare, replace=False)] = False
    return np.asarray(filled)


def thermalise(
    gas: LatticeGas, occupied: BoolArray, temperature: float, *, sweeps: int, seed: int
) -> BoolArray:
    """Return an occupation in equilibrium: ions move to any empty site, however far.

    Metropolis et al., J. Chem. Phys. 21, 1087 (1953). Hops alone would take long to distribute
    ions over sites that high passes separate.

    Args:
        gas: The lattice gas.
        occupied: (n,) where the ions are; no two of them on sites that exclude each other.
        temperature: K.
        sweeps: Moves tried per ion.
        seed: Of the random numbers.
    """
    if occupied.all() or not occupied.any():
        return occupied.copy()
    arrays = gas_arrays(gas, BOLTZMANN * temperature)
    return np.asarray(_metropolis(arrays, occupied, sweeps, np.random.default_rng(seed)))


@njit(cache=True)
def _fill(gas: GasArrays, ions: int, preferred: IndexArray) -> tuple[BoolArray, bool]:
    """Fill sites; return them, and whether another ion would find one."""
    sites = len(gas.energy)
    filled = np.zeros(sites, np.bool_)
    felt, excluding = np.zeros(sites), np.zeros(sites, np.int64)
    wanted, missing = 0, ions
    while True:
        best, lowest = -1, np.inf
        while wanted < len(preferred) and best < 0:
            site = preferred[wanted]
            if not filled[site] and not excluding[site]:
                best = site
            wanted += 1
        if best < 0:
            for site in range(sites):
                energy = gas.energy[site] + felt[site]
                if not filled[site] and not excluding[site] and energy < lowest:
                    best, lowest = site, energy
        if best < 0 or missing == 0:
            return filled, best >= 0
        filled[best] = True
        feel(gas, felt, excluding, best, 1)
        missing -= 1


@njit(cache=True)
def _metropolis(
    gas: GasArrays, occupied: BoolArray, sweeps: int, rng: np.random.Generator
) -> BoolArray:
    count = len(gas.energy)
    felt, excluding = np.zeros(count), np.zeros(count, np.int64)
    full, free = np.flatnonzero(occupied), np.flatnonzero(~occupied)
    for site in full:
        feel(gas, felt, excluding, site, 1)
    for _ in range(sweeps * len(full)):
        i, j = rng.integers(0, len(full)), rng.integers(0, len(free))
        source, target = full[i], free[j]
        before = gas.energy[source] + felt[source]
        feel(gas, felt, excluding, source, -1)
        rise = gas.energy[target] + felt[target] - before
        if excluding[target] == 0 and (rise <= 0 or rng.random() < np.exp(-rise)):
            full[i], free[j] = target, source
            feel(gas, felt, excluding, target, 1)
        else:
            feel(gas, felt, excluding, source, 1)
    filled = np.zeros(count, np.bool_)
    filled[full] = True
    return filled
