"""The report of an explanation: a self-contained page, a Markdown file and plain JSON."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Final, TypeAlias

import numpy as np

from discovery.explanation.study import Explanation
from discovery.explanation.units import units
from discovery.report import explanation_figures as of_model
from discovery.report import explanation_pool_figures as of_data
from discovery.report import sections
from discovery.report.document import Document
from discovery.report.drawing import Json
from discovery.report.explanation_findings import findings
from discovery.report.explanation_tables import sheets
from discovery.report.frame import frame
from discovery.report.screening_figures import quantiles
from discovery.report.text import esc
from discovery.types import FloatArray

_Figure: TypeAlias = tuple[str, str, str, int, Json]
_NOTES: Final = {
    "importances": (
        "Loss of rank correlation when a feature of held-out rows is shuffled (bars: 5 to 95 % of "
        "the shuffles); mean absolute SHAP value of held-out rows (5 to 95 % over folds); share in "
        "the splits on the rows that were learned from."
    ),
    "contributions": (
        "SHAP values of held-out rows: with the base they add up to the prediction. Grey: the row "
        "does not know the feature."
    ),
    "dependence": (
        "Line: mean over the rows. Each row has a curve of its own; moved to a common level, half "
        "of them lie in the dark band and 80 % in the light one. Ticks are rows. Where features go "
        "together, a setting may be one that no material has."
    ),
    "correlations": (
        "Pearson's r of the rows that know both; bounds are left out, and pairs that fewer than "
        "three rows know are white."
    ),
    "distributions": (
        "Kernel density of the values that are no bounds, within their range, with median, "
        "quarters and all points. Triangles are bounds: the truth lies where they point, and they "
        "are in no density and no median."
    ),
    "known": " Triangles are bounds, no values.",
    "bought": " Colour is the round in which a material was bought first.",
}


def page(found: Explanation) -> str:
    """Return the report as HTML that loads nothing from elsewhere."""
    drawn: dict[str, Json] = {}
    shown = []
    for name, title, note, height, figure in _figures(found):
        drawn[name] = figure
        shown.append(sections.figure(name, title, note, height=height))
    told = _document(found)
    body = told.html(
        [
            *shown,
            *(sheet.html for sheet in told.sheets),
        ]
    )
    return frame(_title(found), body, facts=facts(found), drawn=drawn)


def markdown(found: Explanation) -> str:
    """Return the report as Markdown, without the figures."""
    return _document(found).markdown


def _document(found: Explanation) -> Document:
    return Document(
        _title(found),
        _facts(found),
        list(findings(found)),
        list(sheets(found)),
        _remarks(found),
        found.command,
    )


def facts(found: Explanation) -> dict[str, Any]:
    """Return the report as plain JSON; losses and SHAP values of every feature are in it."""
    return {
        "dataset": found.dataset.name,
        "proxy": found.proxy,
        "version": found.version,
        **asdict(found.settings),
        "rows": len(found.rows),
        "bounds": len(found.rows) - int(found.truth.exact.sum()),
        "spearman": _number(found.spearman),
        "findings": list(findings(found)),
        "features": [_feature(found, column) for column in found.order.tolist()],
        "clusters": [
            {
                "features": [found.names[column] for column in members],
                "permutation": _range(found.together[:, place]),
            }
            for place, members in enumerate(found.clusters)
        ],
        "subjects": [
            {"subject": name, "features": len(members), "permutation": _range(losses)}
            for (name, members), losses in zip(
                found.subjects.items(), found.by_subject.T, strict=True
            )
        ],
        "partial_dependence": [
            {
                "feature": curve.name,
                "unit": units(curve.name),
                "value": curve.grid.tolist(),
                "mean": curve.mean.tolist(),
                "quantiles": curve.quantiles.tolist(),
                "rows_unknown": curve.unknown,
            }
            for curve in found.dependences
        ],
        "families": [asdict(each) | {"rows": list(each.rows)} for each in found.differences],
        "map": {
            "method": found.pool.plane.method,
            "materials": len(found.pool.candidates),
            "bought": len(found.pool.purchases),
        },
        "remarks": _remarks(found),
    }


def _feature(found: Explanation, column: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "feature": found.names[column],
        "unit": units(found.names[column]),
        "permutation": _range(found.permutation[:, column]),
    }
    if found.shap is not None:
        told["mean_abs_shap"] = float(np.abs(found.shap[:, column]).mean())
    if found.impurity is not None:
        told["impurity"] = float(found.impurity[column])
    return told


def _figures(found: Explanation) -> Iterator[_Figure]:
    """Yield name, title, note, height and figure."""
    count = min(of_model.SHOWN, len(found.names))

    def told(name: str, title: str, height: int, draw: Callable[[Explanation], Json]) -> _Figure:
        note = _map_note(found) if name in ("known", "bought") else ""
        return name, title, f"{note}{_NOTES.get(name, '')}", height, draw(found)

    yield told("importances", "Importance of features", 24 * count + 130, of_model.importances)
    if found.shap is not None:
        title = "What each feature adds to each prediction"
        yield told("contributions", title, 24 * count + 150, of_model.contributions)
    if found.dependences:
        title = "What the model would say if one feature were set"
        height = 270 * of_model.rows_of_panels(found)
        yield told("dependence", title, height, of_model.dependences)
    title = "Correlation of features and target"
    yield told("correlations", title, 30 * count + 220, of_model.correlations)
    title = f"{esc(found.dataset.unit)} by family"
    yield told("distributions", title, 470, of_data.distributions)
    yield told("known", "What is known of the pool", 520, of_data.known)
    if found.pool.purchases:
        yield told("bought", "What was bought, and when", 520, of_data.bought)


def _map_note(found: Explanation) -> str:
    method = found.pool.plane.method
    if method == "PCA":
        return "The two principal axes of the features: too few materials for UMAP."
    return "UMAP of the features: neighbours are alike, but far and farther mean little."


def _title(found: Explanation) -> str:
    return f"{found.dataset.name}: what does {found.proxy} look at?"


def _facts(found: Explanation) -> list[str]:
    return [
        f"{len(found.rows)} labelled rows",
        f"{len(found.names)} features",
        f"ion-discovery {found.version}",
        f"seed {found.settings.seed}",
    ]


def _remarks(found: Explanation) -> list[str]:
    told = list(found.remarks)
    if found.pool.plane.method == "PCA":
        told.append(
            f"The map shows two principal axes: {len(found.pool.candidates)} materials are too few "
            "for UMAP."
        )
    if found.pool.left_out:
        told.append(f"{found.pool.left_out} materials of the pool, drawn by chance, are not shown.")
    told += [
        f"{curve.unknown} rows do not know {curve.name!r} and take no part in its curve."
        for curve in found.dependences
        if curve.unknown
    ]
    told += [*found.dataset.remarks, f"Made with: {found.command}"]
    return [*told, *([found.dataset.citation] if found.dataset.citation else [])]


def _range(values: FloatArray) -> dict[str, float | None]:
    low, middle, high = quantiles(values)
    return {"median": _number(middle), "low": _number(low), "high": _number(high)}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
