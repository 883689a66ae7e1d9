"""The contract of a sampler, executable."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from discovery.errors import ContractError
from discovery.protocols import Request, Sampler
from discovery.testing.faults import fault, no_exception, not_mutated, picklable
from discovery.testing.probes import model_probes
from discovery.testing.toys import FIDELITIES
from discovery.types import Batch, Candidate, FloatArray, Query

_SEEDS = (20, 21, 22)


def check_sampler(sampler: Sampler) -> None:
    """Prove that a sampler keeps its contract.

    It asks at most as many distinct queries as wanted, none that is not available, scored -inf or
    beyond the allowance, and none at all when nothing is left; it draws by seed, remembers nothing
    and leaves its inputs as they were. One that does not draw chooses the same from a shuffled
    pool.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
    """
    request = _request()
    picklable(sampler)
    for size in (1, 4, 100):
        for allowance in (1000.0, 12.5):
            _propose(sampler, replace(request, size=size, allowance=allowance))
    _check_nothing_left(sampler, request)
    _check_draws(sampler, request)


def _request() -> Request:
    """24 candidates at two fidelities, every third query asked already."""
    pool = model_probes()
    costs = np.tile([fidelity.cost for fidelity in FIDELITIES], (len(pool), 1))
    costs[:, 1] += np.arange(len(pool)) % 4  # prices may differ between candidates
    available = (np.arange(costs.size) % 3 > 0).reshape(costs.shape)
    return Request(
        pool=pool, fidelities=FIDELITIES, costs=costs, available=available, allowance=1000.0, size=4
    )


def _score(candidates: Sequence[Candidate]) -> FloatArray:
    """Scores without ties, decided by the candidate alone; a fifth of them forbids asking."""
    digits = [[int(c.id[:6], 16), int(c.id[6:12], 16)] for c in candidates]
    scores = np.array(digits, dtype=float).reshape(-1, len(FIDELITIES)) / 16**6
    return np.where(scores < 0.2, -np.inf, scores)  # noqa: PLR2004 - a fifth


def _nothing(candidates: Sequence[Candidate]) -> FloatArray:
    return np.full((len(candidates), len(FIDELITIES)), -np.inf)


def _propose(sampler: Sampler, request: Request, seed: int = _SEEDS[0]) -> Batch:
    case = (
        f"{len(request.pool)} candidates, {int(request.available.sum())} queries available, "
        f"size {request.size}, allowance {request.allowance:g}"
    )
    with (
        not_mutated(sampler, "propose", request),
        no_exception(
            sampler, "propose", case=case, fix="return Batch((), ()) when nothing can be asked"
        ),
    ):
        batch = sampler.propose(request, _score, seed)
    _check_batch(sampler, request, batch, case)
    return batch


def _check_batch(sampler: Sampler, request: Request, batch: object, case: str) -> None:
    def wrong(what: str, expected: str, fix: str) -> ContractError:
        return fault(sampler, "propose", what, expected=expected, fix=fix, case=case)

    if not isinstance(batch, Batch):
        raise wrong(f"returns a {type(batch).__name__}", "a Batch", "Batch(queries, scores)")
    if len(batch) > request.size:
        raise wrong(f"returns {len(batch)} queries", f"at most {request.size}", "cut at size")
    if len({query.id for query in batch.queries}) < len(batch):
        raise wrong(
            "repeats a query within the batch",
            "distinct queries",
            "strike a query off the available ones once it is chosen",
        )
    spent = sum(_price(sampler, request, query, case) for query in batch.queries)
    if spent > request.allowance * (1 + 1e-9):
        raise wrong(
            f"spends {spent:g}",
            f"a batch within the allowance of {request.allowance:g}",
            "add up request.costs while choosing and skip what does not fit any more",
        )


def _price(sampler: Sampler, request: Request, query: Query, case: str) -> float:
    """Return what a query costs, having checked that it may be asked."""

    def wrong(what: str, expected: str, fix: str) -> ContractError:
        return fault(sampler, "propose", what, expected=expected, fix=fix, case=case)

    names = [fidelity.name for fidelity in request.fidelities]
    if query.fidelity not in names:
        raise wrong(
            f"asks at fidelity {query.fidelity!r}",
            f"one of {', '.join(names)}",
            "take names from request.fidelities",
        )
    column = names.index(query.fidelity)
    if not _score([query.candidate])[0, column] > -np.inf:
        raise wrong(
            "asks a query whose score is -inf",
            "finite scores only: -inf says not to ask",
            "choose where request.available & (scores > -inf)",
        )
    if query.candidate not in request.pool:
        return 0.0  # a generated candidate: the campaign prices it
    row = list(request.pool).index(query.candidate)
    if not request.available[row, column]:
        raise wrong(
            "repeats a query that was asked before",
            "queries that are available",
            "choose where request.available is true",
        )
    return float(request.costs[row, column])


def _check_nothing_left(sampler: Sampler, request: Request) -> None:
    empty = replace(request, pool=[], costs=request.costs[:0], available=request.available[:0])
    for why, hopeless, score in (
        ("nothing is available", replace(request, available=request.available & False), _score),
        ("the allowance is 0", replace(request, allowance=0.0), _score),
        ("the pool is empty", empty, _score),
        ("every score is -inf", request, _nothing),
    ):
        fix = "return Batch((), ()) first when nothing can be asked"
        with no_exception(sampler, "propose", fix=fix, case=why):
            batch = sampler.propose(hopeless, score, _SEEDS[0])
        if any(query.candidate in hopeless.pool for query in batch.queries):
            raise fault(
                sampler,
                "propose",
                f"asks {len(batch)} queries although {why}",
                expected="an empty batch",
                fix=fix,
            )


def _check_draws(sampler: Sampler, request: Request) -> None:
    first = [_propose(sampler, request, seed) for seed in _SEEDS]
    again = [_propose(picklable(sampler), request, seed) for seed in _SEEDS]
    for one, two in zip(first, again, strict=True):
        if one.queries != two.queries:
            raise fault(
                sampler,
                "propose",
                "is not deterministic by seed",
                expected="the same batch for the same request and seed",
                fix="draw from discovery.rng.stream(seed, ...) only; keep no state between calls",
            )
    if any(batch.queries != first[0].queries for batch in first):
        return  # it draws by row, so a shuffled pool may give another batch
    order = np.random.default_rng(_SEEDS[0]).permutation(len(request.pool))
    shuffled = replace(
        request,
        pool=[request.pool[row] for row in order],
        costs=request.costs[order],
        available=request.available[order],
    )
    if set(_propose(sampler, shuffled).queries) != set(first[0].queries):
        raise fault(
            sampler,
            "propose",
            "depends on the order of the pool",
            expected="the same queries from a shuffled pool",
            fix="rank by score and break ties by candidate id",
        )
