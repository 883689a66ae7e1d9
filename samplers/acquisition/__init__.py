"""Acquisition functions: what a belief about a candidate is worth."""

CATALOGUE: dict[str, str] = {
    "ei": "samplers.acquisition.improvement:ExpectedImprovement",
    "logei": "samplers.acquisition.improvement:LogExpectedImprovement",
    "pi": "samplers.acquisition.improvement:ProbabilityOfImprovement",
    "ucb": "samplers.acquisition.bound:UpperConfidenceBound",
    "thompson": "samplers.acquisition.thompson:ThompsonSampling",
    "max_variance": "samplers.acquisition.plain:MaximumVariance",
    "greedy": "samplers.acquisition.plain:PosteriorMean",
    "random": "samplers.acquisition.plain:RandomScore",
    "top": "samplers.acquisition.top:ProbabilityOfTop",
    "mes": "samplers.acquisition.entropy:MaxValueEntropy",
    "gibbon": "samplers.acquisition.entropy:Gibbon",
    "kg": "samplers.acquisition.knowledge:KnowledgeGradient",
    "multifidelity": "samplers.acquisition.multifidelity:MultiFidelity",
    "cost_ei": "samplers.acquisition.cost_weighted:CostWeightedImprovement",
    "mf_mes": "samplers.acquisition.entropy_fidelities:MultiFidelityEntropy",
    "mf_kg": "samplers.acquisition.knowledge:MultiFidelityKnowledgeGradient",
    "variance_reduction": "samplers.acquisition.variance_reduction:TargetedVarianceReduction",
    "ratio": "samplers.acquisition.ratio:Ratio",
    "guarded": "samplers.acquisition.guard:Guarded",
}
