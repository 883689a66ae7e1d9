"""What an explanation says, in sentences that its numbers support and no others."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from discovery.explanation.families import differing, families_of
from discovery.explanation.study import Explanation
from discovery.explanation.units import with_unit
from discovery.report.screening_figures import quantiles
from discovery.report.text import number

_NAMED: Final = 5


def findings(found: Explanation) -> Iterator[str]:
    """Yield one sentence per question that a reader has."""
    yield (
        f"{found.proxy} ranks held-out rows with ρ {number(found.spearman)} "
        f"({found.settings.folds} folds of {len(found.rows)} rows; rows of one composition or "
        "paper stay together). What follows tells how it does that, not how nature does."
    )
    if found.shap is not None:
        strength = np.abs(found.shap).mean(axis=0)
        named = ", ".join(
            f"{with_unit(found.names[column])} ({number(float(strength[column]))})"
            for column in found.order[:_NAMED].tolist()
        )
        share = strength[found.order[:_NAMED]].sum() / max(strength.sum(), 1e-300)
        yield (
            f"By mean absolute SHAP value, in score units, it uses most: {named}; these "
            f"{_NAMED} are {share:.0%} of all {len(found.names)} features together."
        )
    yield _alone(found)
    if len(found.subjects) > 1:
        yield _about(found)
    if found.clusters:
        yield _together(found)
    bounds = len(found.truth) - int(found.truth.exact.sum())
    if bounds:
        yield (
            f"{bounds} of {len(found.truth)} labels are bounds: they are ranked at their place, "
            "drawn as triangles, and stand in no correlation."
        )
    if found.differences:
        pairs = len(found.differences)
        shown = sum(differing(found.differences))
        yield (
            f"Of {pairs} pairs of {len(families_of(found.families))} families, {shown} differ in "
            "what was measured (Anderson-Darling; at most 5 % of these by chance)."
        )


def _alone(found: Explanation) -> str:
    low, middle, high = quantiles(found.permutation)
    first = int(np.argmax(middle))
    cannot = int((high <= 0).sum())
    return (
        f"Of single features, shuffling {with_unit(found.names[first])} costs most: ρ falls by "
        f"{number(middle[first], 3)} ({number(low[first], 3)} to {number(high[first], 3)}); "
        f"shuffling any of {cannot} of the {len(found.names)} costs nothing."
    )


def _about(found: Explanation) -> str:
    low, middle, high = quantiles(found.by_subject)
    first, second = np.argsort(-middle, kind="stable")[:2].tolist()
    names = list(found.subjects)
    return (
        f"Of all that is known, shuffling {names[first]} costs most: "
        f"{number(middle[first], 3)} ({number(low[first], 3)} to {number(high[first], 3)}); then "
        f"{names[second]}: {number(middle[second], 3)} ({number(low[second], 3)} to "
        f"{number(high[second], 3)})."
    )


def _together(found: Explanation) -> str:
    low, middle, high = quantiles(found.together)
    first = int(np.argmax(middle))
    members = found.clusters[first]
    names = ", ".join(found.names[column] for column in members[:_NAMED])
    more = f" and {len(members) - _NAMED} more" if len(members) > _NAMED else ""
    return (
        f"Of features that say nearly the same, shuffling {names}{more} together costs most: "
        f"{number(middle[first], 3)} ({number(low[first], 3)} to {number(high[first], 3)})."
    )
