import math
from collections import Counter
from dataclasses import replace
from itertools import islice, permutations, product

import numpy as np
import pytest
import real_data
from hypothesis import given, settings
from hypothesis import strategies as st
from physics_cases import antifluorite, lithium_phosphide, rock_salt, zinc_blende
from scipy.stats import chisquare

from discovery.chemistry.charges import electronegativity, oxidation_states
from discovery.chemistry.structures import candidate_from_structure, write_cif
from discovery.chemistry.symmetry import lattice_mismatch
from discovery.crystal import Lattice
from discovery.datasets.obelix import ObelixDataset
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import InvalidInputError
from discovery.testing.generator import check_generator
from discovery.types import Candidate
from samplers.generators.evolved_genome import Genome
from samplers.generators.judged import Judge
from samplers.generators.known import folder, parent, parents, prototypes
from samplers.generators.substituted import SubstitutionGenerator
from samplers.generators.substituted_draws import Places, substitutions
from samplers.generators.substituted_stock import stock
from samplers.limits import Limits

SALT = candidate_from_structure(rock_salt("Li", "Cl", 5.14), name="salt")
OXIDE = candidate_from_structure(antifluorite("O", 4.62), name="oxide")
SPINEL = Candidate(
    (("Li", 2.0), ("Mg", 1.0), ("Cl", 4.0)), 8.0, 227, Lattice(10.4, 10.4, 10.4, 90, 90, 90)
)
KNOWN = (SALT, OXIDE, SPINEL)
LIMITS = replace(Limits(), atoms=(2, 60))


def substitution(**options):
    return SubstitutionGenerator(
        **({"calls": 20, "limits": LIMITS, "library": False, "known": KNOWN} | options)
    )


class Score:
    def __init__(self):
        self.seen = []

    def __call__(self, candidates):
        self.seen += candidates
        return np.array([[c.lattice.volume, -1.0] for c in candidates])


def test_substitution_keeps_the_contract_of_a_generator():
    check_generator(substitution())


@pytest.mark.parametrize("seed", [0, 1])
def test_the_best_of_all_that_were_scored_are_returned(seed):
    score = Score()
    made = substitution().generate(10, score, seed)
    volumes = [draft.candidate.lattice.volume for draft in made.drafts]
    assert volumes == sorted((c.lattice.volume for c in score.seen), reverse=True)[:10]
    assert len(score.seen) == len(set(score.seen)) == made.notes["scored"] == 20


def test_all_crystals_keep_to_the_limits_and_to_the_places_of_a_parent():
    score = Score()
    substitution(calls=27).generate(1, score, 3)
    shapes = {
        (c.space_group, *sorted(n for _, n in Genome.of(c).counts)): Genome.of(c) for c in KNOWN
    }
    for candidate in score.seen:
        genome = Genome.of(candidate)
        counts = dict(genome.counts)
        assert "Li" in counts
        assert counts.keys() <= set(LIMITS.elements)
        assert (genome.space_group, *sorted(counts.values())) in shapes
        assert lattice_mismatch(candidate.lattice, candidate.space_group) is None
        assert 5 <= genome.lattice.volume / genome.atoms <= 60
        states = oxidation_states(counts)
        assert sum(counts[e] * states[e] for e in counts) == pytest.approx(0)
    contents = {Genome.of(candidate).content for candidate in score.seen}
    assert len(contents) == len(score.seen)
    assert not contents & {Genome.of(candidate).content for candidate in KNOWN}


def test_the_child_of_an_ordered_structure_is_a_structure_of_the_same_places():
    score = Score()
    substitution(known=(OXIDE,), calls=10).generate(1, score, 0)
    assert score.seen
    for candidate in score.seen:
        again = candidate_from_structure(candidate.structure)
        assert (again.space_group, again.z) == (225, 4)
        assert dict(again.fractions) == pytest.approx(dict(candidate.fractions))
        assert again.lattice.a == pytest.approx(candidate.lattice.a, abs=1e-3)
        assert [site.position for site in candidate.structure.sites] == [
            site.position for site in OXIDE.structure.sites
        ]


def enumerated(found, limits):
    """Every neutral substitution within the limits -> its probability, by trying all of them."""
    every = {}
    for parent_at, one in enumerate(found.parents):
        twins = sum(
            (other.space_group, sorted(other.counts)) == (one.space_group, sorted(one.counts))
            for other in found.parents
        )
        neutral = {
            ions: math.prod(found.places[parent_at].shares[range(len(ions)), ions].tolist())
            for ions in product(range(len(found.ions)), repeat=len(one.counts))
            if sum(n * found.ions[ion][1] for n, ion in zip(one.counts, ions, strict=True)) == 0
        }
        total = sum(neutral.values())
        for ions, chance in neutral.items():
            pairs = [found.ions[ion] for ion in ions]
            names = [element for element, _ in pairs]
            cations = [electronegativity(element) for element, state in pairs if state > 0]
            anions = [electronegativity(element) for element, state in pairs if state < 0]
            within = len({*names}) == len(names) and {*limits.required} <= {*names}
            if chance and within and not (limits.pauling and max(cations) >= min(anions)):
                every[parent_at, ions] = chance / total / twins
    total = sum(every.values())
    return {drawn: chance / total for drawn, chance in every.items()}


def drawn_from(found, rng):
    return substitutions(found.places, found.weights, found.required, found.together, rng)


FEW = Limits(elements=("Li", "Na", "Mg", "Sr", "S", "Cl", "Br"), distinct=(2, 3))
TWIN = replace(SALT, lattice=Lattice(5, 5, 5, 90, 90, 90), structure=None)


@pytest.mark.parametrize("required", [(), ("Li",), ("Li", "Cl")])
@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_each_neutral_substitution_is_drawn_by_its_probability(required, temperature):
    limits = replace(FEW, required=required)
    found = stock([SALT, TWIN, SPINEL], limits, temperature)
    expected = enumerated(found, limits)
    rng, times = np.random.default_rng(0), 4000
    first = Counter(next(drawn_from(found, rng)) for _ in range(times))
    assert first.keys() <= expected.keys()
    assert len(expected) >= 4
    seen = [first[drawn] for drawn in expected]
    assert chisquare(seen, [times * chance for chance in expected.values()]).pvalue > 0.01


def test_the_next_substitution_is_drawn_from_what_is_left():
    found = stock([SALT, SPINEL], FEW, 3.0)
    expected = enumerated(found, FEW)
    rng, times = np.random.default_rng(1), 6000
    pairs = Counter(tuple(islice(drawn_from(found, rng), 2)) for _ in range(times))
    chances = {
        (a, b): expected[a] * expected[b] / (1 - expected[a]) for a, b in permutations(expected, 2)
    }
    assert pairs.keys() <= chances.keys()
    common = {pair: chance for pair, chance in chances.items() if times * chance >= 5}
    rare = times - sum(pairs[pair] for pair in common)
    seen = [*(pairs[pair] for pair in common), rare]
    likely = [*(times * chance for chance in common.values())]
    assert chisquare(seen, [*likely, times - sum(likely)]).pvalue > 0.01


@given(seed=st.integers(0, 2**32), pauling=st.booleans())
@settings(max_examples=20, deadline=None)
def test_every_neutral_substitution_is_drawn_exactly_once(seed, pauling):
    limits = replace(FEW, pauling=pauling)
    found = stock([*KNOWN, TWIN], limits, 1.0)
    drawn = list(drawn_from(found, np.random.default_rng(seed)))
    assert len(drawn) == len({*drawn})
    assert {*drawn} == enumerated(found, limits).keys()


@given(data=st.data(), places=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_the_chance_of_a_neutral_whole_is_the_sum_over_all_neutral_ones(data, places):
    ions, numbers = 4, st.floats(0, 1)
    shares = np.array(data.draw(st.lists(numbers, min_size=12, max_size=12)))[: places * ions]
    counts = data.draw(st.lists(st.integers(1, 6), min_size=places, max_size=places))
    states = data.draw(st.lists(st.integers(-3, 5), min_size=ions, max_size=ions))
    brings = data.draw(st.lists(st.integers(0, 3), min_size=ions, max_size=ions))
    one = Places(shares.reshape(places, ions), counts, np.array(states), np.array(brings))
    expected = 0.0
    for taken in product(range(ions), repeat=places):
        whole = sum(n * states[ion] for n, ion in zip(counts, taken, strict=True)) == 0
        complete = any(brings[ion] & 1 for ion in taken) and any(brings[ion] & 2 for ion in taken)
        if whole and complete:
            expected += math.prod(one.shares[place, ion] for place, ion in enumerate(taken))
    assert one.chance(missing=3) == pytest.approx(expected, abs=1e-12)


def test_substitutions_too_rare_for_a_number_do_no_harm():
    found = stock(KNOWN, FEW, 0.002)
    drawn = list(drawn_from(found, np.random.default_rng(0)))
    assert 0 < len(drawn) == len({*drawn})


def test_as_many_crystals_are_scored_as_there_are():
    limits = replace(LIMITS, elements=FEW.elements)
    found = stock(KNOWN, limits, 1.0)
    contents = set()
    for at, ions in enumerated(found, limits):
        one = found.parents[at]
        names = [found.ions[ion][0] for ion in ions]
        content = (one.space_group, *sorted(zip(names, one.counts, strict=True)))
        if names != [*one.elements]:
            contents.add(content)
    made = substitution(limits=limits, calls=10_000).generate(10_000, Score(), 0)
    assert made.notes["drawn: not within the limits"] > 0  # the parents themselves
    assert made.notes["scored"] == len(contents)


def test_all_calls_are_used_where_there_are_enough_crystals():
    known = [replace(one, structure=None) for one in ReferenceDataset().load().candidates]
    score = Score()
    made = substitution(known=known, calls=2000).generate(1, score, 0)
    assert made.notes["scored"] == len({*score.seen}) == 2000


def test_larger_ions_make_a_larger_cell():
    edges = {}
    score = Score()
    substitution(known=(SALT,), calls=20).generate(1, score, 0)
    for candidate in score.seen:
        edges[candidate.formula] = candidate.lattice.a
    assert edges["LiF"] < SALT.lattice.a < edges["LiBr"] < edges["LiI"]
    assert edges["LiBr"] == pytest.approx(5.50, rel=0.02)  # Wyckoff, Crystal Structures (1963)
    assert edges["LiI"] == pytest.approx(6.00, rel=0.02)


def test_usual_substitutions_come_first():
    found = stock([SALT], Limits(), 1.0)
    by_ion = dict(zip(found.ions, found.places[0].shares[1], strict=True))
    assert by_ion["Cl", -1] > by_ion["Br", -1] > by_ion["N", -3] > 0
    assert by_ion["Na", 1] == 0  # of the other sign
    assert found.places[0].shares.sum(axis=1) == pytest.approx([1.0, 1.0])
    hot = stock([SALT], Limits(), 5.0)
    even = dict(zip(hot.ions, hot.places[0].shares[1], strict=True))
    assert even["N", -3] > by_ion["N", -3]
    assert even["Br", -1] / even["Cl", -1] == pytest.approx(
        (by_ion["Br", -1] / by_ion["Cl", -1]) ** 0.2
    )


def test_each_prototype_is_drawn_as_often_as_any_other():
    twins = [replace(SALT, lattice=Lattice(a, a, a, 90, 90, 90), structure=None) for a in (5, 5.1)]
    found = stock([*twins, OXIDE], replace(Limits(), required=()), 1.0)
    assert found.weights == pytest.approx([0.25, 0.25, 0.5])


def test_a_parent_without_lithium_may_get_it():
    salt = replace(SALT, composition=(("Na", 1.0), ("Cl", 1.0)), structure=None)
    score = Score()
    substitution(known=(salt,)).generate(5, score, 0)
    assert {"LiCl", "LiBr"} <= {c.formula for c in score.seen}


@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_with_the_pauling_test_no_cation_outdraws_an_anion(seed):
    score = Score()
    substitution().generate(1, score, seed)
    for candidate in score.seen:
        states = oxidation_states(dict(candidate.composition))
        pull = {e: electronegativity(e) for e in states}
        assert max(pull[e] for e, q in states.items() if q > 0) < max(pull.values())


def test_where_there_are_few_substitutions_all_are_found_and_drawing_ends():
    limits = Limits(elements=("Li", "Na", "O", "S"), required=("Li",))
    made = substitution(limits=limits, known=(SALT, OXIDE), calls=1000).generate(50, Score(), 0)
    assert {draft.candidate.formula for draft in made.drafts} == {"Li2S"}
    assert made.notes["scored"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"known": ()}, "no known crystal can be a parent within the limits .none is known"),
        ({"limits": replace(LIMITS, space_groups=(1, 2))}, "3 x another space group"),
        ({"limits": replace(LIMITS, atoms=(100, 110))}, "3 x more or fewer atoms"),
        ({"limits": replace(LIMITS, distinct=(4, 5))}, "3 x more or fewer elements"),
        (
            {"limits": Limits(elements=("Li", "Cl", "Pm"), required=("Pm",), rarest=0.0)},
            "none of 3 known crystals has a place for Pm",
        ),
        ({"structures": "nowhere"}, "there is no .cif file in nowhere"),
    ],
)
def test_what_leaves_no_crystal_is_an_error(options, message):
    with pytest.raises(InvalidInputError, match=message):
        substitution(**options).generate(5, Score(), 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"calls": 0}, "calls is 1 or more, not 0"),
        ({"temperature": 0.0}, "temperature is a positive number, not 0"),
        ({"temperature": math.nan}, "temperature is a positive number, not nan"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        substitution(**options)


def test_crystals_of_a_folder_are_parents_too(tmp_path):
    (tmp_path / "one.cif").write_text(
        write_cif(candidate_from_structure(zinc_blende("Li", "Br", 6.0)))
    )
    (found,) = folder(tmp_path)
    assert (found.space_group, found.name) == (216, "one")
    score = Score()
    substitution(known=(), structures=str(tmp_path), calls=5).generate(5, score, 0)
    assert {candidate.space_group for candidate in score.seen} == {216}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lattice": None}, "lattice or number of formula units is not known"),
        ({"space_group": None}, "space group is not known"),
        ({"composition": (("Li", 0.6), ("Mg", 0.2), ("Cl", 1.0))}, "no whole numbers of atoms"),
        ({"composition": (("Li", 1.0), ("Na", 1.0))}, "no oxidation states"),
        ({"composition": (("Li", 1.0), ("Fe", 3.0), ("O", 4.0))}, "hold whole atoms of it"),
        ({"lattice": Lattice(5, 6, 7, 90, 90, 90)}, "its lattice does not fit"),
    ],
)
def test_what_cannot_be_a_parent_says_why(change, reason):
    strange = replace(SALT, structure=None, **change)
    with pytest.raises(InvalidInputError, match=reason):
        parent(strange)
    (told,) = parents([SALT, strange])[1]
    assert reason in told


def test_small_disorder_is_rounded_to_whole_ions():
    found = parent(replace(SALT, composition=(("Li", 0.98), ("Cl", 1.0)), structure=None))
    assert (found.elements, found.counts, found.states) == (("Li", "Cl"), (4, 4), (1, -1))


def test_parents_of_r_groups_stand_on_hexagonal_axes():
    small = Lattice(6.0, 6.0, 6.0, 55, 55, 55)
    found = parent(Candidate((("Li", 1.0), ("Cl", 1.0)), 2.0, 166, small))
    assert found.counts == (6, 6)
    assert found.lattice.gamma == 120
    assert found.lattice.volume == pytest.approx(3 * small.volume)


def test_a_parent_keeps_only_an_ordered_structure_of_its_composition():
    assert parent(SALT).structure is SALT.structure
    phosphide = candidate_from_structure(lithium_phosphide())
    assert parent(replace(SALT, structure=phosphide.structure)).structure is None


def test_a_judge_asks_once_and_not_more_often_than_allowed():
    asked = []

    def score(candidates):
        asked.extend(candidates)
        table = {SALT: [1.0, np.nan], OXIDE: [-np.inf, 2.0], SPINEL: [-np.inf, -np.inf]}
        return np.array([table[c] for c in candidates])

    judge = Judge(score, 3)
    assert judge([OXIDE, OXIDE]).tolist() == [2.0, 2.0]
    assert judge.left == 2
    assert np.isnan(judge([SALT, SPINEL, OXIDE])).tolist() == [True, True, False]
    other = replace(OXIDE, structure=None)
    assert np.isnan(judge([other])).all()
    assert asked == [OXIDE, SALT, SPINEL]
    assert [draft.candidate for draft in judge.best(9)] == [OXIDE]
    assert judge.notes == {"scored": 3, "not judged": 2}


@pytest.mark.slow
def test_the_library_and_measured_conductors_make_many_prototypes():
    known = [*ReferenceDataset().load().candidates]
    if real_data.find("obelix"):
        known += ObelixDataset(data_dir=str(real_data.folder("obelix"))).load().candidates
    assert len(prototypes()) == 288
    made = SubstitutionGenerator(calls=2000, known=known).generate(2000, Score(), 0)
    assert len(made.drafts) == 2000
    assert len({draft.candidate.space_group for draft in made.drafts}) >= 30
