"""The program of a worker process: load an oracle, answer, end with the employer."""

import os
import pickle
import signal
import threading
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final

from discovery.protocols import Oracle

_GLANCE: Final = 0.5
"""Seconds between two looks whether the employer is alive."""

_GRACE: Final = 2.0
"""Seconds after which a worker ends itself that its employer should have ended."""


def serve(handle: int, employer: int) -> None:
    """Answer until the connection ends.

    Args:
        handle: File descriptor of the connection.
        employer: Process that is worked for.
    """
    os.set_inheritable(handle, False)  # noqa: FBT003 - no keyword; what the oracle starts must not hold it
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    threading.Thread(target=_watch, args=(employer,), daemon=True).start()
    with Connection(handle) as connection, suppress(EOFError, OSError):
        try:
            oracle = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the employer
            problem = None
        except Exception as error:  # noqa: BLE001 - importing an oracle may raise anything
            problem = _portable(error)
        connection.send_bytes(pickle.dumps(problem))
        while True:
            candidate, seed, seconds = connection.recv()
            connection.send_bytes(_answer(oracle, candidate, seed, seconds))
    end()


def _answer(oracle: Oracle, candidate: Any, seed: int, seconds: float) -> bytes:  # noqa: ANN401
    # the alarm's default action is the kernel's: it also ends compiled code that never returns to
    # the interpreter, in which the thread that watches the employer is not run
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
    try:
        (outcome,) = oracle.label([candidate], seed)
        return pickle.dumps(outcome)
    except BaseException as error:  # noqa: BLE001 - sys.exit() too is a failed evaluation
        return pickle.dumps(_portable(error))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _portable(error: BaseException) -> Exception:
    """Return an exception that survives the way to the employer, with its trace as a note."""
    trace = "".join(traceback.format_exception(error))
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - pickled on this line
        faithful = isinstance(copy, Exception) and str(copy) == str(error)
    except Exception:  # noqa: BLE001 - an exception's constructor may want anything
        faithful = False
    told = copy if faithful else RuntimeError(f"{type(error).__name__}: {error}")
    told.add_note(f"in the worker process:\n{trace}")
    return told


def _watch(employer: int) -> None:
    while os.getppid() == employer:
        time.sleep(_GLANCE)
    end()


def end() -> None:
    """End this process and all that it started; it leads a session of its own."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
