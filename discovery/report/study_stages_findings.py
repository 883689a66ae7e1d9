"""What the reproduced numbers say, gap by gap, in sentences made of these numbers."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from discovery.report.study_stages_tables import spread
from discovery.report.text import number
from discovery.studies import published
from discovery.studies.experiments import table_scores, table_values
from discovery.studies.honest import without_flagged
from discovery.studies.reproduction import Reproduction

_NEAR: Final = 0.02
"""What counts as the same number, for R squared and for rho."""


def findings(found: Reproduction) -> Iterator[str]:
    """Yield one sentence or two for each thing that a reader may wonder about."""
    for place in range(len(found.stages)):
        yield _validated(found, place)
    if found.other_folds:
        yield _folds(found)
    for place in range(len(found.stages)):
        yield _test(found, place)
    yield _flag(found)
    yield _related(found)
    yield _physics(found)
    if found.searches:
        yield _searches(found)


def _validated(found: Reproduction, place: int) -> str:
    printed = published.STAGES[place]
    assert printed.r_squared is not None
    assert printed.spearman is not None
    told = []
    for label, experiment in (
        ("the report's settings", found.stages[place]),
        ("scikit-learn's settings", found.defaults[place]),
        ("settings of our own search", found.searched(found.stages[place].name)),
    ):
        if experiment is None:
            continue
        values = table_values(experiment.validated)
        gaps = (values["r_squared"] - printed.r_squared, values["spearman"] - printed.spearman)
        near = "within" if max(map(abs, gaps)) <= _NEAR else "not within"
        told.append(
            f"with {label} {number(values['r_squared'], 3)} / {number(values['spearman'], 3)} "
            f"({near} {_NEAR})"
        )
    return (
        f"Stage {place}, cross-validated R² / ρ: the report prints "
        f"{number(printed.r_squared, 3)} / {number(printed.spearman, 3)}; here "
        f"{', '.join(told)}."
    )


def _folds(found: Reproduction) -> str:
    told = []
    for place, (name, experiments) in enumerate(found.other_folds.items()):
        r, rho = spread(experiments, "r_squared"), spread(experiments, "spearman")
        told.append(
            f"stage {place} ({name}) R² {number(r[0], 3)} ± {number(r[1], 3)}, "
            f"ρ {number(rho[0], 3)} ± {number(rho[1], 3)}"
        )
    count = len(next(iter(found.other_folds.values())))
    return (
        f"Under folds of {count} other seeds: {'; '.join(told)} (± deviation). Differences between "
        "stages, and between the report and us, are to be read against this."
    )


def _test(found: Reproduction, place: int) -> str:
    printed = published.STAGES[place]
    assert printed.test_spearman is not None
    score = table_scores(found.stages[place].held_out, found.bench.seed)["spearman"]
    if score.value is None or score.interval is None:
        return f"Stage {place}: ρ of the test rows has no interval."
    low, high = score.interval
    inside = "inside" if low <= printed.test_spearman <= high else "outside"
    return (
        f"Stage {place}, test ρ: the report prints {number(printed.test_spearman, 3)}, here "
        f"{number(score.value, 3)} with a 95 % interval of {number(low)} to {number(high)}; the "
        f"report's is {inside}. {score.rows} rows in {score.clusters} clusters decide no more."
    )


def _flag(found: Reproduction) -> str:
    flag = found.bench.data.flag
    told = []
    for flagged, unflagged in zip(found.stages, found.unflagged, strict=True):
        with_all = table_values(flagged.held_out)["spearman"]
        plain = table_values(without_flagged(flagged.held_out, flag))["spearman"]
        validated = [table_values(each.validated)["r_squared"] for each in (flagged, unflagged)]
        told.append(
            f"{flagged.name}: R² of CV {number(validated[0], 3)} with it, "
            f"{number(validated[1], 3)} without; test ρ {number(with_all, 3)} on all rows, "
            f"{number(plain, 3)} without the {int(flag[flagged.held_out.rows].sum())} flagged rows"
        )
    return (
        "The flag sigma_is_coerced is made from the label: it tells the model that a conductivity "
        f"lies at a detection limit. {'; '.join(told)}."
    )


def _related(found: Reproduction) -> str:
    plain = [table_values(each.validated) for each in found.stages]
    apart = [table_values(each.flagged) for each in found.apart]
    pairs = "; ".join(
        f"{stage.name} {number(one['r_squared'], 2)} / {number(one['spearman'], 2)} → "
        f"{number(two['r_squared'], 2)} / {number(two['spearman'], 2)}"
        for stage, one, two in zip(found.stages, plain, apart, strict=True)
    )
    return (
        f"{found.shared:.0%} of the validation rows share a composition or a paper with rows that "
        f"their model learnt from. With these kept apart, R² / ρ fall: {pairs}."
    )


def _physics(found: Reproduction) -> str:
    ends = [table_values(each.flagged)["spearman"] for each in found.apart]
    honest = [table_values(each.source)["spearman"] for each in found.honest]
    return (
        "The report's decisive jump is physics. With compositions and papers apart, ρ of stages 0, "
        f"1, 2 is {_listed(ends)} as the report had them (physics for "
        f"{found.coverage['all three']} rows) and {_listed(honest)} honest (physics for every "
        f"crystal with Li): stage 2 minus stage 1 is {_signed(ends[2] - ends[1])} and "
        f"{_signed(honest[2] - honest[1])}."
    )


def _searches(found: Reproduction) -> str:
    told = [
        f"{search.name} ({search.space}) R² {number(table_values(e.validated)['r_squared'], 3)}, "
        f"ρ {number(table_values(e.validated)['spearman'], 3)}"
        for search, e in found.searches
    ]
    default = [
        f"{e.name} {number(table_values(e.validated)['r_squared'], 3)}" for e in found.defaults
    ]
    return (
        f"Searches of {found.trials} trials end at {'; '.join(told)}; scikit-learn's settings give "
        f"R² {', '.join(default)}. Their score is made of the folds that they are judged by."
    )


def _listed(values: list[float]) -> str:
    return ", ".join(number(value, 2) for value in values)


def _signed(value: float) -> str:
    sign = "+" if np.round(value, 2) > 0 else ""
    return sign + number(value, 2)
