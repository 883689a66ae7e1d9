"""Evaluations that may hang or crash, each within its time limit and in a process of its own."""

import pickle
from collections.abc import Sequence
from typing import Any, Final

from discovery.errors import InvalidInputError
from discovery.protocols import Oracle
from discovery.types import Candidate, Outcome
from oracles.wrappers.crew import crew
from oracles.wrappers.wrapper import Wrapper

_LONGEST: Final = 1e6
"""Seconds; operating systems do not wait for much longer."""


class TimeLimitedOracle(Wrapper):
    """Has the oracle answer in a worker process, which is ended when it takes too long.

    The worker is started with the first evaluation and serves the following ones. A time-out, a
    crash in compiled code, an exit or a kill cost that one evaluation; the next gets a new worker.
    Workers end with the process that they work for, however it ends, and so does what they started.

    The oracle must be picklable and its class importable; the main module is not imported.

    Args:
        oracle: The oracle that is asked.
        seconds: For one candidate; the first answer of a worker includes the imports that the
            oracle makes when it answers.

    Raises:
        InvalidInputError: The oracle cannot be pickled, or the limit is not positive or longer than
            a million seconds.
    """

    def __init__(self, *, oracle: Oracle, seconds: float = 600.0) -> None:
        super().__init__(oracle)
        if not 0 < seconds <= _LONGEST:
            raise InvalidInputError(
                f"a time limit is more than 0 s, at most {_LONGEST:,.0f} s, not {seconds}"
            )
        self._seconds = seconds
        try:
            self._payload = pickle.dumps(oracle)
        except Exception as error:  # whatever the oracle holds may refuse in its own way
            raise InvalidInputError(
                f"{type(oracle).__name__} cannot be sent to a worker process: {error}; keep no "
                "lambda, open file or lock on the oracle and define its class at the top level of "
                "a module"
            ) from error

    def __getstate__(self) -> dict[str, Any]:
        return {"seconds": self._seconds, "payload": self._payload}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__init__(pickle.loads(state["payload"]))  # noqa: S301 - pickled by this class
        # the same bytes as the original's: copies in one process share its workers
        self._seconds, self._payload = state["seconds"], state["payload"]

    def label(self, candidates: Sequence[Candidate], seed: int) -> Sequence[Outcome]:
        """Return the answers in order, one evaluation after the other.

        Raises:
            TimeoutError: An evaluation took too long.
            ChildProcessError: The worker did not survive it.
            InvalidInputError: The worker cannot import the oracle.
            Exception: What the oracle itself raises.
        """
        workers = crew(self._payload)
        return [workers.ask(candidate, seed, self._seconds) for candidate in candidates]
