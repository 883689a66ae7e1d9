"""The tables of an agreement report."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from discovery.agreement.results import Agreement, Measure, Power
from discovery.agreement.study import Coverage, Study
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import number

_RANKS: Final = (
    "Spearman ρ where both are values; ρ with all bounds tied at the ends; concordance of the "
    "pairs whose order is known, bounds used (2 C − 1 with Harrell's C, so that 0 is chance)."
)


def sheets(study: Study) -> Iterator[Sheet]:
    """Yield the tables in the order in which they are read."""
    found = study.comparison
    if found.truth is not None:
        yield _powers(
            "Rank power",
            f"Each score against {found.truth}, on the candidates that both have answered for. "
            f"{_RANKS} {_area_note(study)}With 95 % intervals: candidates resampled one by "
            f"one; then resampled by {study.related}.",
            found.powers,
        )
        yield _powers(
            "Rank power on the same candidates",
            "The same, on the candidates that every score has answered for: only these rows can "
            "be compared with each other.",
            found.shared,
        )
        if study.listed:
            yield _powers(
                "Rank power without the listed compositions",
                f"The same as the first table without {study.listed} candidates whose composition "
                "was listed, for example because a model was trained on it.",
                found.without,
            )
    if found.differences:
        yield _differences(study)
    yield _pairs(study)
    yield _coverage(study.coverage)


def _powers(title: str, note: str, powers: Sequence[Power]) -> Sheet:
    ranks: tuple[Callable[[Agreement], Measure], ...] = (
        lambda a: a.spearman,
        lambda a: a.spearman_ties,
        lambda a: a.concordance,
    )
    rows = [
        (
            Entry(power.agreement.first),
            _count(power.agreement.answered),
            _count(power.agreement.spearman.count),
            *(measure_entry(rank(power.agreement)) for rank in ranks),
            _count(power.agreement.concordance.count),
            *_area(power),
        )
        for power in sorted(powers, key=lambda power: power.strength, reverse=True)
    ]
    heads = ["score", "n", "n values", "ρ, values", "ρ, bounds tied", "concordance", "pairs"]
    if any(power.area for power in powers):
        heads += ["AUC", "reaching it"]
    return Sheet(title, note, tuple(heads), rows, frozenset(range(1, len(heads))))


def _area(power: Power) -> tuple[Entry, ...]:
    if power.area is None:
        return ()
    share = Entry(f"{power.positives} of {power.area.count}", power.positives)
    return measure_entry(power.area), share


def _area_note(study: Study) -> str:
    truth, threshold = study.comparison.truth, study.comparison.threshold
    if threshold is None:
        return ""
    return (
        f"AUC: the probability that a candidate whose {truth} is at or above "
        f"{number(threshold, 1)} scores higher than one below. "
    )


def _differences(study: Study) -> Sheet:
    found = study.comparison
    rows = [
        (
            Entry(difference.first),
            Entry(difference.second),
            _count(difference.concordance.count),
            measure_entry(difference.concordance, signed=True),
            _count(difference.spearman.count),
            measure_entry(difference.spearman, signed=True),
        )
        for difference in found.differences
    ]
    return Sheet(
        "Is one score better than another?",
        f"By how much the first ranks {found.truth} better than the second on the candidates that "
        "both have answered for: difference of the absolute values. An interval that holds 0 "
        "decides nothing; the intervals are not widened for the number of comparisons.",
        ("better", "worse", "n", "Δ concordance", "n values", "Δ |ρ|"),
        rows,
        frozenset(range(2, 6)),
    )


def _pairs(study: Study) -> Sheet:
    rows = [
        (
            Entry(pair.first),
            Entry(pair.second),
            _count(pair.answered),
            measure_entry(pair.spearman),
            _count(pair.spearman.count),
            measure_entry(pair.concordance),
            _count(pair.concordance.count),
        )
        for pair in study.comparison.pairs
    ]
    return Sheet(
        "Every pair",
        "Agreement of any two on the candidates that both have answered for; n counts them, "
        "bounds included.",
        ("one", "other", "n", "ρ, values", "n values", "concordance", "pairs"),
        rows,
        frozenset(range(2, 7)),
    )


def _coverage(coverage: Sequence[Coverage]) -> Sheet:
    rows = [
        (
            Entry(each.fidelity),
            Entry(f"{each.quantity} ({each.unit})"),
            _count(each.values),
            _count(each.bounds),
            _count(each.refused),
            _count(each.failed),
            Entry("; ".join(f"{count} × {reason}" for reason, count in each.reasons[:3])),
        )
        for each in coverage
    ]
    return Sheet(
        "Who answered",
        "Candidates by what came back. Numbers in reasons are left out, so that like reasons are "
        "counted together; the three most frequent are shown.",
        ("fidelity", "quantity", "values", "bounds", "refused", "failed", "why not"),
        rows,
        frozenset(range(2, 6)),
    )


def measure_entry(measure: Measure, *, signed: bool = False) -> Entry:
    """Return a statistic with its intervals."""
    if measure.value is None:
        return Entry("")
    ends = [_ends(interval) for interval in (measure.interval, measure.clustered) if interval]
    sign = "+" if signed and measure.value > 0 else ""
    return Entry(sign + number(measure.value), measure.value, tuple(dict.fromkeys(ends)))


def _ends(interval: tuple[float, float]) -> str:
    return f"{number(interval[0])} to {number(interval[1])}"


def _count(count: int) -> Entry:
    return Entry(str(count), count)
