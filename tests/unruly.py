"""Oracles for the tests of wrappers: what a candidate is called says what happens to its query."""

import os
import re
import signal
import subprocess
import sys
import time

from discovery.rng import stream
from discovery.types import Bound, Candidate, Estimate, Refusal


def candidate(name="", amount=1.0):
    """A candidate that is called so; its identity is its amount of Li."""
    return Candidate((("Li", amount), ("F", 1.0)), name=name)


class TwoArgumentsError(Exception):
    """Pickles, and cannot be unpickled."""

    def __init__(self, what, why):
        super().__init__(f"{what}: {why}")


class Unruly:
    """Does as the candidate is called."""

    version, property, unit = "7", "mood", "1"

    def cost(self, candidate):
        return 2.5

    def label(self, candidates, seed):
        return [self.answer(candidate, seed) for candidate in candidates]

    def answer(self, candidate, seed):
        action = getattr(self, candidate.name.replace(" ", "_"), None)
        return action() if action else Estimate(float(stream(seed, candidate.id).normal()))

    def who(self):
        return Estimate(float(os.getpid()))

    def hang(self):
        time.sleep(600)

    def spin(self):
        """In compiled code that holds the interpreter."""
        re.match(r"(a+)+$", "a" * 60 + "b")

    def leave(self):
        os._exit(3)

    def exit(self):
        sys.exit(4)

    def fault(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def kill(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def protest(self):
        raise LookupError("no such spell")

    def argue(self):
        raise TwoArgumentsError("pellet", "cracked")

    def mumble(self):
        return lambda: "not a value that travels"

    def deny(self):
        return Refusal("not today")

    def miss(self):
        return Refusal("unavailable: a package is missing")

    def limit(self):
        return Bound("left", -10.0, {"why": "detection limit"})

    def delegate(self):
        """To a program that goes on by itself."""
        subprocess.run([sys.executable, "-c", "import time; time.sleep(599)"], check=True)


class Counting:
    """Draws, and keeps the batches that it was asked in this process."""

    version, property, unit = "1", "count", "1"

    def __init__(self, version="1"):
        self.version, self.asked = version, []

    def cost(self, candidate):
        return 1.0

    def label(self, candidates, seed):
        self.asked.append([candidate.name for candidate in candidates])
        return [Unruly().answer(candidate, seed) for candidate in candidates]
