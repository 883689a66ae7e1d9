"""One page of words and tables about several suites, for the documentation."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from discovery import __version__
from discovery.benchmark.page import Page, counts, remarks
from discovery.benchmark.results import Results
from discovery.report.document import Document
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import amount


def overview(told: Sequence[tuple[Results, Page]], command: str) -> Document:
    """Return the page.

    Args:
        told: Finished suites with their pages.
        command: That makes the page, from results that are there or by running what is missing.
    """
    documents = [(results.suite.name, page.document) for results, page in told]
    return Document(
        "Benchmarks",
        (f"ion-discovery {__version__}", *(_counted(results) for results, _ in told)),
        [_headed(name, sentence) for name, document in documents for sentence in document.findings],
        [
            problems([results for results, _ in told]),
            *(
                replace(sheet, title=_headed(name, sheet.title))
                for name, document in documents
                for sheet in document.sheets
            ),
        ],
        list(dict.fromkeys(remark for results, _ in told for remark in remarks(results))),
        command,
    )


def problems(suites: Sequence[Results]) -> Sheet:
    """Return what was searched in some suites."""
    return Sheet(
        "Problems",
        "Candidates, features of strategies that know no crystals, fidelities with the cost of an "
        "answer (the target last), share that is to be found, budget in units of the cost.",
        ("suite", "problem", "N", "d", "fidelities", "wanted", "budget", "batch", "source"),
        [row for results in suites for row in _rows(results)],
        frozenset({2, 3}),
    )


def _headed(suite: str, text: str) -> str:
    """Text that says which suite it is about; a suite may be called as its problem is."""
    head = f"{suite}:"
    return text if text == suite or text.startswith(head) else f"{head} {text}"


def _rows(results: Results) -> Iterator[tuple[Entry, ...]]:
    suite = results.suite
    for place, problem in enumerate(results.problems):
        budgets = sorted({run.cell.budget for run in results.runs if run.cell.problem == place})
        cheap_first = sorted(problem.fidelities, key=lambda fidelity: fidelity.target)
        yield (
            Entry(suite.name),
            Entry(problem.name),
            Entry(str(len(problem)), len(problem)),
            Entry(str(problem.features.shape[1]), problem.features.shape[1]),
            Entry(", ".join(f"{f.name} {amount(f.cost)}" for f in cheap_first)),
            Entry(f"{100 * suite.top:.3g} % ({int(problem.top(suite.top).sum())})"),
            Entry(" or ".join(map(amount, budgets))),
            Entry(str(suite.batch)),
            Entry(problem.citation),
        )


def _counted(results: Results) -> str:
    return f"{results.suite.name}: {', '.join(counts(results))}"
