"""Cheap labels and the rank correlation of the target: a Markdown file and plain JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from discovery import __version__
from discovery.report.sheets import Entry, Sheet, plain
from discovery.report.text import number
from discovery.studies.fidelities import WINS, FidelityStudy, Found
from discovery.types import FloatArray

_TITLE: Final = "Do cheap labels make up for few measurements?"


def verdict(study: FidelityStudy) -> str:
    """Return in one sentence whether the claim holds, and by how much."""
    title = study.models[0].title
    gains, wins = study.gains(title), study.wins(title)
    enough = wins >= WINS / 10 * len(gains)
    return (
        f"{title}: with cheap labels it ranks better for {wins} of {len(gains)} seeds "
        f"(mean change of ρ {_signed(float(gains.mean()))}), "
        + (
            "which is what was asked of it."
            if enough
            else f"fewer than {WINS} of ten: on these data the claim does not hold."
        )
    )


def comparison(study: FidelityStudy) -> str:
    """Return in one sentence who ranks best with and without cheap labels."""

    def best(results: Mapping[str, tuple[Found, ...]]) -> str:
        means = {
            title: float(np.mean([each.everywhere for each in found]))
            for title, found in results.items()
        }
        title = max(means, key=lambda each: means[each])
        return f"{title} (ρ {number(means[title], 3)})"

    return (
        f"Of all models the best without cheap labels is: {best(study.without)}; "
        f"the best with them: {best(study.together)}."
    )


def sheets(study: FidelityStudy) -> Iterator[Sheet]:
    """Yield correlations with and without cheap labels, and what each fidelity explains."""
    least, most = min(study.told), max(study.told)
    labels = ", ".join(f"{name} {count}" for name, count in study.labels.items())
    yield Sheet(
        f"Rank correlation with {least} to {most} of {study.rows} conductivities told",
        f"Spearman's ρ on the rows that were not told, mean ± deviation over {len(study.told)} "
        "seeds; told rows are whole groups of one composition or paper. Cheap labels are those of "
        f"every structure that an oracle accepts ({labels}). Wins are seeds where cheap labels "
        "help the same model with the same conductivities.",
        ("model", "without", "with cheap labels", "change", "wins", "without, labelled rows",
         "with, labelled rows"),
        [_row(study, model.title) for model in study.models],
        frozenset(range(1, 7)),
    )  # fmt: skip
    for model in study.models:
        found = study.together[model.title]
        if found[0].alone:
            yield _shares(study, model.title, found)


def markdown(study: FidelityStudy, command: str) -> str:
    """Return the study as Markdown."""
    parts = [
        f"# {plain(_TITLE)}\n",
        f"ion-discovery {__version__} · data {study.digest} · seed {study.seed}\n",
        f"```text\n{command}\n```\n",
        f"{plain(verdict(study))} {plain(comparison(study))}\n",
        *(sheet.markdown for sheet in sheets(study)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def facts(study: FidelityStudy) -> dict[str, Any]:
    """Return the study as plain JSON, seed by seed."""
    return {"version": __version__, "verdict": verdict(study), **asdict(study)}


def _row(study: FidelityStudy, title: str) -> tuple[Entry, ...]:
    def spread(found: tuple[Found, ...], name: str) -> Entry:
        return _spread(np.array([getattr(each, name) for each in found]))

    gains = study.gains(title)
    return (
        Entry(title),
        spread(study.without[title], "everywhere"),
        spread(study.together[title], "everywhere"),
        Entry(_signed(float(gains.mean())), float(gains.mean())),
        Entry(f"{study.wins(title)} of {len(gains)}", study.wins(title)),
        spread(study.without[title], "labelled"),
        spread(study.together[title], "labelled"),
    )


def _shares(study: FidelityStudy, title: str, found: tuple[Found, ...]) -> Sheet:
    together = float(np.mean([each.together for each in found]))
    return Sheet(
        f"What fidelities explain: {title}",
        "Share of the variance of the target of a material of which nothing else is known, as "
        "learnt, mean ± deviation over the seeds; of a process on residuals, share of what the "
        f"trees get wrong. All cheap fidelities together: {together:.0%}.",
        ("fidelity", "labels", "alone", "beyond the others"),
        [
            (
                Entry(name),
                Entry(str(count), count),
                _spread(np.array([each.alone.get(name, 0.0) for each in found])),
                _spread(np.array([each.beyond.get(name, 0.0) for each in found])),
            )
            for name, count in study.labels.items()
        ],
        frozenset({1, 2, 3}),
    )


def _spread(values: FloatArray) -> Entry:
    mean = float(np.mean(values))
    deviation = f" ± {number(float(np.std(values, ddof=1)), 3)}" if len(values) > 1 else ""
    return Entry(number(mean, 3) + deviation, mean)


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, 3)
