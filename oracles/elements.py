"""Structures of the elements that formation energies refer to."""

from collections.abc import Mapping
from typing import Any, Final

from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from oracles.ase_bridge import atoms

MOLECULES: Final = ("H", "N", "O", "F", "Cl")
"""Elements whose standard state is a gas of diatomic molecules."""

_BOX: Final = 8.0  # Angstrom around a molecule; F2 in 8 and in 10 differs by less than 1 meV/atom
_NOT_THE_GROUND_STATE: Final = ("C",)  # ASE's is diamond; graphite needs a dispersion correction


def element_atoms(element: str, structures: Mapping[str, Crystal]) -> Any:  # noqa: ANN401 - ASE is not typed
    """Return the atoms of an element's reference state.

    The given structure where there is one; otherwise an isolated molecule in a box of 8 Angstrom
    for :data:`MOLECULES` (O2 with its two unpaired electrons), or the crystal that ASE builds at
    the experimental lattice constant: the metals, Si, Ge.

    Args:
        element: Symbol.
        structures: Structures to use instead, by symbol.

    Raises:
        InvalidInputError: ASE has no crystal of it (S, P, Br, I, C, ...), and none is given.
    """
    from ase.build import bulk, molecule  # noqa: PLC0415 - optional, and slow to import

    if element in structures:
        return atoms(structures[element])
    if element in MOLECULES:
        gas = molecule(f"{element}2", cell=[_BOX] * 3)
        gas.center()
        return gas
    try:
        if element not in _NOT_THE_GROUND_STATE:
            return bulk(element)
    except (ValueError, NotImplementedError, RuntimeError, KeyError):
        pass
    raise InvalidInputError(
        f"no reference structure of {element} is built in; name one with "
        f"reference_structures: {{{element}: {element}.cif}}"
    )
