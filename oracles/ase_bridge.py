"""Between our crystals and the atoms and calculators of ASE, which is imported only when asked for.

Lengths in Angstrom, energies in eV, as in ASE (Larsen et al., J. Phys.: Condens. Matter 29, 273002
(2017), doi 10.1088/1361-648X/aa680e).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from discovery.crystal import Crystal, Site
from discovery.errors import InvalidInputError, suggest

CALCULATORS: Final[dict[str, str]] = {
    "chgnet": "oracles.force_field.chgnet_model:Chgnet",
    "gpaw": "gpaw:GPAW",
}
"""Calculators with a short name; any other is ``module:Class``."""

_INSTALL: Final[dict[str, str]] = {
    "ase": "pip install 'ion-discovery[mlip]' (or [dft])",
    "chgnet": "pip install 'ion-discovery[mlip]'",
    "gpaw": "bash docs/install_gpaw.sh, which installs libxc and compiles GPAW (pip install "
    "'ion-discovery[dft]' alone works where libxc and BLAS are found); see docs/dft.md",
}
_PATH: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def atoms(crystal: Crystal) -> Any:  # noqa: ANN401 - ASE is not typed
    """Return the ``ase.Atoms`` of an ordered crystal: same cell, same sites in the same order.

    Raises:
        InvalidInputError: A site is partly occupied or shared, or ASE is not installed.
    """
    if not crystal.is_ordered:
        raise InvalidInputError("atoms are whole: the structure has partial occupancies")
    return _module("ase", "a calculator").Atoms(
        symbols=[site.species[0][0] for site in crystal.sites],
        scaled_positions=np.asarray([site.position for site in crystal.sites]),
        cell=np.asarray(crystal.matrix),
        pbc=True,
    )


def crystal(atoms: Any) -> Crystal:  # noqa: ANN401 - ASE is not typed
    """Return the crystal of periodic ``ase.Atoms``, positions as they are (not wrapped).

    Raises:
        InvalidStructureError: No atom, a flat cell, or a coordinate that is not finite.
    """
    positions = atoms.get_scaled_positions(wrap=False)
    symbols = atoms.get_chemical_symbols()
    a, b, c = ((float(x), float(y), float(z)) for x, y, z in np.asarray(atoms.cell))
    return Crystal(
        (a, b, c),
        tuple(
            Site(((str(symbol), 1.0),), (float(x), float(y), float(z)))
            for symbol, (x, y, z) in zip(symbols, positions, strict=True)
        ),
    )


def load_calculator(name: str, arguments: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - ASE is not typed
    """Return a new ASE calculator.

    Args:
        name: One of :data:`CALCULATORS`, or ``module:Class`` of anything that returns an ASE
            calculator when called.
        arguments: Keyword arguments of the class.

    Raises:
        InvalidInputError: The name is malformed or unknown, the class refuses the arguments, or
            (message starts with ``unavailable``) the package is not installed.
    """
    factory = calculator_class(name)
    options = dict(arguments or {})
    try:
        return factory(**options)
    except Exception as error:  # every calculator has errors of its own
        raise InvalidInputError(
            f"calculator {name!r} cannot be made with the arguments {options}: "
            f"{type(error).__name__}: {error}"
        ) from error


def calculator_class(name: str) -> Any:  # noqa: ANN401 - ASE is not typed
    """Return the class (or function) behind a calculator's name, without calling it.

    Raises:
        InvalidInputError: See :func:`load_calculator`.
    """
    module_name, _, attributes = calculator_path(name).partition(":")
    found = _module(module_name, name)
    for attribute in attributes.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError as error:
            raise InvalidInputError(
                f"calculator {name!r}: {module_name!r} has no {attribute!r}"
            ) from error
    return found


def calculator_path(name: str) -> str:
    """Return ``module:Class`` for a calculator's name; nothing is imported.

    Raises:
        InvalidInputError: It is neither one of :data:`CALCULATORS` nor of that form.
    """
    path = CALCULATORS.get(name, name)
    if not _PATH.fullmatch(path):
        raise InvalidInputError(
            f"unknown calculator {name!r}; write module:Class, e.g. 'ase.calculators.emt:EMT', or "
            f"{suggest(name, CALCULATORS)}"
        )
    return path


def calculator_version(name: str) -> str:
    """Return the version of the package that a calculator comes from, or ``unknown``."""
    package = name if name in CALCULATORS else calculator_path(name).partition(":")[0]
    package = package.partition(".")[0]
    try:
        return version(package)
    except PackageNotFoundError:
        # its name may be another one: mace comes from mace-torch
        owners = _owners().get(package) if find_spec(package) else None
        return version(owners[0]) if owners else "unknown"


@cache
def _owners() -> Mapping[str, Sequence[str]]:
    return packages_distributions()  # reads the records of all that is installed


def missing_element(error: Exception, symbols: Iterable[str]) -> str | None:
    """Return the element that a calculator turns out to lack, ``None`` for any other failure.

    Calculators say so in their own ways: a potential that is not implemented, a table without the
    symbol or the atomic number, a data set that is no file; all of them name the element.

    Args:
        error: What the calculator raised.
        symbols: Elements of the atoms.
    """
    if not isinstance(error, NotImplementedError | LookupError | FileNotFoundError):
        return None
    said = set(re.findall(r"[A-Za-z]+|\d+", str(error)))
    numbers = _atomic_numbers() if isinstance(error, LookupError) else {}
    named = (s for s in dict.fromkeys(symbols) if {s, str(numbers.get(s, s))} & said)
    return next(named, None)


def _atomic_numbers() -> Mapping[str, int]:
    numbers: Mapping[str, int] = _module("ase.data", "a calculator").atomic_numbers
    return numbers


def _module(module_name: str, wanted_for: str) -> Any:  # noqa: ANN401 - a module is what it is
    try:
        return import_module(module_name)
    except ImportError as error:
        missing = (error.name or module_name).partition(".")[0]
        how = _INSTALL.get(missing) or _INSTALL.get(module_name.partition(".")[0])
        how = how or f"pip install the package that provides {missing!r}"
        raise InvalidInputError(
            f"unavailable: {wanted_for} needs {missing!r}, which cannot be imported ({error}); "
            f"{how}"
        ) from error
