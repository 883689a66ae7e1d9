import math
from dataclasses import replace

import numpy as np
import pytest
import real_data
from physics_cases import crystal, cubic, rock_salt
from scipy.stats import spearmanr

from discovery.chemistry.charges import oxidation_states
from discovery.chemistry.donors import ANGLES, COST, LENGTHS, donor
from discovery.chemistry.electrostatics import mean_field_site_energies
from discovery.chemistry.ordering_counts import composition_error
from discovery.chemistry.substitution import assign_roles, substitution_cost
from discovery.crystal import Lattice
from discovery.datasets.obelix import ObelixDataset
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import InvalidInputError
from discovery.features.physics import physics_features
from discovery.types import Candidate


def known(structure, group, name="known"):
    return Candidate(
        tuple(structure.composition.items()), space_group=group, structure=structure, name=name
    )


def wanted(composition, group, *cell):
    return Candidate(tuple(composition.items()), space_group=group, lattice=Lattice(*cell))


LICL = known(rock_salt("Li", "Cl", 5.13), 225, "LiCl")
LIBR = wanted({"Li": 1.0, "Br": 1.0}, 225, 5.3, 5.3, 5.3, 90, 90, 90)


def test_a_structure_is_borrowed_with_the_elements_and_in_the_cell_of_the_borrower():
    found = donor(LIBR, [LICL])
    assert found.crystal.composition == pytest.approx({"Li": 4.0, "Br": 4.0})
    assert found.crystal.volume == pytest.approx(5.3**3)
    assert [site.position for site in found.crystal.sites] == [
        site.position for site in LICL.structure.sites
    ]
    assert found.replaced == (("Br", "Cl", pytest.approx(4.0)),)
    assert found.strain == pytest.approx(math.log(5.3 / 5.13))
    assert found.composition_error == pytest.approx(0, abs=1e-9)


def test_what_is_borrowed_says_so_and_from_whom():
    provenance = donor(LIBR, [LICL]).provenance
    assert provenance["structure"] == "borrowed"
    assert provenance["lender"] == "LiCl"
    assert provenance["lender_id"] == LICL.id
    assert provenance["lender_replaced"] == "Br for Cl"
    assert 0 < provenance["lender_cost"] < 1


@pytest.mark.parametrize(
    "other",
    [
        replace(LICL, space_group=216),
        replace(LICL, structure=None),
        known(rock_salt("Li", "Cl", 5.3 * (1 + 1.1 * LENGTHS)), 225),
        known(rock_salt("Li", "O", 5.13), 225),
        known(rock_salt("Li", "Na", 5.13), 225),
    ],
    ids=["another group", "no structure", "too large", "another charge", "no ions"],
)
def test_unlike_materials_lend_nothing(other):
    assert donor(LIBR, [other]) is None


def test_a_borrower_needs_group_lattice_and_charges():
    assert donor(replace(LIBR, lattice=None), [LICL]) is None
    assert donor(replace(LIBR, space_group=None), [LICL]) is None
    assert donor(replace(LIBR, composition=(("Li", 1.0), ("Al", 1.0))), [LICL]) is None


def test_nobody_borrows_from_itself():
    whole = replace(LICL, lattice=Lattice(5.13, 5.13, 5.13, 90, 90, 90))
    assert donor(whole, [whole]) is None
    assert donor(whole, [whole, replace(LICL, name="the same")]) is None
    near = known(rock_salt("Li", "Cl", 5.14), 225)
    assert donor(whole, [whole, near]).lender == near


def test_the_nearest_relative_lends():
    far, near = (known(rock_salt("Li", x, 5.3), 225) for x in ("F", "I"))
    assert donor(LIBR, [far, near]).lender == near
    wide, close = (known(rock_salt("Li", "Cl", a), 225) for a in (5.15, 5.25))
    assert donor(LIBR, [wide, close]).lender == close


def test_axes_may_be_named_and_turned_differently():
    cell = Lattice(6.0, 7.0, 9.0, 90.0, 101.0, 90.0)
    sites = (("Li", (0.1, 0.2, 0.3)), ("Cl", (0.4, 0.7, 0.9)))
    beta = math.radians(101.0)
    rows = [[6.0, 0, 0], [0, 7.0, 0], [9 * math.cos(beta), 0, 9 * math.sin(beta)]]
    own = known(crystal(rows, *sites), 4)
    found = donor(Candidate((("Li", 1.0), ("Br", 1.0)), space_group=4, lattice=cell), [own])
    expected = mean_field_site_energies(own.structure).mean
    assert mean_field_site_energies(found.crystal).mean == pytest.approx(expected, abs=1e-6)
    for other in (Lattice(9.0, 7.0, 6.0, 90, 101, 90), Lattice(6.0, 7.0, 9.0, 90, 79, 90)):
        candidate = Candidate((("Li", 1.0), ("Br", 1.0)), space_group=4, lattice=other)
        turned = donor(candidate, [own])
        assert turned.strain == pytest.approx(0, abs=1e-9)
        assert mean_field_site_energies(turned.crystal).mean == pytest.approx(expected, abs=1e-6)
    skewed = Lattice(6.0, 7.0, 9.0, 90, 101 + 1.1 * ANGLES, 90)
    assert donor(replace(LIBR, space_group=4, lattice=skewed), [own]) is None


def spinel_like(**lithium):
    anions = (("Cl", place) for place in ((0.25, 0.25, 0.25), (0.75, 0.75, 0.75)))
    first, second = lithium["first"], lithium["second"]
    return crystal(
        cubic(4.0),
        ({"Li": first}, (0, 0, 0)),
        ({"Li": second}, (0.5, 0.5, 0)),
        ({"Mg": 0.5}, (0.5, 0, 0.5)),
        *anions,
    )


def test_occupancies_are_scaled_and_what_overflows_goes_to_vacancies():
    lender = known(spinel_like(first=0.8, second=0.2), 195)
    cell = (4.0, 4.0, 4.0, 90, 90, 90)
    less = donor(wanted({"Li": 0.5, "Mg": 0.75, "Cl": 2.0}, 195, *cell), [lender])
    assert less.composition_error < 0.02
    held = [dict(site.species).get("Li", 0.0) for site in less.crystal.sites[:2]]
    assert held[0] / held[1] == pytest.approx(4.0)
    more = donor(wanted({"Li": 1.5, "Mg": 0.25, "Cl": 2.0}, 195, *cell), [lender])
    assert more.composition_error < 0.02
    assert more.crystal.sites[0].occupancy == pytest.approx(1.0)
    assert sum(more.crystal.composition.values()) == pytest.approx(3.75, abs=0.05)


def test_sites_that_cannot_hold_the_atoms_lend_nothing():
    full = known(rock_salt("Li", "O", 4.3), 225)
    assert donor(wanted({"Li": 2.0, "O": 1.0}, 225, *[4.3] * 3, *[90] * 3), [full]) is None


def test_like_ions_replace_each_other_at_the_least_cost():
    assert substitution_cost(("Li", 1.0), ("Li", 1.0)) == 0
    assert substitution_cost(("Li", 1.0), ("Cl", -1.0)) == math.inf
    hafnium, tantalum = (substitution_cost(ion, ("Zr", 4.0)) for ion in (("Hf", 4.0), ("Ta", 5.0)))
    assert 0 < hafnium < tantalum
    assert math.isfinite(substitution_cost(("Pm", 3.0), ("Zr", 4.0)))


def test_roles_go_to_like_ions_and_stay_filled():
    wanted = {"Li": 26.0, "La": 12.0, "Zr": 6.0, "Ta": 2.0, "O": 48.0}
    states = oxidation_states(wanted)
    roles = {"Li": 28.0, "La": 12.0, "Zr": 8.0, "O": 48.0}
    flow = assign_roles(wanted, states, roles, oxidation_states(roles))
    assert flow == pytest.approx(
        {("Li", "Li"): 26, ("La", "La"): 12, ("Zr", "Zr"): 6, ("Ta", "Zr"): 2, ("O", "O"): 48}
    )
    assert assign_roles({"Li": 1.0}, {"Li": 1.0}, {"O": 1.0}, {"O": -2.0}) is None


# ── Real materials ──────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def obelix():
    return ObelixDataset(data_dir=str(real_data.folder("obelix"))).load().candidates


def lenders(obelix):
    everybody = [*obelix, *ReferenceDataset().load().candidates]
    return [candidate for candidate in everybody if candidate.structure is not None]


@pytest.mark.slow
def test_garnets_of_obelix_lend_to_a_garnet(obelix):
    garnet = next(c for c in obelix if c.space_group == 230 and c.structure is not None)
    others = [one for one in lenders(obelix) if one.id != garnet.id]
    found = donor(replace(garnet, structure=None), others)
    assert found.lender.id != garnet.id
    assert found.lender.space_group == 230
    assert found.cost <= COST
    assert composition_error(found.crystal.composition, garnet.fractions) <= 0.02


@pytest.mark.slow
def test_nine_tenths_of_obelix_have_physics_with_donors(obelix):
    everybody = lenders(obelix)
    filled = []
    for candidate in obelix:
        if candidate.structure is None:
            found = donor(candidate, everybody)
            if found is not None:
                filled.append(replace(candidate, structure=found.crystal))
    assert len(filled) == 233
    own = [candidate for candidate in obelix if candidate.structure is not None]
    columns = physics_features([*own, *filled])
    names = ("Li site energy mean", "Li valence mismatch mean", "Li-anion distance")
    complete = np.all([np.isfinite(columns[name]) for name in names], axis=0)
    assert complete.sum() / 599 >= 0.90


@pytest.mark.slow
def test_borrowed_structures_rank_site_energies_as_own_ones_do_in_part(obelix):
    everybody, pairs = lenders(obelix), []
    for candidate in obelix:
        found = None if candidate.structure is None else donor(candidate, everybody)
        if found is not None:
            try:
                own = mean_field_site_energies(candidate.structure).mean
            except InvalidInputError:
                continue
            pairs.append((own, mean_field_site_energies(found.crystal).mean))
    own, borrowed = np.array(pairs).T
    assert len(pairs) >= 235
    assert spearmanr(own, borrowed).statistic == pytest.approx(0.63, abs=0.05)
    assert np.median(np.abs(own - borrowed)) == pytest.approx(0.76, abs=0.1)
