"""A calculator whose energies are known: for oracles that take any calculator of ASE by name."""

from ase.calculators.calculator import Calculator, all_changes
from pymatgen.core.composition import Composition

ASKED: list[str] = []
"""Formula of each structure that was computed, in order."""


class ByFormula(Calculator):
    """Energy by composition alone.

    Args:
        energies: eV per formula unit, by reduced formula; NaN where unknown.
        shout: Message of the error that is raised instead.
    """

    implemented_properties = ["energy"]  # noqa: RUF012 - ASE's

    def __init__(self, energies, shout=None):
        super().__init__()
        self.energies = {Composition(formula): energy for formula, energy in energies.items()}
        self.shout = shout

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        content = Composition(str(atoms.symbols))
        reduced, units = content.get_reduced_composition_and_factor()
        ASKED.append(reduced.reduced_formula)
        if self.shout is not None:
            raise RuntimeError(self.shout)
        self.results = {"energy": units * self.energies.get(reduced, float("nan"))}
