"""One seed, many independent named streams.

Randomness is a function of (seed, purpose, round, ...) and never of what was drawn before, so a
resumed campaign draws what the uninterrupted one would have drawn.
"""

import hashlib

import numpy as np


def derive(seed: int, *path: str | int) -> int:
    """Return a 63-bit integer seed for the purpose named by ``path``.

    >>> derive(1, "sampler", 3) == derive(1, "sampler", 3) != derive(1, "sampler", 4)
    True
    """
    return int(_sequence(seed, path).generate_state(1, np.uint64)[0] >> np.uint64(1))


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """Return an independent random generator for the purpose named by ``path``."""
    return np.random.default_rng(_sequence(seed, path))


def _sequence(seed: int, path: tuple[str | int, ...]) -> np.random.SeedSequence:
    digest = hashlib.sha256(repr(path).encode()).digest()
    spawn_key = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))
    return np.random.SeedSequence(entropy=seed, spawn_key=spawn_key)
