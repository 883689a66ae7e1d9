"""The agreement report of a study: a self-contained page, a Markdown file and plain JSON."""

from dataclasses import asdict
from typing import Any, Final

from discovery.agreement.study import Study
from discovery.report import sections
from discovery.report.agreement_tables import sheets
from discovery.report.document import Document
from discovery.report.findings import findings
from discovery.report.frame import frame
from discovery.report.scatter_matrix import scatter_matrix

_NOTE: Final = (
    "Points: values. Open red triangles: bounds, pointing to where the truth lies. On the "
    "diagonal: how many candidates have which value. Above it: Spearman's ρ of the values and the "
    "concordance of all pairs whose order is known."
)
_PANEL: Final = 175  # pixels


def page(study: Study) -> str:
    """Return the report as HTML that loads nothing from elsewhere."""
    drawn = scatter_matrix(study)
    height = _PANEL * len(study.columns) + 80
    drawn["layout"]["height"] = height
    told = _document(study)
    body = told.html(
        [
            sections.figure("matrix", "Every fidelity against every other", _NOTE, height=height),
            *(sheet.html for sheet in told.sheets),
        ]
    )
    return frame(f"{study.title}: agreement", body, facts=facts(study), drawn={"matrix": drawn})


def markdown(study: Study) -> str:
    """Return the report as Markdown, without the figure."""
    return _document(study).markdown


def _document(study: Study) -> Document:
    return Document(
        f"{study.title}: do the fidelities agree?",
        _facts(study),
        list(findings(study)),
        list(sheets(study)),
        _remarks(study),
        study.command,
    )


def facts(study: Study) -> dict[str, Any]:
    """Return the report as plain JSON."""
    return {
        "title": study.title,
        "version": study.version,
        "seed": study.seed,
        "candidates": len(study.candidates),
        "clusters": study.clusters,
        "listed": study.listed,
        "findings": list(findings(study)),
        "coverage": [asdict(each) for each in study.coverage],
        **asdict(study.comparison),
    }


def _facts(study: Study) -> list[str]:
    return [
        f"{len(study.candidates)} candidates in {study.clusters} clusters",
        f"ion-discovery {study.version}",
        f"seed {study.seed}",
    ]


def _remarks(study: Study) -> list[str]:
    made = [f"Clusters are {study.related}.", f"Made with: {study.command}"]
    return [*study.remarks, *made, *([study.citation] if study.citation else [])]
