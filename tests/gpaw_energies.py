"""Run by the interpreter that GPAW was installed for: prints what the DFT oracle answers.

The crystals are primitive cells at experimental lattice constants.
"""

import json
import sys
import time
from importlib.metadata import version

from physics_cases import crystal

from discovery.crystal import Crystal
from discovery.evaluation import evaluate
from discovery.types import Candidate, Query
from oracles.dft import DftOracle

THIRD = (1 / 3, 2 / 3, 0), (2 / 3, 1 / 3, 0)


def face_centred_primitive(a: float, *sites: tuple[str, float]) -> Crystal:
    """Primitive cell of an fcc lattice, atoms along its long diagonal."""
    half = a / 2
    cell = [[0, half, half], [half, 0, half], [half, half, 0]]
    return crystal(cell, *((element, (x, x, x)) for element, x in sites))


CRYSTALS = {
    "LiF": face_centred_primitive(4.027, ("Li", 0), ("F", 0.5)),
    "Li2O": face_centred_primitive(4.619, ("O", 0), ("Li", 0.25), ("Li", 0.75)),
    "Li3N": crystal(
        [[3.648, 0, 0], [-1.824, 3.648 * 0.75**0.5, 0], [0, 0, 3.875]],
        ("N", (0, 0, 0)),
        ("Li", (0, 0, 0.5)),
        *(("Li", position) for position in THIRD),
    ),
}


def ask(oracle: DftOracle, name: str) -> dict[str, object]:
    one = CRYSTALS[name]
    candidate = Candidate(tuple(one.composition.items()), structure=one)
    start = time.perf_counter()
    told = evaluate(oracle, "dft", Query(candidate, "dft"), cost=0.5, seed=0)
    return {
        "status": told.status,
        "reason": told.reason,
        "value": told.value,
        "seconds": round(time.perf_counter() - start, 1),
    }


CRYSTALS["LiF, wide"] = face_centred_primitive(4.2, ("Li", 0), ("F", 0.5))

if __name__ == "__main__":
    answers = {name: ask(DftOracle(), name) for name in CRYSTALS}
    answers["formation of LiF"] = ask(DftOracle(reference="elements"), "LiF")
    answers["formation of LiF again"] = ask(DftOracle(reference="elements"), "LiF")
    answers["LiF, wide, relaxed"] = ask(DftOracle(relaxation="cell"), "LiF, wide")
    answers["LiF in 2 cycles"] = ask(DftOracle(arguments={"maxiter": 2}), "LiF")
    json.dump({"version": version("gpaw"), "answers": answers}, sys.stdout)
