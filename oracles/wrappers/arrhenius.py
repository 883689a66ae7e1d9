"""Barriers told as conductivities, by the Arrhenius law with one prefactor for all materials."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from discovery.errors import InvalidInputError
from discovery.protocols import Oracle
from discovery.transport.arrhenius import BOLTZMANN
from discovery.types import Bound, Candidate, Estimate, Outcome, Side
from oracles.wrappers.wrapper import Wrapper

_OTHER_SIDE: Final[Mapping[Side, Side]] = {"left": "right", "right": "left"}


class ArrheniusOracle(Wrapper):
    """Answers log10 sigma = intercept - log10 T - E / (k T ln 10) where another answers E in eV.

    The rank of materials is the rank of their barriers, the lowest first; so a campaign can have a
    barrier for its target, and a model learns it in the unit of the experiment. That prefactors
    differ between materials is left out, which is wrong by about a decade. What lies below the
    floor is told as a bound: how well an insulator insulates is of no interest, and numbers such as
    -60 would be all that a model learns.

    Args:
        oracle: Answers with an activation energy or a migration barrier in eV.
        intercept: log10(sigma T) at infinite temperature, in log10(S K/cm). Li7La3Zr2O12 (3e-4
            S/cm and 0.30 eV; Murugan et al., Angew. Chem. 46, 7778 (2007)) has 4.0, Li10GeP2S12
            (1.2e-2 S/cm and 0.25 eV; Kamaya et al., Nat. Mater. 10, 682 (2011)) 4.8.
        temperature: K.
        floor: log10(S/cm) below which answers are bounds.

    Raises:
        InvalidInputError: The oracle does not answer in eV, or a number is out of range.
    """

    def __init__(
        self,
        *,
        oracle: Oracle,
        intercept: float = 4.5,
        temperature: float = 298.0,
        floor: float = -15.0,
    ) -> None:
        super().__init__(oracle)
        if oracle.unit != "eV":
            raise InvalidInputError(
                f"the Arrhenius law takes a barrier in eV; {type(oracle).__name__} answers "
                f"{oracle.property} in {oracle.unit}"
            )
        for name, number in (("an intercept", intercept), ("a floor", floor)):
            if not math.isfinite(number):
                raise InvalidInputError(f"{name} is a finite number, not {number}")
        if not (math.isfinite(temperature) and temperature > 0):
            raise InvalidInputError(f"a temperature is a positive number, not {temperature}")
        self._top = intercept - math.log10(temperature)
        self._slope = 1.0 / (BOLTZMANN * temperature * math.log(10))
        self.property, self.unit = "log10_sigma", "log10(S/cm)"
        self.version = f"{oracle.version}+arrhenius({intercept:g},{temperature:g},{floor:g})"
        self._floor = floor

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return the conductivities, in order; the barrier is in the details as ``barrier``."""
        return [self._told(answer) for answer in self._oracle.label(candidates, seed)]

    def _told(self, answer: Outcome) -> Outcome:
        match answer:
            case Estimate():
                error, value = answer.standard_error, self._top - self._slope * answer.value
                details = {**answer.details, "barrier": answer.value}
                if value < self._floor:
                    return Bound("left", self._floor, details)
                return Estimate(value, None if error is None else error * self._slope, details)
            case Bound():
                value = self._top - self._slope * answer.value
                side = _OTHER_SIDE[answer.side]
                if side == "left":
                    value = max(value, self._floor)
                return replace(answer, side=side, value=value)
        return answer
