"""The tables of an explanation."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.stats import spearmanr

from discovery.explanation.families import FEWEST, Difference, differing, families_of
from discovery.explanation.study import BACKGROUND, Explanation
from discovery.explanation.together import SAME
from discovery.explanation.units import units
from discovery.report.assessment_entries import sheet
from discovery.report.screening_figures import quantiles
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import number
from discovery.types import FloatArray

_FEATURES: Final = 25
_CLUSTERS: Final = 15
_LIMIT: Final = 0.25


def sheets(found: Explanation) -> Iterator[Sheet]:
    """Yield the tables in the order in which they are read."""
    yield features(found)
    if len(found.subjects) > 1:
        yield by_subject(found)
    if found.clusters:
        yield clusters(found)
    if families_of(found.families):
        yield families(found)
    if found.differences:
        yield differences(found)


def features(found: Explanation) -> Sheet:
    """Return the importances of the first features."""
    rows = []
    for column in found.order[:_FEATURES].tolist():
        row = [
            Entry(found.names[column]),
            Entry(units(found.names[column])),
            loss_entry(found.permutation[:, column]),
        ]
        if found.shap is not None:
            strength = float(np.abs(found.shap[:, column]).mean())
            row += [Entry(number(strength, 3), strength), Entry(_direction(found, column))]
        if found.impurity is not None:
            share = float(found.impurity[column])
            row.append(Entry(f"{100 * share:.1f} %", share))
        rows.append(tuple(row))
    heads = ["feature", "unit", "permutation"]
    heads += ["mean |SHAP|", "higher values"] if found.shap is not None else []
    heads += ["impurity"] if found.impurity is not None else []
    return sheet(
        "Which features the model uses",
        f"The first {len(rows)} of {len(found.names)} features. Permutation: how far Spearman's ρ "
        "of held-out rows falls when the feature is shuffled among them, median and 5 to 95 % of "
        f"{found.settings.repeats} shuffles, which is the chance of the shuffle alone and not "
        "that of the data; a loss is small where another feature says the same (tables below). "
        + (
            "Mean |SHAP|: of the exact Shapley values of held-out rows, in score units of the "
            f"model, against up to {BACKGROUND} rows that it learned from; higher values: whether "
            "they go with predictions that are higher or lower (rank correlation beyond 0.3). "
            if found.shap is not None
            else "The model has no trees, so there is no SHAP and no impurity. "
        )
        + (
            "Impurity: share in the decrease of variance at the splits, on the rows that were "
            "learned from; it favours features with many different values."
            if found.impurity is not None
            else ""
        ),
        heads,
        rows,
        words=2,
    )


def by_subject(found: Explanation) -> Sheet:
    """Return what is lost without all features of a subject."""
    names = list(found.subjects)
    rows = []
    for place in np.argsort(-np.median(found.by_subject, axis=0), kind="stable").tolist():
        members = list(found.subjects[names[place]])
        row = [
            Entry(names[place]),
            Entry(str(len(members)), len(members)),
            loss_entry(found.by_subject[:, place]),
        ]
        if found.shap is not None:
            strength = float(np.abs(found.shap[:, members].sum(axis=1)).mean())
            row.append(Entry(number(strength, 3), strength))
        rows.append(tuple(row))
    return sheet(
        "Which kinds of knowledge the model uses",
        "All features of a subject shuffled as one. Subjects overlap in what they tell (amounts of "
        "elements imply sizes and charges), so a small loss means that others stand in."
        + (
            " |SHAP|: mean absolute sum of the SHAP values of a subject, in score units."
            if found.shap is not None
            else ""
        ),
        ["subject", "features", "lost together", *(["|SHAP|"] if found.shap is not None else [])],
        rows,
    )


def clusters(found: Explanation) -> Sheet:
    """Return what is lost when features that say the same are shuffled together."""
    middle = np.median(found.together, axis=0)
    rows = []
    for place in np.argsort(-middle, kind="stable")[:_CLUSTERS].tolist():
        members = list(found.clusters[place])
        single = float(np.median(found.permutation[:, members], axis=0).max())
        rows.append(
            (
                Entry(", ".join(found.names[column] for column in members)),
                Entry(str(len(members)), len(members)),
                loss_entry(found.together[:, place]),
                Entry(number(single, 3), single),
            )
        )
    more = len(found.clusters) - len(rows)
    return sheet(
        "Features that say the same",
        f"Features of which every two correlate by {SAME} or more (absolute Spearman), shuffled "
        "as one: what the model would lose without all of them. "
        + (f"The {len(rows)} of {len(found.clusters)} sets with the largest loss." if more else ""),
        ["features", "count", "lost together", "largest loss alone"],
        rows,
    )


def families(found: Explanation) -> Sheet:
    """Return what was measured of each family."""
    of = np.array(found.families, dtype=object)
    rows = []
    for name in families_of(found.families):
        here = found.truth.take(of == name)
        bounds = len(here) - int(here.exact.sum())
        rows.append(
            (
                Entry(name),
                Entry(str(len(here)), len(here)),
                Entry(str(bounds), bounds),
                *(_quantile(here.tied_at_ends, share) for share in (0.25, 0.5, 0.75)),
            )
        )
    return sheet(
        "What was measured, by family",
        f"Families with {FEWEST} rows or more, in {found.dataset.unit}. Quantiles are values that "
        "occur, with bounds at their end of the order; one that falls among bounds says so.",
        ["family", "rows", "bounds among them", "lower quarter", "median", "upper quarter"],
        rows,
    )


def differences(found: Explanation) -> Sheet:
    """Return the tests of all pairs of families."""
    pairs = len(found.differences)
    shown = zip(found.differences, differing(found.differences), strict=True)
    rows = [
        (
            Entry(each.first),
            Entry(each.second),
            Entry(f"{each.rows[0]}, {each.rows[1]}"),
            Entry(str(each.tied), each.tied),
            Entry("") if each.statistic is None else Entry(number(each.statistic), each.statistic),
            p_entry(each),
            Entry("yes" if is_shown else "not shown"),
        )
        for each, is_shown in sorted(shown, key=lambda d: -_strength(d[0]))
    ]
    return sheet(
        "Do families differ?",
        "k-sample Anderson-Darling test of two families each, with midranks. Rows at or below the "
        "highest bound of a pair are tied there. P-values come from a table that ends at 0.001 and "
        f"0.25, so beyond they are bounds. Different: of the {pairs} pairs, at most 5 % of those "
        "said to differ may do so by chance (Benjamini-Hochberg). Rows of one paper are taken for "
        "independent, so p-values are too small rather than too large.",
        ["family", "other family", "rows", "tied", "statistic", "p", "different"],
        rows,
        words=3,
    )


def _strength(found: Difference) -> float:
    return -np.inf if found.statistic is None else found.statistic


def p_entry(found: Difference) -> Entry:
    """Return a p-value, with a sign where it is only a bound."""
    if found.statistic is None:
        return Entry("")
    if found.high >= 1:
        return Entry(f"≥ {_LIMIT}", _LIMIT)
    if found.low <= 0:
        return Entry(f"≤ {found.high:.3f}", 0.0)
    return Entry(f"{found.high:.3f}", found.high)


def loss_entry(losses: FloatArray) -> Entry:
    """Return a loss over the shuffles (repeats,), with its range."""
    low, middle, high = quantiles(losses)
    return Entry(number(middle, 3), float(middle), (f"{number(low, 3)} to {number(high, 3)}",))


def _direction(found: Explanation, column: int) -> str:
    assert found.shap is not None
    values, told = found.values[:, column], found.shap[:, column]
    known = np.isfinite(values)
    if known.sum() < 3 or np.ptp(values[known]) == 0 or np.ptp(told[known]) == 0:  # noqa: PLR2004 - a trend
        return ""
    rho = float(spearmanr(values[known], told[known]).statistic)
    if abs(rho) < 0.3:  # noqa: PLR2004 - said in the note
        return "mixed"
    return "raise it" if rho > 0 else "lower it"


def _quantile(ordered: FloatArray, share: float) -> Entry:
    value = float(np.quantile(ordered, share, method="inverted_cdf"))
    if np.isfinite(value):
        return Entry(number(value), value)
    return Entry("an upper bound" if value < 0 else "a lower bound", -1e9 if value < 0 else 1e9)
