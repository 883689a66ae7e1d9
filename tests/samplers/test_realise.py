from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.chemistry.formula import candidate_from_formula
from discovery.chemistry.neighbours import neighbour_pairs
from discovery.chemistry.structures import candidate_from_structure
from discovery.chemistry.wyckoff import operations
from discovery.crystal import Lattice
from discovery.errors import InvalidInputError, InvalidStructureError
from samplers.realise import Realised, Realiser, Rejected, tally


def cubic(edge):
    return Lattice(edge, edge, edge, 90, 90, 90)


def state(formula, z, space_group, lattice):
    return candidate_from_formula(formula, z=z, space_group=space_group, lattice=lattice)


ROCK_SALT = state("LiF", 4, 225, cubic(4.03))
ANTIFLUORITE = state("Li2O", 4, 225, cubic(4.62))
PEROVSKITE = state("BaTiO3", 1, 221, cubic(4.0))
ARGYRODITE = state("Li6PS5Cl", 4, 216, cubic(9.85))
THIOPHOSPHATE = state("Li3PS4", 4, 62, Lattice(13.0, 8.0, 6.1, 90, 90, 90))
TRICLINIC = state("Li2ZrO3", 2, 2, Lattice(5.2, 5.5, 5.6, 80, 95, 100))


@pytest.fixture(scope="module")
def realiser():
    return Realiser(starts=16)


@pytest.fixture(scope="module")
def without_types(realiser):
    realiser = Realiser(starts=16)
    realiser._prototypes._aflow = False
    return realiser


def neighbours(candidate, one, other, cutoff):
    """Mean number of the other element around one."""
    crystal = candidate.structure
    symbols = np.array([site.species[0][0] for site in crystal.sites])
    pairs = neighbour_pairs(crystal, cutoff)
    count = ((symbols[pairs.i] == one) & (symbols[pairs.j] == other)).sum()
    return count / (symbols == one).sum()


def check(result, asked):
    """A structure is what was asked for, by means that realisation does not use."""
    assert isinstance(result, Realised), result
    crystal = result.candidate.structure
    assert crystal is not None
    assert crystal.is_ordered
    wanted = {element: amount * asked.z for element, amount in asked.composition}
    assert crystal.composition == pytest.approx(wanted)
    assert result.candidate.fractions == asked.fractions
    assert result.asked == asked
    assert 0.9 - 1e-9 <= result.volume_scale <= 1.1 + 1e-9
    assert crystal.volume == pytest.approx(asked.lattice.volume * result.volume_scale, rel=1e-3)
    symbols = np.array([site.species[0][0] for site in crystal.sites])
    points = np.array([site.position for site in crystal.sites])
    rotations, shifts = operations(asked.space_group)
    moved = np.einsum("oxy,py->opx", rotations, points) + shifts[:, None] / 24
    gap = moved[:, :, None] - points
    same = (np.abs(gap - np.round(gap)).max(axis=-1) < 1e-6) & (symbols[:, None] == symbols)
    assert same.any(axis=2).all()
    assert neighbour_pairs(crystal, 1.1).distance.size == 0


@pytest.mark.parametrize(
    ("asked", "name"),
    [(ROCK_SALT, "Halite, Rock Salt"), (ANTIFLUORITE, "Fluorite"), (PEROVSKITE, "Perovskite")],
)
def test_known_types_are_decorated(realiser, asked, name):
    (result,) = realiser.realise([asked], 0)
    check(result, asked)
    assert result.method == "prototype"
    assert name in result.prototype
    assert result.candidate.space_group == asked.space_group


@pytest.mark.parametrize("asked", [ROCK_SALT, ANTIFLUORITE, PEROVSKITE, ARGYRODITE, THIOPHOSPHATE])
def test_positions_are_filled_where_no_type_is_known(without_types, asked):
    (result,) = without_types.realise([asked], 0)
    check(result, asked)
    assert result.method == "wyckoff"
    assert result.prototype == ""
    assert result.candidate.space_group == asked.space_group


def test_lithium_oxide_is_an_antifluorite_whichever_way_it_is_found(realiser, without_types):
    for one in (realiser, without_types):
        (result,) = one.realise([ANTIFLUORITE], 0)
        assert neighbours(result.candidate, "Li", "O", 2.1) == 4
        assert neighbours(result.candidate, "O", "Li", 2.1) == 8


def test_titanium_sits_in_an_octahedron_of_perovskite(realiser, without_types):
    for one in (realiser, without_types):
        (result,) = one.realise([PEROVSKITE], 0)
        assert neighbours(result.candidate, "Ti", "O", 2.1) == 6
        assert neighbours(result.candidate, "Ba", "O", 3.0) == 12


def test_argyrodite_has_tetrahedra_of_sulphur_around_phosphorus(realiser):
    (result,) = realiser.realise([ARGYRODITE], 0)
    assert neighbours(result.candidate, "P", "S", 2.3) == 4


def test_a_material_handed_in_is_a_type_like_aflows(realiser):
    (first,) = realiser.realise([ARGYRODITE], 0)
    known = candidate_from_structure(first.candidate.structure, "argyrodite")
    asked = state("Li6PSe5Br", 4, 216, cubic(10.4))
    (result,) = Realiser(known=[known]).realise([asked], 0)
    check(result, asked)
    assert (result.method, result.prototype) == ("prototype", "argyrodite")


def test_the_answer_depends_on_candidate_and_seed_but_not_on_company(realiser):
    together = realiser.realise([ROCK_SALT, THIOPHOSPHATE, TRICLINIC], 3)
    alone = realiser.realise([TRICLINIC], 3)
    assert together[2].candidate.structure == alone[0].candidate.structure
    again = realiser.realise([THIOPHOSPHATE], 3)
    assert together[1].candidate.structure == again[0].candidate.structure
    other = realiser.realise([THIOPHOSPHATE], 4)
    assert together[1].candidate.structure != other[0].candidate.structure


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (state("Li2O", 1, 198, cubic(3.3)), "no assignment: the Wyckoff positions of space group"),
        (state("LiF", 4, 225, cubic(2.9)), "too dense: 3.05 A"),
        (state("LiI", 4, 225, cubic(5.2)), "too dense: 17.6 A"),
        (state("LiF", 4, 225, cubic(9.0)), "too empty: 91.1 A"),
        (state("NaCl", 1, 1, Lattice(2, 6, 6, 90, 90, 90)), "too close: Cl-Cl 2.00 A, from one"),
        (state("Li3F", 4, 221, cubic(6.0)), "charge: no oxidation states balance"),
        (state("LiF", 4, 225, Lattice(4, 5, 4, 90, 90, 90)), "cell: space group 225 is cubic"),
        (state("LiF", 1, 166, Lattice(3, 3, 3, 95, 60, 60)), "cell: space group 166 is rhombo"),
        (state("LiF", 2, 11, Lattice(3, 4, 5, 90, 90, 100)), "cell: write the monoclinic cell"),
        (state("LiF", 0.5, 1, cubic(3.0)), "incomplete: the cell holds 0.5 Li atoms"),
        (candidate_from_formula("LiF"), "incomplete: LiF has no z, space_group, lattice"),
    ],
)
def test_what_cannot_be_is_rejected_with_its_reason(realiser, asked, reason):
    (result,) = realiser.realise([asked], 0)
    assert isinstance(result, Rejected)
    assert result.reason.startswith(reason)
    assert result.kind == reason.split(":")[0]
    assert result.candidate == asked


def test_ions_that_find_no_room_are_named(realiser):
    (result,) = realiser.realise([state("LiHf2N3", 16, 228, cubic(9.77))], 0)
    assert isinstance(result, Rejected)
    assert result.reason.startswith("too close: Hf-Li 2.1")


def test_a_cell_that_is_a_little_small_is_stretched_and_says_so(realiser, monkeypatch):
    monkeypatch.setattr("samplers.realise._FULLEST", 2.0)
    small = state("LiF", 4, 225, cubic(3.05))
    (result,) = realiser.realise([small], 0)
    check(result, small)
    assert 1 < result.volume_scale <= 1.1
    assert result.candidate.lattice.a == pytest.approx(3.05 * result.volume_scale ** (1 / 3))


def test_rhombohedral_axes_are_rewritten_as_hexagonal_ones(realiser):
    edge = 4.03 / np.sqrt(2)
    (result,) = realiser.realise([state("LiF", 1, 166, Lattice(edge, edge, edge, 60, 60, 60))], 0)
    assert isinstance(result, Realised)
    assert len(result.candidate.structure.sites) == 6
    assert result.candidate.structure.volume == pytest.approx(0.75 * 4.03**3)


def test_more_symmetry_than_asked_for_is_declared():
    lattice = cubic(4.03)
    asked = state("LiF", 4, 200, lattice)
    (result,) = Realiser(starts=8).realise([asked], 0)
    assert isinstance(result, Realised)
    found = result.candidate
    alone = candidate_from_structure(found.structure)
    assert found.space_group == alone.space_group
    assert found.space_group >= 200


def test_a_relaxer_has_the_last_word():
    def breathe(crystal):
        matrix = tuple(tuple(1.02 * x for x in row) for row in crystal.matrix)
        return replace(crystal, matrix=matrix)

    (result,) = Realiser(relaxer=breathe).realise([ROCK_SALT], 0)
    assert isinstance(result, Realised)
    assert result.candidate.lattice.a == pytest.approx(4.03 * 1.02)
    assert result.candidate.space_group == 225


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda c: replace(c, matrix=((2.0, 0, 0), (0, 2.0, 0), (0, 0, 2.0))), "too close"),
        (
            lambda c: replace(
                c, sites=(replace(c.sites[0], position=(0.05, 0.02, 0.01)), *c.sites[1:])
            ),
            "symmetry: the relaxer left less than space group 225",
        ),
    ],
)
def test_a_relaxer_that_breaks_the_structure_is_refused(harm, reason):
    (result,) = Realiser(relaxer=harm).realise([ROCK_SALT], 0)
    assert isinstance(result, Rejected)
    assert result.reason.startswith(reason)


def test_a_relaxer_that_fails_is_a_reason():
    def fail(_):
        raise InvalidStructureError("the force field knows no lithium")

    (result,) = Realiser(relaxer=fail).realise([ROCK_SALT], 0)
    assert result.reason == "relaxer: the force field knows no lithium"


def test_results_are_counted_by_method_and_reason(realiser):
    results = realiser.realise([ROCK_SALT, PEROVSKITE, candidate_from_formula("LiF")], 0)
    assert tally(results) == {"prototype": 2, "incomplete": 1}
    assert tally([]) == {}


@pytest.mark.parametrize("name", ["starts", "tries", "steps"])
def test_efforts_are_positive(name):
    with pytest.raises(InvalidInputError, match=f"{name} = 0: give 1 or more"):
        Realiser(**{name: 0})


CONTENTS = (("LiCl", 4), ("Li2S", 4), ("Li3N", 2), ("LiAlO2", 4), ("Li2ZnGeO4", 2), ("NaLiS", 2))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(CONTENTS),
    st.sampled_from((1, 2, 4, 14, 19, 33, 62, 76, 115, 156, 186, 198, 216)),
    st.floats(8, 22),
    st.integers(0, 100),
)
def test_whatever_comes_out_is_physical(contents, space_group, volume, seed):
    formula, z = contents
    candidate = candidate_from_formula(formula)
    edge = (volume * z * sum(n for _, n in candidate.composition)) ** (1 / 3)
    if space_group in {156, 186}:
        lattice = Lattice(edge, edge, edge / np.sin(np.pi / 3), 90, 90, 120)
    else:
        lattice = cubic(edge)
    asked = state(formula, z, space_group, lattice)
    (result,) = Realiser(starts=4, tries=5, steps=20).realise([asked], seed)
    if isinstance(result, Realised):
        check(result, asked)
    else:
        assert ": " in result.reason
