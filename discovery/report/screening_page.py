"""The report of a screening: a self-contained page, a Markdown file and plain JSON."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from discovery.report import sections
from discovery.report.document import Document
from discovery.report.frame import frame
from discovery.report.screening_figures import (
    PANELS,
    distributions,
    heatmap,
    importance_bars,
    quantiles,
    rows_of_panels,
    scatter,
)
from discovery.report.screening_tables import sheets, signed
from discovery.report.text import esc, number
from discovery.screening.models import BASELINE
from discovery.screening.study import Study

_LINE: Final = 22  # pixels
_NAMED: Final = 3


def page(study: Study) -> str:
    """Return the report as HTML that loads nothing from elsewhere."""
    problem = study.problem
    drawn = {
        "correlations": heatmap(problem),
        "scatter": scatter(problem),
        "scores": distributions(study),
    }
    features = len(problem.names)
    models = study.table["model"].nunique() * len(study.screening.variants)
    shown = [
        sections.figure(
            "scores",
            "How the scores are distributed",
            f"{esc(study.score.capitalize())} over the splits: median, half of the splits (box), "
            "90 % of them (whiskers), mean (dashed). Splits share rows: the width is no "
            "confidence interval.",
            height=_LINE * models + 140,
        ),
        sections.figure(
            "correlations",
            "Features and target",
            "Pearson's correlation of the rows that know both.",
            height=max(400, 26 * (features + 1) + 150),
        ),
        sections.figure(
            "scatter",
            f"{esc(problem.target_name)} against features",
            f"At most {PANELS} features, the one that correlates most first. Rows of a class are "
            "spread a little so that all can be seen.",
            height=190 * rows_of_panels(problem) + 60,
        ),
    ]
    for place, found in enumerate(study.importances):
        drawn[f"importances-{place}"] = importance_bars(found)
        shown.append(
            sections.figure(
                f"importances-{place}",
                f"Features that {esc(found.model)} uses",
                "Median and range of 90 % of ten splits. Permutation and SHAP are of the test "
                "part; a permutation that costs nothing belongs to a feature that is not needed, "
                "or that another one stands in for.",
                height=_LINE * features + 140,
            )
        )
    told = _document(study)
    body = told.html(
        [
            *(sheet.html for sheet in told.sheets),
            *shown,
        ]
    )
    return frame(_title(study), body, facts=facts(study), drawn=drawn)


def markdown(study: Study) -> str:
    """Return the report as Markdown."""
    return _document(study).markdown


def _document(study: Study) -> Document:
    return Document(
        _title(study),
        _facts(study),
        list(findings(study)),
        list(sheets(study)),
        _remarks(study),
    )


def facts(study: Study) -> dict[str, Any]:
    """Return the report as plain JSON; what is not defined is null."""
    problem, plan = study.problem, study.screening.plan
    told = {
        "title": _title(study),
        "version": study.version,
        "task": problem.task,
        "target": problem.target_name,
        "classes": list(problem.classes),
        "features": list(problem.names),
        "rows": {name: len(each) for name, each in study.screening.variants.items()},
        "score": study.score,
        **asdict(plan),
        "findings": list(findings(study)),
        "remarks": _remarks(study),
        "models": study.table.to_dict("records"),
        "importances": [
            {"model": each.model}
            | {
                kind: {
                    name: dict(zip(("low", "median", "high"), ends.tolist(), strict=True))
                    for name, ends in zip(each.names, quantiles(values).T, strict=True)
                }
                for kind, values in each.by_kind.items()
            }
            for each in study.importances
        ],
        "leave_one_out": [
            {"model": each.model, "left_out": each.left_out, "scores": each.scores}
            for each in study.left_out
        ],
        "tuned": [
            {"model": each.model, "score": each.score, "untuned": each.untuned}
            | {"parameters": each.parameters, "trials": len(each.trials)}
            for each in study.tuned
        ],
        "nested": [asdict(each) for each in study.nested],
    }
    return dict(_finite(told))


def findings(study: Study) -> Iterator[str]:
    """Yield what the numbers say, in sentences."""
    scores = study.screening.scores
    for variant in study.screening.variants:
        rows = study.table[(study.table["variant"] == variant) & (study.table["fits"] > 0)]
        models = rows[rows["model"] != BASELINE]
        if models.empty:
            yield f"{variant}: no model could be fitted."
            continue
        first = models.iloc[0]
        sentence = (
            f"{variant}: {first['model']} is best with a mean {study.score} of "
            f"{number(first['mean'], 3)}"
        )
        here = scores[scores["variant"] == variant].pivot_table(
            index="replication", columns="model", values=study.score
        )
        if BASELINE in here and first["model"] in here:
            pair = here[[first["model"], BASELINE]].dropna()
            wins = int((pair[first["model"]] > pair[BASELINE]).sum())
            mean = number(pair[BASELINE].mean(), 3)
            sentence += f"; {BASELINE} has {mean}, and is beaten on {wins} of {len(pair)} splits"
        yield sentence + "."
    for each in study.nested:
        gain = np.array(each.tuned) - np.array(each.untuned)
        helps = int((gain > 0).sum())
        yield (
            f"tuning {each.model} changes its {study.score} on unseen rows by "
            f"{signed(float(gain.mean()))}, and helps on {helps} of {len(gain)} outer folds."
        )
    for used in study.importances:
        low, middle, _ = quantiles(used.by_kind["permutation"])
        needed = [place for place in np.argsort(-middle, kind="stable") if low[place] > 0]
        names = ", ".join(used.names[place] for place in needed[:_NAMED])
        yield (
            f"{used.model}: {len(needed)} of {len(used.names)} features cost {study.score} on "
            "95 % of the splits when they are shuffled"
            + (f": {names}" if needed else "")
            + (", …" if len(needed) > _NAMED else "")
            + "."
        )


def _title(study: Study) -> str:
    return f"{study.problem.name}: {study.problem.target_name}"


def _facts(study: Study) -> list[str]:
    problem, plan = study.problem, study.screening.plan
    return [
        problem.task,
        f"{len(problem)} rows, {len(problem.names)} features",
        f"{len(plan.models)} models, {plan.replications} splits",
        *([f"groups by {problem.group_name}"] if problem.group_name else []),
        f"seed {plan.seed}",
        f"ion-discovery {study.version}",
    ]


def _remarks(study: Study) -> list[str]:
    problem = study.problem
    counts = [
        f"{name}: {int((problem.target == place).sum())} rows"
        for place, name in enumerate(problem.classes)
    ]
    classes = [f"Classes: {'; '.join(counts)}."] if counts else []
    made = [f"Made with: {study.command}"] if study.command else []
    return [*classes, *problem.remarks, *study.failures, *made]


def _finite(told: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON has no NaN."""
    if isinstance(told, dict):
        return {str(key): _finite(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [_finite(value) for value in told]
    if isinstance(told, np.generic):
        told = told.item()
    return None if isinstance(told, float) and not math.isfinite(told) else told
