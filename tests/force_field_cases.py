"""Calculators of ASE whose answers are known in closed form."""

import builtins

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.data import chemical_symbols


class Field(Calculator):
    """Each atom alone in a periodic field; the cell feels nothing.

    Li moves in ``height / 2 (1 - cos(2 pi (x - origin) / period))`` summed over x, y and z: minima
    on a simple cubic lattice, barriers of ``height`` between neighbours. All other atoms lie in
    wells of ``stiffness`` (eV/A^2) at multiples of 1/24 of the cell vectors.
    """

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, height=0.0, period=2.0, origin=0.0, stiffness=20.0):
        super().__init__()
        self.height, self.period, self.origin = height, period, origin
        self.stiffness = stiffness

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        moves = self.atoms.numbers == 3
        phase = 2 * np.pi * (self.atoms.positions - self.origin) / self.period
        energy = self.height / 2 * (1 - np.cos(phase[moves])).sum()
        forces = np.zeros_like(phase)
        forces[moves] = -self.height / 2 * np.sin(phase[moves]) * 2 * np.pi / self.period
        rest = self.atoms.get_scaled_positions(wrap=False)[~moves]
        away = (rest - np.round(24 * rest) / 24) @ np.asarray(self.atoms.cell)
        forces[~moves] = -self.stiffness * away
        self.results = {
            "energy": energy + self.stiffness / 2 * (away**2).sum(),
            "forces": forces,
            "stress": np.zeros(6),
        }


class Limited(Calculator):
    """Knows every element but one.

    Args:
        without: Atomic number of the element.
        error: How it says so: ``KeyError``, ``FileNotFoundError``, ...; ``{}`` is the symbol.
    """

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, without, error, words="{}"):
        super().__init__()
        self.without, self.error, self.words = without, getattr(builtins, error), words

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if self.without in self.atoms.numbers:
            raise self.error(self.words.format(chemical_symbols[self.without], self.without))
        self.results = {
            "energy": 0.0,
            "forces": np.zeros((len(self.atoms), 3)),
            "stress": np.zeros(6),
        }


class Broken(Calculator):
    """Answers with what is no number, or not at all."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, error=None):
        super().__init__()
        self.error = error

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if self.error:
            raise RuntimeError(self.error)
        self.results = {
            "energy": np.nan,
            "forces": np.zeros((len(self.atoms), 3)),
            "stress": np.zeros(6),
        }
