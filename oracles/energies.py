"""Energies of atoms from one calculator with one set of settings, remembered where they recur."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from discovery.errors import InvalidInputError
from discovery.features.cache import root
from discovery.store.answers import AnswerCache
from discovery.types import Estimate
from oracles.ase_bridge import (
    calculator_class,
    calculator_path,
    calculator_version,
    load_calculator,
    missing_element,
)

Relaxation: TypeAlias = Literal["none", "positions", "cell"]

DEFAULT_ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "gpaw": {
        "mode": {"name": "pw", "ecut": 600},
        "xc": "PBE",
        "kpts": {"density": 4.0, "gamma": True},
        "txt": None,
    },
}
"""What a calculator is given unless told otherwise. For GPAW: PBE, plane waves up to 600 eV and
4 k-points per 1/Angstrom, with which the formation energy of LiF is within 1 meV/atom of that with
700 eV. With 500 eV a relaxed cell of LiF is 2 % too small in every direction: the stress does not
know that a basis of fixed cutoff grows with the cell."""


@dataclass(frozen=True)
class Energies:
    """Computes energies per atom, all with the same settings.

    Args:
        calculator: Name of an ASE calculator, see :func:`oracles.ase_bridge.load_calculator`; its
            package need not be installed before something is computed.
        arguments: Its keyword arguments; they replace single :data:`DEFAULT_ARGUMENTS`.
        relaxation: What may move before the energy is taken: ``none``, ``positions``, or ``cell``
            (cell and positions; atoms that are not periodic keep their box).
        force_tolerance: Largest force on an atom of a relaxed structure, eV/Angstrom.
        max_steps: Of a relaxation.

    Raises:
        InvalidInputError: ``relaxation`` is unknown, or the calculator's name is malformed.
    """

    calculator: str
    arguments: Mapping[str, Any]
    relaxation: Relaxation = "none"
    force_tolerance: float = 0.05
    max_steps: int = 200

    def __post_init__(self) -> None:
        calculator_path(self.calculator)
        if self.relaxation not in ("none", "positions", "cell"):
            raise InvalidInputError(
                f"relaxation is 'none', 'positions' or 'cell', not {self.relaxation!r}"
            )

    @cached_property
    def settings(self) -> str:
        """Everything that the energies depend on but the atoms, as text."""
        said: dict[str, Any] = {
            "calculator": self.calculator,
            "version": self.calculator_version,
            "arguments": self._arguments,
        }
        if self.relaxation != "none":
            said["relaxation"] = [self.relaxation, self.force_tolerance, self.max_steps]
        return json.dumps(said, sort_keys=True, default=repr)

    @cached_property
    def calculator_version(self) -> str:
        """Version of the package that the calculator comes from, or ``unknown``."""
        return calculator_version(self.calculator)

    def check_available(self) -> None:
        """Import the calculator.

        Raises:
            InvalidInputError: It is unknown or not installed; the message says how to install it.
        """
        calculator_class(self.calculator)

    def compute(self, atoms: Any) -> tuple[float, int]:  # noqa: ANN401 - ASE is not typed
        """Return the energy per atom in eV, and the number of steps of the relaxation.

        Raises:
            InvalidInputError: The calculator cannot be made, or lacks an element.
            RuntimeError: It fails, e.g. because its SCF cycle or the relaxation does not converge,
                or the energy is no number. The message has its words.
        """
        # a calculator of its own: none starts from the wave functions of what came before
        calculator = load_calculator(self.calculator, self._arguments)
        try:
            energy, steps = self._energy(atoms.copy(), calculator)
        except Exception as error:  # every calculator has errors of its own, some without words
            words = f"{type(error).__name__}: {error}".removesuffix(": ")
            missing = missing_element(error, atoms.get_chemical_symbols())
            if missing is not None:
                raise InvalidInputError(
                    f"calculator {self.calculator!r} lacks {missing}: {words}"
                ) from error
            formula = atoms.get_chemical_formula()
            raise RuntimeError(f"{self.calculator} fails on {formula}: {words}") from error
        if not math.isfinite(energy):
            formula = atoms.get_chemical_formula()
            raise RuntimeError(f"{self.calculator} gives {formula} the energy {energy}")
        return energy, steps

    def remembered(self, atoms: Any) -> float:  # noqa: ANN401 - ASE is not typed
        """Return the energy per atom in eV, computed once per machine and settings.

        Raises:
            InvalidInputError: See :meth:`compute`.
            RuntimeError: See :meth:`compute`.
        """
        cache, key = AnswerCache(root() / "energies.sqlite"), self._key(atoms)
        known = cache.get([key]).get(key)
        if isinstance(known, Estimate):
            return known.value
        energy, steps = self.compute(atoms)
        details = {"atoms": atoms.get_chemical_formula(), "steps": steps, "settings": self.settings}
        cache.put({key: Estimate(energy, details=details)})
        return energy

    @property
    def _arguments(self) -> dict[str, Any]:
        return DEFAULT_ARGUMENTS.get(self.calculator, {}) | dict(self.arguments)

    def _energy(self, moving: Any, calculator: Any) -> tuple[float, int]:  # noqa: ANN401 - ASE is not typed
        if self.relaxation == "none":
            moving.calc = calculator
            return float(moving.get_potential_energy()) / len(moving), 0
        from oracles.force_field.relaxation import relax  # noqa: PLC0415 - imports ASE

        found = relax(
            moving,
            calculator,
            fmax=self.force_tolerance,
            max_steps=self.max_steps,
            cell=self.relaxation == "cell" and bool(moving.pbc.all()),
        )
        return found.energy, found.steps

    def _key(self, atoms: Any) -> str:  # noqa: ANN401 - ASE is not typed
        numbers = (
            np.asarray(atoms.cell),
            atoms.get_positions(),
            atoms.get_initial_magnetic_moments(),
        )
        parts = [self.settings, str(atoms.get_chemical_symbols()), str(atoms.pbc.tolist())]
        parts += [str(np.round(array, 8).tolist()) for array in numbers]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()
