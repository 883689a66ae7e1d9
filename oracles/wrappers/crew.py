"""Worker processes as their employer sees them: started, asked, ended."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import weakref
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from discovery.errors import InvalidInputError
from discovery.types import Candidate, Outcome

_PROGRAM: Final = (
    "import sys; sys.path[:] = sys.argv[3:]; from oracles.wrappers.worker import serve; "
    "serve(int(sys.argv[1]), int(sys.argv[2]))"
)
_START: Final = 300.0
"""Seconds that a worker may take to import its oracle: heavy libraries, a cold disk."""

_LAST_WORDS: Final = 5.0
"""Seconds between the end of a worker's connection and its own."""


class Worker:
    """One process that answers for one oracle.

    It is started as a program, not through ``multiprocessing``: that would import the caller's
    main module and refuse to work within daemons (workers of dask, ``multiprocessing.Pool``). Its
    session is its own, so that Ctrl-C does not reach it and all that it starts ends with it.

    Args:
        payload: The pickled oracle.

    Raises:
        InvalidInputError: The oracle cannot be imported in another process.
        ChildProcessError: The process died or did not start in time.
    """

    def __init__(self, payload: bytes) -> None:
        self._owner = os.getpid()
        self._connection, theirs = multiprocessing.Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                [
                    *(sys.executable, "-c", _PROGRAM),
                    *(str(theirs.fileno()), str(self._owner), *sys.path),
                ],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            self._connection.send_bytes(payload)
            problem = self._reply(_START)
        except TimeoutError:
            self.close()
            raise ChildProcessError(
                f"the oracle's worker process did not start within {_START:g} s"
            ) from None
        except BaseException:
            self.close()
            raise
        if problem is not None:
            self.close()
            raise InvalidInputError(
                f"a worker process cannot load the oracle: {type(problem).__name__}: {problem}; "
                "define its class in a module that can be imported, not in the main script"
            )

    @property
    def usable(self) -> bool:
        """Whether it lives and works for this process, which may be a fork of its employer.

        An idle worker has nothing to say: what can be read is the end of its connection, which
        comes before the end of its process.
        """
        alive = self._owner == os.getpid() and self._process.poll() is None
        return alive and not self._connection.poll()

    def ask(self, candidate: Candidate, seed: int, seconds: float) -> Outcome | Exception:
        """Return the answer, or what the oracle raised.

        Raises:
            TimeoutError: There is no answer yet; the worker has to be closed.
            ChildProcessError: The worker died; it has to be closed.
        """
        with suppress(BrokenPipeError):  # it died a moment ago; the reply tells how
            self._connection.send((candidate, seed, seconds))
        answer: Outcome | Exception = self._reply(seconds)
        return answer

    def close(self) -> None:
        """End the process and all that it started."""
        self._connection.close()
        if self._owner != os.getpid():
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS forbids it when all are dead
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _reply(self, seconds: float) -> Any:  # noqa: ANN401 - what the worker says
        if not self._connection.poll(seconds):
            raise TimeoutError(f"no answer within {seconds:g} s")
        try:
            return pickle.loads(self._connection.recv_bytes())  # noqa: S301 - from our own process
        except (EOFError, ConnectionResetError):
            raise ChildProcessError(self._epitaph()) from None

    def _epitaph(self) -> str:
        try:
            code = self._process.wait(_LAST_WORDS)
        except subprocess.TimeoutExpired:
            return "the oracle's worker process fell silent"
        if code >= 0:
            return f"the oracle ended its worker process with exit code {code}"
        name = signal.Signals(-code).name
        hint = " (out of memory?)" if -code == signal.SIGKILL else ""
        return f"the oracle's worker process was ended by {name}{hint}"


class Crew:
    """The workers of one oracle in this process: as many as were needed at the same time.

    They end when nobody remembers the crew, or with the process.

    Args:
        payload: The pickled oracle.
    """

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._idle: list[Worker] = []
        weakref.finalize(self, _dismiss, self._idle)

    def ask(self, candidate: Candidate, seed: int, seconds: float) -> Outcome:
        """Return the oracle's answer; any thread may ask.

        Raises:
            TimeoutError: The evaluation took too long.
            ChildProcessError: The worker did not survive it.
            InvalidInputError: The worker cannot load the oracle.
            Exception: What the oracle itself raises.
        """
        worker = self._worker()
        try:
            answer = worker.ask(candidate, seed, seconds)
        except BaseException:  # Ctrl-C too: nobody waits for that answer any more
            worker.close()
            raise
        self._idle.append(worker)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _worker(self) -> Worker:
        with suppress(IndexError):  # a list hands out each worker once, whoever asks
            while True:
                worker = self._idle.pop()
                if worker.usable:
                    return worker
                worker.close()
        return Worker(self._payload)


@lru_cache(maxsize=8)
def crew(payload: bytes) -> Crew:
    """Return the crew for a pickled oracle.

    The last few are kept although nobody holds them: executors send a copy of the oracle along
    with each query, and the next copy finds the workers of the last one.
    """
    return Crew(payload)


def _dismiss(workers: list[Worker]) -> None:
    while workers:
        workers.pop().close()
