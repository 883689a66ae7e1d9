import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import pools

from discovery.errors import InvalidInputError
from discovery.features.elements import column
from discovery.types import Candidate
from proxies.kernels import Hyperparameters, matern, smooth
from proxies.kernels_composition import element_similarity, embed


@settings(max_examples=40, deadline=None)
@given(pools(max_size=12), st.floats(0.02, 3), st.floats(0, 1), st.integers(0, 99))
def test_every_matrix_of_the_kernel_is_positive_definite(pool, reach, share, seed):
    one = np.eye(1)
    hyper = Hyperparameters(np.array([0.7, 1.3]), one, one, np.ones(1), share, reach)
    features = np.random.default_rng(seed).normal(size=(len(pool), 2))
    inputs = np.hstack([features, embed(pool)])
    kernel = smooth(inputs, inputs, hyper)
    np.testing.assert_allclose(np.diag(kernel), 1, atol=1e-6)
    assert np.linalg.eigvalsh(kernel).min() > -1e-7


@settings(max_examples=25, deadline=None)
@given(pools(min_size=2, max_size=6))
def test_distances_are_those_of_the_fractions_weighted_by_similarity(pool):
    fractions = np.zeros((len(pool), 94))
    for row, candidate in enumerate(pool):
        for element, fraction in candidate.fractions.items():
            fractions[row, column(element)] += fraction
    points = embed(pool)
    for i in range(len(pool)):
        difference = fractions[i] - fractions
        expected = np.einsum("ij,jk,ik->i", difference, element_similarity(), difference)
        np.testing.assert_allclose(np.sum((points[i] - points) ** 2, axis=1), expected, atol=1e-9)


def test_elements_of_a_group_resemble_each_other():
    similarity = element_similarity()
    assert np.linalg.eigvalsh(similarity).min() > -1e-9
    pairs = {
        pair: similarity[column(pair[0]), column(pair[1])]
        for pair in (("Cl", "Br"), ("S", "Se"), ("Zr", "Hf"), ("Cl", "Zr"), ("S", "La"))
    }
    assert min(pairs["Cl", "Br"], pairs["S", "Se"], pairs["Zr", "Hf"]) > 0.4
    assert max(pairs["Cl", "Zr"], pairs["S", "La"]) < 0.1


def test_a_formula_written_otherwise_is_the_same_point():
    first = Candidate((("Li", 2.0), ("O", 1.0)))
    second = Candidate((("O", 2.0), ("Li", 4.0)))
    np.testing.assert_allclose(embed([first]), embed([second]), atol=1e-12)


def test_an_element_without_properties_is_named():
    with pytest.raises(InvalidInputError, match="'Am' is no element with known features"):
        embed([Candidate((("Am", 1.0), ("O", 2.0)))])


def test_without_a_share_the_columns_of_compositions_play_no_part():
    x = np.random.default_rng(1).normal(size=(5, 4))
    one = np.eye(1)
    hyper = Hyperparameters(np.array([0.7, 1.3]), one, one, np.ones(1))
    np.testing.assert_array_equal(
        smooth(x, x, hyper), matern(x[:, :2], x[:, :2], hyper.lengthscale)
    )
