"""Rows of a table become candidates and labels; what contradicts itself is refused by name."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Final, Literal

from discovery.chemistry.units import parse_value
from discovery.crystal import Crystal
from discovery.errors import DatasetError, InvalidInputError
from discovery.types import Bound, Candidate, Dataset, Estimate

UNITS: Final[Mapping[str, float]] = {"S/cm": 1.0, "mS/cm": 1e-3, "S/m": 1e-2}
"""Units of conductivity -> S/cm."""

_SAME_VALUE: Final = 1e-9


@dataclass(frozen=True)
class Row:
    """One row: a material, what was measured of it, and where it comes from.

    Args:
        candidate: The material.
        label: Measured log10 sigma, or ``None`` when unlabelled.
        where: Place to name in messages, e.g. ``row 12``.
        groups: Column name -> provenance group.
    """

    candidate: Candidate
    label: Estimate | Bound | None
    where: str
    groups: Mapping[str, str] = field(default_factory=dict)


def conductivity(
    raw: object,
    where: str,
    *,
    log10: bool = False,
    unit: str = "S/cm",
    standard_error: float | None = None,
) -> Estimate | Bound:
    """Return a conductivity as log10 (S/cm); ``<1E-10`` is a bound, not a number.

    Args:
        raw: Number or text, linear unless ``log10``.
        where: Place to name in messages.
        log10: Whether ``raw`` is already a decimal logarithm.
        unit: Unit of the conductivity, see :data:`UNITS`.
        standard_error: One standard deviation of ``raw``, on the scale of ``raw``.

    Raises:
        DatasetError: ``raw`` is no number, not finite, or zero or less on the linear scale.
    """
    try:
        outcome = parse_value(str(raw))
    except InvalidInputError:
        raise DatasetError(
            f"{where}: conductivity {raw!r} is no finite number; write 1.2e-4, or <1E-10 for a "
            "bound; leave the cell of an unmeasured material empty"
        ) from None
    number = outcome.value
    if not log10 and number <= 0:
        raise DatasetError(
            f"{where}: conductivity {raw!r} must be positive; if the column holds log10 values, "
            "set log10: true, and write a detection limit as <1E-10"
        )
    value = (number if log10 else math.log10(number)) + math.log10(UNITS[unit])
    if isinstance(outcome, Bound):
        return Bound(outcome.side, value)
    if standard_error is not None and not log10:
        standard_error /= number * math.log(10)
    return Estimate(value, standard_error)


def composition_gap(composition: Mapping[str, float], crystal: Crystal) -> float:
    """Return the largest difference in atomic fraction between a composition and a structure.

    Args:
        composition: Atomic fractions.
        crystal: Structure whose occupancies count.
    """
    content = crystal.composition
    total = sum(content.values())
    return max(
        abs(composition.get(element, 0.0) - content.get(element, 0.0) / total)
        for element in composition.keys() | content.keys()
    )


def collect(
    name: str,
    rows: Sequence[Row],
    *,
    duplicates: Literal["error", "mean"] = "error",
    citation: str = "",
    remarks: Sequence[str] = (),
) -> Dataset:
    """Return the data set of some rows; rows of one material become one candidate.

    Args:
        name: Name of the data set.
        rows: At least one.
        duplicates: What to do with different values of one material: an error, or the mean of
            the logarithms with its standard error.
        citation: How to cite the data set.
        remarks: What the loader noticed so far.

    Raises:
        DatasetError: There is no row, or rows of one material contradict each other.
    """
    if not rows:
        raise DatasetError(f"{name}: there is no row")
    materials: dict[str, list[Row]] = {}
    for row in rows:
        materials.setdefault(row.candidate.id, []).append(row)
    labels: dict[str, Estimate | Bound] = {}
    groups: dict[str, dict[str, str]] = {}
    merged = []
    for identifier, same in materials.items():
        label = _one_label(name, same, duplicates)
        if label is not None:
            labels[identifier] = label
        for row in reversed(same):
            for column, group in row.groups.items():
                groups.setdefault(column, {})[identifier] = group
        if len(same) > 1:
            merged.append(f"{_places(same)} ({same[0].candidate.formula})")
    noticed = [*remarks]
    if merged:
        noticed.append("rows of one material counted once: " + "; ".join(merged))
    return Dataset(
        name=name,
        candidates=tuple(same[0].candidate for same in materials.values()),
        labels=labels,
        groups=groups,
        citation=citation,
        remarks=tuple(noticed),
    )


def _one_label(
    name: str, rows: Sequence[Row], duplicates: Literal["error", "mean"]
) -> Estimate | Bound | None:
    labels = [row.label for row in rows if row.label is not None]
    if not labels or all(_same(labels[0], label) for label in labels):
        return labels[0] if labels else None
    estimates = [label.value for label in labels if isinstance(label, Estimate)]
    material = f"{name}: {_places(rows)} are one material ({rows[0].candidate.formula})"
    if duplicates == "error":
        raise DatasetError(
            f"{material} with different conductivities, log10 {_values(labels)}; keep one row, "
            "tell them apart by space group, lattice, CIF or descriptors, or set duplicates: mean"
        )
    if len(estimates) < len(labels):
        raise DatasetError(
            f"{material} with log10 {_values(labels)}; a bound has no place in a mean: keep one"
        )
    return Estimate(
        fmean(estimates),
        stdev(estimates) / math.sqrt(len(estimates)),
        {"measurements": len(estimates)},
    )


def _same(first: Estimate | Bound, second: Estimate | Bound) -> bool:
    sides = [label.side if isinstance(label, Bound) else "" for label in (first, second)]
    return sides[0] == sides[1] and abs(first.value - second.value) < _SAME_VALUE


def _values(labels: Sequence[Estimate | Bound]) -> str:
    signs = {"left": "<", "right": ">"}
    return ", ".join(
        (signs[label.side] if isinstance(label, Bound) else "") + f"{label.value:.4g}"
        for label in labels
    )


def _places(rows: Sequence[Row]) -> str:
    return " and ".join(row.where for row in rows)
