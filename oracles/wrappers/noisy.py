"""The same answers with noise, to try campaigns on a truth that is known."""

import math
from collections.abc import Sequence

from discovery.errors import InvalidInputError
from discovery.protocols import Oracle
from discovery.rng import stream
from discovery.types import Bound, Candidate, Estimate, Outcome
from oracles.wrappers.wrapper import Wrapper


class NoisyOracle(Wrapper):
    """Shifts every answer by the bias and a Gaussian draw of its own.

    The draw follows from seed and candidate. An estimate's standard error is combined with the
    noise in quadrature; a bound is shifted as the value would have been that it stands for; a
    refusal stays as it is. The draws of noisy oracles inside each other are independent.

    Args:
        oracle: The oracle that is asked.
        standard_deviation: Of the noise, in the unit of the oracle.
        bias: Added to every answer, in the unit of the oracle; no standard error knows of it.

    Raises:
        InvalidInputError: The standard deviation is negative or a number is not finite.
    """

    def __init__(self, *, oracle: Oracle, standard_deviation: float, bias: float = 0.0) -> None:
        super().__init__(oracle)
        if not (math.isfinite(standard_deviation) and standard_deviation >= 0):
            raise InvalidInputError(
                f"a standard deviation is a finite number, 0 or more, not {standard_deviation}"
            )
        if not math.isfinite(bias):
            raise InvalidInputError(f"a bias is a finite number, not {bias}")
        self._deviation, self._bias = standard_deviation, bias
        self.version = f"{oracle.version}+noise({bias:g},{standard_deviation:g})"

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return the shifted answers, in order."""
        answers = self._oracle.label(candidates, seed)
        return [
            self._shifted(answer, self._draw(candidate, seed))
            for candidate, answer in zip(candidates, answers, strict=True)
        ]

    def _draw(self, candidate: Candidate, seed: int) -> float:
        # the version of the oracle inside tells one layer of noise from the next
        rng = stream(seed, "noise", self._oracle.version, candidate.id)
        return self._bias + self._deviation * float(rng.standard_normal())

    def _shifted(self, answer: Outcome, shift: float) -> Outcome:
        match answer:
            case Estimate():
                error = answer.standard_error
                if self._deviation:
                    error = math.hypot(error or 0.0, self._deviation)
                return Estimate(answer.value + shift, error, answer.details)
            case Bound():
                return Bound(answer.side, answer.value + shift, answer.details)
        return answer
