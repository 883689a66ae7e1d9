"""Where every strategy begins: the same candidates for the same seed, whoever comes after."""

from collections.abc import Mapping

import numpy as np

from discovery.benchmark.metrics_trace import Trace
from discovery.benchmark.problems.problem import Problem
from discovery.errors import InvalidInputError, UnknownNameError
from discovery.rng import stream


def initial_design(problem: Problem, counts: Mapping[str, int], seed: int) -> Trace:
    """Return the initial queries of a run, drawn at random among those that have an answer.

    One order of the candidates follows from the seed, and each fidelity takes the first of them.
    So designs are nested: what is asked at a dear fidelity is asked at the cheap ones too, which
    tells what these are worth; a larger design holds the smaller; and a strategy with one
    fidelity begins with the measurements of one with several.

    Args:
        problem: What is asked.
        counts: Fidelity -> number of queries.
        seed: Of the run.

    Returns:
        Batch 0 of a trace, fidelities in the order of the problem.

    Raises:
        UnknownNameError: A fidelity does not exist.
        InvalidInputError: A number is negative, or larger than that of the candidates.
    """
    names = [fidelity.name for fidelity in problem.fidelities]
    for name in counts:
        if name not in names:
            raise UnknownNameError("fidelity of the initial design", name, names)
    order = stream(seed, "initial design").permutation(len(problem))
    rows, columns = [], []
    for column, name in enumerate(names):
        wanted = counts.get(name, 0)
        able = order[problem.askable[order, column]]
        if not 0 <= wanted <= len(able):
            raise InvalidInputError(
                f"{problem.name}: {wanted} initial queries at {name!r} cannot be asked, {len(able)}"
                f" of {len(problem)} candidates have an answer there"
            )
        rows.append(able[:wanted])
        columns.append(np.full(wanted, column))
    row, column_of = np.concatenate(rows), np.concatenate(columns).astype(np.intp)
    return Trace(row, column_of, problem.costs[column_of], np.zeros(len(row), dtype=np.intp))
