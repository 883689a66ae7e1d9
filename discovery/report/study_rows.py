"""Rows of the tables of a study: what was published, and what came out."""

from typing import Final

from discovery.assessment.assess import Assessment
from discovery.assessment.scores import Score
from discovery.report.sheets import Entry
from discovery.report.text import number
from discovery.studies.experiments import Experiment, table_scores, table_values
from discovery.studies.published import Published

HEADS: Final = ("CV R²", "CV RMSE", "CV ρ", "test R²", "test RMSE", "test ρ")
_NAMES: Final = ("r_squared", "rmse", "spearman")


def published_row(row: Published) -> tuple[Entry, ...]:
    """Return the six numbers of a row of the report, empty where it prints none."""
    numbers = (
        row.r_squared,
        row.rmse,
        row.spearman,
        row.test_r_squared,
        row.test_rmse,
        row.test_spearman,
    )
    return tuple(Entry("") if x is None else Entry(number(x, 3), x) for x in numbers)


def measured_row(experiment: Experiment, seed: int) -> tuple[Entry, ...]:
    """Return the six numbers of an experiment, those of the test rows with their intervals."""
    validated = plain_entries(experiment.validated)
    return (*validated, *interval_entries(experiment.held_out, seed))


def plain_entries(assessment: Assessment) -> tuple[Entry, ...]:
    """Return R squared, RMSE and rho."""
    values = table_values(assessment)
    return tuple(Entry(number(values[name], 3), values[name]) for name in _NAMES)


def interval_entries(assessment: Assessment, seed: int) -> tuple[Entry, ...]:
    """Return R squared, RMSE and rho with intervals over clusters of related rows."""
    scores = table_scores(assessment, seed)
    return tuple(score_entry(scores[name]) for name in _NAMES)


def score_entry(score: Score) -> Entry:
    """Return a score with its interval, where it has one."""
    if score.value is None:
        return Entry("")
    ends = () if score.interval is None else (" to ".join(number(x) for x in score.interval),)
    return Entry(number(score.value, 3), score.value, ends)
