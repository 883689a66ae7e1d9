"""Strategies that choose what to ask next, given scores and an allowance."""

CATALOGUE: dict[str, str] = {
    "random": "samplers.uniform:RandomSampler",
    "greedy": "samplers.greedy:GreedySampler",
    "diverse": "samplers.diverse:DiverseSampler",
    "fantasies": "samplers.fantasies:FantasySampler",
    "local_penalisation": "samplers.local_penalisation:LocalPenalisationSampler",
}
