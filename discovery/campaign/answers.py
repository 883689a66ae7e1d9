"""When two answers to one query are the same."""

import math

from discovery.types import Observation


def same(one: Observation, two: Observation) -> bool:
    """Whether status, property, unit and value (or bound) agree; cost and times do not matter."""
    kind = (one.status, one.property, one.unit, one.bound and one.bound.side)
    if kind != (two.status, two.property, two.unit, two.bound and two.bound.side):
        return False
    number, again = _number(one), _number(two)
    if number is None or again is None:
        return number is again
    # the same number may have been through a table that prints ten digits
    return math.isclose(number, again, rel_tol=1e-9, abs_tol=1e-12)


def _number(observation: Observation) -> float | None:
    return observation.value if observation.bound is None else observation.bound.value


def shown(observation: Observation) -> str:
    """Return an answer as messages show it."""
    if observation.bound is not None:
        sign = "<" if observation.bound.side == "left" else ">"
        return f"{sign}{observation.bound.value:.12g} {observation.unit}"
    if observation.value is not None:
        return f"{observation.value:.12g} {observation.unit}"
    return f"{observation.status!r}"
