"""One query, one oracle, one observation: the only place where an oracle is called for a campaign.

Whatever happens in the oracle becomes an observation: a refusal is free, a crash or an answer that
is none is a ``failed`` observation at its announced cost, an evaluation that was given up is a
``timeout``, and nothing ever kills the campaign.
"""

import time
from typing import Any

from discovery.codec import observation_to_json, plain
from discovery.errors import InvalidInputError
from discovery.protocols import Oracle
from discovery.rng import derive
from discovery.types import Bound, Detail, Estimate, Observation, Outcome, Query, Refusal


def evaluate(oracle: Oracle, name: str, query: Query, *, cost: float, seed: int) -> Observation:
    """Ask an oracle one query and return the observation.

    Args:
        oracle: The oracle.
        name: Its registered name.
        query: What to ask.
        cost: Announced cost; charged unless the oracle refuses.
        seed: Seed of the campaign; the oracle gets one derived from it and the query.
    """
    own_seed = derive(seed, "oracle", query.id)
    start = time.perf_counter()
    outcome: Outcome | Exception
    try:
        (outcome,) = oracle.label([query.candidate], own_seed)
    except Exception as error:  # noqa: BLE001 - a crashing oracle is a result, see above
        outcome = error
    said: dict[str, Any] = {
        "oracle": oracle,
        "name": name,
        "cost": cost,
        "wall_time": time.perf_counter() - start,
        "seed": own_seed,
    }
    try:
        observation = observe(query, outcome, **said)
        observation_to_json(observation)  # what cannot be journalled is no answer
    except (InvalidInputError, TypeError, ValueError, AttributeError) as error:
        return observe(query, error, **said)
    return observation


def observe(
    query: Query,
    outcome: Outcome | Exception,
    *,
    oracle: Oracle,
    name: str,
    cost: float,
    wall_time: float = 0.0,
    seed: int | None = None,
) -> Observation:
    """Wrap an oracle's outcome, or the exception it raised, into an observation."""
    details: dict[str, Detail] = {}
    value = bound = standard_error = None
    reason, status = "", "ok"
    match outcome:
        case Estimate():
            value, standard_error = outcome.value, outcome.standard_error
            details = plain(outcome.details)
        case Bound():
            bound, details = Bound(outcome.side, outcome.value), plain(outcome.details)
        case Refusal(reason=why):
            reason, status, cost = why, "refused", 0.0
        case TimeoutError():
            reason, status = f"{type(outcome).__name__}: {outcome}", "timeout"
        case Exception():
            reason, status = f"{type(outcome).__name__}: {outcome}", "failed"
        case _:
            kind = type(outcome).__name__
            reason, status = f"the oracle answered with a {kind}, not with an outcome", "failed"
    return Observation(
        query=query,
        status=status,  # type: ignore[arg-type]
        property=oracle.property,
        unit=oracle.unit,
        value=value,
        bound=bound,
        standard_error=standard_error,
        reason=reason,
        cost=cost,
        wall_time=wall_time,
        oracle=name,
        version=oracle.version,
        input_hash=query.candidate.id,
        seed=seed,
        details=details,
    )
