"""What every page about a study has: a title, findings, tables, remarks; as HTML and Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from discovery.report.sheets import Sheet, plain
from discovery.report.text import esc


@dataclass(frozen=True)
class Document:
    """The words and tables of a page.

    Args:
        title: Of the page.
        facts: What was studied, in a line.
        findings: Sentences about the numbers.
        sheets: Tables.
        remarks: What the reader should know beside.
        command: That made the page; empty where it does not matter.
    """

    title: str
    facts: Sequence[str]
    findings: Sequence[str]
    sheets: Sequence[Sheet]
    remarks: Sequence[str]
    command: str = ""

    def html(self, middle: Iterable[str]) -> str:
        """Return the body of the page; figures and tables stand in the middle."""
        return "\n".join(
            [
                f"<header><h1>{esc(self.title)}</h1>",
                f"<p>{' · '.join(esc(fact) for fact in self.facts)}</p></header>",
                "<section><h2>What the numbers say</h2>\n<ul>",
                *(f"<li>{esc(sentence)}</li>" for sentence in self.findings),
                "</ul></section>",
                *middle,
                "<section><h2>Remarks</h2>\n<ul>",
                *(f"<li>{esc(remark)}</li>" for remark in self.remarks),
                "</ul></section>",
            ]
        )

    @property
    def markdown(self) -> str:
        """The page without its figures."""
        parts = [
            f"# {plain(self.title)}\n",
            f"{' · '.join(self.facts)}\n",
            *([f"```text\n{self.command}\n```\n"] if self.command else []),
            "## What the numbers say\n",
            *(f"- {plain(sentence)}" for sentence in self.findings),
            "",
            *(sheet.markdown for sheet in self.sheets),
            "## Remarks\n",
            *(f"- {plain(remark)}" for remark in self.remarks),
        ]
        return "\n".join(parts) + "\n"
