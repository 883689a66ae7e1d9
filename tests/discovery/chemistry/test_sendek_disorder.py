import itertools
import time

import numpy as np
import pytest
import real_data
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
    turned,
)

from discovery.chemistry import sendek_disorder
from discovery.chemistry.neighbours import periodic_pairs
from discovery.chemistry.sendek import sendek_features
from discovery.chemistry.sendek_disorder import sampled_features
from discovery.datasets.obelix import ObelixDataset
from discovery.errors import InvalidInputError

NAMES = ("llb", "sbi", "afc", "lasd", "llsd")


def values(features):
    return np.array([getattr(features, name) for name in NAMES])


def alloy():
    """Mixed and half empty sites, no two of them alternatives."""
    return crystal(
        [[3.9, 0, 0], [0.3, 4.1, 0], [0, 0.2, 4.3]],
        ({"Li": 0.6, "Mg": 0.3}, (0, 0, 0)),
        ({"Li": 0.4}, (0.5, 0.5, 0)),
        ({"S": 0.7, "Se": 0.3}, (0.5, 0, 0.45)),
    )


@pytest.mark.parametrize(
    "one",
    [antifluorite("O", 4.619), lithium_phosphide(), lithium_phosphate(), rock_salt("Li", "I", 6.0)],
    ids=["Li2O", "Li3P", "Li3PO4", "LiI"],
)
def test_counting_in_a_supercell_changes_nothing_where_all_is_ordered(one):
    sample = sendek_disorder._Sample(one, seed=0)
    sample.extend()
    np.testing.assert_allclose(values(sample.result().features), values(sendek_features(one)))
    exact = sampled_features(one, seed=0)
    assert exact.features == sendek_features(one)
    assert exact.standard_error == 0


def test_without_alternatives_the_expectation_is_that_over_independent_sites():
    exact = sendek_features(alloy())
    sample = sampled_features(alloy(), seed=1)
    np.testing.assert_allclose(values(sample.features), values(exact), rtol=0.02)
    assert sample.features.z == pytest.approx(exact.z, abs=5 * sample.z_error + 0.02)
    assert sample.hard_sphere == 2.0


def test_pairs_that_share_an_atom_are_counted_configuration_by_configuration():
    """One Li in each pair of positions, pairs independent of each other: an exact sum."""
    cell, half = 4.4, 0.8
    positions = np.array([[0.5 - half / cell, 0.5, 0.5], [0.5 + half / cell, 0.5, 0.5]])
    one = crystal(
        cubic(cell),
        ("S", (0, 0, 0)),
        ({"Li": 0.5}, positions[0]),
        ({"Li": 0.5}, positions[1]),
    )
    i, j, distance = periodic_pairs(np.array(cubic(cell)), positions, 8.0)
    other = ~((i != j) & (distance < 2 * half + 1e-6))  # the partner is empty for sure
    near = distance[other] <= 4.0
    expected = 0.5 * np.bincount(i[other][near], minlength=2).mean()
    sample = sampled_features(one, seed=2)
    assert sample.features.llb == pytest.approx(expected, rel=0.02)
    assert sample.features.lasd == pytest.approx(sendek_features(one).lasd)
    assert sample.features.afc == pytest.approx(6.0)


def test_the_nearest_of_several_random_neighbours_is_averaged_exactly():
    chances, places = (0.3, 0.6, 0.5), np.diag([0.15, 0.24, 0.34])
    one = crystal(
        cubic(14.0),
        ("Li", (0, 0, 0)),
        *(({"O": p}, x) for p, x in zip(chances, places, strict=True)),
        ("O", (0, 0, 0.55)),
    )
    distances = 14 * np.array([0.15, 0.24, 0.34, 0.45])
    expected = 0.0
    for filled in itertools.product((0, 1), repeat=3):
        weight = np.prod([p if on else 1 - p for p, on in zip(chances, filled, strict=True)])
        expected += weight * min(d for d, on in zip(distances, (*filled, 1), strict=True) if on)
    assert sampled_features(one, seed=0).features.lasd == pytest.approx(expected, rel=0.02)


def test_an_answer_follows_from_the_seed():
    first, again = (sampled_features(split_conductor(), seed=4) for _ in range(2))
    assert first == again
    assert first != sampled_features(split_conductor(), seed=5)


def test_the_standard_error_is_the_scatter_of_seeds():
    one = split_conductor()
    samples = [sampled_features(one, seed) for seed in range(20)]
    z = np.array([sample.features.z for sample in samples])
    stated = np.mean([sample.z_error for sample in samples])
    assert 0.5 < z.std(ddof=1) / stated < 2
    assert max(sample.standard_error for sample in samples) < 0.004
    assert min(sample.steps for sample in samples) > 100


def test_the_expectation_survives_any_way_of_writing_the_crystal():
    for one in (split_conductor(), alloy()):
        reference = sampled_features(one, 0)
        for other in (turned(one, 3), skewed(one), supercell(one, (2, 1, 1))):
            again = sampled_features(other, 1)
            assert again.features.probability == pytest.approx(
                reference.features.probability, abs=0.02
            )
            np.testing.assert_allclose(
                values(again.features), values(reference.features), rtol=0.02, atol=0.02
            )


def test_a_trace_of_lithium_far_apart_still_has_neighbours():
    one = crystal(cubic(6.0), ({"Li": 0.02, "Na": 0.98}, (0, 0, 0)), ("Cl", (0.5, 0.5, 0.5)))
    features = sampled_features(one, 0).features
    exact = sendek_features(one)
    assert features.llsd == pytest.approx(exact.llsd, rel=0.1)
    assert features.llb == pytest.approx(0.0)


def trace(occupancy):
    return crystal(
        cubic(4.0), ({"Li": occupancy}, (0, 0, 0)), ("Na", (0.5, 0.5, 0)), ("Cl", (0.5, 0.5, 0.5))
    )


def test_occupations_without_lithium_do_not_count():
    sample = sendek_disorder._Sample(trace(1e-4), seed=0)
    sample.extend()
    assert not sample.has_centres
    features = sampled_features(trace(1e-4), 0).features
    assert features.lasd == pytest.approx(4 * np.sqrt(3) / 2)
    assert features.afc == pytest.approx(6.0)


def test_lithium_that_is_hardly_ever_drawn_is_an_error_with_a_way_out(monkeypatch):
    monkeypatch.setattr(sendek_disorder, "_MOST_CHAINS", 20)
    with pytest.raises(InvalidInputError, match=r"fewer than 2 of 20 .* hold Li.* 'mean-field'"):
        sampled_features(trace(1e-6), 0)


def test_what_has_no_features_says_why():
    with pytest.raises(InvalidInputError, match="has no Li, only Cl, Na"):
        sampled_features(crystal(cubic(5), ({"Na": 0.5}, (0, 0, 0)), ("Cl", (0.5,) * 3)), 0)
    with pytest.raises(InvalidInputError, match="no anion: nothing in Cs, Li"):
        sampled_features(crystal(cubic(5), ({"Li": 0.5}, (0, 0, 0)), ("Cs", (0.5,) * 3)), 0)


def test_a_thousand_sites_are_sampled_in_seconds():
    corners = itertools.product(range(5), range(5), range(10))
    sites = []
    for x, y, z in corners:
        origin = np.array([x / 5, y / 5, z / 10])
        sites += [({"Li": 0.5}, origin), ({"Li": 0.45}, np.add(origin, [0.06, 0, 0]))]
        sites += [("S", np.add(origin, [0.1, 0.1, 0.05]))]
        sites += [({"Mg": 0.5}, np.add(origin, [0.1, 0.1, 0]))]
    one = crystal([[20, 0, 0], [0, 20, 0], [0, 0, 40]], *sites)
    sampled_features(alloy(), 0)
    begun = time.process_time()
    sample = sampled_features(one, 0)
    assert time.process_time() - begun < 5
    assert 0 <= sample.features.probability <= 1


@pytest.mark.slow
def test_seeds_agree_within_two_hundredths_on_every_disordered_crystal_of_obelix():
    folder = real_data.folder("obelix")
    crystals = [
        candidate.structure
        for candidate in ObelixDataset(data_dir=str(folder)).load().candidates
        if candidate.structure is not None and not candidate.structure.is_ordered
    ]
    assert len(crystals) == 243
    for one in crystals:
        first, second = (sampled_features(one, seed) for seed in (0, 1))
        assert first.features.probability == pytest.approx(second.features.probability, abs=0.02)
        assert first.standard_error < 0.004
