"""The arrays of a lattice gas in the form that compiled kernels take."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.errors import InvalidInputError
from discovery.transport.lattice_gas import LatticeGas
from discovery.types import BoolArray, FloatArray

_MOST: Final = 300.0  # kT; squares of the factors are still numbers


class GasArrays(NamedTuple):
    """A :class:`~discovery.transport.lattice_gas.LatticeGas`, energies in units of kT."""

    energy: FloatArray
    hop_start: NDArray[np.int64]
    hop_site: NDArray[np.int64]
    vector: FloatArray
    hop_excluded: BoolArray
    over: FloatArray  # Boltzmann factors of hops, see hopping._renew
    down: FloatArray
    pair_start: NDArray[np.int64]
    pair_site: NDArray[np.int64]
    pair_energy: FloatArray
    pair_factor: FloatArray  # exp(pair_energy / 2)
    exclusion_start: NDArray[np.int64]
    exclusion_site: NDArray[np.int64]
    reach_start: NDArray[np.int64]
    reach_site: NDArray[np.int64]


def gas_arrays(gas: LatticeGas, thermal: float) -> GasArrays:
    """Return the arrays for a thermal energy kT in eV.

    Raises:
        InvalidInputError: Energies are so many kT that their Boltzmann factors are no numbers.
    """
    start, end = np.repeat(gas.energy, np.diff(gas.hops.start)), gas.energy[gas.hops.item]
    felt = np.bincount(
        np.repeat(np.arange(len(gas.energy)), np.diff(gas.pairs.start)), gas.pair_energy
    )
    spread = np.ptp(np.concatenate([gas.energy, gas.saddle])) + felt.max(initial=0)
    if not spread < _MOST * thermal:
        raise InvalidInputError(
            f"energies up to {spread:.3g} eV are {spread / thermal:.3g} kT, more than {_MOST:g}: "
            "take a higher temperature or permittivity, or a shorter screening length"
        )
    return GasArrays(
        gas.energy / thermal,
        gas.hops.start,
        gas.hops.item,
        gas.vector,
        gas.hop_excluded,
        np.exp((start - gas.saddle + gas.hop_energy / 2) / thermal),
        np.exp((start - end + gas.hop_energy) / thermal),
        gas.pairs.start,
        gas.pairs.item,
        gas.pair_energy / thermal,
        np.exp(gas.pair_energy / (2 * thermal)),
        gas.exclusions.start,
        gas.exclusions.item,
        gas.reach.start,
        gas.reach.item,
    )


@njit(cache=True, inline="always")
def feel(
    gas: GasArrays, felt: FloatArray, excluding: NDArray[np.int64], site: int, sign: int
) -> None:
    """Let the other sites know that an ion came to a site (+1) or left it (-1).

    Args:
        gas: The arrays.
        felt: (n,) repulsion from all ions at each site.
        excluding: (n,) number of ions that forbid each site.
        site: Where.
        sign: Whether it came or left.
    """
    for k in range(gas.pair_start[site], gas.pair_start[site + 1]):
        felt[gas.pair_site[k]] += sign * gas.pair_energy[k]
    for k in range(gas.exclusion_start[site], gas.exclusion_start[site + 1]):
        excluding[gas.exclusion_site[k]] += sign
