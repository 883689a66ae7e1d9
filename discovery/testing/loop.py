"""The contract of a loop, executable."""

from discovery.errors import BudgetError
from discovery.protocols import Executor, Loop
from discovery.testing.faults import fault, no_exception
from discovery.testing.toys import CHEAP, EndlessError, ToyCampaign, ToyExecutor

_BUDGET = 113.0


def check_loop(loop: Loop) -> None:
    """Prove that a loop keeps its contract, on toy campaigns of 24 candidates and two fidelities.

    It ends with a reason, stays in the budget, asks nothing twice, starts from nothing, survives
    refused and failed queries, ends when answers come from outside, asks the same by ``run`` as by
    ``ask`` and ``tell``, and the same again in a second campaign with the same seed.

    Args:
        loop: A loop with its parts; its stopping rules hold for the toy campaigns too.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
    """
    campaign = _run(loop, ToyCampaign(_BUDGET), ToyExecutor())
    _check_repeatable(loop, campaign)
    _check_cut_in_two(loop, campaign)
    _run(loop, ToyCampaign(CHEAP.cost / 2), ToyExecutor())
    for fidelity in campaign.fidelities:
        _run(loop, ToyCampaign(_BUDGET), ToyExecutor(silent=fidelity.name))


def _run(loop: Loop, campaign: ToyCampaign, executor: Executor) -> ToyCampaign:
    case = f"a budget of {campaign.budget:g}"
    try:
        with no_exception(
            loop,
            "run",
            case=case,
            fix="take batches from sampler.propose(campaign.request(size), ...) and let a proxy "
            "that has nothing to learn from (NotFittedError) mean equal scores",
        ):
            reason = loop.run(campaign, executor)
    except Exception as error:
        if isinstance(error.__cause__, EndlessError):
            raise fault(
                loop,
                "run",
                "does not end",
                expected="an end when nothing can be asked or no answer is at hand",
                fix="stop at an empty batch, and when the executor yields nothing",
                case=case,
            ) from None
        if isinstance(error.__cause__, BudgetError):
            raise fault(
                loop,
                "run",
                f"overspends: {error.__cause__}",
                expected="batches within the allowance",
                fix="ask with the allowance of a fresh campaign.request(size)",
                case=case,
            ) from error
        raise
    journalled = {reason, ""} if campaign.pending else {reason}  # waiting is no end
    if not (isinstance(reason, str) and reason.strip()) or campaign.stopped not in journalled:
        raise fault(
            loop,
            "run",
            f"returns {reason!r} and journals {campaign.stopped!r} as its reason to end",
            expected="one reason, returned and, unless queries are pending, told to campaign.stop",
            fix="campaign.stop(reason); return reason",
            case=case,
        )
    if not campaign.asked and campaign.budget >= _BUDGET:
        raise fault(
            loop,
            "run",
            "asks nothing",
            expected="a first batch that needs no observation",
            fix="let the sampler choose with equal scores until the proxy can be fitted",
            case=case,
        )
    return campaign


def _check_repeatable(loop: Loop, campaign: ToyCampaign) -> None:
    again = _run(loop, ToyCampaign(_BUDGET), ToyExecutor())
    if again.asked != campaign.asked:
        raise fault(
            loop,
            "run",
            "asks otherwise in a second campaign with the same seed",
            expected="queries that follow from the campaign and its seed",
            fix="draw from stream(campaign.seed, purpose, campaign.round) and keep no state on "
            "the loop",
        )


def _check_cut_in_two(loop: Loop, campaign: ToyCampaign) -> None:
    """``ask`` and ``tell`` by hand, as a laboratory does, for as long as ``run`` went on."""
    by_hand, executor = ToyCampaign(_BUDGET), ToyExecutor()
    while len(by_hand.asked) < len(campaign.asked):
        with no_exception(loop, "ask", fix="let ask need nothing but the campaign"):
            batch = loop.ask(by_hand)
        if not batch.queries:
            break
        for observation in executor.evaluate(batch.queries):
            by_hand.tell(observation)
    if by_hand.asked != campaign.asked:
        same = sum(1 for a, b in zip(by_hand.asked, campaign.asked, strict=False) if a == b)
        raise fault(
            loop,
            "ask",
            f"agrees with run on {same} of {len(campaign.asked)} queries only",
            expected="run to be ask, evaluate and tell again and again",
            fix="let run call ask",
        )
