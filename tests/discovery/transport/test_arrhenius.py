import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.errors import InvalidInputError
from discovery.transport.arrhenius import BOLTZMANN, fit_arrhenius

HOT = np.array([1250.0, 1500.0, 2000.0])


def law(temperatures, energy, factor):
    """log10 sigma of sigma T = 10^factor exp(-energy/kT)."""
    t = np.asarray(temperatures)
    return factor - energy / (BOLTZMANN * t * math.log(10)) - np.log10(t)


@given(energy=st.floats(-0.5, 3), factor=st.floats(-5, 10), t=st.floats(200, 3000))
def test_an_exact_law_is_found_and_extrapolated(energy, factor, t):
    fit = fit_arrhenius(HOT, law(HOT, energy, factor), np.array([0.01, 0.1, 0.05]))
    assert fit.activation_energy == pytest.approx(energy, abs=1e-8)
    assert fit.log10_sigma(t)[0] == pytest.approx(law(t, energy, factor), abs=1e-6)


def test_standard_errors_are_the_scatter_of_repetitions():
    rng = np.random.default_rng(0)
    errors = np.array([0.05, 0.02, 0.03])
    fits = [
        fit_arrhenius(HOT, law(HOT, 0.4, 6) + rng.normal(0, errors), errors) for _ in range(3000)
    ]
    room = np.array([fit.log10_sigma(300) for fit in fits])
    assert room[:, 0].mean() == pytest.approx(law(300, 0.4, 6), abs=0.02)
    # the enlargement for points off the line makes errors larger, never smaller
    assert room[:, 1].min() == pytest.approx(room[:, 0].std(), rel=0.05)
    energies = [fit.activation_energy for fit in fits]
    least = min(fit.activation_energy_error for fit in fits)
    assert least == pytest.approx(np.std(energies), rel=0.05)


def test_points_with_small_errors_count_more():
    y = law(HOT, 0.3, 5)
    y[0] += 1.0
    trusting = fit_arrhenius(HOT, y, np.array([100.0, 0.01, 0.01]))
    assert trusting.activation_energy == pytest.approx(0.3, abs=1e-3)
    assert fit_arrhenius(HOT, y).activation_energy < 0.1


def test_a_curved_plot_is_extrapolated_with_less_confidence():
    errors = np.full(3, 0.01)
    straight = fit_arrhenius(HOT, law(HOT, 0.3, 5), errors)
    bent = fit_arrhenius(HOT, np.add(law(HOT, 0.3, 5), [0, 0.2, 0]), errors)
    assert bent.log10_sigma()[1] > 5 * straight.log10_sigma()[1]


def test_two_points_without_errors_have_no_error():
    fit = fit_arrhenius(HOT[:2], law(HOT[:2], 0.3, 5))
    assert fit.log10_sigma()[1] is None
    assert fit.activation_energy_error is None
    assert fit_arrhenius(HOT[:2], law(HOT[:2], 0.3, 5), np.ones(2)).log10_sigma()[1] > 1


@pytest.mark.parametrize(
    ("t", "y", "errors", "message"),
    [
        ([300.0], [0.0], None, "a line needs two temperatures"),
        ([300.0, 300.0], [0.0, 1.0], None, "a line needs two temperatures"),
        ([300.0, 400.0], [0.0], None, "2 temperatures, 1 conductivities"),
        ([300.0, -400.0], [0.0, 1.0], None, "must be positive"),
        ([300.0, 400.0], [0.0, 1.0], [0.0, 1.0], "must be positive"),
        ([300.0, 400.0], [0.0, -math.inf], None, "must be finite"),
    ],
)
def test_what_cannot_be_fitted_is_said(t, y, errors, message):
    with pytest.raises(InvalidInputError, match=message):
        fit_arrhenius(np.array(t), np.array(y), None if errors is None else np.array(errors))
