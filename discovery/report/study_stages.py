"""The reproduced report: a self-contained page, a Markdown file and plain JSON."""

from dataclasses import asdict
from typing import Any, Final

from discovery import __version__
from discovery.report import sections
from discovery.report.frame import frame
from discovery.report.sheets import Sheet, plain
from discovery.report.study_figures import cumulative, overlay, triptych
from discovery.report.study_stages_findings import findings
from discovery.report.study_stages_tables import sheets
from discovery.report.text import esc
from discovery.studies.reproduction import Reproduction

_TITLE: Final = "OBELiX in three stages, done again"
_OPEN: Final = "Open triangles: labels that are bounds, taken for values as the report does."
_HEIGHT: Final = 420  # pixels


class StagesReport:
    """What was measured, with its tables and sentences, which take a while, made once.

    Args:
        found: What was measured.
        command: The command that repeats it.
    """

    def __init__(self, found: Reproduction, command: str) -> None:
        self._found = found
        self._command = command
        self.sheets: tuple[Sheet, ...] = tuple(sheets(found))
        self.findings: tuple[str, ...] = tuple(findings(found))

    def page(self) -> str:
        """Return the report as HTML that loads nothing from elsewhere."""
        found = self._found
        drawn: dict[str, Any] = {}
        places = []
        for part, test in (("cross-validation", False), ("test", True)):
            for name, title, figure in (
                (f"triptych-{part}", "Parity", triptych(found, test=test)),
                (f"overlay-01-{part}", "Stage 0 and stage 1", overlay(found, 0, 1, test=test)),
                (f"overlay-12-{part}", "Stage 1 and stage 2", overlay(found, 1, 2, test=test)),
                (f"errors-{part}", "Cumulative error", cumulative(found, test=test)),
            ):
                drawn[name] = figure
                places.append(sections.figure(name, f"{title}: {part}", _OPEN, height=_HEIGHT))
        body = "\n".join(
            [
                f"<header><h1>{esc(_TITLE)}</h1><p>{esc(self._origin())}</p></header>",
                "<section><h2>What the numbers say</h2>\n<ul>",
                *(f"<li>{esc(sentence)}</li>" for sentence in self.findings),
                "</ul></section>",
                *(sheet.html for sheet in self.sheets),
                *places,
            ]
        )
        return frame(_TITLE, body, facts=self.facts(), drawn=drawn)

    def markdown(self) -> str:
        """Return the report as Markdown, without the figures."""
        parts = [
            f"# {plain(_TITLE)}\n",
            f"{plain(self._origin())}\n",
            f"```text\n{self._command}\n```\n",
            "## What the numbers say\n",
            *(f"- {plain(sentence)}" for sentence in self.findings),
            "",
            *(sheet.markdown for sheet in self.sheets),
        ]
        return "\n".join(parts).rstrip() + "\n"

    def facts(self) -> dict[str, Any]:
        """Return the report as plain JSON."""
        return {
            "version": __version__,
            "data": self._found.bench.data.digest,
            "seed": self._found.bench.seed,
            "trials": self._found.trials,
            "findings": list(self.findings),
            "tables": [
                {
                    "title": s.title,
                    "heads": s.heads,
                    "rows": [[asdict(e) for e in r] for r in s.rows],
                }
                for s in self.sheets
            ],
            "searches": [asdict(search) for search, _ in self._found.searches],
        }

    def _origin(self) -> str:
        found = self._found
        data = found.bench.data
        return (
            f"{data.dataset.name}, {len(data.train)} training and {len(data.test)} test rows, data "
            f"{data.digest} · ion-discovery {__version__} · seed {found.bench.seed} · "
            f"{found.trials} trials per search"
        )
