"""What all oracles around another oracle share."""

from collections.abc import Sequence

from discovery.protocols import Oracle
from discovery.types import Candidate, Outcome


class Wrapper:
    """Passes everything on; a wrapper overrides what it is for.

    Args:
        oracle: The oracle that is asked. Property, unit and version are its own.
    """

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self.version: str = oracle.version
        self.property: str = oracle.property
        self.unit: str = oracle.unit

    def cost(self, candidate: Candidate) -> float:
        """Return the announced cost of the oracle that is asked."""
        return self._oracle.cost(candidate)

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return the answers of the oracle that is asked."""
        return self._oracle.label(candidates, seed)
