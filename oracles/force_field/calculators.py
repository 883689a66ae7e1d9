"""Which force field: CHGNet, or any calculator of ASE by name; loaded when first used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from discovery.chemistry.structures import to_pymatgen
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from oracles.ase_bridge import atoms, calculator_class, calculator_version, load_calculator

CHGNET: Final = "chgnet"
DEVICES: Final = ("auto", "cpu", "cuda")

_UNAVAILABLE: Final = "unavailable"


@dataclass(frozen=True)
class ForceField:
    """A calculator as a configuration names it; nothing is imported for CHGNet until it is used.

    Args:
        name: ``chgnet`` or ``module:Class`` of an ASE calculator.
        arguments: Keyword arguments of the class; CHGNet takes ``model``.
        device: Where CHGNet runs: ``cpu``, ``cuda`` or ``auto``.

    Raises:
        InvalidInputError: No such device or calculator, or a device for another calculator than
            CHGNet. A package that is not installed is no mistake here: the oracle refuses.
    """

    name: str = CHGNET
    arguments: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise InvalidInputError(f"device is one of {', '.join(DEVICES)}, not {self.device!r}")
        if self.name == CHGNET:
            return
        if self.device != "auto":
            raise InvalidInputError(
                f"device belongs to {CHGNET}; tell {self.name!r} in its arguments where to run"
            )
        try:
            calculator_class(self.name)
        except InvalidInputError as error:
            if not str(error).startswith(_UNAVAILABLE):
                raise

    @property
    def version(self) -> str:
        """Name of the calculator and version of its package: answers may change with it."""
        return f"{self.name} {calculator_version(self.name)}"

    def calculator(self) -> Any:  # noqa: ANN401 - ASE is not typed
        """Return a new calculator; weights are loaded once per process.

        Raises:
            InvalidInputError: It is not installed or refuses its arguments.
        """
        inner = self._load()
        from oracles.force_field.guarded import Guarded  # noqa: PLC0415 - imports ASE

        return Guarded(inner, self.name)

    def energies(
        self, cells: Sequence[Crystal], batch_size: int
    ) -> list[float | InvalidInputError]:
        """Return energies per atom in eV of cells as they are, or why one has none.

        CHGNet takes ``batch_size`` cells at a time.
        """
        found: list[float | InvalidInputError] = []
        try:
            if self.name == CHGNET:
                return self._load().energies([to_pymatgen(cell) for cell in cells], batch_size)
            calculator = self.calculator()
        except InvalidInputError as error:
            return [error] * len(cells)
        for cell in cells:
            single = atoms(cell)
            single.calc = calculator
            try:
                found.append(float(single.get_potential_energy()) / len(single))
            except InvalidInputError as error:
                found.append(error)
        return found

    def _load(self) -> Any:  # noqa: ANN401 - ASE is not typed
        where = {"device": self.device} if self.name == CHGNET else {}
        return load_calculator(self.name, {**where, **self.arguments})
