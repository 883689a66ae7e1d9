import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.constants import Boltzmann, elementary_charge

from discovery.errors import InvalidInputError
from discovery.transport.diffusion import _moments, diffusion, nernst_einstein


def brownian(frames, ions, *, step=0.5, common=0.0, seed=0):
    """Independent walks with a share of common motion; D* and D_J per frame in A^2."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, step, (frames, ions, 3))
    together = rng.normal(0, common, (frames, 1, 3))
    positions = np.cumsum(own + together, axis=0)
    return positions, (step**2 + common**2) / 2, (step**2 + ions * common**2) / 2


@pytest.mark.parametrize("common", [0.0, 0.2])
def test_random_walks_have_the_coefficients_they_were_made_with(common):
    positions, tracer, charge = brownian(20000, 12, common=common)
    found = diffusion(positions, 2e-12, blocks=20, window=(0.01, 0.1))
    scale = 1e-16 / 2e-12
    assert found.tracer == pytest.approx(tracer * scale, abs=4 * found.tracer_error)
    assert found.charge == pytest.approx(charge * scale, abs=4 * found.charge_error)
    assert found.charge_error < 0.1 * found.charge
    assert found.haven_interval[0] < tracer / charge < found.haven_interval[1]
    assert found.haven == found.tracer / found.charge


def test_errors_of_blocks_are_the_scatter_of_repetitions():
    runs = [diffusion(brownian(2000, 4, seed=k)[0], 1.0, blocks=10) for k in range(60)]
    for name in ("tracer", "charge"):
        scatter = np.std([getattr(run, name) for run in runs], ddof=1)
        claimed = np.mean([getattr(run, f"{name}_error") for run in runs])
        assert claimed == pytest.approx(scatter, rel=0.3)
    covered = [run.haven_interval[0] < 1 < run.haven_interval[1] for run in runs]
    assert np.mean(covered) > 0.85


def test_vibration_does_not_diffuse():
    rng = np.random.default_rng(1)
    rattle = rng.normal(0, 0.1, (4000, 5, 3))
    walk, tracer, _ = brownian(4000, 5, step=0.05)
    still = diffusion(rattle, 1.0)
    assert abs(still.tracer) < 5 * still.tracer_error
    moving = diffusion(walk + rattle, 1.0)
    assert moving.tracer == pytest.approx(tracer * 1e-16, abs=4 * moving.tracer_error)


def test_ions_that_never_move_have_no_haven_ratio():
    found = diffusion(np.zeros((100, 3, 3)), 1.0)
    assert (found.tracer, found.charge) == (0.0, 0.0)
    assert math.isnan(found.haven)
    assert found.haven_interval == (0.0, math.inf)


def test_displacements_are_averaged_over_all_time_origins():
    line = np.zeros((5, 1, 3))
    line[:, 0, 0] = [0, 1, 3, 3, 7]
    line[:, 0, 1] = [0, 0, 1, 1, 0]
    moments = _moments(line, np.array([1.0, 3.0]))
    assert moments[:, 0, 0].tolist() == [(1 + 4 + 0 + 16) / 4, (9 + 36) / 2]
    assert moments[:, 0, 1].tolist() == [(0 + 2 + 0 - 4) / 4, (3 + 0) / 2]
    assert (moments == moments.transpose(0, 2, 1)).all()


@given(
    scale=st.floats(0.1, 10),
    step=st.floats(1e-15, 1e-9),
    shift=st.floats(-100, 100),
    turn=st.booleans(),
)
def test_units_and_origin_enter_as_they_should(scale, step, shift, turn):
    positions = brownian(120, 3)[0]
    reference = diffusion(positions, 1e-12, blocks=3)
    other = (positions[..., ::-1] if turn else positions) * scale + shift
    found = diffusion(other, step, blocks=3)
    factor = scale**2 * 1e-12 / step
    assert found.tracer == pytest.approx(reference.tracer * factor, rel=1e-6)
    assert found.charge == pytest.approx(reference.charge * factor, rel=1e-6, abs=1e-9 * factor)


def test_nernst_einstein_in_si_units():
    density, coefficient, temperature = 0.02, 3e-8, 500.0
    si = (density * 1e30) * elementary_charge**2 * (coefficient * 1e-4) / (Boltzmann * temperature)
    assert nernst_einstein(coefficient, density, temperature) == pytest.approx(si / 100)


@pytest.mark.parametrize(
    ("shape", "arguments", "message"),
    [
        ((10, 3), {}, r"shape \(frames, ions, 3\) with ions, not \(10, 3\)"),
        ((10, 0, 3), {}, "with ions"),
        ((100, 2, 3), {"time_step": 0.0}, "must be positive, not 0"),
        ((100, 2, 3), {"blocks": 1}, "2 or more blocks, not 1"),
        ((100, 2, 3), {"window": (0.5, 0.5)}, "0 <= first < last < 1"),
        ((15, 2, 3), {}, "15 frames in 10 blocks leave no two lags"),
    ],
)
def test_what_cannot_be_used_is_said(shape, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        diffusion(np.zeros(shape), **{"time_step": 1.0, **arguments})


def test_a_trajectory_is_finite():
    positions = np.zeros((100, 2, 3))
    positions[3, 1, 2] = np.nan
    with pytest.raises(InvalidInputError, match="no finite numbers"):
        diffusion(positions, 1.0)
