"""The contract of a stopping rule, executable."""

from discovery.protocols import StoppingRule
from discovery.testing.faults import fault, no_exception, not_mutated
from discovery.testing.toys import FIDELITIES, ToyCampaign, observe
from discovery.types import Batch, Forecast, Query


def check_stopping(rule: StoppingRule) -> None:
    """Prove that a stopping rule keeps its contract.

    It answers with a reason or ``None`` from the first moment of a campaign to the last, answers
    the same when asked again, changes nothing, and combines with ``&`` and ``|``.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
    """
    campaign = ToyCampaign(budget=40.0)
    for moment in range(5):
        case = f"{len(campaign.observations)} observations"
        reason = _reason(rule, campaign, case)
        if reason != _reason(rule, campaign, case):
            raise fault(
                rule,
                "reason",
                "changes its mind when asked again",
                expected="a function of the campaign",
                fix="keep no counters on the rule; count in campaign.observations",
                case=case,
            )
        _check_combinations(rule, campaign, reason, case)
        candidate = campaign.pool[moment]
        for fidelity in FIDELITIES[: 1 + moment % 2]:
            query = Query(candidate, fidelity.name)
            forecast = Forecast(mean=None, std=None, score=0.0, reason="toy")
            campaign.ask(Batch((query,), (0.0,)), [forecast], {})
            campaign.tell(observe(candidate, fidelity))


def _reason(rule: StoppingRule, campaign: ToyCampaign, case: str) -> str | None:
    fix = "answer None where too little is known; look notes up by campaign.outlook.get"
    before = (campaign.observations, campaign.asked, campaign.outlook)
    with not_mutated(rule, "reason", *before), no_exception(rule, "reason", case=case, fix=fix):
        reason = rule.reason(campaign)
    if reason is not None and not (isinstance(reason, str) and reason.strip()):
        raise fault(
            rule,
            "reason",
            f"returns {reason!r}",
            expected="None to go on, or a sentence that says why to stop",
            fix="return None",
            case=case,
        )
    return reason


def _check_combinations(
    rule: StoppingRule, campaign: ToyCampaign, reason: str | None, case: str
) -> None:
    stops = reason is not None
    for sign in ("&", "|"):
        with no_exception(rule, f"__{'and' if sign == '&' else 'or'}__", fix="derive from Rule"):
            both: StoppingRule = eval(f"rule {sign} rule", {"rule": rule})  # noqa: S307
            agrees = (both.reason(campaign) is not None) == stops
        if not agrees:
            raise fault(
                rule,
                "reason",
                f"of rule {sign} rule differs from the rule itself",
                expected="& to mean all and | to mean any",
                fix="build both from what reason returns",
                case=case,
            )
