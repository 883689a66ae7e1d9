"""The contract of an oracle, executable."""

import math
from collections.abc import Sequence

from discovery.protocols import Oracle
from discovery.testing.faults import fault, no_exception, not_mutated, picklable, state
from discovery.testing.probes import oracle_probes
from discovery.types import Bound, Candidate, Estimate, Outcome, Refusal

_SEED = 20


def check_oracle(oracle: Oracle, candidates: Sequence[Candidate] | None = None) -> None:
    """Prove that an oracle keeps its contract.

    It declares version, property and unit, can be pickled, announces costs without charging,
    gives one estimate, bound or refusal per candidate, decides by candidate and seed alone (not
    by company, order or history) and leaves its inputs as they were. Simple crystals, a disordered
    one, formulas without structure and materials without Li are tried whatever ``candidates`` is.
    Each candidate is labelled six times.

    Args:
        oracle: The oracle.
        candidates: Further candidates to try, e.g. those that the oracle knows.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
    """
    probes = [*oracle_probes(), *(candidates or ())]
    _check_declarations(oracle)
    picklable(oracle)
    outcomes = _label(oracle, probes)
    for candidate, outcome in zip(probes, outcomes, strict=True):
        _check_outcome(oracle, candidate, outcome)
    _check_repeatable(oracle, probes, outcomes)
    _check_company(oracle, probes, outcomes)
    _check_cost(oracle, probes, outcomes)


def _check_declarations(oracle: Oracle) -> None:
    examples = {"version": "'1'", "property": "'log10_sigma'", "unit": "'log10(S/cm)', or '1'"}
    for attribute, example in examples.items():
        value = getattr(oracle, attribute, None)
        if not isinstance(value, str) or not value.strip():
            raise fault(
                oracle,
                attribute,
                "is not declared" if value is None else f"is {value!r}",
                expected="a text that is not empty",
                fix=f"a class attribute, {attribute} = {example}",
            )


def _label(oracle: Oracle, candidates: Sequence[Candidate]) -> list[Outcome]:
    inputs = list(candidates)
    fix = "return Refusal(reason) for what the oracle cannot judge"
    case = ", ".join(dict.fromkeys(c.name or c.formula for c in candidates))
    with not_mutated(oracle, "label", inputs), no_exception(oracle, "label", fix=fix, case=case):
        outcomes = list(oracle.label(inputs, _SEED))
    if len(outcomes) != len(candidates):
        raise fault(
            oracle,
            "label",
            f"returns {len(outcomes)} outcomes for {len(candidates)} candidates",
            expected="one per candidate, in order",
            fix="[self._answer(c) for c in candidates], with a Refusal where there is no answer",
        )
    return outcomes


def _check_outcome(oracle: Oracle, candidate: Candidate, outcome: object) -> None:
    case = candidate.name or candidate.formula
    if not isinstance(outcome, Estimate | Bound | Refusal):
        raise fault(
            oracle,
            "label",
            f"returns a {type(outcome).__name__} ({outcome!r})",
            expected="an Estimate, a Bound or a Refusal",
            fix="Estimate(value)",
            case=case,
        )
    if isinstance(outcome, Refusal):
        if not outcome.reason.strip():
            raise fault(
                oracle,
                "label",
                "refuses without a reason",
                expected="a Refusal that says why",
                fix="Refusal('no Li in the structure')",
                case=case,
            )
        return
    for key, value in outcome.details.items():
        if not (value is None or isinstance(value, str | int | float | bool)):
            raise fault(
                oracle,
                "label",
                f"puts a {type(value).__name__} into details[{key!r}]",
                expected="flat JSON: text, number, truth value or None",
                fix="float(x) for numpy numbers; one key per number of an array",
                case=case,
            )


def _check_repeatable(
    oracle: Oracle, probes: Sequence[Candidate], outcomes: Sequence[Outcome]
) -> None:
    for who, other in (("the same oracle", oracle), ("its pickled copy", picklable(oracle))):
        for candidate, first, second in zip(probes, outcomes, _label(other, probes), strict=True):
            if _differ(first, second, tolerance=0.0):
                raise fault(
                    oracle,
                    "label",
                    f"is not deterministic: {first} first, {second} from {who} and the same seed",
                    expected="answers that follow from candidate and seed",
                    fix="draw from discovery.rng.stream(seed, candidate.id) only; keep no state "
                    "between calls",
                    case=candidate.name or candidate.formula,
                )


def _check_company(
    oracle: Oracle, probes: Sequence[Candidate], outcomes: Sequence[Outcome]
) -> None:
    fix = "compute each answer from its candidate alone; seed by candidate.id, not by position"
    backwards = _label(oracle, probes[::-1])[::-1]
    alone = [_label(oracle, [candidate])[0] for candidate in probes]
    for what, others in (
        ("depends on the order of the candidates", backwards),
        ("depends on the other candidates of the batch", alone),
    ):
        for candidate, first, second in zip(probes, outcomes, others, strict=True):
            if _differ(first, second, tolerance=1e-6):
                raise fault(
                    oracle,
                    "label",
                    f"{what}: {first}, then {second}",
                    expected="the same answer in any company",
                    fix=fix,
                    case=candidate.name or candidate.formula,
                )
    _label(oracle, [])


def _check_cost(oracle: Oracle, probes: Sequence[Candidate], outcomes: Sequence[Outcome]) -> None:
    first = [_cost(oracle, candidate) for candidate in probes]
    before = state(oracle)  # after a first round, in which a cache may fill
    second = [_cost(oracle, candidate) for candidate in probes]
    fix = "compute the price and return it; the campaign's ledger does the charging"
    for candidate, one, two in zip(probes, first, second, strict=True):
        if one != two:
            raise fault(
                oracle,
                "cost",
                f"is not pure: {one} first, then {two}",
                expected="the same price however often it is asked",
                fix=fix,
                case=candidate.name or candidate.formula,
            )
    if state(oracle) != before:
        raise fault(
            oracle,
            "cost",
            "charges or otherwise changes the oracle",
            expected="a pure announcement that leaves the oracle as it was",
            fix=fix,
        )
    for candidate, old, new in zip(probes, outcomes, _label(oracle, probes), strict=True):
        if _differ(old, new, tolerance=0.0):
            raise fault(
                oracle,
                "cost",
                f"changes what label answers: {old} before, {new} after",
                expected="a pure announcement",
                fix=fix,
                case=candidate.name or candidate.formula,
            )


def _cost(oracle: Oracle, candidate: Candidate) -> float:
    case = candidate.name or candidate.formula
    fix = "announce a price also for what will be refused; a refusal is never charged"
    with not_mutated(oracle, "cost", candidate), no_exception(oracle, "cost", fix=fix, case=case):
        cost = oracle.cost(candidate)
    if not (isinstance(cost, int | float) and math.isfinite(cost) and cost >= 0):
        raise fault(
            oracle,
            "cost",
            f"returns {cost!r}",
            expected="a finite number, 0 or more",
            fix=fix,
            case=case,
        )
    return float(cost)


def _differ(first: Outcome, second: Outcome, *, tolerance: float) -> bool:
    """Whether two outcomes say different things; details are provenance and may differ."""
    if isinstance(first, Estimate) and isinstance(second, Estimate):
        errors = (first.standard_error, second.standard_error)
        if (errors[0] is None) != (errors[1] is None):
            return True
        return not (
            math.isclose(first.value, second.value, rel_tol=tolerance, abs_tol=tolerance)
            and math.isclose(errors[0] or 0, errors[1] or 0, rel_tol=tolerance, abs_tol=tolerance)
        )
    if isinstance(first, Bound) and isinstance(second, Bound):
        return first.side != second.side or not math.isclose(
            first.value, second.value, rel_tol=tolerance, abs_tol=tolerance
        )
    return first != second
