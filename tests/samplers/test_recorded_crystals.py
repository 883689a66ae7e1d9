"""Known crystals as states of the sampler's space."""

from dataclasses import replace

import pytest
import torch
from crystal_cases import LARGE, walked

from discovery.crystal import Lattice
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import InvalidInputError
from discovery.types import Candidate
from samplers.gflownet.crystals import CrystalEnvironment
from samplers.gflownet.recorded import standard_cell
from samplers.limits import Limits

CHLORIDE = Candidate(
    (("Li", 1.0), ("Cl", 1.0)), 4.0, 225, Lattice(5.13, 5.13, 5.13, 90.0, 90.0, 90.0)
)


@pytest.fixture(scope="module")
def space() -> CrystalEnvironment:
    return CrystalEnvironment(replace(LARGE, elements=("Li", "Na", "P", "S", "O", "Cl", "Ti")))


def test_a_crystal_becomes_a_state_and_the_state_the_crystal(space) -> None:
    states, coordinates, reasons = space.states_of([CHLORIDE])
    assert reasons == [None]
    assert not space.allowed(states).any()
    (back,) = space.candidates(states, coordinates)
    assert (back.composition, back.z, back.space_group) == (
        CHLORIDE.composition,
        CHLORIDE.z,
        CHLORIDE.space_group,
    )
    assert back.lattice.parameters == pytest.approx(CHLORIDE.lattice.parameters)


def test_crystals_of_the_sampler_are_read_back_as_they_were(space) -> None:
    states = walked(space, 300, seed=4)
    lots = torch.rand(
        (300, space.dims), generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    lots = torch.where(space.free(states), lots, 0.5)
    again, coordinates, reasons = space.states_of(space.candidates(states, lots))
    assert reasons == [None] * 300
    assert torch.equal(again, states)
    assert torch.allclose(coordinates, lots, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"space_group": None}, "is not known"),
        ({"z": None}, "is not known"),
        ({"lattice": None}, "is not known"),
        ({"composition": (("Li", 1.0), ("F", 1.0))}, "elements are outside the limits: F"),
        ({"composition": (("Na", 1.0), ("Cl", 1.0))}, "composition is outside the limits"),
        ({"composition": (("Li", 2.0), ("Cl", 1.0))}, "no oxidation states"),
        ({"composition": (("Li", 0.9), ("Cl", 1.0))}, "no whole numbers of atoms"),
        ({"z": 5.0}, "positions of its space group do not hold"),
        ({"z": 40.0}, "80 atoms per cell, above 28"),
        ({"lattice": Lattice(5.0, 6.0, 5.0, 90.0, 90.0, 90.0)}, "its lattice does not fit"),
        ({"lattice": Lattice(50.0, 50.0, 50.0, 90.0, 90.0, 90.0)}, "volume per atom"),
    ],
)
def test_what_has_no_state_is_told_with_the_reason(space, changes, reason) -> None:
    states, coordinates, reasons = space.states_of([replace(CHLORIDE, **changes), CHLORIDE])
    assert reason in reasons[0]
    assert reasons[1] is None
    assert torch.equal(states[:1], space.initial(1))
    assert (coordinates[0] == 0.5).all()


def test_a_group_outside_the_limits_is_told() -> None:
    space = CrystalEnvironment(replace(LARGE, space_groups=(1, 62)))
    assert space.states_of([CHLORIDE])[2] == ["space group 225 is outside the limits"]


def test_rhombohedral_cells_become_hexagonal_ones_with_three_times_the_atoms() -> None:
    cell, times = standard_cell(Lattice(6.0, 6.0, 6.0, 50.0, 50.0, 50.0), 166)
    assert times == 3
    assert cell.volume == pytest.approx(3 * Lattice(6, 6, 6, 50, 50, 50).volume)
    assert cell.parameters[3:] == (90.0, 90.0, 120.0)
    assert standard_cell(cell, 166) == (cell, 1)


@pytest.mark.parametrize(
    "cell",
    [
        Lattice(5.0, 6.0, 7.0, 90.0, 105.0, 90.0),
        Lattice(7.0, 5.0, 6.0, 90.0, 90.0, 105.0),
        Lattice(6.0, 7.0, 5.0, 105.0, 90.0, 90.0),
    ],
    ids=["b", "c", "a"],
)
def test_the_unique_axis_of_a_monoclinic_cell_becomes_b(cell) -> None:
    standard, times = standard_cell(cell, 14)
    assert times == 1
    assert standard == Lattice(5.0, 6.0, 7.0, 90.0, 105.0, 90.0)


def test_disordered_crystals_may_be_taken_as_orderings_without_symmetry(space) -> None:
    lattice = Lattice(4.0, 4.0, 4.0, 90.0, 90.0, 90.0)
    mixed = Candidate((("Li", 2.0), ("S", 0.5), ("O", 0.5)), 1.0, 221, lattice)
    assert "no whole numbers" in space.states_of([mixed])[2][0]
    states, coordinates, reasons = space.states_of([mixed], ordered=True)
    assert reasons == [None]
    (crystal,) = space.candidates(states, coordinates)
    assert crystal.space_group == 1
    assert crystal.fractions == pytest.approx({"Li": 2 / 3, "S": 1 / 6, "O": 1 / 6})
    assert crystal.lattice.volume == pytest.approx(2 * lattice.volume)


def test_known_crystals_are_given_their_fidelities() -> None:
    space = CrystalEnvironment(replace(LARGE, space_groups=(225,)), fidelities=2)
    states, _, reasons = space.states_of([CHLORIDE, CHLORIDE], columns=[1, 0])
    assert reasons == [None, None]
    assert space.column(states).tolist() == [1, 0]
    with pytest.raises(InvalidInputError, match="one of the 2 fidelities"):
        space.states_of([CHLORIDE])


@pytest.mark.slow
def test_measured_conductors_have_states(obelix_directory) -> None:
    known = ObelixDataset(data_dir=str(obelix_directory)).load().candidates
    space = CrystalEnvironment(Limits.wide())
    reasons = compare(space, known)
    ordered = [c.structure is not None and c.structure.is_ordered for c in known]
    of_ordered = [reason for reason, is_ordered in zip(reasons, ordered, strict=True) if is_ordered]
    assert of_ordered.count(None) / len(of_ordered) >= 0.95
    assert reasons.count(None) >= 200  # disordered ones among them keep their group
    orderings = space.states_of(known, ordered=True)[2]
    assert orderings.count(None) / len(known) >= 0.95


def test_ordered_conductors_keep_group_cell_and_composition(obelix_directory) -> None:
    elements = ("Li", "Na", "Al", "P", "S", "O", "Cl", "Br", "Ge", "Zr", "La")
    known = [
        c
        for c in ObelixDataset(data_dir=str(obelix_directory)).load().candidates
        if c.structure is not None and c.structure.is_ordered and set(c.fractions) <= set(elements)
        if sum(amount for _, amount in c.composition) * (c.z or 0) <= 60
    ]
    groups = tuple(sorted({c.space_group for c in known if c.space_group}))
    limits = Limits(elements=elements, space_groups=groups, atoms=(2, 60), rarest=0.02)
    assert len(known) > 10
    assert compare(CrystalEnvironment(limits), known) == [None] * len(known)


def compare(space, known) -> list[str | None]:
    """Hold the crystals of states against those they were made from; return the reasons."""
    states, coordinates, reasons = space.states_of(known)
    kept = [row for row, reason in enumerate(reasons) if reason is None]
    for row, back in zip(kept, space.candidates(states[kept], coordinates[kept]), strict=True):
        crystal = known[row]
        assert back.space_group == crystal.space_group
        assert back.lattice.volume == pytest.approx(crystal.lattice.volume, rel=0.01)
        assert sorted(back.lattice.parameters[:3]) == pytest.approx(
            sorted(crystal.lattice.parameters[:3]), rel=0.01
        )
        for element, fraction in crystal.fractions.items():
            assert back.fractions[element] == pytest.approx(fraction, abs=0.01)
    return reasons
