import numpy as np
import pytest
from report_story import Story, candidate, forecast, query
from scipy.stats import spearmanr

from discovery.report.agreement import agreement
from discovery.types import Bound


def campaign(means: list[float], values: list[float], std: float | None = 1.0) -> Story:
    story = Story(budget=1000.0)
    queries = [query(candidate(i)) for i in range(len(means))]
    beliefs = [forecast(mean, std) for mean in means]
    story.ask(*zip(queries, beliefs, strict=True))
    for asked, value in zip(queries, values, strict=True):
        story.tell(asked, value=value)
    return story


def test_spearman_equals_that_of_scipy() -> None:
    rng = np.random.default_rng(3)
    means, noise = rng.normal(size=40).round(1), rng.normal(size=40)
    values = (means + noise).round(1)
    found = agreement(campaign(means.tolist(), values.tolist()).record)
    assert found.spearman == pytest.approx(spearmanr(means, values).statistic)
    assert found.count == 40
    assert found.spearman_interval is not None
    low, high = found.spearman_interval
    assert low < found.spearman < high


def test_coverage_counts_values_inside_ninety_percent_intervals() -> None:
    story = campaign([0.0] * 6, [0.0, 1.6, -1.6, 1.7, -1.7, 0.5])
    assert agreement(story.record).coverage == pytest.approx(4 / 6)


@pytest.mark.parametrize(("error", "coverage"), [(None, 0.0), (0.1, 0.0), (1.0, 1.0)])
def test_the_error_of_a_measurement_widens_the_interval(
    error: float | None, coverage: float
) -> None:
    story = Story()
    story.ask((query(candidate(0)), forecast(-3.0, 1.0)))
    story.tell(query(candidate(0)), value=-5.0, standard_error=error)
    assert agreement(story.record).coverage == coverage


def test_bounds_are_left_out_and_counted(story: Story) -> None:
    found = agreement(story.record)
    assert (found.count, found.censored, found.with_std) == (2, 1, 2)


def test_few_or_constant_pairs_have_no_rank_correlation(story: Story) -> None:
    assert agreement(story.record).spearman is None
    constant = agreement(campaign([1.0] * 8, [float(i) for i in range(8)]).record)
    assert constant.spearman is None
    assert constant.spearman_interval is None
    assert constant.coverage_interval is not None


def test_forecasts_without_a_width_have_no_coverage() -> None:
    found = agreement(campaign([1.0, 2.0], [1.0, 2.0], std=None).record)
    assert (found.count, found.with_std, found.coverage) == (2, 0, None)


def test_an_empty_campaign_agrees_with_nothing() -> None:
    found = agreement(Story().record)
    assert (found.count, found.censored, found.coverage, found.spearman) == (0, 0, None, None)


def test_only_bounds_leave_nothing_to_correlate() -> None:
    story = Story()
    story.ask((query(candidate(0)), forecast(-8.0)))
    story.tell(query(candidate(0)), bound=Bound("left", -10.0))
    found = agreement(story.record)
    assert (found.count, found.censored, found.coverage) == (0, 1, None)


def test_the_bootstrap_follows_the_seed() -> None:
    rng = np.random.default_rng(5)
    record = campaign(rng.normal(size=20).tolist(), rng.normal(size=20).tolist()).record
    assert agreement(record) == agreement(record)
