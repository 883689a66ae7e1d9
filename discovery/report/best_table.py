"""The table of the best candidates."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pymatgen.symmetry.groups import sg_symbol_from_int_number

from discovery.report import text
from discovery.report.ranking import TopCandidate
from discovery.report.sections import material
from discovery.report.table import Cell, table, value
from discovery.report.text import amount, esc
from discovery.types import Candidate, Observation

DIMENSIONLESS: Final = "1"

_SCREW: Final = re.compile(r"_(\d)")

HEADS: Final = (
    "#", "candidate", "space group", "forecast log<sub>10</sub> σ", "measured log<sub>10</sub> σ",
    "measured σ (S/cm)", "other fidelities", "answered by", "cost", "CIF",
)  # fmt: skip


def best_candidates(
    tops: Sequence[TopCandidate], candidates_dir: Path | None, page_dir: Path
) -> str:
    """Return the section of the best candidates.

    Args:
        tops: The candidates, best first.
        candidates_dir: Where their CIF files were exported to, if they were.
        page_dir: Folder of the report, which links are relative to.
    """
    title = "<section><h2>Best candidates</h2>"
    if not tops:
        return (
            f'{title}\n<p class="empty">No candidate has a measured value or a forecast yet.</p>'
            "</section>"
        )
    note = (
        "Forecast: mean ± standard deviation when it was chosen. Measured: value ± standard "
        "error. Brackets hold 90 % intervals. Measured ones come first, then those only forecast, "
        "last those known only to lie below a bound. Click a heading to sort."
    )
    rows = [_row(top, _link(top, candidates_dir, page_dir)) for top in tops]
    return f'{title}<p class="note">{note}</p>\n{table(HEADS, rows, sortable=True)}</section>'


def _row(top: TopCandidate, link: str) -> list[Cell]:
    candidate, measured = top.candidate, top.measured
    known = _sort(measured)
    return [
        value(str(top.rank), top.rank),
        Cell(material(candidate.formula, candidate.name)),
        value(_space_group(candidate), candidate.space_group),
        value(text.forecast(top.forecast), top.forecast.mean),
        value(text.answer(measured), known),
        value(text.conductivity(measured), known),
        Cell(_others(top.others)),
        Cell(text.NOTHING if measured is None else _provenance(measured)),
        value(amount(top.cost), top.cost),
        Cell(link),
    ]


def _sort(measured: Observation | None) -> float | None:
    """A bound from above sorts with the unknown ones: its value is not one."""
    if measured is None:
        return None
    if measured.bound is not None:
        return measured.bound.value if measured.bound.side == "right" else None
    return measured.value


def _space_group(candidate: Candidate) -> str:
    if candidate.space_group is None:
        return text.NOTHING
    symbol = esc(sg_symbol_from_int_number(candidate.space_group))
    return _SCREW.sub(r"<sub>\1</sub>", symbol) + f" ({candidate.space_group})"


def _others(observations: Sequence[Observation]) -> str:
    """One line per answer, and one per kind of no answer."""
    lines = []
    silent: dict[str, list[str]] = {}
    for observation in observations:
        fidelity = esc(observation.query.fidelity)
        if observation.status != "ok":
            silent.setdefault(observation.status, []).append(fidelity)
            continue
        unit = "" if observation.unit == DIMENSIONLESS else f"&nbsp;{esc(observation.unit)}"
        lines.append(f"{fidelity}: {text.answer(observation)}{unit}")
    lines += [
        f'<span class="none">{status}: {", ".join(names)}</span>'
        for status, names in silent.items()
    ]
    return "<br>".join(lines) or text.NOTHING


def _provenance(observation: Observation) -> str:
    version = f" <small>{esc(observation.version)}</small>" if observation.version else ""
    return esc(observation.oracle) + version


def _link(top: TopCandidate, candidates_dir: Path | None, page_dir: Path) -> str:
    if top.cif is None or candidates_dir is None or not (candidates_dir / top.cif).is_file():
        return text.NOTHING
    target = Path(os.path.relpath(candidates_dir / top.cif, page_dir)).as_posix()
    return f'<a href="{quote(target)}">CIF</a>'
