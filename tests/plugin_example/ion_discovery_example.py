"""A complete plug-in: one class here, one entry-point line in pyproject.toml.

``discovery check-oracle li_density`` proves that it keeps the contract of an oracle.
"""

from collections.abc import Sequence

from discovery.types import Candidate, Estimate, Outcome, Refusal


class LithiumDensity:
    """Number density of lithium from cell and composition, a crude measure of carriers.

    Args:
        price: Cost of one query in budget units.
    """

    version, property, unit = "1", "li_density", "1/nm^3"

    def __init__(self, price: float = 0.01) -> None:
        self.price = price

    def cost(self, candidate: Candidate) -> float:
        """Return the announced cost; nothing is charged here."""
        return self.price

    def label(self, candidates: Sequence[Candidate], seed: int) -> list[Outcome]:
        """Return one estimate or refusal per candidate, in order."""
        return [self._answer(candidate) for candidate in candidates]

    def _answer(self, candidate: Candidate) -> Outcome:
        if candidate.structure is not None:
            lithium, volume = candidate.structure.composition.get("Li"), candidate.structure.volume
        elif candidate.lattice is not None and candidate.z is not None:
            lithium = candidate.z * dict(candidate.composition).get("Li", 0.0)
            volume = candidate.lattice.volume
        else:
            return Refusal("neither a structure nor a cell and its formula units are known")
        return Estimate(1000 * lithium / volume) if lithium else Refusal("no Li in the cell")
