"""Exact round trips between the nouns and plain JSON: what a journal keeps and a table exports.

Every number survives bit by bit; not-a-number and infinity are refused, because JSON has no word
for them and a campaign no use.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from discovery.crystal import Crystal, Lattice, Site, Species
from discovery.errors import InvalidInputError
from discovery.types import (
    Bound,
    Candidate,
    Estimate,
    Fidelity,
    Forecast,
    Observation,
    Outcome,
    Query,
    Refusal,
)

Json: TypeAlias = dict[str, Any]


def finite(value: float | None, what: str) -> float | None:
    """Return a number as a Python float, or ``None``.

    Raises:
        InvalidInputError: It is not a number, or infinite.
    """
    if value is None:
        return None
    if not math.isfinite(value):
        raise InvalidInputError(f"{what} must be a finite number, not {value}")
    return float(value)


def candidate_to_json(candidate: Candidate) -> Json:
    """Return a candidate as plain JSON; what is not known is left out."""
    data: Json = {"composition": _species_to_json(candidate.composition)}
    if candidate.name:
        data["name"] = candidate.name
    if candidate.z is not None:
        data["z"] = float(candidate.z)
    if candidate.space_group is not None:
        data["space_group"] = int(candidate.space_group)
    if candidate.lattice is not None:
        data["lattice"] = [float(x) for x in candidate.lattice.parameters]
    if candidate.structure is not None:
        data["structure"] = _crystal_to_json(candidate.structure)
    if candidate.descriptors:
        data["descriptors"] = {
            name: finite(value, f"descriptor {name!r}") for name, value in candidate.descriptors
        }
    return data


def candidate_from_json(data: Mapping[str, Any]) -> Candidate:
    """Return the candidate that :func:`candidate_to_json` was given.

    Raises:
        InvalidInputError: The data are not those of a candidate.
    """
    with _reading("a candidate", data):
        lattice, structure = data.get("lattice"), data.get("structure")
        return Candidate(
            composition=_species_from_json(data["composition"]),
            z=data.get("z"),
            space_group=data.get("space_group"),
            lattice=None if lattice is None else Lattice(*lattice),
            structure=None if structure is None else _crystal_from_json(structure),
            name=data.get("name", ""),
            descriptors=tuple(data.get("descriptors", {}).items()),
        )


def observation_to_json(observation: Observation) -> Json:
    """Return an observation as plain JSON; its query is kept by id.

    Raises:
        InvalidInputError: A number is not finite.
    """
    who = observation.query.id
    bound = observation.bound
    return {
        "query": who,
        "status": observation.status,
        "property": observation.property,
        "unit": observation.unit,
        "value": finite(observation.value, f"{who}: value"),
        "bound": None if bound is None else _bound_to_json(bound, who),
        "standard_error": finite(observation.standard_error, f"{who}: standard error"),
        "reason": observation.reason,
        "cost": finite(observation.cost, f"{who}: cost"),
        "wall_time": finite(observation.wall_time, f"{who}: wall time"),
        "oracle": observation.oracle,
        "version": observation.version,
        "input_hash": observation.input_hash,
        "seed": observation.seed,
        "details": _details(observation.details, who),
    }


def observation_from_json(data: Mapping[str, Any], query: Query) -> Observation:
    """Return the observation that :func:`observation_to_json` was given.

    Args:
        data: The plain JSON.
        query: What was asked; the data know it by id only and are not compared with it.

    Raises:
        InvalidInputError: The data are not those of an observation.
    """
    with _reading("an observation", data):
        fields = {key: value for key, value in data.items() if key != "query"}
        if fields["bound"] is not None:
            fields["bound"] = Bound(**fields["bound"])
        return Observation(query=query, **fields)


def outcome_to_json(outcome: Outcome) -> Json:
    """Return an oracle's answer as plain JSON.

    Raises:
        InvalidInputError: It is no answer, or a detail is not flat JSON.
    """
    match outcome:
        case Estimate():
            return {
                "value": finite(outcome.value, "value of an estimate"),
                "standard_error": finite(outcome.standard_error, "standard error of an estimate"),
                "details": _details(plain(outcome.details), "an estimate"),
            }
        case Bound():
            bound = Bound(outcome.side, outcome.value, plain(outcome.details))
            return _bound_to_json(bound, "a bound")
        case Refusal():
            return {"reason": outcome.reason}
    raise InvalidInputError(f"a {type(outcome).__name__} is no estimate, bound or refusal")


def outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    """Return the answer that :func:`outcome_to_json` was given.

    Raises:
        InvalidInputError: The data are not those of an answer.
    """
    with _reading("an answer", data):
        if "reason" in data:
            return Refusal(**data)
        return Bound(**data) if "side" in data else Estimate(**data)


def fidelity_to_json(fidelity: Fidelity) -> Json:
    """Return a fidelity as plain JSON."""
    return {"name": fidelity.name, "cost": float(fidelity.cost), "target": bool(fidelity.target)}


def fidelity_from_json(data: Mapping[str, Any]) -> Fidelity:
    """Return the fidelity that :func:`fidelity_to_json` was given.

    Raises:
        InvalidInputError: The data are not those of a fidelity.
    """
    with _reading("a fidelity", data):
        return Fidelity(**data)


def forecast_to_json(forecast: Forecast) -> Json:
    """Return a forecast as plain JSON.

    Raises:
        InvalidInputError: A number is not finite.
    """
    return {
        "mean": finite(forecast.mean, "mean of a forecast"),
        "std": finite(forecast.std, "standard deviation of a forecast"),
        "score": finite(forecast.score, "score of a forecast"),
        "reason": forecast.reason,
    }


def forecast_from_json(data: Mapping[str, Any]) -> Forecast:
    """Return the forecast that :func:`forecast_to_json` was given.

    Raises:
        InvalidInputError: The data are not those of a forecast.
    """
    with _reading("a forecast", data):
        return Forecast(**data)


def plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return details in which the numbers of numpy are Python's."""
    return {key: d.item() if hasattr(d, "item") else d for key, d in details.items()}


@contextmanager
def _reading(what: str, data: Mapping[str, Any]) -> Iterator[None]:
    """Turn what goes wrong while reading data into a line that shows them."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        shown = str(data)[:200]
        raise InvalidInputError(f"these data are not {what} ({error!r}): {shown}") from error


def _details(details: Mapping[str, Any], who: str) -> Json:
    for key, value in details.items():
        if isinstance(value, float):
            finite(value, f"{who}: detail {key!r}")
        elif not isinstance(value, str | int | None):
            raise InvalidInputError(
                f"{who}: detail {key!r} must be text, a number, true, false or nothing, "
                f"not a {type(value).__name__}"
            )
    return dict(details)


def _bound_to_json(bound: Bound, who: str) -> Json:
    return {
        "side": bound.side,
        "value": float(bound.value),
        "details": _details(bound.details, who),
    }


def _species_to_json(species: Species) -> list[list[str | float]]:
    return [[element, float(amount)] for element, amount in species]


def _species_from_json(data: Any) -> Species:  # noqa: ANN401 - JSON
    return tuple((element, amount) for element, amount in data)


def _crystal_to_json(crystal: Crystal) -> Json:
    return {
        "matrix": [[float(x) for x in row] for row in crystal.matrix],
        "sites": [
            {
                "species": _species_to_json(site.species),
                "position": [float(x) for x in site.position],
            }
            for site in crystal.sites
        ],
    }


def _crystal_from_json(data: Mapping[str, Any]) -> Crystal:
    return Crystal(
        matrix=tuple((a, b, c) for a, b, c in data["matrix"]),
        sites=tuple(
            Site(_species_from_json(site["species"]), (x, y, z))
            for site in data["sites"]
            for x, y, z in [site["position"]]
        ),
    )
