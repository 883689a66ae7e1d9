"""Rules that say when a campaign should stop; they combine with ``&`` and ``|``."""

CATALOGUE: dict[str, str] = {
    "budget": "loops.stopping.budget:BudgetSpent",
    "target_found": "loops.stopping.progress:TargetFound",
    "no_improvement": "loops.stopping.progress:NoImprovement",
    "confident": "loops.stopping.progress:Confident",
    "max_rounds": "loops.stopping.progress:MaxRounds",
    "any": "loops.stopping.rule:AnyOf",
    "all": "loops.stopping.rule:AllOf",
}
