"""The contract of a data set loader, executable."""

from discovery.errors import DiscoveryError
from discovery.protocols import DatasetLoader
from discovery.testing.faults import fault, no_exception
from discovery.types import Dataset


def check_dataset(loader: DatasetLoader) -> Dataset:
    """Prove that a loader keeps its contract, and return what it loads.

    Candidates are unique by content, every label belongs to one of them, property and unit are
    declared, and loading again gives the same.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
        DiscoveryError: The data are not at hand, in the loader's own words.
    """
    first, second = _load(loader), _load(loader)

    def wrong(what: str, expected: str, fix: str) -> Exception:
        return fault(loader, "load", what, expected=expected, fix=fix)

    known = {candidate.id for candidate in first.candidates}
    if not known:
        raise wrong("returns no candidates", "one or more", "raise DatasetError if a file is empty")
    if len(known) < len(first.candidates):
        raise wrong(
            f"repeats {len(first.candidates) - len(known)} candidates",
            "candidates that are unique by content",
            "merge rows of one material, or tell them apart by cell or structure",
        )
    strangers = sorted(set(first.labels) - known)
    if strangers:
        raise wrong(
            f"labels {len(strangers)} unknown candidates ({strangers[0]})",
            "labels keyed by the ids of the candidates",
            "labels[candidate.id] = Estimate(value)",
        )
    if not (first.property.strip() and first.unit.strip()):
        raise wrong("declares no property or unit", "both", "unit='log10(S/cm)'")
    if first.candidates != second.candidates or dict(first.labels) != dict(second.labels):
        raise wrong("is not deterministic", "the same data in the same order", "sort what is read")
    return first


def _load(loader: DatasetLoader) -> Dataset:
    fix = "raise DatasetError with the file and the line"
    with no_exception(loader, "load", fix=fix, allowed=DiscoveryError):
        return loader.load()
