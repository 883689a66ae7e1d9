import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from samplers.gflownet.densities import Mixture, numbers

COMPONENTS = 3


def mixture(seed, dims, rows=1, spread=2.0):
    generator = torch.Generator().manual_seed(seed)
    raw = spread * torch.randn((rows, numbers(COMPONENTS, dims)), generator=generator)
    return Mixture.of(raw, COMPONENTS, dims)


def grid(side):
    ticks = (torch.arange(side) + 0.5) / side
    x, y = torch.meshgrid(ticks, ticks, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)


@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_a_density_integrates_to_one_over_the_free_coordinates(seed):
    points, side = grid(300), 300
    made = mixture(seed, 2, spread=1.0)
    many = Mixture(*(p.expand(len(points), *p.shape[1:]) for p in vars(made).values()))
    both = torch.ones((len(points), 2), dtype=torch.bool)
    assert many.log_prob(points, both).exp().mean() == pytest.approx(1, abs=0.01)
    one = torch.tensor([True, False]).expand(len(points), -1)
    line = many.log_prob(points, one).exp().reshape(side, side)
    assert line.mean(0) == pytest.approx(torch.ones(side), abs=0.01)
    assert line[:, 0] == pytest.approx(line[:, -1], rel=1e-5)


def test_without_free_coordinates_a_density_is_one():
    made = mixture(0, 2, rows=5)
    none = torch.zeros((5, 2), dtype=torch.bool)
    assert made.log_prob(torch.full((5, 2), 0.5), none) == pytest.approx(torch.zeros(5), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_samples_follow_the_density(seed):
    made, count = mixture(seed, 1), 20_000
    free = torch.ones((count, 1), dtype=torch.bool)
    many = Mixture(*(p.expand(count, *p.shape[1:]) for p in vars(made).values()))
    generator = torch.Generator().manual_seed(seed)
    drawn = many.sample(free, torch.zeros(count, dtype=torch.bool), generator)
    ticks = (torch.arange(count) + 0.5)[:, None] / count
    cumulative = many.log_prob(ticks, free).exp().cumsum(0) / count
    found = np.interp(drawn[:, 0].numpy(), ticks[:, 0].numpy(), cumulative.numpy())
    assert stats.kstest(found, "uniform").statistic < 0.015


def test_coordinates_of_one_mixture_correlate():
    weights = torch.log(torch.tensor([[0.5, 0.5, 1e-9]]))
    centres = torch.tensor([[[-2.0, -2.0], [2.0, 2.0]]])
    made = Mixture(weights, centres, torch.full((1, 2, 2), 0.2))
    many = Mixture(*(p.expand(2000, *p.shape[1:]) for p in vars(made).values()))
    free = torch.ones((2000, 2), dtype=torch.bool)
    drawn = many.sample(free, torch.zeros(2000, dtype=torch.bool), torch.Generator().manual_seed(0))
    assert torch.corrcoef(drawn.T)[0, 1] > 0.95


def test_uniform_rows_ignore_the_mixture_and_tied_coordinates_stand_in_the_middle():
    made = mixture(1, 2, rows=4000, spread=4.0)
    free = torch.tensor([True, False]).expand(4000, -1)
    generator = torch.Generator().manual_seed(0)
    drawn = made.sample(free, torch.ones(4000, dtype=torch.bool), generator)
    assert stats.kstest(drawn[:, 0].numpy(), "uniform").pvalue > 0.01
    assert bool((drawn[:, 1] == 0.5).all())


def test_the_faces_of_the_cube_have_finite_densities():
    made = mixture(2, 2, rows=4)
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert bool(made.log_prob(corners, torch.ones((4, 2), dtype=torch.bool)).isfinite().all())
