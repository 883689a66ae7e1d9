"""Relaxation of realised structures by a universal force field, where its package is installed."""

import math
import warnings
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from discovery.chemistry.structures import from_pymatgen, to_pymatgen
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError


class ChgnetRelaxer:
    """Moves atoms and cell downhill in the energy of CHGNet; a symmetric start stays symmetric.

    Deng et al., Nat. Mach. Intell. 5, 1031 (2023), doi 10.1038/s42256-023-00716-3. What has not
    arrived after the last step is taken as it is then: a better structure, if not a minimum.

    Args:
        steps: Most steps (BFGS).
        fmax: Enough when no atom feels more, eV/Angstrom.

    Raises:
        InvalidInputError: CHGNet is not installed, or a number is out of its range.
    """

    def __init__(self, *, steps: int = 50, fmax: float = 0.1) -> None:
        if steps < 1:
            raise InvalidInputError(f"steps of relaxation are 1 or more, not {steps}")
        if not (math.isfinite(fmax) and fmax > 0):
            raise InvalidInputError(f"fmax is a positive force in eV/A, not {fmax}")
        missing = [name for name in ("chgnet", "ase") if find_spec(name) is None]
        if missing:
            raise InvalidInputError(
                f"the relaxer chgnet needs {' and '.join(missing)}, which is not installed; "
                "pip install 'ion-discovery[mlip]', or leave the relaxer out"
            )
        self._steps, self._fmax = steps, fmax

    def __call__(self, crystal: Crystal) -> Crystal:
        """Return the relaxed crystal.

        Raises:
            InvalidInputError: The force field fails, or the cell falls apart.
        """
        from ase.filters import FrechetCellFilter  # noqa: PLC0415 - an extra
        from ase.optimize import BFGS  # noqa: PLC0415 - an extra
        from pymatgen.io.ase import AseAtomsAdaptor  # noqa: PLC0415 - imports ASE

        atoms = AseAtomsAdaptor.get_atoms(to_pymatgen(crystal), msonable=False)
        atoms.calc = _calculator()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of SciPy's logm, about rounding
                BFGS(FrechetCellFilter(atoms), logfile=None).run(fmax=self._fmax, steps=self._steps)
            return from_pymatgen(AseAtomsAdaptor.get_structure(atoms))
        except InvalidInputError:
            raise
        except Exception as error:  # a force field far from what it has learned may raise anything
            raise InvalidInputError(f"CHGNet fails: {type(error).__name__}: {error}") from error


@lru_cache(maxsize=1)
def _calculator() -> Any:  # noqa: ANN401 - ASE is not typed
    from chgnet.model import CHGNet  # noqa: PLC0415 - an extra
    from chgnet.model.dynamics import CHGNetCalculator  # noqa: PLC0415 - an extra

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what CHGNet imports
        model = CHGNet.load(use_device="cpu", verbose=False)
        return CHGNetCalculator(model=model, use_device="cpu", on_isolated_atoms="ignore")
