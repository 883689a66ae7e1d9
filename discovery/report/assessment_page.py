"""The report of an assessment: a self-contained page, a Markdown file and plain JSON."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from discovery.assessment.study import Judged, Study
from discovery.report import assessment_figures, sections
from discovery.report.assessment_findings import findings, principal
from discovery.report.assessment_tables import sheets
from discovery.report.document import Document
from discovery.report.drawing import Json
from discovery.report.frame import frame
from discovery.report.text import esc

_VALIDATION: Final = "validation"
_NOTES: Final = {
    "calibration": (
        "What the intervals hold",
        "Intervals on the diagonal hold what they promise; above it they are too wide.",
    ),
    "parity": (
        "Known and predicted",
        "Each row as predicted by models that had not seen it, the mean over the repeats.",
    ),
    "gain": (
        "Hits found along the ranking",
        "How much of the ranking must be sent to find which share of the hits.",
    ),
    "learning": ("Learning curve", "Bars are 95 % intervals over clusters of related rows."),
}


def page(study: Study) -> str:
    """Return the report as HTML that loads nothing from elsewhere."""
    drawn = _drawn(study)
    told = _document(study)
    body = told.html(
        [
            '<div class="pair">',
            *(sections.figure(name, *_note(study, name)) for name in drawn),
            "</div>",
            *(sheet.html for sheet in told.sheets),
        ]
    )
    return frame(_title(study), body, facts=facts(study), drawn=drawn)


def markdown(study: Study) -> str:
    """Return the report as Markdown, without the figures."""
    return _document(study).markdown


def _document(study: Study) -> Document:
    return Document(
        _title(study),
        _facts(study),
        list(findings(study)),
        list(sheets(study)),
        _remarks(study),
        study.command,
    )


def facts(study: Study) -> dict[str, Any]:
    """Return the report as plain JSON."""
    settings = study.settings
    return {
        "dataset": study.dataset.name,
        "proxy": study.proxy,
        "version": study.version,
        "seed": settings.seed,
        "threshold": settings.threshold,
        "best": settings.best,
        "findings": list(findings(study)),
        **{
            section: [_judged(each) for each in study.of(section)]
            for section in ("protocols", "baselines", "learning", "validation", "parts")
        },
        "chosen": dict(study.chosen),
        "collisions": [asdict(each) for each in study.collisions],
        "repeats": asdict(study.repeats),
        "remarks": list(study.remarks),
    }


def _judged(each: Judged) -> dict[str, Any]:
    found = each.assessment
    return {
        "name": each.label,
        "model": each.task.label,
        "option": each.task.series,
        "protocol": found.protocol,
        "rows": len(found.rows),
        "clusters": found.clusters,
        "repeats": len(found.mean),
        "trained": found.trained,
        "seconds": found.seconds,
        "scores": {name: asdict(score) for name, score in each.scores.items()},
        "own_rows": _finite(found.resubstituted),
        "leaks": [asdict(leak) for leak in each.leaks],
    }


def _drawn(study: Study) -> dict[str, Json]:
    drawn = {
        "parity": assessment_figures.parity(study, principal(study)),
        "calibration": assessment_figures.calibration(study),
        "gain": assessment_figures.gain(study),
    }
    if study.of("learning"):
        drawn["learning"] = assessment_figures.learning(study)
    for number, series in enumerate(_series(study)):
        drawn[f"{_VALIDATION}{number}"] = assessment_figures.validation(study, series)
    return drawn


def _series(study: Study) -> list[str]:
    return list(dict.fromkeys(each.task.series for each in study.of("validation")))


def _note(study: Study, name: str) -> tuple[str, str]:
    if name in _NOTES:
        return _NOTES[name]
    series = _series(study)[int(name.removeprefix(_VALIDATION))]
    return f"Validation curve: {esc(series)}", _NOTES["learning"][1]


def _title(study: Study) -> str:
    return f"{study.dataset.name}: how good is {study.proxy}?"


def _facts(study: Study) -> list[str]:
    return [
        f"{len(study.rows)} labelled rows",
        f"ion-discovery {study.version}",
        f"seed {study.settings.seed}",
    ]


def _remarks(study: Study) -> list[str]:
    dataset = study.dataset
    made = [*study.remarks, *dataset.remarks, f"Made with: {study.command}"]
    return [*made, *([dataset.citation] if dataset.citation else [])]


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
