"""The barrier of one hop: a nudged elastic band with a climbing image.

Henkelman, Uberuaga & Jonsson, J. Chem. Phys. 113, 9901 (2000); tangents of Henkelman & Jonsson,
J. Chem. Phys. 113, 9978 (2000).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator
from ase.mep import NEB
from ase.optimize import FIRE

from discovery.errors import InvalidInputError
from discovery.types import FloatArray
from oracles.force_field.ends import check_ends
from oracles.force_field.relaxation import relax

InitialPath: TypeAlias = Literal["landscape", "idpp"]

_ROUGH: Final = 5.0
"""The band relaxes to so many times the wanted force before an image climbs."""

_NO_BARRIER: Final = 1e-3
"""eV; an image that is no higher above both ends is no saddle point."""


@dataclass(frozen=True)
class Barrier:
    """The energies along a hop.

    Args:
        energies: (images + 2,) eV, from the first relaxed end to the other.
        distance: Between the places of the ion in the two relaxed ends, Angstrom.
        steps: Steps of the band.
        max_force: Largest force left on the band, eV/Angstrom.
    """

    energies: FloatArray
    distance: float
    steps: int
    max_force: float

    @property
    def forward(self) -> float:
        """Barrier from the first end, eV."""
        return float(self.energies.max() - self.energies[0])

    @property
    def backward(self) -> float:
        """Barrier from the other end, eV."""
        return float(self.energies.max() - self.energies[-1])

    @property
    def height(self) -> float:
        """Highest minus lowest energy along the hop, eV."""
        return float(self.energies.max() - self.energies.min())


def vacancy_hop(
    host: Any,  # noqa: ANN401 - ASE is not typed
    make_calculator: Callable[[], Any],
    *,
    moving: int,
    vacant: int,
    route: FloatArray,
    images: int,
    fmax: float,
    max_steps: int,
    initial: InitialPath = "landscape",
) -> Barrier:
    """Return the barrier of an ion that jumps to where another was taken out.

    Args:
        host: ``ase.Atoms`` of the perfect supercell, relaxed.
        make_calculator: Makes ASE calculators with forces, one for each image: optimisers ask for
            the same forces more than once, and each calculator remembers its last.
        moving: Index of the ion that jumps.
        vacant: Index of the ion that is taken out, of the same element.
        route: (k, 3) Angstrom, from the place of ``moving`` to that of ``vacant``, unwrapped.
        images: Number of images between the ends.
        fmax: Wanted force on each end and image, eV/Angstrom.
        max_steps: Most steps of each relaxation and of the band.
        initial: The band starts along ``route``, or along the path of the image dependent pair
            potential (Smidstrup et al., J. Chem. Phys. 140, 214106 (2014)).

    Raises:
        InvalidInputError: The ends collapse into one state or into others, there is no barrier
            between them, something does not converge, or the calculator fails.
    """
    first = host.copy()
    del first[vacant]
    ion = moving - (vacant < moving)
    last = first.copy()
    last.positions[ion] = route[-1]
    ends = [
        relax(end, make_calculator(), fmax=fmax, max_steps=max_steps, cell=False).atoms
        for end in (first, last)
    ]
    check_ends(host, ends, ion=ion, moving=moving, vacant=vacant)
    band = _band(ends, ion, route, images, initial)
    for image in band[1:-1]:
        image.calc = make_calculator()
    return _climb(band, ion, fmax=fmax, max_steps=max_steps)


def _band(
    ends: Sequence[Any], ion: int, route: FloatArray, images: int, initial: InitialPath
) -> list[Any]:
    """Images from end to end, the ends with their energies fixed."""
    first, last = ends
    band = [first.copy() for _ in range(images + 1)] + [last.copy()]
    for end, image in ((first, band[0]), (last, band[-1])):
        image.calc = SinglePointCalculator(image, energy=end.get_potential_energy())
    NEB(band, method="improvedtangent").interpolate()
    if initial == "idpp":
        NEB(band, method="improvedtangent").interpolate("idpp", mic=True)
        return band
    shares = np.linspace(0, 1, images + 2)
    straight = np.outer(1 - shares, route[0]) + np.outer(shares, route[-1])
    for image, detour in zip(band, _along(route, shares) - straight, strict=True):
        image.positions[ion] += detour
    return band


def _along(route: FloatArray, shares: FloatArray) -> FloatArray:
    """Points (n, 3) at the given shares of the length of a route."""
    length = np.cumsum([0.0, *np.linalg.norm(np.diff(route, axis=0), axis=1)])
    return np.stack([np.interp(shares * length[-1], length, axis) for axis in route.T], axis=1)


def _climb(band: list[Any], ion: int, *, fmax: float, max_steps: int) -> Barrier:
    done, steps = False, 0
    for climb, wanted in ((False, _ROUGH * fmax), (True, fmax)):
        neb = NEB(band, climb=climb, method="improvedtangent")
        optimizer = FIRE(neb, logfile=None)
        done = optimizer.run(fmax=wanted, steps=max_steps - steps)
        steps += optimizer.nsteps
    force = float(np.linalg.norm(neb.get_forces(), axis=1).max())
    if not done:
        raise InvalidInputError(
            f"the elastic band is not done after {steps} steps: forces up to {force:.3g} eV/A, "
            f"wanted {fmax:g}; allow more max_steps"
        )
    energies = np.array([image.get_potential_energy() for image in band])
    if energies.max() < max(energies[0], energies[-1]) + _NO_BARRIER:
        raise InvalidInputError(
            f"no barrier on the hop: energies along it are {np.round(energies - energies[0], 3)} "
            "eV; one end is no minimum"
        )
    distance = float(np.linalg.norm(band[-1].positions[ion] - band[0].positions[ion]))
    return Barrier(energies, distance, steps, force)
