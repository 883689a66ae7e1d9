"""Relaxation of a crystal to the nearest minimum of its energy."""

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS

from discovery.errors import InvalidInputError

_ROUNDING: Final = r"logm result may be inaccurate, approximate err = [\d.]+e-(09|1\d)"


@dataclass(frozen=True)
class Relaxation:
    """A relaxed crystal.

    Args:
        atoms: The relaxed ``ase.Atoms``, its calculator attached.
        energy: Energy per atom, eV.
        gained: Energy per atom that the relaxation gained, eV, 0 or more.
        steps: Steps it took.
        max_force: Largest force left on an atom, eV/Angstrom.
        volume_change: Relative change of volume.
    """

    atoms: Any
    energy: float
    gained: float
    steps: int
    max_force: float
    volume_change: float


def relax(
    atoms: Any,  # noqa: ANN401 - ASE is not typed
    calculator: Any,  # noqa: ANN401 - ASE is not typed
    *,
    fmax: float,
    max_steps: int,
    cell: bool = True,
) -> Relaxation:
    """Relax positions and, with ``cell``, the cell too (BFGS; the input stays as it was).

    A symmetric start stays symmetric: forces that symmetry forbids never push an atom off a
    saddle point.

    Args:
        atoms: The ``ase.Atoms`` to start from.
        calculator: An ASE calculator with forces and, for the cell, stress.
        fmax: Done when no atom feels more (eV/Angstrom) and the energy per atom changes by no more
            with the strain (eV).
        max_steps: Most steps to take.
        cell: Whether the cell relaxes.

    Raises:
        InvalidInputError: Not done within ``max_steps``, or the calculator fails.
    """
    relaxed = atoms.copy()
    relaxed.calc = calculator
    before, volume = float(relaxed.get_potential_energy()), float(relaxed.get_volume())
    moving = FrechetCellFilter(relaxed) if cell else relaxed
    optimizer = BFGS(moving, logfile=None)
    with warnings.catch_warnings():
        # of the strain; SciPy warns from 2e-13 on, which is rounding
        warnings.filterwarnings("ignore", message=_ROUNDING, category=RuntimeWarning)
        done = optimizer.run(fmax=fmax, steps=max_steps)
    if not done:
        left = float(np.linalg.norm(moving.get_forces(), axis=1).max())
        raise InvalidInputError(
            f"the relaxation of {relaxed.get_chemical_formula()} is not done after {max_steps} "
            f"steps: forces on atoms and cell up to {left:.3g} eV/A, wanted {fmax:g}; allow more "
            "max_steps"
        )
    after = float(relaxed.get_potential_energy())
    return Relaxation(
        atoms=relaxed,
        energy=after / len(relaxed),
        gained=max(before - after, 0.0) / len(relaxed),
        steps=int(optimizer.nsteps),
        max_force=float(np.linalg.norm(relaxed.get_forces(), axis=1).max()),
        volume_change=float(relaxed.get_volume()) / volume - 1,
    )
