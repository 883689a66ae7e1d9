import numpy as np
import pytest
from belief_cases import random_belief, random_context, seeds, single
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from samplers.acquisition.entropy import Gibbon, MaxValueEntropy, log_bound
from samplers.acquisition.entropy_fidelities import MultiFidelityEntropy, integrated, log_told
from samplers.acquisition.maxima import log_information, maxima


def information(z, share):
    """Nats that an answer of this squared correlation tells of a maximum z above the mean."""
    r = share**0.5

    def density(u):
        step = stats.norm.cdf((z - r * u) / (1 - share) ** 0.5)
        return stats.norm.pdf(u) * step / stats.norm.cdf(z)

    def integrand(u):
        p = density(u)
        return -p * np.log(p) if p > 0 else 0.0

    entropy, _ = integrate.quad(integrand, -12, 9, epsabs=1e-12, epsrel=1e-10, limit=400)
    return stats.norm.entropy() - entropy


@pytest.mark.parametrize("z", [-3.0, -0.5, 0.0, 1.0, 4.0])
def test_the_information_of_an_exact_answer_is_entropy_lost_to_the_truncation(z):
    lost = stats.norm.entropy() - stats.truncnorm(-30, z).entropy()
    assert np.exp(log_information(np.array([z])))[0] == pytest.approx(lost, rel=1e-7)


def test_information_falls_as_the_maximum_rises_and_has_no_seam():
    z = np.concatenate([-np.logspace(9, -3, 2000), np.logspace(-3, 3, 2000)])
    values = log_information(z)
    assert np.isfinite(values).all()
    assert (np.diff(values) < 0).all()
    for seam in (-1e3, 30.0):
        around = log_information(seam * (1 + np.array([1e-9, -1e-9])))
        assert around[0] == pytest.approx(around[1], rel=1e-6)


@pytest.mark.parametrize("z", [-3.0, -0.5, 0.0, 1.0, 4.0])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.99])
def test_the_information_of_a_noisy_answer_is_its_integral_and_gibbon_is_below_it(z, share):
    truth = information(z, share)
    assert integrated(np.array(z), np.array(share)) == pytest.approx(truth, rel=1e-7, abs=1e-9)
    told = np.exp(log_told(np.array([[z]]), np.array([share])))[0, 0]
    assert told == pytest.approx(truth, rel=1e-3, abs=1e-9)
    bound = np.exp(log_bound(np.array([[z]]), np.log([share])))[0, 0]
    assert 0.5 * truth < bound <= truth * (1 + 1e-6)


def test_the_table_is_as_good_as_the_integral():
    rng = np.random.default_rng(0)
    z, blurred = rng.uniform(-6, 4.5, (4, 100)), rng.uniform(0.02, 0.99, 100)
    share = 1 - blurred**2
    np.testing.assert_allclose(np.exp(log_told(z, share)), integrated(z, share), rtol=2e-3)


def test_a_noisy_answer_becomes_an_exact_one():
    z = np.array([[-1.0, 0.5, 2.0]])
    np.testing.assert_allclose(log_told(z, np.ones(3)), log_information(z), rtol=1e-3)
    nearly = log_told(z, np.full(3, 1 - 1e-8))
    np.testing.assert_allclose(nearly, log_information(z), atol=1e-3)


@pytest.mark.parametrize("share", [1.0, 0.97, 0.5, 0.1])
def test_information_falls_as_the_maximum_rises_at_any_correlation(share):
    z = np.linspace(-12, 12, 5000)[None]
    assert (np.diff(log_told(z, np.full(5000, share))[0]) < 0).all()


def test_the_bound_survives_any_distance_and_correlation():
    z = np.array([[-1e9, -1e4, -5.0, 0.0, 25.0, 40.0, 1e9]])
    for share in (1.0, 1 - 1e-12, 0.5, 1e-12, 0.0):
        with np.errstate(divide="ignore"):
            values = log_bound(z, np.log(np.full(7, share)))
        assert not np.isnan(values).any()
        assert (np.diff(np.exp(values)) <= 1e-9).all()


@given(seeds, st.integers(1, 300))
@settings(max_examples=30)
def test_the_maxima_are_distributed_like_the_largest_of_the_candidates(seed, n):
    rng = np.random.default_rng(seed)
    belief = single(rng.normal(size=n), rng.uniform(0.5, 1.5, n))
    values = maxima(belief, random_context(belief, best=-np.inf), 50)
    draws = belief.target_mean + belief.target_std * rng.standard_normal((4000, n))
    largest = draws.max(axis=1)
    spread = np.subtract(*np.quantile(largest, [0.75, 0.25]))
    shares = np.quantile(largest, [0.25, 0.5, 0.75])
    np.testing.assert_allclose(np.quantile(values, [0.25, 0.5, 0.75]), shares, atol=0.15 * spread)
    assert (np.diff(values) >= 0).all()


def test_no_maximum_is_below_the_best_value_or_what_is_certain():
    belief = single([4.9, 5.0], [1.0, 0.0])
    assert (maxima(belief, random_context(belief, best=-np.inf), 9) >= 5.0 - 1e-6).all()
    assert (maxima(belief, random_context(belief, best=7.0), 9) >= 7.0).all()


@pytest.fixture(scope="module")
def process():
    """A fitted process of BoTorch and points, in the form of a belief too."""
    torch = pytest.importorskip("torch")
    models = pytest.importorskip("botorch.models")
    rng = np.random.default_rng(3)
    x, y = torch.tensor(rng.random((8, 2))), torch.tensor(rng.normal(size=(8, 1)))
    y = (y - y.mean()) / y.std()
    model = models.SingleTaskGP(
        x, y, torch.full((8, 1), 0.05, dtype=torch.double), outcome_transform=None
    )
    model.eval()
    points = torch.tensor(rng.random((40, 2)))
    with torch.no_grad():
        posterior = model.posterior(points)
        covariance = posterior.distribution.covariance_matrix.numpy()
        mean = posterior.mean[:, 0].numpy()
        noisy = model.posterior(points, observation_noise=True).variance[0, 0].item()
    values, vectors = np.linalg.eigh(covariance)
    factor = vectors * np.sqrt(np.maximum(values, 0)) * (1 - 1e-9)
    noise = noisy - covariance[0, 0]
    belief = single(mean, np.sqrt(np.diag(covariance)), noise=noise, factor=factor)
    return torch, model, points, belief


@pytest.mark.parametrize("pending", [(), ((3, 0), (17, 0))])
def test_gibbon_agrees_with_botorch_alone_and_beside_pending_points(process, pending):
    torch, model, points, belief = process
    module = pytest.importorskip("botorch.acquisition.max_value_entropy_search")
    context = random_context(belief, best=-np.inf, pending=pending)
    theirs = module.qLowerBoundMaxValueEntropy(model, points, num_mv_samples=16)
    theirs.posterior_max_values = torch.tensor(maxima(belief, context, 16))[:, None]
    if pending:
        theirs.X_pending = points[[row for row, _ in pending]]
    with torch.no_grad():
        expected = theirs(points[:, None]).numpy()
    ours = Gibbon(maxima=16).score(belief, context)[:, 0]
    rest = np.setdiff1d(np.arange(40), [row for row, _ in pending])
    np.testing.assert_allclose(ours[rest], expected[rest], rtol=1e-4, atol=1e-6)


def test_the_entropy_search_of_botorch_ranks_as_the_integral_does(process):
    torch, model, points, belief = process
    module = pytest.importorskip("botorch.acquisition.max_value_entropy_search")
    context = random_context(belief, best=-np.inf)
    torch.manual_seed(0)
    theirs = module.qMaxValueEntropy(
        model, points, num_fantasies=1, num_mv_samples=16, num_y_samples=512
    )
    theirs.posterior_max_values = torch.tensor(maxima(belief, context, 16))[:, None]
    with torch.no_grad():
        expected = theirs(points[:, None]).numpy()
    ours = MultiFidelityEntropy(maxima=16).score(belief, context)[:, 0]
    assert stats.spearmanr(ours, expected).statistic > 0.98
    np.testing.assert_allclose(np.exp(ours), expected, atol=0.1 * expected.max())


def test_a_certain_candidate_tells_nothing_of_the_maximum():
    belief = single([3.0, 0.0, 2.9], [0.0, 1.0, 1.0])
    context = random_context(belief, best=-np.inf)
    for acquisition in (MaxValueEntropy(), Gibbon()):
        scores = acquisition.score(belief, context)[:, 0]
        assert scores[0] == pytest.approx(0.0, abs=1e-12)
        assert np.argmax(scores) == 2


def test_information_is_bought_where_it_is_cheap():
    belief = random_belief(5, m=3)
    dear = MultiFidelityEntropy().score(belief, random_context(belief, hint=1.0))
    cheap = MultiFidelityEntropy().score(belief, random_context(belief, hint=0.01))
    assert np.argmax(dear.max(axis=0)) == 2
    assert np.argmax(cheap.max(axis=0)) != 2
    np.testing.assert_allclose(cheap[:, :2] - dear[:, :2], np.log(100))


def test_the_integral_is_never_below_the_bound():
    belief = random_belief(6, m=3)
    context = random_context(belief)
    bound = MultiFidelityEntropy(integral=False).score(belief, context)
    integral = MultiFidelityEntropy().score(belief, context)
    assert (integral >= bound - 1e-12).all()
    assert (integral > bound + 1e-6).any()
