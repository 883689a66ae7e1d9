"""The tables of an assessment."""

from collections.abc import Iterator
from typing import Final

from discovery.assessment import metrics
from discovery.assessment.scores import Score
from discovery.assessment.study import Judged, Study
from discovery.report.assessment_curve_tables import chosen, learning, parts, validation
from discovery.report.assessment_entries import (
    ACCURACY,
    CALIBRATION,
    HEADS,
    plain_entry,
    score_entry,
    sheet,
)
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import number

_COVERAGES: Final = ("coverage_50", "coverage_90")
_MOST_COLLISIONS: Final = 20


def sheets(study: Study) -> Iterator[Sheet]:
    """Yield the tables in the order in which they are read."""
    yield _protocols(study)
    yield _calibration(study)
    if study.settings.send:
        yield _enrichment(study)
    yield _baselines(study)
    if study.of("learning"):
        yield learning(study)
    yield from validation(study)
    if study.of("parts"):
        yield parts(study)
    if study.chosen:
        yield chosen(study)
    yield _leaks(study)
    if study.collisions:
        yield _collisions(study)


def _protocols(study: Study) -> Sheet:
    shown = [name for name in ACCURACY if name in study.of("protocols")[0].scores]
    rows = [
        (
            Entry(each.label),
            Entry(each.task.protocol.apart),
            *_sizes(each),
            *(score_entry(each.scores[name]) for name in shown),
            plain_entry(each.assessment.resubstituted["spearman"]),
        )
        for each in study.of("protocols")
    ]
    heads = ["protocol", "kept apart", "n", "clusters", "learnt from"]
    heads += [*(HEADS[name] for name in shown), "ρ, own rows"]
    return sheet(
        "Every protocol",
        "The same model, judged with more and more kept apart. ρ: Spearman. R² takes bounds for "
        f"values; RMSE and MAE, in {study.dataset.unit}, see no error where the prediction "
        f"respects the bound. {_threshold_note(study)}Learnt from: rows of a training part, on "
        "average; ρ, own rows: on those. All test rows of a repeat are judged together, then the "
        "repeats averaged. Below a number stands its 95 % bootstrap interval; clusters of rows of "
        "one composition or paper are drawn as a whole.",
        heads,
        rows,
        words=2,
    )


def _calibration(study: Study) -> Sheet:
    rows = [
        (
            Entry(each.label),
            *_sizes(each)[:2],
            *(_calibrated(name, each.scores[name]) for name in CALIBRATION),
        )
        for each in study.of("protocols")
    ]
    return sheet(
        "Does it know what it does not know?",
        "Share of the truths within the central 50 % and 90 % intervals, width of the latter in "
        f"{study.dataset.unit}; area between observed and promised share over all levels (0 is "
        "perfect, 0.5 the worst); negative log likelihood and continuous ranked probability score "
        "(less is better). A bound counts with the probability of its side.",
        ["protocol", "n", "clusters", *(HEADS[name] for name in CALIBRATION)],
        rows,
    )


def _enrichment(study: Study) -> Sheet:
    rows, best = [], study.settings.best
    known = {e.label: metrics.hits(e.assessment.truth, best) for e in study.of("protocols")}
    for each in study.of("protocols"):
        for count in study.settings.send:
            score = each.scores[f"enrichment_{count}"]
            hits = (score.value or 0.0) * count * known[each.label].mean()
            rows.append(
                (
                    Entry(each.label),
                    Entry(f"rank {score.rows}, send {count}", count / score.rows),
                    Entry(f"{number(hits, 1)} of {known[each.label].sum()}", hits),
                    score_entry(score, 1),
                )
            )
    return sheet(
        "Rank all, send the best",
        f"A hit is one of the {best:.0%} best truths of the ranked rows. Hits among the rows sent, "
        "averaged over the repeats, and how many times more that is than rows drawn by chance.",
        ["protocol", "what is sent", "hits found", "times chance"],
        rows,
    )


def _baselines(study: Study) -> Sheet:
    baselines = study.of("baselines")
    principal = baselines[0].task.protocol.name
    model = next(each for each in study.of("protocols") if each.task.protocol.name == principal)
    shown = [name for name in (*ACCURACY, "crps") if name in baselines[0].scores]
    rows = [
        (Entry(label), *(score_entry(each.scores[name]) for name in shown))
        for label, each in [(study.proxy, model), *((each.label, each) for each in baselines)]
    ]
    return sheet(
        f"Against knowing nothing ({principal})",
        "Mean and median of the training rows for every material, and a draw between their "
        "extremes. The class of the median is the majority of the training rows. A constant that "
        "is learnt from the other folds is low where its own fold is high: ρ below 0 and AUC "
        "below 0.5 of mean and median mean nothing.",
        ["model", *(HEADS[name] for name in shown)],
        rows,
    )


def _leaks(study: Study) -> Sheet:
    kinds = list(dict.fromkeys(leak.what for each in study.of("protocols") for leak in each.leaks))
    rows = [
        (
            Entry(each.label),
            Entry(str(len(each.assessment.rows)), len(each.assessment.rows)),
            *(Entry(f"{leak.rows:.0f} ({leak.share:.0%})", leak.share) for leak in each.leaks),
        )
        for each in study.of("protocols")
    ]
    return sheet(
        "What stands on both sides",
        "Test rows that share their composition, paper or structure family with a row the model "
        "learnt from; per repeat, and as a share of the rows where that is known.",
        ["protocol", "n", *(f"same {what}" for what in kinds)],
        rows,
    )


def _collisions(study: Study) -> Sheet:
    rows = [
        (
            Entry(each.formula),
            Entry(str(len(each.names)), len(each.names)),
            Entry("; ".join(each.names)),
            Entry("; ".join(value.replace("-", "−") for value in each.values)),
            Entry(number(each.spread), each.spread),
        )
        for each in study.collisions[:_MOST_COLLISIONS]
    ]
    more = len(study.collisions) - len(rows)
    return sheet(
        "Materials with one key",
        "Different rows of one composition, one space group and one lattice (to 0.1 Å and 0.1°): "
        f"nothing but the positions of atoms could tell them apart. {len(study.collisions)} keys"
        + (f", the {len(rows)} with the largest spread shown." if more > 0 else "."),
        ["composition", "rows", "which", "values", "spread"],
        rows,
    )


def _calibrated(name: str, score: Score) -> Entry:
    if name not in _COVERAGES or score.value is None:
        return score_entry(score, 3 if name == "miscalibration_area" else 2)
    ends = score.interval
    notes = () if ends is None else (f"{100 * ends[0]:.0f} to {100 * ends[1]:.0f} %",)
    return Entry(f"{100 * score.value:.0f} %", score.value, notes)


def _sizes(each: Judged) -> tuple[Entry, Entry, Entry]:
    found = each.assessment
    return (
        Entry(str(len(found.rows)), len(found.rows)),
        Entry(str(found.clusters), found.clusters),
        Entry(number(found.trained, 0), found.trained),
    )


def _threshold_note(study: Study) -> str:
    threshold = study.settings.threshold
    if threshold is None:
        return ""
    return (
        f"AUC: the probability that a row at or above {number(threshold, 1)} is predicted higher "
        f"than one below; right side: share predicted on the side of {number(threshold, 1)} where "
        "it is. "
    )
