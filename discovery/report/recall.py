"""Hits of a benchmark pool, and the share of them that a campaign has found."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from discovery.campaign import CampaignRecord
from discovery.errors import InvalidInputError
from discovery.report.history import measured
from discovery.types import Bound, Estimate

HIT_FRACTION: Final = 0.1
"""Share of the labelled pool that counts as a hit, unless told otherwise."""


def find_hits(
    truth: Mapping[str, Estimate | Bound], fraction: float = HIT_FRACTION
) -> frozenset[str]:
    """Return the ids of the best share of a labelled pool.

    Candidates are ranked by what is certain: a value, or a bound from below (``right``). A
    candidate known only to lie below a bound is no hit. Ties at the threshold are all hits.

    Args:
        truth: Candidate id -> hidden true target value.
        fraction: Share of the pool, in (0, 1].

    Raises:
        InvalidInputError: The share is outside (0, 1].
    """
    if not 0 < fraction <= 1:
        raise InvalidInputError(f"the share of hits lies in (0, 1], not {fraction}")
    floors = {
        name: label.value
        for name, label in truth.items()
        if isinstance(label, Estimate) or label.side == "right"
    }
    wanted = math.ceil(fraction * len(truth) - 1e-9)  # 0.1 * 30 is a little more than 3
    ranked = sorted(floors.values(), reverse=True)[:wanted]
    return frozenset(name for name, floor in floors.items() if ranked and floor >= ranked[-1])


def recall_steps(record: CampaignRecord, hits: Iterable[str]) -> list[tuple[float, int]]:
    """Return (cost spent, hits found) at the start and after every hit that was measured.

    A hit is found when the target fidelity has answered for it, with a value or a bound.
    """
    wanted = frozenset(hits)
    steps = [(0.0, 0)]
    for answer in measured(record):
        if answer.query.candidate.id in wanted:
            steps.append((answer.spent, steps[-1][1] + 1))
    return steps
