import contextlib
import io
import math
import warnings
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from physics_cases import (
    antifluorite,
    crystal,
    cubic,
    lithium_phosphate,
    lithium_phosphide,
    rock_salt,
    skewed,
    split_conductor,
    supercell,
)
from scipy.special import erfc

from discovery.chemistry.structures import to_pymatgen
from discovery.errors import InvalidInputError
from discovery.transport.field import CUTOFF, bond_valence_field, energy_at
from discovery.transport.landscape import (
    CEILING,
    bond_valence_landscape,
    compact,
    field_landscape,
    grid_shape,
)


def direct_sum(field, points):
    """Energies (p,) at fractional points from all pairs, spelt out."""
    heights = 1 / np.linalg.norm(np.linalg.inv(field.cell), axis=0)
    reach = [np.arange(-k, k + 1) for k in np.ceil(CUTOFF / heights).astype(int) + 1]
    shifts = np.stack(np.meshgrid(*reach, indexing="ij"), axis=-1).reshape(-1, 3)
    total = np.zeros(len(points))
    for place, kind, weight in zip(field.position, field.kind, field.weight, strict=True):
        depth, stiffness, minimum, strength, length, _ = field.potential[kind]
        for row, point in enumerate(points):
            vectors = (place - point - np.floor(place - point) + shifts) @ field.cell
            r = np.linalg.norm(vectors, axis=1)
            r = np.maximum(r[r < CUTOFF + 1e-6], 1e-9)
            morse = depth / 2 * ((np.exp(stiffness * (minimum - r)) - 1) ** 2 - 1)
            total[row] += weight * (morse + strength / r * erfc(r / length)).sum()
    return total


@pytest.mark.parametrize(
    "one",
    [
        antifluorite("O", 4.62),
        lithium_phosphate(),
        skewed(antifluorite("S", 5.7)),
        split_conductor(),
        rock_salt("Li", "I", 6.0),
    ],
    ids=["Li2O", "Li3PO4", "skewed Li2S", "disordered", "LiI"],
)
def test_energies_are_those_of_all_pairs(one):
    field = bond_valence_field(one)
    energy = field_landscape(field, grid_shape(field.cell, 0.2)).energy
    rng = np.random.default_rng(0)
    grid = np.stack([rng.integers(0, n, 300) for n in energy.shape], axis=1)
    reference = np.minimum(direct_sum(field, grid / energy.shape), CEILING)
    assert np.abs(energy[tuple(grid.T)] - reference).max() < 1e-6
    assert np.isfinite(energy).all()


def test_parameters_and_units_are_those_of_the_public_tool():
    """Same crystal, same charges, same radii, all neighbours: the same energies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tool = import_module("bvlain").Lain(verbose=False)
        with contextlib.redirect_stdout(io.StringIO()):
            tool.read_structure(to_pymatgen(lithium_phosphate()))
            theirs = tool.bvse_distribution(
                mobile_ion="Li1+", resolution=0.7, k=2000, use_softbv_covalent_radii=True
            )
    field = bond_valence_field(lithium_phosphate())
    ours = field_landscape(
        field, tuple(n - 1 for n in theirs.shape)
    ).energy  # theirs repeats a face
    low = ours < CEILING
    assert low.sum() > 100
    assert np.abs(theirs[:-1, :-1, :-1] - ours)[low].max() < 1e-6


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3))
@settings(max_examples=20, deadline=None)
def test_energy_at_a_point_has_the_derivatives_of_the_energy(place):
    field = bond_valence_field(split_conductor())
    point = np.array(place) @ field.cell
    energy, gradient, hessian = energy_at(field, point)
    assert energy == pytest.approx(direct_sum(field, np.array([place]))[0], rel=1e-9, abs=1e-8)
    if energy > 20:
        return
    step = 1e-4
    near = [
        [energy_at(field, point + sign * step * axis) for sign in (1, -1)] for axis in np.eye(3)
    ]
    slope = [(ahead[0] - behind[0]) / (2 * step) for ahead, behind in near]
    bend = [(ahead[1] - behind[1]) / (2 * step) for ahead, behind in near]
    assert gradient == pytest.approx(np.array(slope), rel=1e-4, abs=1e-4)
    assert hessian == pytest.approx(np.array(bend), rel=1e-4, abs=2e-2)


def test_a_supercell_repeats_the_landscape():
    one = bond_valence_landscape(lithium_phosphate(), resolution=0.5)
    field = bond_valence_field(supercell(lithium_phosphate(), (2, 1, 3)))
    shape = tuple(n * k for n, k in zip(one.shape, (2, 1, 3), strict=True))
    many = field_landscape(field, shape)
    assert many.energy == pytest.approx(np.tile(one.energy, (2, 1, 3)), abs=1e-7)


def test_mixed_sites_count_by_occupancy():
    def energies(site):
        sites = [("Li", (0, 0, 0)), ("Mg", (0.5, 0.5, 0)), (site, (0.5, 0.5, 0.5))]
        charges = {"Li": 1, "Mg": 2, "S": -2, "Se": -2}
        one = crystal(cubic(4.5), *sites)
        return bond_valence_landscape(one, resolution=0.3, charges=charges).energy

    mixed = energies({"S": 0.3, "Se": 0.7})
    low = mixed < 50
    assert mixed[low] == pytest.approx((0.3 * energies("S") + 0.7 * energies("Se"))[low], abs=1e-6)


def test_lithium_itself_is_taken_out():
    with_lithium = bond_valence_landscape(antifluorite("O", 4.62), resolution=0.4).energy
    oxygen = [("O", site.position) for site in antifluorite("O", 4.62).sites[:4]]
    charges = {"Li": 1.0, "O": -2.0}
    moved = crystal(cubic(4.62), ("Li", (0.1, 0.2, 0.3)), *oxygen)
    energies = bond_valence_landscape(moved, resolution=0.4, charges=charges).energy
    assert energies == pytest.approx(with_lithium, abs=1e-9)


def test_a_landscape_is_finite_on_top_of_nuclei():
    sites = [("Li", (0.3, 0.2, 0.1)), ("Zr", (0, 0, 0)), ("O", (0.5, 0.5, 0.5))]
    landscape = bond_valence_landscape(
        crystal(cubic(4.0), *sites), charges={"Li": 1, "Zr": 4, "O": -2}
    )
    assert landscape.energy[0, 0, 0] == CEILING
    assert landscape.energy.max() == CEILING
    assert landscape.energy.min() < 1


def test_a_grid_is_at_least_as_fine_as_asked():
    cell = np.diag([4.0, 10.05, 0.3])
    assert grid_shape(cell, 0.2) == (20, 51, 4)
    landscape = bond_valence_landscape(lithium_phosphate(), resolution=0.3)
    assert np.linalg.norm(landscape.steps, axis=1).max() <= 0.3


def test_a_compact_cell_is_the_same_crystal():
    one, other = skewed(lithium_phosphate()), compact(skewed(lithium_phosphate()))
    assert math.isclose(one.volume, other.volume)
    lengths = sorted(np.linalg.norm(other.matrix, axis=1))
    assert lengths == pytest.approx([4.8554, 5.2394, 6.115], abs=1e-4)
    point = np.array([0.3, 1.1, -0.7])
    energies = [energy_at(bond_valence_field(c), point)[0] for c in (one, other)]
    assert energies[0] == pytest.approx(energies[1], abs=1e-9)


@pytest.mark.parametrize(
    ("one", "options", "message"),
    [
        (rock_salt("Na", "Cl", 5.64), {}, "no Li in the structure, only Cl, Na"),
        (lithium_phosphide(), {}, r"no parameters for Li\+ with P3-"),
        (rock_salt("Li", "H", 4.08), {}, r"no parameters for Li\+ with H-"),
        (rock_salt("Li", "O", 4.3), {}, r"no oxidation states balance|with O-"),
        (rock_salt("Li", "Mg", 4.3), {"charges": {"Li": 1, "Mg": 2}}, "no anion in the structure"),
        (rock_salt("Li", "F", 4.0), {"charges": {"Li": 1}}, "no charge is given for F"),
        (rock_salt("Li", "F", 4.0), {"charges": {"Li": -1, "F": 1}}, "must be a cation; Li has -1"),
        (rock_salt("Li", "F", 4.0), {"resolution": 0.0}, "positive distance in A, not 0.0"),
        (rock_salt("Li", "F", 4.0), {"resolution": math.nan}, "not nan"),
        (rock_salt("Li", "F", 4.0), {"resolution": 0.01}, "400 x 400 x 400 points, more than"),
        (rock_salt("Li", "F", 4.0), {"resolution": 1e-320}, "inf x inf x inf points, more than"),
    ],
)
def test_what_cannot_be_calculated_is_said(one, options, message):
    with pytest.raises(InvalidInputError, match=message):
        bond_valence_landscape(one, **options)
