"""Asking at random: before anything is known, and when nothing can be learnt from what is known."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from discovery.errors import UnknownNameError
from discovery.protocols import CampaignState, Request, Sampler, Score
from discovery.types import Batch, Candidate, FloatArray, Query
from loops.answers import target
from loops.prices import announced

TARGET = "target"
"""Stands for the target fidelity, whatever its name."""


def missing(campaign: CampaignState, initial: Mapping[str, int]) -> dict[str, int]:
    """Return how many queries of the initial design are still to be asked, by fidelity.

    Raises:
        UnknownNameError: The design names a fidelity that the campaign does not have.
    """
    # a refusal teaches nothing, so another candidate is asked instead
    answered = {o.query for o in campaign.observations if o.status != "refused"}
    asked = answered | set(campaign.pending)
    done = Counter(query.fidelity for query in asked)
    names = [fidelity.name for fidelity in campaign.fidelities]
    wanted: Counter[str] = Counter()
    for name, count in initial.items():
        known = target(campaign).name if name == TARGET and name not in names else name
        if known not in names:
            raise UnknownNameError("fidelity of the initial design", name, [*names, TARGET])
        wanted[known] += count
    return {name: count - done[name] for name, count in wanted.items() if count > done[name]}


def explore(request: Request, sampler: Sampler, counts: Mapping[str, int], seed: int) -> Batch:
    """Let the sampler choose by random scores, so many queries at each fidelity, as affordable.

    A candidate has the same score at every fidelity, so the choices are nested: candidates asked
    at an expensive fidelity are also asked at the cheap ones, which is how a proxy learns what
    these are worth.
    """
    queries: list[Query] = []
    scores: list[float] = []
    allowance = request.allowance
    for name, count in counts.items():
        wanted = replace(request, size=count, allowance=allowance)
        part = sampler.propose(wanted, _lots(request, name, seed), seed)
        queries += part.queries
        scores += part.scores
        allowance = max(allowance - sum(announced(request, part.queries)), 0.0)
    return Batch(tuple(queries), tuple(scores))


def _lots(request: Request, fidelity: str, seed: int) -> Score:
    column = [known.name for known in request.fidelities].index(fidelity)

    def score(candidates: Sequence[Candidate]) -> FloatArray:
        scores: FloatArray = np.full((len(candidates), len(request.fidelities)), -np.inf)
        scores[:, column] = [_lot(candidate, seed) for candidate in candidates]
        return scores

    return score


def _lot(candidate: Candidate, seed: int) -> float:
    """A number in [0, 1) that follows from candidate and seed, whatever the company."""
    digest = hashlib.sha256(f"{seed}:{candidate.id}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
