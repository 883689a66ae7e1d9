"""What a campaign is opened with, checked before anything is journalled."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from discovery.errors import InvalidInputError
from discovery.types import Candidate, Fidelity


def check_plan(seed: int, fidelities: Sequence[Fidelity]) -> None:
    """Check what cannot be checked part by part.

    Raises:
        InvalidInputError: A negative seed, fidelities with one name or not exactly one target.
    """
    if seed < 0:
        raise InvalidInputError(f"a seed is 0 or more, not {seed}")
    names = [fidelity.name for fidelity in fidelities]
    if len(set(names)) != len(names):
        raise InvalidInputError(f"fidelities need different names, got {', '.join(names)}")
    targets = [fidelity.name for fidelity in fidelities if fidelity.target]
    if len(targets) != 1:
        got = ", ".join(targets) or "none"
        raise InvalidInputError(f"exactly one fidelity is the target, got {got}")


def rows_of(pool: Sequence[Candidate]) -> dict[str, int]:
    """Return candidate id -> row, in the order of the pool.

    Raises:
        InvalidInputError: A candidate is in the pool twice.
    """
    rows: dict[str, int] = {}
    for row, candidate in enumerate(pool):
        if candidate.id in rows:
            raise InvalidInputError(
                f"the pool has {candidate.formula} twice (as {pool[rows[candidate.id]].name!r} and "
                f"{candidate.name!r}, id {candidate.id}); keep one"
            )
        rows[candidate.id] = row
    return rows


def plain_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration as a journal gives it back.

    Raises:
        InvalidInputError: It holds something that JSON cannot.
    """
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(config), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"the configuration is not plain JSON: {error}") from None
    return plain
