"""The contract of a proxy, executable."""

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from discovery.errors import ContractError, NotFittedError
from discovery.protocols import Proxy
from discovery.testing.faults import fault, no_exception, not_mutated, picklable
from discovery.testing.probes import model_probes, oracle_probes
from discovery.testing.toys import FIDELITIES, TARGET, observations
from discovery.types import Belief, Candidate, Fidelity, Observation

_SEED = 20
_ROUNDING = 1e-6


def check_proxy(proxy: Proxy) -> None:
    """Prove that a proxy keeps its contract, on about 40 observations of every status.

    It says so when it has nothing to learn from, states beliefs of the right shape with a
    covariance that is one, decides each row by its candidate alone, learns the same from the same
    observations and seed whatever it learnt before, can be pickled and leaves its inputs as they
    were.

    Args:
        proxy: A proxy that has not been fitted; it stays so.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
    """
    told, rows = observations(), [*model_probes(), *oracle_probes()]
    _check_unfitted(proxy, rows)
    _check_sparse(proxy, told, rows)
    fitted = copy.deepcopy(proxy)
    _fit(fitted, told[::2], FIDELITIES)
    _predict(fitted, rows[:3])
    _fit(fitted, told, FIDELITIES)
    belief = _predict(fitted, rows)
    _check_belief(proxy, belief, FIDELITIES, len(rows))
    _check_repeatable(proxy, fitted, told, rows, belief)
    _check_rows(fitted, rows, belief)


def _check_unfitted(proxy: Proxy, rows: Sequence[Candidate]) -> None:
    for method, call in (
        ("predict", lambda: copy.deepcopy(proxy).predict(list(rows))),
        ("fit", lambda: copy.deepcopy(proxy).fit([], FIDELITIES, _SEED)),
    ):
        cause: Exception | None = None
        got = "goes on as if nothing were missing"
        try:
            call()
        except NotFittedError:
            continue
        except Exception as error:  # noqa: BLE001 - told as a fault below
            got, cause = f"raises {type(error).__name__}: {error}", error
        raise fault(
            proxy,
            method,
            f"{got} {'before fit' if method == 'predict' else 'with no observations'}",
            expected="discovery.errors.NotFittedError",
            fix="raise NotFittedError('fit me with observations first'); check_proxy wants a "
            "proxy that has not been fitted",
        ) from cause


def _check_sparse(proxy: Proxy, told: Sequence[Observation], rows: Sequence[Candidate]) -> None:
    """The first rounds of a campaign: a proxy learns or says that it cannot, never else."""
    answered = [o for o in told if o.value is not None]
    target = [o for o in answered if o.query.fidelity == TARGET.name]
    cheap = [o for o in answered if o.query.fidelity != TARGET.name]
    for some, fidelities in (
        ([o for o in told if o.status != "ok"], FIDELITIES),
        ([o for o in told if o.bound is not None], FIDELITIES),
        (target[:1], FIDELITIES),
        (cheap, FIDELITIES),
        (target, (TARGET,)),
    ):
        learner = copy.deepcopy(proxy)
        try:
            _fit(learner, some, fidelities, allowed=NotFittedError)
        except NotFittedError:
            continue
        _check_belief(proxy, _predict(learner, rows[:5]), fidelities, 5)


def _fit(
    proxy: Proxy,
    told: Sequence[Observation],
    fidelities: tuple[Fidelity, ...],
    allowed: type[NotFittedError] | tuple[()] = (),
) -> None:
    inputs = list(told)
    case = f"{len(told)} observations, {len(fidelities)} fidelities"
    with (
        not_mutated(proxy, "fit", inputs),
        no_exception(
            proxy,
            "fit",
            case=case,
            allowed=allowed,
            fix="learn from values and bounds, skip other statuses, and raise NotFittedError only "
            "when too few are left",
        ),
    ):
        proxy.fit(inputs, fidelities, _SEED)


def _predict(proxy: Proxy, rows: Sequence[Candidate]) -> Belief:
    inputs = list(rows)
    with (
        not_mutated(proxy, "predict", inputs),
        no_exception(
            proxy,
            "predict",
            case=f"{len(rows)} candidates, with and without Li, cell and structure",
            fix="fall back to features that need the composition only",
        ),
    ):
        return proxy.predict(inputs)


def _check_belief(
    proxy: Proxy, belief: object, fidelities: tuple[Fidelity, ...], count: int
) -> None:
    names = tuple(fidelity.name for fidelity in fidelities)
    target = next(fidelity.name for fidelity in fidelities if fidelity.target)
    if not isinstance(belief, Belief):
        raise fault(
            proxy,
            "predict",
            f"returns a {type(belief).__name__}",
            expected="a Belief",
            fix="Belief(fidelities=..., target=..., mean=..., covariance=..., noise=...)",
        )
    if belief.fidelities != names or belief.target != target:
        raise fault(
            proxy,
            "predict",
            f"has columns {belief.fidelities} with target {belief.target!r}",
            expected=f"the fidelities given to fit, in their order: {names}, target {target!r}",
            fix="keep tuple(f.name for f in fidelities) in fit",
        )
    if len(belief.mean) != count:
        raise fault(
            proxy,
            "predict",
            f"returns {len(belief.mean)} rows for {count} candidates",
            expected="one row per candidate, in order",
            fix="predict a wide belief where a candidate cannot be described; drop none",
        )
    _check_numbers(proxy, belief)


def _check_numbers(proxy: Proxy, belief: Belief) -> None:
    def wrong(what: str, expected: str, fix: str) -> ContractError:
        return fault(proxy, "predict", what, expected=expected, fix=fix)

    for name in ("mean", "covariance", "noise", "factor"):
        array = getattr(belief, name)
        if array is not None and not np.isfinite(array).all():
            raise wrong(
                f"has {name} that is not finite",
                "finite numbers",
                "impute missing features; fall back to the prior",
            )
    spread = np.einsum("nii->n", belief.covariance) + 1e-12
    asymmetry = np.abs(belief.covariance - belief.covariance.transpose(0, 2, 1)).max(axis=(1, 2))
    lowest = np.linalg.eigvalsh(belief.covariance)[:, 0]
    if (asymmetry > _ROUNDING * spread).any() or (lowest < -_ROUNDING * spread).any():
        raise wrong(
            f"has a covariance with lowest eigenvalue {lowest.min():.3g} and asymmetry "
            f"{asymmetry.max():.3g}",
            "symmetric positive semi-definite (m, m) blocks",
            "build blocks as L @ L.T, or clip negative eigenvalues",
        )
    if (belief.noise < 0).any():
        raise wrong(f"has noise {belief.noise}", "variances, 0 or more", "square it")
    if belief.factor is not None:
        variance, explained = belief.target_std**2, np.sum(belief.factor**2, axis=1)
        if (explained > variance * 1.001 + _ROUNDING).any():
            raise wrong(
                "has a factor that explains more than the target variance",
                "sum(factor**2, axis=1) <= target_std**2",
                "shrink the factor's rows to the variance",
            )


def _check_repeatable(
    proxy: Proxy,
    fitted: Proxy,
    told: Sequence[Observation],
    rows: Sequence[Candidate],
    belief: Belief,
) -> None:
    fresh = copy.deepcopy(proxy)
    _fit(fresh, told, FIDELITIES)
    copied = picklable(fitted, " after fit")
    for other, method, what, fix in (
        (fitted, "predict", "is not deterministic", "draw nothing in predict, or from a seed"),
        (copied, "predict", "differs after pickling", "keep all that was learnt in the pickle"),
        (
            fresh,
            "fit",
            "is not deterministic by seed, or remembers an earlier fit",
            "pass the seed to every random step and start each fit anew",
        ),
    ):
        if not _close(belief, _predict(other, rows)):
            raise fault(
                proxy,
                method,
                what,
                expected="the same belief from the same observations and seed",
                fix=fix,
            )


def _check_rows(fitted: Proxy, rows: Sequence[Candidate], belief: Belief) -> None:
    order = np.random.default_rng(_SEED).permutation(len(rows))
    shuffled = _predict(fitted, [rows[i] for i in order])
    chosen = np.arange(0, len(rows), 5)
    alone = [_predict(fitted, [row]) for row in rows[::5]]
    singles = replace(
        belief,
        mean=np.concatenate([b.mean for b in alone]),
        covariance=np.concatenate([b.covariance for b in alone]),
        factor=None,
    )
    for what, index, other in (
        ("depends on the order of the candidates", order, shuffled),
        ("depends on the other candidates of the batch", chosen, singles),
    ):
        if not _close(belief, other, index):
            raise fault(
                fitted,
                "predict",
                what,
                expected="a belief that is decided row by row",
                fix="scale and impute with numbers learnt in fit, not with those of the batch",
            )


def _close(belief: Belief, other: Belief, rows: NDArray[np.int64] | None = None) -> bool:
    """Whether two beliefs agree to rounding, ``rows`` choosing those of the first."""
    size = 1e-9 + float(np.ptp(belief.mean)) + float(np.abs(belief.covariance).max())
    return all(
        np.allclose(
            first if rows is None else first[rows], second, rtol=_ROUNDING, atol=_ROUNDING * size
        )
        for first, second in ((belief.mean, other.mean), (belief.covariance, other.covariance))
    )
