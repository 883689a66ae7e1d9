"""Covalent organic frameworks for Xe/Kr separation: simulated at two fidelities."""

import ast
from dataclasses import replace
from typing import Final

import numpy as np

from discovery.benchmark.problems.frames import problem_of, read_frame
from discovery.benchmark.problems.problem import Problem
from discovery.datasets.fetch import RemoteFile, fetch
from discovery.errors import InvalidInputError
from discovery.rng import stream
from discovery.types import FloatArray

FILE: Final = RemoteFile(
    "https://raw.githubusercontent.com/Atinary-technologies/chem-MFBO/"
    "1c24c08c99df12fc598e43493b309631bef9d1a2/data/clean/cofs.csv",
    "d06bab3c643c7e226ca1a90dca65731ee5ef58fe0399cf71f5e44d6c6f9c8e58",
    "cofs.csv",
    "cofs_xekr",
)
CITATION: Final = (
    "N. Gantzler et al., Multi-fidelity Bayesian optimization of covalent organic frameworks for "
    "xenon/krypton separations, Digital Discovery 2, 1937 (2023), doi 10.1039/D3DD00117B; table "
    "from V. Sabanza-Gil et al., Nat. Comput. Sci. (2025), arXiv:2410.00544, MIT licence"
)
HIGH: Final = "HF"
"""Grand canonical Monte Carlo of the mixture: the target."""
LOW: Final = "LF"
"""Henry coefficients, the dilute limit."""

_COST: Final = 0.065  # of the simulations, in units of the dear one


class CofsProblem:
    """Loads 608 frameworks, 14 features, Xe/Kr selectivity at two fidelities, to be maximised.

    With ``r_squared`` the cheap fidelity is made worse, to see whether a strategy notices: white
    noise, orthogonal to both fidelities, is added until their squared correlation is that.

    Args:
        cost: Of a cheap answer; a dear one costs 1.
        r_squared: Squared correlation of the fidelities, below the published 0.96.
        seed: Of the noise.
        data_dir: Folder of the published file; by default it is found or downloaded, see
            :func:`discovery.datasets.fetch.fetch`.
    """

    def __init__(
        self,
        *,
        cost: float = _COST,
        r_squared: float | None = None,
        seed: int = 0,
        data_dir: str | None = None,
    ) -> None:
        self.cost = cost
        self.r_squared = r_squared
        self.seed = seed
        self.data_dir = data_dir

    def load(self) -> Problem:
        """Return the problem.

        Raises:
            DatasetError: The file is missing.
            ChecksumError: It is not the published one.
            InvalidInputError: The correlation wanted is higher than the published one.
        """
        frame = read_frame(fetch(FILE, self.data_dir)).rename(columns=_decoded)
        problem = problem_of(
            frame,
            source=FILE.name,
            name=self._title(),
            objective=HIGH,
            sense="maximise",
            cheap={LOW: self.cost},
            quantity="Xe/Kr selectivity",
            citation=CITATION,
        )
        if self.r_squared is None:
            return problem
        low, high = np.hsplit(problem.values, 2)
        worse = _worse(low.ravel(), high.ravel(), self.r_squared, self.seed)
        return replace(
            problem,
            values=np.column_stack([worse, high]),
            notes=(*problem.notes, f"noise added to {LOW}, r² with {HIGH} is {self.r_squared:g}"),
        )

    def _title(self) -> str:
        changed = [f"cost {self.cost:g}"] if self.cost != _COST else []
        changed += [] if self.r_squared is None else [f"r² {self.r_squared:g}"]
        return f"COF Xe/Kr ({', '.join(changed)})" if changed else "COF Xe/Kr"


def _decoded(column: str) -> str:
    """Column names are bytes that were written as text: b'...'."""
    return ast.literal_eval(column).decode() if column.startswith("b'") else column


def _worse(low: FloatArray, high: FloatArray, r_squared: float, seed: int) -> FloatArray:
    """The cheap answers, with noise that leaves exactly the wanted correlation."""
    now = float(np.corrcoef(low, high)[0, 1] ** 2)
    if not 0 < r_squared < now:
        raise InvalidInputError(
            f"noise can lower the squared correlation {now:.3f} of the fidelities, not make it "
            f"{r_squared}; choose a number between 0 and that"
        )
    plane, _ = np.linalg.qr(np.column_stack([np.ones_like(low), low, high]))
    noise = stream(seed, "cofs", "noise").standard_normal(len(low))
    noise -= plane @ (plane.T @ noise)
    variance = low.var() * (now / r_squared - 1)
    noisy: FloatArray = low + noise * np.sqrt(variance / noise.var())
    return noisy
