"""A small made-up data set with a published split, bounds, papers and cells."""

import numpy as np

from discovery.crystal import Lattice
from discovery.studies.obelix import Obelix, arranged
from discovery.types import Bound, Candidate, Dataset, Estimate

_CATIONS = ("P", "Si", "Ge", "Al", "Ti", "Zr")
_ANIONS = ("O", "S", "Cl", "Br")


def made_up(rows: int = 60, seed: int = 3) -> Obelix:
    """Return a data set whose conductivity depends on the anion, the lithium and the cell."""
    rng = np.random.default_rng(seed)
    candidates, labels, doi, split = [], {}, {}, {}
    for row in range(rows):
        cation, anion = _CATIONS[row % 6], _ANIONS[(row // 6) % 4]
        lithium = 1 + row / rows * 6
        edge = 8 + 4 * rng.random()
        candidate = Candidate(
            (("Li", round(lithium, 3)), (cation, 1.0), (anion, 5.0)),
            z=4,
            space_group=1 + row % 230,
            lattice=Lattice(edge, edge, edge + rng.random(), 90, 90, 90),
            name=f"row {row}",
        )
        value = -9 + 0.6 * lithium + 1.5 * (anion == "S") + 0.2 * edge + 0.2 * rng.normal()
        candidates.append(candidate)
        labels[candidate.id] = Bound("left", -8.0) if value < -6.3 else Estimate(value)
        doi[candidate.id] = f"paper {row // 3}"
        split[candidate.id] = "test" if row % 4 == 3 else "train"
    return arranged(
        Dataset("made up", tuple(candidates), labels, groups={"doi": doi, "split": split})
    )
