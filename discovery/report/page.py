"""The report of a campaign: one self-contained HTML file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from discovery.campaign import CampaignRecord
from discovery.report import figures, sections
from discovery.report.agreement import agreement
from discovery.report.best_table import best_candidates
from discovery.report.frame import frame, write_page
from discovery.report.generated import generated_figures, generated_section
from discovery.report.history import measured
from discovery.report.ranking import top_candidates
from discovery.report.recall import HIT_FRACTION, find_hits
from discovery.report.summary import summary
from discovery.report.text import esc
from discovery.types import Bound, Estimate


def write_report(
    record: CampaignRecord,
    path: Path,
    *,
    truth: Mapping[str, Estimate | Bound] | None = None,
    hit_fraction: float = HIT_FRACTION,
    candidates_dir: Path | None = None,
    top: int = 25,
) -> Path:
    """Write the report of a campaign and return its path.

    Args:
        record: The campaign, read from its journal.
        path: The HTML file to write.
        truth: Hidden true target values by candidate id; adds recall for benchmark data sets.
        hit_fraction: Share of the labelled pool that counts as a hit.
        candidates_dir: Where :func:`discovery.report.export.export_top` wrote CIF files, to link.
        top: Number of best candidates listed.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    best = best_candidates(top_candidates(record, top), candidates_dir, path.parent)
    return write_page(path, render(record, best, truth, hit_fraction))


def render(
    record: CampaignRecord,
    best: str,
    truth: Mapping[str, Estimate | Bound] | None,
    hit_fraction: float,
) -> str:
    """Return the page around the section of the best candidates; see :func:`write_report`."""
    facts = summary(record, truth=truth, hit_fraction=hit_fraction)
    hits = find_hits(truth, hit_fraction) if truth else frozenset()
    drawn = {name: draw(record) for name, draw in _FIGURES.items()}
    drawn |= generated_figures(record)
    if hits:
        drawn["recall"] = figures.recall(record, hits)
    body = "\n".join(
        [
            sections.header(record, str(record.config.get("dataset", {}).get("name", ""))),
            sections.cards(facts),
            '<div class="pair">',
            sections.figure(
                "progress",
                "Best so far",
                "Conductivity at 298 K as the target fidelity measured it.",
                empty="" if measured(record) else _unmeasured(record),
            ),
            _recall_section(facts, len(truth or ()), hit_fraction) if hits else "",
            _spending_section(record),
            sections.figure(
                "parity",
                "Forecast and measured",
                sections.agreement_note(agreement(record)),
                empty="" if _forecast(record) else _unmeasured(record),
            ),
            "</div>",
            best,
            generated_section(record),
            sections.next_batch(record),
            f"<section><h2>Queries by fidelity</h2>\n{sections.budget_table(facts)}</section>",
            sections.failures(record),
            sections.settings(record),
        ]
    )
    return frame(record.name, body, facts=facts, drawn=drawn)


_FIGURES: Final = {
    "progress": figures.progress,
    "spending": figures.spending,
    "parity": figures.parity,
}


def _recall_section(facts: Mapping[str, Any], labelled: int, fraction: float) -> str:
    note = (
        f"Hits are the {facts['hits']} best of {labelled} labelled candidates; one is found when "
        "the target fidelity has answered for it. Random: the whole budget buys target "
        "measurements of candidates drawn without replacement."
    )
    return sections.figure("recall", f"Recall of the top {fraction:.0%}", note)


def _spending_section(record: CampaignRecord) -> str:
    note = "Actual cost of what was asked in each round, by fidelity."
    empty = "" if record.entries else "Nothing was asked yet."
    return sections.figure("spending", "Spending by fidelity", note, empty=empty)


def _forecast(record: CampaignRecord) -> bool:
    return any(entry.forecast.mean is not None for entry in measured(record))


def _unmeasured(record: CampaignRecord) -> str:
    return f"The target fidelity, {esc(record.target.name)}, has not answered yet."
