"""The arrays of a lattice gas in the form that compiled kernels take."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.transport.lattice_gas import LatticeGas
from discovery.types import BoolArray, FloatArray


class GasArrays(NamedTuple):
    """A :class:`~discovery.transport.lattice_gas.LatticeGas`, energies in units of kT."""

    energy: FloatArray
    hop_start: NDArray[np.int64]
    hop_site: NDArray[np.int64]
    vector: FloatArray
    saddle: FloatArray
    hop_energy: FloatArray
    hop_excluded: BoolArray
    bare_rate: FloatArray  # of hops without any repulsion, per attempt
    pair_start: NDArray[np.int64]
    pair_site: NDArray[np.int64]
    pair_energy: FloatArray
    exclusion_start: NDArray[np.int64]
    exclusion_site: NDArray[np.int64]
    reach_start: NDArray[np.int64]
    reach_site: NDArray[np.int64]


def gas_arrays(gas: LatticeGas, thermal: float) -> GasArrays:
    """Return the arrays for a thermal energy kT in eV."""
    start = np.repeat(gas.energy, np.diff(gas.hops.start))
    barrier = np.maximum(np.maximum(gas.saddle, gas.energy[gas.hops.item]) - start, 0.0)
    return GasArrays(
        gas.energy / thermal,
        gas.hops.start,
        gas.hops.item,
        gas.vector,
        gas.saddle / thermal,
        gas.hop_energy / thermal,
        gas.hop_excluded,
        np.exp(-barrier / thermal),
        gas.pairs.start,
        gas.pairs.item,
        gas.pair_energy / thermal,
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
