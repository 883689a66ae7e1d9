"""The barrier that a force field puts in the way of lithium."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from discovery.chemistry.supercells import Times, supercell
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.transport.landscape import bond_valence_landscape
from discovery.transport.path import percolating_path
from discovery.types import Estimate
from oracles import ase_bridge
from oracles.force_field.calculators import CHGNET
from oracles.force_field.cells import wide_repeats
from oracles.force_field.hops import Hop, critical_hop
from oracles.force_field.oracle import ForceFieldOracle, positive


class ForceFieldBarrierOracle(ForceFieldOracle):
    """Barrier in eV of the hop of a Li vacancy that decides about transport.

    The crystal is relaxed; its bond valence landscape gives the path by which Li percolates in
    ``dimension`` dimensions, and the two sites of Li on either side of the highest point of that
    path are the hop. In a supercell one of the two Li is taken out, both ends are relaxed, and a
    nudged elastic band with a climbing image finds the saddle point. The value is the highest
    minus the lowest energy along the hop.

    Refused, each with its reason: a landscape that never percolates or passes fewer than two
    sites of Li, ends that collapse into one state or into other states (their barrier would be a
    false zero), a band or relaxation that does not converge.

    In the details: ``forward`` and ``backward`` barrier (eV), ``hop_distance`` (Angstrom),
    ``bond_valence_barrier`` (eV), ``atoms``, ``steps`` and ``max_force`` (eV/Angstrom).

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures, sites as published, are refused.
        representatives: How many orderings of a disordered crystal to average.
        max_atoms: Larger ordered cells and supercells are refused.
        calculator: ``chgnet`` or ``module:Class`` of an ASE calculator.
        arguments: Keyword arguments of the class; CHGNet takes ``model``.
        device: Where CHGNet runs: ``cpu``, ``cuda`` or ``auto``.
        fmax: The crystal is relaxed when no atom feels more (eV/Angstrom).
        max_steps: Most steps of each relaxation and of the band.
        dimension: In how many dimensions the path percolates, 1 to 3.
        min_length: Least distance of opposite faces of the supercell, Angstrom.
        images: Number of images between the ends.
        band_fmax: The band and its ends are relaxed when no atom feels more (eV/Angstrom).
        initial_path: The band starts along the path of the ``landscape`` or of ``idpp``.
    """

    property = "migration_barrier"
    unit = "eV"

    def __init__(
        self,
        *,
        price: float = 0.1,
        max_sites: int = 1000,
        representatives: int = 1,
        max_atoms: int = 200,
        calculator: str = CHGNET,
        arguments: Mapping[str, Any] | None = None,
        device: str = "auto",
        fmax: float = 0.02,
        max_steps: int = 500,
        dimension: Literal[1, 2, 3] = 3,
        min_length: float = 8.0,
        images: int = 5,
        band_fmax: float = 0.05,
        initial_path: Literal["landscape", "idpp"] = "landscape",
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
        positive(min_length=min_length, images=images, band_fmax=band_fmax)
        self._dimension = dimension
        self._min_length = min_length
        self._images = images
        self._band_fmax = band_fmax
        self._initial_path = initial_path

    def estimate_ordered(self, crystal: Crystal, seed: int) -> Estimate:  # noqa: ARG002 - nothing is drawn
        """Return the barrier in an ordered cell.

        Raises:
            InvalidInputError: See the class.
        """
        from oracles.force_field.neb import vacancy_hop  # noqa: PLC0415 - imports ASE

        relaxed = ase_bridge.crystal(self._relax(crystal, self._field.calculator()).atoms)
        times = wide_repeats(relaxed, min_length=self._min_length, max_atoms=self._max_atoms)
        path = percolating_path(bond_valence_landscape(relaxed), dimension=self._dimension)
        hop = critical_hop(relaxed, path)
        moving, vacant = supercell_indices(hop, times)
        host = ase_bridge.atoms(supercell(relaxed, times))
        barrier = vacancy_hop(
            host,
            self._field.calculator,
            moving=moving,
            vacant=vacant,
            route=hop.route @ np.asarray(relaxed.matrix),
            images=self._images,
            fmax=self._band_fmax,
            max_steps=self._max_steps,
            initial=self._initial_path,
        )
        return Estimate(
            barrier.height,
            details={
                "forward": barrier.forward,
                "backward": barrier.backward,
                "hop_distance": barrier.distance,
                "bond_valence_barrier": float(path.energies.max()),
                "atoms": len(host) - 1,
                "steps": barrier.steps,
                "max_force": barrier.max_force,
            },
        )


def supercell_indices(hop: Hop, times: Times) -> tuple[int, int]:
    """Indices, in the supercell, of the ion that jumps and of the one that makes room.

    The images of a site follow one another, the last axis fastest.
    """
    copies = int(np.prod(times))
    image = int(np.ravel_multi_index(np.mod(hop.shift, times).tolist(), times))
    moving, vacant = hop.start * copies, hop.end * copies + image
    if moving == vacant:
        raise InvalidInputError("the hop leads an ion to its own image; take a larger min_length")
    return moving, vacant
