"""Cells from coordinates: always cells, tied as the crystal system wants, and back."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from discovery.chemistry.symmetry import lattice_mismatch
from discovery.crystal import Lattice
from samplers.gflownet.lattices import ALPHA, BETA, DIMS, GAMMA, HEIGHT, VOLUME, WIDTH, Lattices

CELLS = Lattices((5.0, 60.0))
GROUPS = [2, 14, 62, 123, 166, 194, 225]
"""One of each crystal system."""
UNIT = st.floats(0, 1)


def made(system: int, atoms: int, coordinates: list[float]) -> Tensor:
    row = torch.tensor([coordinates], dtype=torch.float64)
    return CELLS.parameters(torch.tensor([system]), torch.tensor([atoms]), row)


@given(st.integers(0, 6), st.integers(1, 200), st.lists(UNIT, min_size=DIMS, max_size=DIMS))
@settings(max_examples=300, deadline=None)
def test_any_coordinates_give_a_cell_of_the_system_and_are_found_again(
    system, atoms, coordinates
) -> None:
    systems, counts = torch.tensor([system]), torch.tensor([atoms])
    parameters = made(system, atoms, coordinates)
    cell = Lattice(*parameters[0].tolist())
    assert (
        lattice_mismatch(cell, GROUPS[system], length_tolerance=1e-9, angle_tolerance=1e-6) is None
    )
    low, high = math.log(5), math.log(60)
    expected = math.exp(low + (high - low) * coordinates[VOLUME])
    assert cell.volume / atoms == pytest.approx(expected, rel=1e-9)
    back = CELLS.coordinates(systems, counts, parameters)[0]
    free = CELLS.free(systems)[0]
    assert back[free].tolist() == pytest.approx(
        torch.tensor(coordinates, dtype=torch.float64)[free].tolist(), abs=1e-6
    )
    assert (back[~free] == 0.5).all()


@given(st.integers(0, 6), st.lists(UNIT, min_size=DIMS, max_size=DIMS))
@settings(max_examples=100, deadline=None)
def test_coordinates_that_are_not_free_change_nothing(system, coordinates) -> None:
    free = CELLS.free(torch.tensor([system]))[0].tolist()
    other = [x if is_free else 1 - x for x, is_free in zip(coordinates, free, strict=True)]
    assert torch.equal(made(system, 8, coordinates), made(system, 8, other))


def test_each_system_has_its_free_coordinates() -> None:
    free = CELLS.free(torch.arange(7))
    assert free.sum(1).tolist() == [6, 4, 3, 2, 2, 2, 1]
    assert free[1].nonzero()[:, 0].tolist() == [VOLUME, WIDTH, HEIGHT, BETA]
    assert free[0, GAMMA]
    assert free[0, ALPHA]


def test_moderate_cells_are_most_of_the_cube() -> None:
    lots = torch.rand((5000, DIMS), generator=torch.Generator().manual_seed(0))
    systems = torch.full((5000,), 2)
    cells = CELLS.parameters(systems, torch.full((5000,), 20), lots)
    longest = cells[:, :3].max(1).values / cells[:, :3].min(1).values
    assert (longest < 3).double().mean() > 0.6


def test_cells_out_of_range_have_coordinates_outside_the_cube() -> None:
    needle = torch.tensor([[3.0, 3.0, 300.0, 90.0, 90.0, 90.0]])
    found = CELLS.coordinates(torch.tensor([3]), torch.tensor([100]), needle)
    assert found[0, HEIGHT] > 1
    assert 0 < found[0, VOLUME] < 1


def test_an_acute_monoclinic_angle_is_its_supplement() -> None:
    systems, atoms = torch.tensor([1]), torch.tensor([20])
    acute, obtuse = ([[6.0, 7.0, 8.0, 90.0, beta, 90.0]] for beta in (80.0, 100.0))
    assert torch.allclose(
        CELLS.coordinates(systems, atoms, torch.tensor(acute)),
        CELLS.coordinates(systems, atoms, torch.tensor(obtuse)),
    )
