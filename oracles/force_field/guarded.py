"""A calculator of ASE whose failures are reasons that a person can read."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from ase.calculators.calculator import Calculator, all_changes

from discovery.errors import InvalidInputError
from oracles.ase_bridge import missing_element


class Guarded(Calculator):
    """Hands energy, forces and stress of another calculator on, once they are finite numbers.

    Args:
        inner: Any ASE calculator.
        name: What it is called in error messages.
    """

    implemented_properties: ClassVar[list[str]] = ["energy", "forces", "stress"]

    def __init__(self, inner: Any, name: str) -> None:  # noqa: ANN401 - ASE is not typed
        super().__init__()
        self._inner = inner
        self._name = name

    def calculate(
        self,
        atoms: Any = None,  # noqa: ANN401 - ASE is not typed
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Fill ``results`` with what is asked for.

        Raises:
            InvalidInputError: The calculator fails, or answers with what is no finite number.
        """
        super().calculate(atoms, properties, system_changes)
        for wanted in properties:
            try:
                value = self._inner.get_property(wanted, self.atoms)
            except Exception as error:  # every calculator has errors of its own
                missing = missing_element(error, self.atoms.get_chemical_symbols())
                lacks = f"has no {wanted} for {self.atoms.get_chemical_formula()}"
                lacks = lacks if missing is None else f"lacks {missing}"
                raise InvalidInputError(
                    f"calculator {self._name!r} {lacks}: {type(error).__name__}: {error}"
                ) from error
            if value is None or not np.isfinite(value).all():
                raise InvalidInputError(
                    f"calculator {self._name!r} gives {wanted} of "
                    f"{self.atoms.get_chemical_formula()} that are no finite numbers"
                )
            self.results[wanted] = value
