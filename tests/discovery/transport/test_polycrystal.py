import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from discovery.transport.polycrystal import polycrystal


def blocks(principal, noise=0.0, count=20, seed=0):
    """Tensors with given principal values in turned axes, and noise."""
    rng = np.random.default_rng(seed)
    turn = Rotation.random(random_state=seed).as_matrix()
    wobble = rng.normal(0, noise, (count, 3, 3))
    return turn @ np.diag(principal) @ turn.T + (wobble + wobble.transpose(0, 2, 1)) / 2


def test_the_averages_are_those_of_conductivity_and_of_resistivity():
    tensors = blocks([1.0, 2.0, 4.0])
    assert polycrystal(tensors, "parallel")[0] == pytest.approx(7 / 3)
    assert polycrystal(tensors, "series")[0] == pytest.approx(3 / (1 + 1 / 2 + 1 / 4))
    for average in ("parallel", "series"):
        assert polycrystal(blocks([3.0, 3.0, 3.0]), average)[0] == pytest.approx(3.0)


def test_a_direction_that_does_not_conduct_blocks_grains_in_series_only():
    assert polycrystal(blocks([5.0, 5.0, -0.1]), "series")[0] == 0.0
    assert polycrystal(blocks([5.0, 5.0, -0.1]), "parallel")[0] == pytest.approx(3.3)


@pytest.mark.parametrize("average", ["parallel", "series"])
def test_the_error_is_the_scatter_of_repetitions(average):
    runs = [polycrystal(blocks([1.0, 2.0, 3.0], 0.5, seed=k), average) for k in range(200)]
    values, errors = np.array(runs).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.25)
