"""Lattices of sites for the tests of hopping."""

import numpy as np

from discovery.transport.network import HopNetwork

CORRELATION = {"sc": 0.6531, "bcc": 0.7272, "fcc": 0.7815}
"""Correlation factors of a single vacancy: Montet, Phys. Rev. B 7, 650 (1973)."""

_CELLS = {
    "sc": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "bcc": [[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]],
    "fcc": [[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]],
}
_HOPS = {
    "sc": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "bcc": [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]],
    "fcc": [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, -1, 0], [0, 1, -1], [1, 0, -1]],
}


def lattice(kind="sc", *, barrier=0.3, a=3.0):
    """One site per primitive cell, hops to all nearest neighbours over the same barrier (eV)."""
    shift = np.array(_HOPS[kind])
    site = np.zeros(len(shift), dtype=int)
    return HopNetwork(
        cell=a * np.array(_CELLS[kind], dtype=float),
        position=np.zeros((1, 3)),
        energy=np.zeros(1),
        i=site,
        j=site,
        shift=shift,
        saddle=np.full(len(shift), barrier),
    )


def jagged(seed=0, sites=4):
    """A connected network without symmetry: random places, energies and passes."""
    rng = np.random.default_rng(seed)
    i, j, shift = [], [], []
    for a in range(sites):
        i += [a, a, a]
        j += [(a + 1) % sites, a, (a + 2) % sites]
        step = np.eye(3, dtype=int)[a % 3]
        shift += [step, -step, step[[2, 0, 1]]]
    energy = rng.uniform(0, 0.2, sites)
    top = np.maximum(energy[i], energy[j])
    return HopNetwork(
        cell=4 * np.eye(3) + rng.normal(0, 0.4, (3, 3)),
        position=rng.uniform(0, 1, (sites, 3)),
        energy=energy,
        i=np.array(i),
        j=np.array(j),
        shift=np.array(shift),
        saddle=top + rng.uniform(0.0, 0.3, len(i)),
    )
