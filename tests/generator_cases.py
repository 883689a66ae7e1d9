"""A small world of crystals: who makes them at random, and who says that they are valid."""

import numpy as np

from discovery.chemistry.symmetry import lattice_mismatch
from discovery.crystal import Lattice
from samplers.generators.evolved import EvolutionGenerator
from samplers.generators.evolved_genome import Genome, tied
from samplers.generators.evolved_moves import Moves
from samplers.limits import Limits

SMALL = Limits(
    elements=("Li", "Na", "Mg", "Al", "O", "S", "Cl"),
    distinct=(2, 4),
    atoms=(2, 60),
    most=40,
    space_groups=(1, 14, 62, 166, 194, 216, 225, 227),
)


class SmallWorld:
    """Random lithium chlorides, sulphides and oxides, and the rules that all crystals keep to."""

    def __init__(self, limits=SMALL):
        self._limits = limits

    def random(self, count, rng):
        return [self._one(rng).candidate for _ in range(count)]

    def reasons(self, candidates):
        return [self._reason(Genome.of(candidate)) for candidate in candidates]

    def _one(self, rng):
        moves, anion = Moves(self._limits), str(rng.choice(["Cl", "O", "S"]))
        while True:
            units = int(rng.integers(1, 13))
            counts = {"Li": units if anion == "Cl" else 2 * units, anion: units}
            homes = moves.homes(counts)
            if len(homes):
                group, shape = int(rng.choice(homes)), 5 * np.exp(rng.normal(0, 0.2, 3))
                volume = sum(counts.values()) * float(rng.uniform(8, 40))
                cell = tied(Lattice(*shape.tolist(), 90, 100, 90), group, volume)
                return Genome.made(counts, group, cell)

    def _reason(self, genome):
        limits, counts = self._limits, dict(genome.counts)
        moves = Moves(limits)
        low, high = limits.volume
        rules = {
            "elements": set(counts) <= set(limits.elements),
            "required": set(limits.required) <= set(counts),
            "distinct": limits.distinct[0] <= len(counts) <= limits.distinct[1],
            "atoms": limits.atoms[0] <= genome.atoms <= limits.atoms[1],
            "most": max(counts.values()) <= limits.most,
            "neutral": moves._balance(genome.counts) is not None,
            "places": genome.space_group in moves.homes(counts),
            "cell": lattice_mismatch(genome.lattice, genome.space_group) is None,
            "volume": low <= genome.lattice.volume / genome.atoms <= high,
        }
        return next((name for name, kept in rules.items() if not kept), None)


class SmallEvolution(EvolutionGenerator):
    """Evolution in the small world."""

    world = SmallWorld()

    def __init__(self, **options):
        super().__init__(**({"calls": 300, "population": 30, "limits": SMALL} | options))

    def _source(self):
        return self.world
