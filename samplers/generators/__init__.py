"""Generators: crystals that need not be in any pool."""

CATALOGUE: dict[str, str] = {
    "random": "samplers.generators.random_crystals:RandomCrystals",
    "substitution": "samplers.generators.substituted:SubstitutionGenerator",
    "evolve": "samplers.generators.evolved:EvolutionGenerator",
    "gflownet": "samplers.generators.gflownet:GFlowNetGenerator",
    "realised": "samplers.generators.realised:RealisedGenerator",
}
