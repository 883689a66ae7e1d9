import math

import numpy as np
import pytest

from discovery.errors import InvalidInputError
from oracles.force_field.conduction import Measurement, extrapolate, measure
from oracles.force_field.protocol import Trajectory

MASSES = np.array([7.0] * 20 + [16.0] * 10)
MOBILE = np.arange(30) < 20
INTERVAL = 20e-15


def trajectory(coefficient, *, framework=0.0, drift=0.0, frames=2000, seed=0):
    """Brownian Li (cm^2/s) among vibrating others, all of it drifting (A per frame)."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.standard_normal((frames, 30, 3)), axis=0)
    scale = [math.sqrt(2 * d * 1e16 * INTERVAL) for d in (coefficient, framework)]
    walk *= np.where(MOBILE, *scale)[:, None]
    vibration = 0.1 * rng.standard_normal((frames, 30, 3))
    moved = np.arange(frames)[:, None, None] * np.full(3, drift)
    return Trajectory(walk + vibration + moved, INTERVAL, 1000.0)


def measured(path, temperature=1000.0):
    return measure(path, MOBILE, MASSES, temperature=temperature, volume=300.0, blocks=5)


def test_brownian_ions_have_their_coefficient_whatever_the_crystal_drifts():
    found = measured(trajectory(3e-5))
    assert found.tracer == pytest.approx(3e-5, abs=4 * found.tracer_error)
    assert 0 < found.tracer_error < 0.1 * 3e-5
    assert abs(found.framework) < 1e-7
    drifting = measured(trajectory(3e-5, drift=0.05))
    assert drifting.tracer == pytest.approx(found.tracer, rel=1e-9)
    assert found.is_usable


def test_the_conductivity_is_that_of_nernst_and_einstein():
    found = measured(trajectory(3e-5))
    density = 20 / 300e-24
    expected = density * 1.602177e-19**2 * found.tracer / (1.380649e-23 * 1000)
    assert found.sigma == pytest.approx(expected, rel=1e-5)
    assert found.hops == pytest.approx(6 * found.tracer * 1e16 * 2000 * INTERVAL * 20 / 4)


def test_vibrations_are_no_diffusion():
    found = measured(trajectory(0.0))
    assert not found.is_usable
    assert not found.is_molten


def test_a_framework_that_diffuses_too_has_melted():
    found = measured(trajectory(3e-5, framework=1e-5))
    assert found.is_molten
    assert not found.is_usable


def at(temperature, tracer, error=0.05, **others):
    known = {"framework": 0.0, "framework_error": 0.0, "hops": 50.0} | others
    sigma = 1e4 * tracer * 1000 / temperature
    return Measurement(temperature, tracer, error * tracer, sigma=sigma, **known)


def test_the_line_leads_to_room_temperature_with_an_error():
    energy = 0.3
    points = [at(t, 1e-3 * math.exp(-energy / 8.617333e-5 / t)) for t in (800.0, 1000.0, 1200.0)]
    line = extrapolate(points)
    assert line.activation_energy == pytest.approx(energy, rel=1e-6)
    value, error = line.log10_sigma(300.0)
    expected = 1e4 * 1e-3 * math.exp(-energy / 8.617333e-5 / 300) * 1000 / 300
    assert value == pytest.approx(math.log10(expected), abs=1e-6)
    assert 0.02 < error < 0.3


def test_points_that_say_nothing_are_left_out_and_one_is_not_enough():
    good = [at(1000.0, 2e-5), at(1200.0, 4e-5)]
    bad = [
        at(800.0, 1e-6, error=0.8),
        at(900.0, 1e-6, hops=1.0),
        at(1400.0, 9e-5, framework=5e-5),
    ]
    assert extrapolate([*good, *bad]).slope == extrapolate(good).slope
    with pytest.raises(
        InvalidInputError, match=r"at 1 of 4 temperatures, a line needs 2 \(800 K: "
    ):
        extrapolate([*bad, good[0]])
    with pytest.raises(InvalidInputError, match=r"1400 K: .*, the framework melts; 1000 K"):
        extrapolate([bad[-1], good[0]])
