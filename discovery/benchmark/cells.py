"""Cells of a suite: one strategy on one problem with one seed, known by a hash of all of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

import numpy as np

from discovery import __version__, config, registry
from discovery.benchmark.peers import peer
from discovery.benchmark.problems.problem import Problem, ProblemLoader
from discovery.benchmark.strategies import Strategy
from discovery.benchmark.suite import CHEAP, TARGET, SuiteOptions
from discovery.errors import ConfigError
from discovery.features.cache import FEATURE_VERSION
from discovery.options import TAG
from discovery.rng import derive

CELL_VERSION: Final = 2
"""Changes whenever the same cell would give another result, or another kind of file."""

_LIBRARIES: Final = ("numpy", "scipy", "scikit-learn", "lightgbm", "torch")
_OURS: Final = "ion-discovery"
_FEWEST_ROUNDS: Final = 3  # of a smoke test: one that fits, one that follows, one more


@dataclass(frozen=True)
class Cell:
    """A run to be done.

    Args:
        problem: Its place among those of the suite.
        strategy: What searches.
        replicate: Number of the run, from 0.
        seed: Of the run; the same for all strategies, so they begin with the same design.
        budget: In cost units.
        initial: Fidelity -> queries of the initial design.
        batch: Queries per round.
        top: Share of the pool that is to be found.
        until_found: Whether the run ends with the last of these.
        judged: Number of times at which forecasts are judged.
        key: Hash of everything that the result depends on.
        batch_cost: Cost per round, at most; ``None`` for no limit.
    """

    problem: int
    strategy: Strategy
    replicate: int
    seed: int
    budget: float
    initial: Mapping[str, int]
    batch: int
    top: float
    until_found: bool
    judged: int
    key: str
    batch_cost: float | None = None


def load_problems(suite: SuiteOptions) -> tuple[Problem, ...]:
    """Load the problems of a suite.

    Raises:
        DiscoveryError: One cannot be loaded.
        ConfigError: Two have the same name.
    """
    options: Any = suite
    found = []
    for section in options.problems:
        given = section.model_dump()
        loader: ProblemLoader = registry.build("problem", given.pop(TAG), given)
        found.append(loader.load())
    names = [problem.name for problem in found]
    if double := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(suite.name, [f"problems: two are called {name!r}" for name in double])
    return tuple(found)


def plan(suite: SuiteOptions, problems: Sequence[Problem], *, smoke: bool = False) -> list[Cell]:
    """Return the cells of a suite: by problem, then strategy, then replicate.

    Args:
        suite: What is compared.
        problems: As :func:`load_problems` returns them.
        smoke: Two replicates of three rounds, to see in seconds whether everything runs.

    Raises:
        ConfigError: A problem has no such fidelity or too few candidates for the initial design,
            or a budget does not pay it; all mistakes together.
    """
    mistakes = [*_unknown_fidelities(suite, problems), *_missing_libraries(suite)]
    if mistakes:
        raise ConfigError(suite.name, mistakes)
    versions = {strategy.title: _versions(strategy) for strategy in suite.strategies}
    cells: list[Cell] = []
    for place, problem in enumerate(problems):
        for strategy in suite.strategies:
            seen = restricted(problem, strategy.policy)
            initial = _initial(suite, seen)
            if wrong := [*_too_few(seen, initial), *_too_dear(suite, seen)]:
                mistakes += wrong
                break
            paid = _paid(seen, initial)
            budget = config.resolve_budget(suite.budget, problem.whole)
            if smoke:  # the same for all strategies, whatever they may ask
                paying = min(suite.batch * float(problem.costs.max()), suite.batch_cost or np.inf)
                paying *= _FEWEST_ROUNDS
                budget = min(budget, _paid(problem, _initial(suite, problem)) + paying)
            if budget < paid + float(seen.costs[seen.column]):
                mistakes.append(
                    f"budget: {problem.name}: {budget:g} pays no query after the initial design of "
                    f"{', '.join(f'{n} {name}' for name, n in initial.items())}, which costs "
                    f"{paid:g}"
                )
                break
            for replicate in range(2 if smoke else suite.replicates):
                seed = derive(suite.seed, "cell", problem.name, replicate)
                depends = {
                    "problem": seen.digest,
                    "parts": strategy.parts,
                    "peer": strategy.peer,
                    "budget": budget,
                    "initial": initial,
                    "batch": suite.batch,
                    "until_found": suite.top if suite.until_found else None,
                    "judged": suite.judged,
                    "seed": seed,
                    "versions": versions[strategy.title],
                }
                if suite.batch_cost is not None:
                    depends["batch_cost"] = suite.batch_cost
                text = json.dumps(depends, sort_keys=True, separators=(",", ":"))
                cells.append(
                    Cell(
                        problem=place,
                        strategy=strategy,
                        replicate=replicate,
                        seed=seed,
                        budget=budget,
                        initial=initial,
                        batch=suite.batch,
                        top=suite.top,
                        until_found=suite.until_found,
                        judged=suite.judged,
                        key=hashlib.sha256(text.encode()).hexdigest(),
                        batch_cost=suite.batch_cost,
                    )
                )
    if mistakes:
        raise ConfigError(suite.name, mistakes)
    return cells


def restricted(problem: Problem, policy: Sequence[str]) -> Problem:
    """Return a problem with the fidelities that a policy may ask."""
    if tuple(policy) == ("all",):
        return problem
    target = problem.fidelities[problem.column].name
    names = {target if name == TARGET else name for name in policy} | {target}
    return problem.at([f.name for f in problem.fidelities if f.name in names])


def _initial(suite: SuiteOptions, problem: Problem) -> dict[str, int]:
    """Counts by the names of the fidelities; those of other problems are left out."""
    found = {}
    for fidelity in problem.fidelities:
        stands = TARGET if fidelity.target else CHEAP
        count = suite.initial.get(fidelity.name, suite.initial.get(stands, 0))
        if count:
            found[fidelity.name] = count
    return found


def _paid(problem: Problem, initial: Mapping[str, int]) -> float:
    """Cost of an initial design."""
    return sum(fidelity.cost * initial.get(fidelity.name, 0) for fidelity in problem.fidelities)


def _missing_libraries(suite: SuiteOptions) -> list[str]:
    """Peers that would fail in every cell."""
    return [
        f"peers: {name!r} needs {' and '.join(missing)}; pip install 'ion-discovery[peers]'"
        for name in suite.peers
        if (missing := [library for library, v in peer.versions(name).items() if not v])
    ]


def _too_few(problem: Problem, initial: Mapping[str, int]) -> list[str]:
    """What of an initial design cannot be asked."""
    able = dict(zip((f.name for f in problem.fidelities), problem.askable.sum(axis=0), strict=True))
    return [
        f"initial: {problem.name}: {count} queries at {name!r}, but only {able[name]} of its "
        f"{len(problem)} candidates have an answer there; ask for fewer"
        for name, count in initial.items()
        if count > able[name]
    ]


def _too_dear(suite: SuiteOptions, problem: Problem) -> list[str]:
    """A round that pays no query at the target never ends."""
    cost = float(problem.costs[problem.column])
    if suite.batch_cost is None or suite.batch_cost >= cost:
        return []
    return [f"batch_cost: {problem.name}: {suite.batch_cost:g} pays no answer of cost {cost:g}"]


def _unknown_fidelities(suite: SuiteOptions, problems: Sequence[Problem]) -> list[str]:
    known = {fidelity.name for problem in problems for fidelity in problem.fidelities}
    named = {("initial", name) for name in suite.initial} - {("initial", CHEAP)}
    named |= {("policies", n) for s in suite.strategies if s.policy != ("all",) for n in s.policy}
    return [
        f"{field}: no problem has a fidelity {name!r}; there are {', '.join(sorted(known))}"
        for field, name in sorted(named)
        if name not in known | {TARGET}
    ]


def _versions(strategy: Strategy) -> dict[str, str | int]:
    if strategy.peer:
        return {"cell": CELL_VERSION, **peer.versions(strategy.peer)}
    libraries = {name: metadata.version(name) for name in _LIBRARIES}
    # a plug-in's own version tells its results apart; it is for its author to change it
    owners = {registry.sources(role)[part[TAG]] for role, part in strategy.parts.items()}
    libraries |= {name: _version(name) for name in sorted(owners - {_OURS})}
    return {"cell": CELL_VERSION, "": __version__, "features": FEATURE_VERSION, **libraries}


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
