"""Every error of the package, named after its situation.

All derive from :class:`DiscoveryError`; the command line prints such an error as one line and
exits with its ``exit_code``, never with a stack trace.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class DiscoveryError(Exception):
    """Base of all errors that a user can cause and can repair."""

    exit_code = 2


class InvalidInputError(DiscoveryError):
    """A value handed in by the user cannot be used: a formula, a number, a column, a file."""


class InvalidStructureError(InvalidInputError):
    """A crystal structure cannot be used: no sites, bad cell, not-a-number coordinates."""


class ConfigError(DiscoveryError):
    """A configuration has mistakes; all of them are listed together.

    Args:
        source: The file (or other origin) that was read.
        mistakes: One line per mistake, each starting with the path of the field.
    """

    def __init__(self, source: str, mistakes: Sequence[str]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        noun = "mistake" if len(mistakes) == 1 else "mistakes"
        lines = "".join(f"\n  - {mistake}" for mistake in mistakes)
        super().__init__(f"{source}: {len(mistakes)} {noun}{lines}")


class UnknownNameError(DiscoveryError):
    """A name that nobody knows, with the nearest names that would have worked."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        super().__init__(f"unknown {kind} {name!r}; {suggest(name, self.known)}")


class PluginError(DiscoveryError):
    """A plug-in cannot be loaded or redefines a built-in part."""


class ContractError(DiscoveryError):
    """A part breaks the contract of its role; the message names the fault."""


class DatasetError(DiscoveryError):
    """A data set is missing, incomplete or contradicts itself."""


class ChecksumError(DatasetError):
    """A downloaded or local file is not the file that was published."""


class JournalError(DiscoveryError):
    """A journal cannot be used: another campaign's, a newer schema, locked, read-only."""

    exit_code = 3


class BudgetError(DiscoveryError):
    """A query cannot be afforded or a cost is not a cost."""


class UnknownQueryError(DiscoveryError):
    """A result was told for a query that was never asked."""


class ConflictingResultError(DiscoveryError):
    """A result was told twice with different content."""


class NotFittedError(DiscoveryError):
    """A proxy was asked to predict before it had seen observations it can learn from."""


class UnrealisableError(InvalidInputError):
    """No crystal structure was found for a composition, space group and cell.

    Args:
        kind: Why, in a word or two, for counting.
        detail: The actual values.
    """

    def __init__(self, kind: str, detail: str) -> None:
        self.kind = kind
        super().__init__(f"{kind}: {detail}")


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` or, when nothing is near, the list of names that work."""
    options = sorted(known)
    near = get_close_matches(name, options, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return "choose one of: " + ", ".join(options) if options else "there is none to choose from"
