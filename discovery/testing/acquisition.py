"""The contract of an acquisition function, executable."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from discovery.protocols import Acquisition, Context
from discovery.testing.faults import fault, no_exception, not_mutated, picklable
from discovery.testing.toys import FIDELITIES
from discovery.types import Belief, Fidelity, FloatArray

_SEED = 20


def check_acquisition(acquisition: Acquisition) -> None:
    """Prove that an acquisition function keeps its contract.

    Scores have one row per candidate and one column per fidelity and are numbers or -inf, also
    when nothing has been observed yet, when the belief is certain, when a query is free and when
    there is one candidate or one fidelity. They follow from belief, context and seed; one that
    does not draw scores a shuffled belief the same. Inputs stay as they were.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
    """
    picklable(acquisition)
    for case, belief, context in _cases():
        _check_scores(acquisition, _score(acquisition, belief, context, case), belief, case)
        _check_repeatable(acquisition, belief, context, case)


def _cases() -> Iterator[tuple[str, Belief, Context]]:
    cheap, target = FIDELITIES
    plain = _belief(12, FIDELITIES)
    yield "two fidelities", plain, _context(plain, FIDELITIES)
    yield "best = -inf", plain, replace(_context(plain, FIDELITIES), best=-np.inf)
    yield "a best far above the belief", plain, replace(_context(plain, FIDELITIES), best=1e3)
    certain = replace(plain, covariance=0 * plain.covariance, factor=None)
    yield "a belief without variance", certain, _context(certain, FIDELITIES)
    exact = replace(plain, noise=0 * plain.noise)
    yield "a belief without noise", exact, _context(exact, FIDELITIES)
    yield "a free fidelity", plain, _context(plain, (Fidelity(cheap.name, 0.0), target))
    single = _belief(12, (target,))
    yield "one fidelity", single, _context(single, (target,))
    alone = _belief(1, FIDELITIES)
    yield "one candidate", alone, _context(alone, FIDELITIES)


def _belief(n: int, fidelities: tuple[Fidelity, ...]) -> Belief:
    rng = np.random.default_rng(_SEED)
    m = len(fidelities)
    root = rng.normal(size=(n, m, m))
    covariance = root @ root.transpose(0, 2, 1) + 0.1 * np.eye(m)
    target = next(f.name for f in fidelities if f.target)
    names = tuple(f.name for f in fidelities)
    t = names.index(target)
    direction = rng.normal(size=(n, 2))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return Belief(
        fidelities=names,
        target=target,
        mean=rng.normal(-6, 2, size=(n, m)),
        covariance=covariance,
        noise=np.full(m, 0.1),
        factor=direction * np.sqrt(0.5 * covariance[:, t, t])[:, None],
    )


def _context(belief: Belief, fidelities: tuple[Fidelity, ...]) -> Context:
    costs = np.tile([fidelity.cost for fidelity in fidelities], (len(belief.mean), 1))
    return Context(fidelities=fidelities, costs=costs, best=-5.0, round=3, seed=_SEED)


def _score(acquisition: Acquisition, belief: Belief, context: Context, case: str) -> FloatArray:
    with (
        not_mutated(acquisition, "score", belief, context),
        no_exception(acquisition, "score", case=case, fix="treat the edge case in the formula"),
        np.errstate(all="ignore"),
    ):
        return acquisition.score(belief, context)


def _check_scores(acquisition: Acquisition, scores: object, belief: Belief, case: str) -> None:
    shape = belief.mean.shape
    got = scores.shape if isinstance(scores, np.ndarray) else type(scores).__name__
    if got != shape:
        raise fault(
            acquisition,
            "score",
            f"has shape {got}",
            expected=f"(candidates, fidelities), here {shape}",
            fix="fill np.full(belief.mean.shape, -np.inf) at the columns that are asked",
            case=case,
        )
    assert isinstance(scores, np.ndarray)
    for what, bad in (("NaN", np.isnan(scores)), ("+inf", np.isposinf(scores))):
        if bad.any():
            raise fault(
                acquisition,
                "score",
                f"gives {what} for {int(bad.any(axis=1).sum())} of {len(scores)} candidates",
                expected="numbers, or -inf for what is not to be asked",
                fix="guard divisions by the standard deviation and by the cost, and best = -inf",
                case=case,
            )
    if not np.isfinite(scores).any():
        raise fault(
            acquisition,
            "score",
            "forbids every query",
            expected="a finite score somewhere",
            fix="score at least the target column",
            case=case,
        )


def _check_repeatable(
    acquisition: Acquisition, belief: Belief, context: Context, case: str
) -> None:
    def scores(belief: Belief, context: Context) -> FloatArray:
        return _score(acquisition, belief, context, case)

    first = scores(belief, context)
    if not np.array_equal(first, scores(belief, context)):
        raise fault(
            acquisition,
            "score",
            "is not deterministic",
            expected="the same scores for the same belief, context and seed",
            fix="draw from discovery.rng.stream(context.seed, ...) only",
            case=case,
        )
    if not np.array_equal(first, scores(belief, replace(context, seed=_SEED + 1))):
        return  # it draws: rows get other draws when they are shuffled
    order = np.random.default_rng(_SEED).permutation(len(first))
    shuffled = scores(
        replace(
            belief,
            mean=belief.mean[order],
            covariance=belief.covariance[order],
            factor=None if belief.factor is None else belief.factor[order],
        ),
        replace(context, costs=context.costs[order]),
    )
    if not np.allclose(shuffled, first[order], rtol=1e-6, atol=1e-9):
        raise fault(
            acquisition,
            "score",
            "depends on the order of the candidates",
            expected="rows that move with their candidates",
            fix="do not use row numbers in the formula",
            case=case,
        )
