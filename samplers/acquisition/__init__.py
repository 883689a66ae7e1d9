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
    "multifidelity": "samplers.acquisition.multifidelity:MultiFidelity",
}
