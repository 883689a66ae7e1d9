"""The contract of a generator, executable."""

from collections.abc import Sequence

import numpy as np

from discovery.errors import ContractError
from discovery.generation import Generation, Generator
from discovery.testing.faults import fault, no_exception, picklable
from discovery.testing.toys import FIDELITIES
from discovery.types import Candidate, Draft, FloatArray

_SEEDS = (30, 31)
_COUNT = 20


def check_generator(generator: Generator, count: int = _COUNT) -> None:
    """Prove that a generator keeps its contract.

    It makes at most as many crystals as wanted, different ones, with a composition each; names
    only fidelities that it is scored at; has no more candidates scored than ``calls``; passes over
    what cannot be judged; draws by seed; remembers nothing but what it is handed back.

    Args:
        generator: With its parts.
        count: Crystals to ask for.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
    """
    picklable(generator)
    first = [_generate(generator, count, seed) for seed in _SEEDS]
    for seed, made in zip(_SEEDS, first, strict=True):
        if _generate(picklable(generator), count, seed).drafts != made.drafts:
            raise fault(
                generator,
                "generate",
                "is not deterministic by seed",
                expected="the same crystals from the same arguments",
                fix="draw from np.random.default_rng(seed) and keep no state on the generator",
            )
    memory = first[0].memory
    if memory is not None:
        one, two = (_generate(generator, count, _SEEDS[1], memory) for _ in range(2))
        if one.drafts != two.drafts:
            raise fault(
                generator,
                "generate",
                "changes the memory it is handed",
                expected="the same crystals from the same memory",
                fix="copy what is taken out of the memory",
            )


class _Judge:
    """Scores that follow from the candidate, a tenth of them not a number, and how many it gave."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, candidates: Sequence[Candidate]) -> FloatArray:
        self.calls += len(candidates)
        lots = [[int(c.id[:6], 16), int(c.id[6:12], 16)] for c in candidates]
        scores = np.array(lots, dtype=float).reshape(-1, len(FIDELITIES)) / 16**6
        scores[scores[:, 0] < 0.1] = np.nan  # noqa: PLR2004 - a tenth
        return scores


def _generate(generator: Generator, count: int, seed: int, memory: object = None) -> Generation:
    judge = _Judge()
    with no_exception(generator, "generate", fix="return Generation((), {}) when there is none"):
        made = generator.generate(count, judge, seed, memory=memory)  # type: ignore[arg-type]
    _check(generator, made, count, judge)
    return made


def _check(generator: Generator, made: object, count: int, judge: _Judge) -> None:
    def wrong(what: str, expected: str, fix: str) -> ContractError:
        return fault(generator, "generate", what, expected=expected, fix=fix)

    if not isinstance(made, Generation):
        raise wrong(f"returns a {type(made).__name__}", "a Generation", "Generation(drafts, notes)")
    if not all(isinstance(draft, Draft) for draft in made.drafts):
        raise wrong("returns things that are no drafts", "Drafts", "Draft(candidate)")
    if len(made.drafts) > count:
        raise wrong(f"returns {len(made.drafts)} crystals", f"at most {count}", "cut at count")
    ids = {draft.candidate.id for draft in made.drafts}
    if len(ids) < len(made.drafts):
        raise wrong("repeats a crystal", "different crystals", "keep the first of equals")
    beyond = {d.column for d in made.drafts} - {None, *range(len(FIDELITIES))}
    if beyond:
        raise wrong(
            f"names column {beyond.pop()!r}",
            f"a column of its scores, 0 to {len(FIDELITIES) - 1}, or None",
            "leave the fidelity to the acquisition function with None",
        )
    if judge.calls > generator.calls:
        raise wrong(
            f"has {judge.calls} candidates scored",
            f"at most its `calls`, {generator.calls}",
            "count what is scored",
        )
