import math
from dataclasses import replace

import numpy as np
import pytest
import real_data
from hypothesis import given, settings
from hypothesis import strategies as st
from physics_cases import antifluorite, rock_salt

from discovery.assessment.arrangements import same_arrangement, same_framework
from discovery.assessment.collisions import Coarseness, study
from discovery.assessment.differences import Range, differences
from discovery.chemistry.structures import candidate_from_structure
from discovery.crystal import Crystal, Lattice, Site
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import InvalidInputError
from discovery.report.collisions import facts, findings, markdown
from discovery.types import Bound, Candidate, Dataset, Estimate

LEFT, RIGHT = Bound("left", -10.0), Bound("right", -2.0)


def material(a=10.0, *, x=1.0, group=225, name=""):
    return Candidate((("Li", x), ("Cl", 1.0)), 4.0, group, Lattice(a, a, a, 90, 90, 90), None, name)


def dataset(rows, **groups):
    labels = {c.id: label for c, label in rows if label is not None}
    return Dataset("toy", tuple(c for c, _ in rows), labels, groups=groups)


def test_rows_collide_until_the_key_is_fine_enough():
    rows = [
        (material(10.0), Estimate(-3.0)),
        (material(10.2), Estimate(-5.0)),
        (material(10.4, group=216), Estimate(-4.0)),
        (material(10.0, x=2.0), Estimate(-8.0)),
    ]
    found = study(dataset(rows), (1.0, 0.1))
    names = ["composition", "composition + group"]
    names += [f"composition + group + cell to {edge} Å" for edge in ("1", "0.1")]
    assert [level.coarseness.name for level in found.levels] == names
    assert [level.pairs for level in found.levels] == [3, 1, 1, 0]
    assert [level.keys for level in found.levels] == [2, 3, 3, 4]
    assert [level.colliding for level in found.levels] == [3, 2, 2, 0]
    assert [level.split.pairs for level in found.levels] == [0, 2, 2, 3]
    assert found.levels[1].same.median == Range(2.0, 2.0)
    assert found.levels[1].scatter == Range(math.sqrt(2), math.sqrt(2))
    assert found.levels[0].different.pairs == 3


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        (Estimate(-3.0), Estimate(-5.0), 2.0, 2.0),
        (Estimate(-3.0), LEFT, 7.0, math.inf),
        (Estimate(-12.0), LEFT, 0.0, math.inf),
        (LEFT, Bound("left", -8.0), 0.0, math.inf),
        (LEFT, RIGHT, 8.0, math.inf),
    ],
)
def test_a_difference_with_a_bound_is_known_as_far_as_the_bound_tells(one, other, low, high):
    assert Range.between(one, other) == Range.between(other, one) == Range(low, high)


values = st.floats(-15, -1)
labels = st.one_of(values.map(Estimate), values.map(lambda v: Bound("left", v)))


@given(found=st.lists(labels, min_size=2, max_size=8), seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_whatever_hides_behind_the_bounds_the_median_lies_in_the_range(found, seed):
    rng = np.random.default_rng(seed)
    rows = [(material(10 + i / 100), label) for i, label in enumerate(found)]
    pairs = np.array(np.triu_indices(len(found), 1)).T
    known = differences(
        dataset(rows), pairs, np.zeros(len(found), dtype=np.intp), seed=0, purpose="test"
    )
    truth = [
        label.value - (rng.exponential(5) if isinstance(label, Bound) else 0) for label in found
    ]
    gaps = [abs(truth[i] - truth[j]) for i, j in pairs]
    assert known.median.low - 1e-9 <= np.median(gaps) <= known.median.high + 1e-9
    share = np.mean([gap >= 1 for gap in gaps])
    assert known.share.low - 1e-9 <= share <= known.share.high + 1e-9


def test_what_is_not_known_of_a_row_leaves_it_out_of_the_keys_that_need_it():
    rows = [(material(), Estimate(-3.0)), (replace(material(), lattice=None), None)]
    found = study(dataset(rows), (1.0,))
    assert [level.rows for level in found.levels] == [2, 2, 1]
    assert found.levels[0].pairs == 1
    assert found.levels[0].same.median is None
    assert found.levels[0].scatter is None
    assert found.labelled == 1


def test_angles_are_part_of_the_cell():
    cells = [Lattice(5, 5, 5, 90, beta, 90) for beta in (90.0, 100.0)]
    one, other = (replace(material(), space_group=14, lattice=cell) for cell in cells)
    for edge, same in ((0.1, False), (0.5, False), (3.0, True)):
        key = Coarseness(group=True, edge=edge)
        assert (key.key(one) == key.key(other)) is same


@pytest.mark.parametrize("precision", [0.0, -1.0, math.nan])
def test_a_precision_that_is_none_is_refused(precision):
    with pytest.raises(InvalidInputError, match="rounded to a positive number of Angstrom, not"):
        study(dataset([(material(), None)]), (precision,))


def test_structures_of_colliding_rows_are_compared():
    salt = rock_salt("Li", "Cl", 5.14)
    moved = Crystal(
        salt.matrix, tuple(replace(s, position=_shifted(s.position)) for s in salt.sites)
    )
    hole = replace(salt.sites[0], position=(0.31, 0.17, 0.07))
    other = Crystal(salt.matrix, (hole, *salt.sites[1:]))
    assert same_arrangement(salt, moved)
    assert not same_arrangement(salt, other)
    lithium = [site for site in salt.sites if site.species[0][0] == "Li"]
    split = [Site((("Li", 0.5),), (x + 0.04, y, z)) for x, y, z in (s.position for s in lithium)]
    halves = [Site((("Li", 0.5),), (x - 0.04, y, z)) for x, y, z in (s.position for s in lithium)]
    rest = [site for site in salt.sites if site not in lithium]
    refined = Crystal(salt.matrix, (*split, *halves, *rest))
    assert not same_arrangement(salt, refined)
    assert same_framework(salt, refined)
    rows = [
        (replace(candidate_from_structure(crystal), name=name), Estimate(value))
        for crystal, name, value in ((salt, "a", -3.0), (refined, "b", -4.0))
    ]
    found = study(dataset(rows), (1.0,), alike=(same_arrangement, same_framework)).levels[0]
    assert (found.compared, found.unlike) == (1, (1, 0))
    assert same_framework(antifluorite("O", 4.6), antifluorite("O", 4.7))


def _shifted(position):
    x, y, z = position
    return x + 0.13, y + 0.21, z


def test_pairs_from_two_papers_are_counted():
    rows = [(material(10 + i / 100), Estimate(-3.0)) for i in range(3)]
    dois = {c.id: doi for (c, _), doi in zip(rows, ("x", "x", "y"), strict=True)}
    assert study(dataset(rows, doi=dois)).levels[0].papers == 2


def test_the_page_says_what_was_found_and_json_has_no_infinity():
    rows = [(material(10.0, name="a|b"), Estimate(-3.0)), (material(10.001), LEFT)]
    rows += [(material(9, x=2.0 + i), Estimate(-4.0 - i)) for i in range(9)]
    found = study(dataset(rows))
    page = markdown(found, "discovery data collisions")
    assert "No: 2 of 11 rows share even the finest key" in page
    assert "7.00 or more" in page
    assert "a\\|b" in page
    told = facts(found)
    assert told["widest"][0]["gap"] == [7.0, None]
    assert told["levels"][-1]["key"] == "composition + group + cell to 0.1 Å"


def test_no_collision_is_no_proof():
    rows = [(material(10 + i, x=1.0 + i), Estimate(-3.0 - i)) for i in range(4)]
    said = list(findings(study(dataset(rows))))
    assert said[0].startswith("No two rows of toy share the finest key")


@pytest.mark.skipif(real_data.find("obelix") is None, reason="OBELiX is not here")
def test_the_finest_key_does_not_tell_measured_conductors_apart():
    data = ObelixDataset(data_dir=str(real_data.folder("obelix")), structures=False).load()
    found = study(data, (0.1,))
    coarse, fine = found.levels[0], found.levels[-1]
    assert (coarse.rows, coarse.keys, coarse.colliding, coarse.pairs) == (599, 500, 165, 152)
    assert (fine.keys, fine.colliding, fine.pairs) == (544, 93, 81)
    assert found.bounds == 37
    assert 0.3 < fine.same.median.low <= fine.same.median.high < 0.9
    assert fine.same.median.high < fine.different.median.low
