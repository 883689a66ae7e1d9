"""What an assessment says, in sentences that its intervals support and no others."""

from collections.abc import Iterator

from discovery.assessment.scores import Score
from discovery.assessment.study import Judged, Study
from discovery.report.text import number


def principal(study: Study) -> Judged:
    """Return the judgement to believe: of the protocol that the baselines were judged by."""
    name = study.of("baselines")[0].task.protocol.name
    return next(each for each in study.of("protocols") if each.task.protocol.name == name)


def findings(study: Study) -> Iterator[str]:
    """Yield one sentence per question that a reader has."""
    judged = principal(study)
    found = judged.assessment
    yield (
        f"{study.proxy} ranks what it has not seen with ρ {_told(judged.scores['spearman'])} under "
        f"the protocol {judged.label} ({judged.task.protocol.apart} kept apart), n = "
        f"{len(found.rows)} rows in {found.clusters} clusters."
    )
    yield from _against_plain(study, judged)
    yield _against_mean(study, judged)
    yield _calibrated(judged)
    for count in study.settings.send:
        score = judged.scores[f"enrichment_{count}"]
        yield (
            f"Rank {score.rows}, send {count}: {_told(score, 1)} times as many of the "
            f"{study.settings.best:.0%} best as by chance."
        )
    if study.repeats.pooled is not None:
        yield (
            f"Measured values of one composition differ by {number(study.repeats.pooled)} (pooled "
            f"standard deviation of {study.repeats.rows} values of {study.repeats.compositions} "
            f"compositions) and by up to {number(study.repeats.largest)}, which no "
            "model of the composition alone can follow."
        )


def _against_plain(study: Study, judged: Judged) -> Iterator[str]:
    plain = next((each for each in study.of("protocols") if each.label == "plain"), None)
    if plain is None or plain is judged:
        return
    leaks = [leak for leak in plain.leaks if leak.what in ("composition", "doi")]
    shared = " and ".join(
        f"{leak.share:.0%} share their {'paper' if leak.what == 'doi' else leak.what}"
        for leak in leaks
    )
    yield (
        f"Plain folds say ρ {_told(plain.scores['spearman'])} of the same model; of their test "
        f"rows {shared} with a row that was learnt from."
    )


def _against_mean(study: Study, judged: Judged) -> str:
    mean = next(each for each in study.of("baselines") if each.label == "mean")
    return (
        f"Its mean absolute error is {_told(judged.scores['mae'])}; that of the mean of the "
        f"training rows is {_told(mean.scores['mae'])}."
    )


def _calibrated(judged: Judged) -> str:
    score = judged.scores["coverage_90"]
    share = f"Its 90 % intervals hold {100 * (score.value or 0.0):.0f} % of the truths"
    if score.interval is None:
        return f"{share}; too few clusters to say more."
    low, high = score.interval
    told = f"{share} ({100 * low:.0f} to {100 * high:.0f} %)"
    if low > 0.9:  # noqa: PLR2004 - what the interval promises
        return f"{told}: they are too wide."
    if high < 0.9:  # noqa: PLR2004
        return f"{told}: they are too narrow."
    return f"{told}: no error of their width can be shown."


def _told(score: Score, digits: int = 2) -> str:
    if score.value is None:
        return "that is not defined"
    if score.interval is None:
        return number(score.value, digits)
    low, high = score.interval
    return f"{number(score.value, digits)} ({number(low, digits)} to {number(high, digits)})"
