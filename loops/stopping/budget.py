"""Nothing useful can be paid any more."""

from typing import Literal

from discovery.protocols import CampaignState
from loops.answers import target
from loops.prices import can_pay
from loops.stopping.rule import Rule


class BudgetSpent(Rule):
    """Stops when what is left of the budget pays none of the queries that may still be asked.

    Args:
        fidelity: ``target`` looks at queries of the target only, as hints about candidates that
            can no longer be measured help nobody; ``any`` looks at all.
    """

    def __init__(self, *, fidelity: Literal["target", "any"] = "target") -> None:
        self._fidelity = fidelity

    def reason(self, campaign: CampaignState) -> str | None:
        """Return why nothing can be paid."""
        request, aim = campaign.request(1), target(campaign)
        available, what = request.available, "query"
        if self._fidelity == "target":
            column = request.fidelities.index(aim)
            costs, available = request.costs[:, column], available[:, column]
            what = f"query at {aim.name!r}"
        else:
            costs = request.costs
        if not available.any():
            return f"every {what} has been asked"
        cheapest = float(costs[available].min())
        if can_pay(request.allowance, cheapest):
            return None
        return (
            f"the budget is spent: {request.allowance:g} of {campaign.budget:g} is left and the "
            f"cheapest {what} costs {cheapest:g}"
        )
