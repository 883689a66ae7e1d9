"""The tables of ``discovery study obelix-stages``, each beside that of the report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from discovery.report.sheets import Entry, Sheet
from discovery.report.study_rows import (
    HEADS,
    interval_entries,
    measured_row,
    plain_entries,
    published_row,
)
from discovery.report.text import number
from discovery.studies import published
from discovery.studies.experiments import Experiment, table_values
from discovery.studies.honest import without_flagged
from discovery.studies.published import Published
from discovery.studies.reproduction import Reproduction

_NUMERIC: Final = frozenset(range(1, 8))
_TITLES: Final = ("Stage 0: composition", "Stage 1: + geometry", "Stage 2: + physics")
_SHOWN: Final = 15  # importances


def sheets(found: Reproduction) -> Iterator[Sheet]:
    """Yield the tables in the order in which they are read."""
    yield _stages(found)
    yield _apart(found)
    yield _beside(
        "Element vectors",
        "On ratios and fractions of elements, without the flag, scikit-learn's settings (report, "
        "section 4.1).",
        published.EMBEDDINGS,
        found.embeddings,
        found.bench.seed,
    )
    yield _beside(
        "Feature sets of stage 1",
        "With the flag, scikit-learn's settings (report, section 4.2). The report prints the same "
        "numbers for 133 and for 152 features, and does not say which four basic ones it means.",
        published.SETS,
        found.sets,
        found.bench.seed,
    )
    if found.searches:
        yield _singles(found)
    yield _beside(
        "Models of two parts",
        "Physics speaks only where all three kinds are known (report, section 6.2).",
        published.GATINGS,
        found.gatings,
        found.bench.seed,
    )
    if found.searches:
        yield _searches(found)
        yield _settings(found)
    yield _importances(found)
    yield _coverage(found)


def _stages(found: Reproduction) -> Sheet:
    seed, rows = found.bench.seed, []
    for place, title in enumerate(_TITLES):
        own = found.stages[place]
        rows.append(_row(f"{title} · report", str(own.features), published_row(_printed(place))))
        for label, experiment in (
            ("historical, the report's settings", own),
            ("historical, scikit-learn's settings", found.defaults[place]),
            ("historical, own search", found.searched(own.name)),
            ("historical without the flag", found.unflagged[place]),
        ):
            if experiment is not None:
                cells = measured_row(experiment, seed)
                rows.append(_row(f"{title} · {label}", str(experiment.features), cells))
        honest = found.honest[place]
        cells = (*plain_entries(honest.plain), *interval_entries(honest.held_out, seed))
        rows.append(_row(f"{title} · honest", str(own.features - 1), cells))
    return Sheet(
        "Table 1: three stages",
        "CV: five folds of single training rows, as in the report. Test: the published split, with "
        "95 % intervals over clusters of rows of one composition or paper. Historical: bounds are "
        "values, the flag that tells them is a feature. Honest: no flag, bounds are bounds (a "
        "prediction below one has no error), unknown features unknown, physics for every crystal.",
        ("model", "features", *HEADS),
        rows,
        _NUMERIC,
    )


def _apart(found: Reproduction) -> Sheet:
    rows = []
    for place, title in enumerate(_TITLES):
        stage, honest = found.apart[place], found.honest[place]
        test = without_flagged(found.stages[place].held_out, found.bench.data.flag)
        for label, assessment in (
            ("folds of single rows", found.stages[place].validated),
            ("compositions and papers apart", stage.flagged),
            ("apart, without the flag", stage.unflagged),
            ("apart, honest", honest.source),
            ("test rows whose label is a value", test),
        ):
            rows.append((Entry(f"{title} · {label}"), *plain_entries(assessment)))
    return Sheet(
        "What the numbers hold",
        "The same models judged on rows that know nothing of those they learnt from. The last row "
        "of each stage leaves out the test rows that the flag tells from the others.",
        ("model", "R²", "RMSE", "ρ"),
        rows,
        frozenset(range(1, 4)),
    )


def _singles(found: Reproduction) -> Sheet:
    by_name = {experiment.name: experiment for experiment in found.sets}
    ours: Mapping[str, Experiment | None] = {
        "baseline_default": by_name["full"],
        "baseline_default_geom": by_name["geometry"],
        "physics": found.searched("physics_full"),
        "physics_geometry": found.searched("physics"),
    }
    return _beside(
        "Single models",
        "The report's section 6.1; the last two with settings searched for.",
        published.SINGLES,
        {name: experiment for name, experiment in ours.items() if experiment is not None},
        found.bench.seed,
    )


def _searches(found: Reproduction) -> Sheet:
    rows = []
    for search, experiment in found.searches:
        title, features = f"{search.name}, {search.space}", str(experiment.features)
        printed = published.SEARCHES[search.name, search.space]
        rows.append(_row(f"{title} · report", features, published_row(printed)))
        rows.append(_row(f"{title} · here", features, measured_row(experiment, found.bench.seed)))
    return Sheet(
        "Searches",
        f"Optuna's TPE, seed 42, {found.trials} trials, score RMSE + 0.2 max(0, RMSE − training "
        "RMSE) per fold (report, sections 5.3, 6.1, 9.2).",
        ("search", "features", *HEADS),
        rows,
        _NUMERIC,
    )


def _settings(found: Reproduction) -> Sheet:
    names = list(vars(found.searches[0][0].best))
    rows = [
        (
            Entry(f"{search.name}, {search.space}"),
            Entry(number(search.score, 3), search.score),
            *(Entry(f"{getattr(search.best, name):.3g}") for name in names),
        )
        for search, _ in found.searches
    ]
    return Sheet(
        "Best settings",
        "Of each search, with its score.",
        ("search", "score", *names),
        rows,
        frozenset({1}),
    )


def _importances(found: Reproduction) -> Sheet:
    ranked = [importance.feature for importance in found.importances]
    shown = [*found.importances[:_SHOWN]]
    shown += [i for i in found.importances[_SHOWN:] if i.feature in published.IMPORTANCES]
    rows = [
        (
            Entry(str(ranked.index(importance.feature) + 1), ranked.index(importance.feature)),
            Entry(importance.feature),
            Entry(_printed_importance(importance.feature)),
            Entry(
                number(importance.loss, 3),
                importance.loss,
                (f"± {number(importance.deviation, 3)}",),
            ),
        )
        for importance in shown
    ]
    return Sheet(
        "Permutation importances",
        "Loss of R² when one feature of the geometry model is shuffled among the rows of a "
        "validation fold, ± deviation over folds and shuffles.",
        ("rank", "feature", "report", "here"),
        rows,
        frozenset({0, 3}),
    )


def _coverage(found: Reproduction) -> Sheet:
    rows = [
        (Entry(name), Entry(str(count), count), Entry(str(found.coverage[name])))
        for name, count in published.COVERAGE.items()
    ]
    return Sheet(
        "Coverage of the historical physics",
        "Training rows for which pymatgen does not give up. Two rows of the report have energies "
        "and no Li in their CIF; their structures are not attached here.",
        ("physics", "report", "here"),
        rows,
        frozenset({1, 2}),
    )


def _beside(
    title: str,
    note: str,
    printed: Mapping[str, Published],
    ours: Sequence[Experiment] | Mapping[str, Experiment],
    seed: int,
) -> Sheet:
    named = ours if isinstance(ours, Mapping) else {each.name: each for each in ours}
    rows = []
    for name, row in printed.items():
        experiment = named[name]
        features = str(experiment.features)
        rows.append(_row(f"{name} · report", features, published_row(row)))
        rows.append(_row(f"{name} · here", features, measured_row(experiment, seed)))
    return Sheet(title, note, ("experiment", "features", *HEADS), rows, _NUMERIC)


def spread(experiments: Sequence[Experiment], metric: str) -> tuple[float, float]:
    """Return mean and deviation of a cross-validated metric over experiments."""
    values = [table_values(experiment.validated)[metric] for experiment in experiments]
    return float(np.mean(values)), float(np.std(values, ddof=1))


def _printed(place: int) -> Published:
    return published.STAGES[place]


def _printed_importance(feature: str) -> str:
    value = published.IMPORTANCES.get(feature)
    return "" if value is None else number(value, 3)


def _row(title: str, features: str, cells: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return (Entry(title), Entry(features, float(features)), *cells)
