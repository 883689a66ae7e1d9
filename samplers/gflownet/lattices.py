"""Conventional cells from coordinates in the unit cube, and back.

Six coordinates: the volume per atom (logarithmic), the ratios b / a and c / sqrt(a b)
(logarithmic, most of the range near one), and three angles. The crystal system ties some of them;
what is left free always gives a cell, because the third angle of a triclinic cell is told by the
angle between two faces: with x = cos gamma, y = cos beta and t that angle's cosine,
cos alpha = x y + t sqrt((1 - x^2)(1 - y^2)), and the Gram determinant (1 - x^2)(1 - y^2)(1 - t^2)
is positive (law of cosines of spherical trigonometry). Trigonal cells are on hexagonal axes,
monoclinic ones have the unique axis b and an obtuse beta.
"""

import math
from typing import Final

import torch
from torch import Tensor

DIMS: Final = 6
VOLUME, WIDTH, HEIGHT, BETA, GAMMA, ALPHA = range(DIMS)
"""Coordinates: volume per atom, b / a, c / sqrt(a b), beta, gamma, and alpha between faces."""

NAMES: Final = ("volume per atom", "b / a", "c / sqrt(a b)", "beta", "gamma", "alpha")

_FREE: Final = (
    (True, True, True, True, True, True),  # triclinic
    (True, True, True, True, False, False),  # monoclinic
    (True, True, True, False, False, False),  # orthorhombic
    (True, False, True, False, False, False),  # tetragonal
    (True, False, True, False, False, False),  # trigonal
    (True, False, True, False, False, False),  # hexagonal
    (True, False, False, False, False, False),  # cubic
)
_TRICLINIC: Final = 0
_MONOCLINIC: Final = 1
_HEXAGONAL: Final = (4, 5)
_WIDEST: Final = math.log(6)  # of b / a and a / b
_HIGHEST: Final = math.log(8)  # of c / sqrt(a b) and its inverse
_OBLIQUE: Final = 0.8  # largest |cos| of an angle: 37 to 143 degrees
_CROWDING: Final = 3.0  # how much the coordinates favour moderate cells


class Lattices:
    """The cells with volumes per atom in a range.

    Args:
        volume: Least and largest volume per atom, cubic Angstrom.
    """

    def __init__(self, volume: tuple[float, float]) -> None:
        self._low, self._high = (math.log(edge) for edge in volume)

    def free(self, systems: Tensor) -> Tensor:
        """Return (b, 6) bool for crystal systems (b,) in the order of International Tables."""
        return torch.tensor(_FREE, device=systems.device)[systems]

    def parameters(self, systems: Tensor, atoms: Tensor, coordinates: Tensor) -> Tensor:
        """Return (b, 6) float64 a, b, c (Angstrom), alpha, beta, gamma (degrees).

        Args:
            systems: (b,) crystal systems.
            atoms: (b,) atoms per cell.
            coordinates: (b, 6) in the unit cube; those that are not free are ignored.
        """
        free = self.free(systems)
        unit = torch.where(free, coordinates.double(), 0.5)
        volume = atoms * torch.exp(self._low + (self._high - self._low) * unit[:, VOLUME])
        width = _WIDEST * _crowded(unit[:, WIDTH])
        height = _HIGHEST * _crowded(unit[:, HEIGHT])
        cos_beta = _OBLIQUE * _crowded(unit[:, BETA])
        cos_beta = torch.where(systems == _MONOCLINIC, -_OBLIQUE * unit[:, BETA], cos_beta)
        cos_beta = torch.where(free[:, BETA], cos_beta, 0.0)
        cos_gamma = torch.where(_hexagonal(systems), -0.5, _OBLIQUE * _crowded(unit[:, GAMMA]))
        between = _OBLIQUE * _crowded(unit[:, ALPHA])
        sines = torch.sqrt((1 - cos_beta**2) * (1 - cos_gamma**2))
        cos_alpha = cos_beta * cos_gamma + between * sines
        box = volume / (sines * torch.sqrt(1 - between**2))
        a = (box / torch.exp(1.5 * width + height)) ** (1 / 3)
        b = a * torch.exp(width)
        c = a * torch.exp(0.5 * width + height)
        angles = torch.rad2deg(torch.acos(torch.stack([cos_alpha, cos_beta, cos_gamma], 1)))
        return torch.cat([torch.stack([a, b, c], 1), angles], 1)

    def coordinates(self, systems: Tensor, atoms: Tensor, parameters: Tensor) -> Tensor:
        """Return (b, 6) float64 coordinates of cells, outside the unit cube where out of range.

        Cells that miss the ties of their system a little are taken as the nearest that keeps them
        with the same volume; an acute monoclinic beta becomes its obtuse supplement.
        """
        a, b, c = parameters[:, :3].double().T
        cos_alpha, cos_beta, cos_gamma = torch.cos(torch.deg2rad(parameters[:, 3:].double())).T
        gram = 1 - cos_alpha**2 - cos_beta**2 - cos_gamma**2 + 2 * cos_alpha * cos_beta * cos_gamma
        volume = torch.log(a * b * c * torch.sqrt(gram) / atoms)
        sines = torch.sqrt((1 - cos_beta**2) * (1 - cos_gamma**2))
        between = (cos_alpha - cos_beta * cos_gamma) / sines
        beta = torch.where(
            systems == _MONOCLINIC, cos_beta.abs() / _OBLIQUE, _spaced(cos_beta / _OBLIQUE)
        )
        unit = torch.stack(
            [
                (volume - self._low) / (self._high - self._low),
                _spaced(torch.log(b / a) / _WIDEST),
                _spaced(torch.log(c / torch.sqrt(a * b)) / _HIGHEST),
                beta,
                _spaced(cos_gamma / _OBLIQUE),
                _spaced(between / _OBLIQUE),
            ],
            1,
        )
        return torch.where(self.free(systems), unit, 0.5)


def _hexagonal(systems: Tensor) -> Tensor:
    return (systems == _HEXAGONAL[0]) | (systems == _HEXAGONAL[1])


def _crowded(unit: Tensor) -> Tensor:
    """Map [0, 1] to [-1, 1], most of it near 0; exactly 0 at 0.5."""
    return torch.sinh(_CROWDING * (2 * unit - 1)) / math.sinh(_CROWDING)


def _spaced(value: Tensor) -> Tensor:
    """Undo :func:`_crowded`."""
    return (torch.asinh(value * math.sinh(_CROWDING)) / _CROWDING + 1) / 2
