"""The ions that a generator may use, and the charges that atoms of one element can add.

The oxidation states of an element are those that crystal structures report for at least a given
share of its ions (ICSD 2024 counts, shipped with smact). Elements stand in the order of their
electronegativity, cations-to-be first: in that order smact's Pauling test, "no cation is as
electronegative as an anion", means that after the first anion only anions follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from smact.utils.oxidation import ICSD24OxStatesFilter

from discovery.chemistry.charges import electronegativity
from discovery.errors import InvalidInputError
from samplers.limits import Limits


@dataclass(frozen=True)
class Span:
    """Charges that n atoms may add: ``n * state + step * j``, with j from 0 to n.

    Args:
        state: Oxidation state.
        step: Distance to the state above that atoms may have instead; 0 when all have one state.
    """

    state: int
    step: int = 0

    def charges(self, count: int) -> range:
        """Return the charges of ``count`` atoms."""
        if not self.step:
            return range(count * self.state, count * self.state + 1)
        return range(count * self.state, count * (self.state + self.step) + 1, self.step)


@dataclass(frozen=True)
class Ions:
    """Elements by rising electronegativity, and the ions of each.

    Args:
        symbols: Elements, in the one order in which compositions are built.
        states: Oxidation states of each, rising.
        spans: Charges of each; together they make up what its atoms may add.
        required: Whether a crystal must hold it.
        pauling: Whether all anions come after all cations.
    """

    symbols: tuple[str, ...]
    states: tuple[tuple[int, ...], ...]
    spans: tuple[tuple[Span, ...], ...]
    required: tuple[bool, ...]
    pauling: bool

    @property
    def phases(self) -> int:
        """How many kinds of charge are told apart: with Pauling's test, before and after anions."""
        return 2 if self.pauling else 1

    def bound(self, atoms: int) -> int:
        """Return the largest charge, of either sign, that as many atoms can hold and balance.

        Half-way, a atoms carry at most p * a and the others take back at most m * (atoms - a).
        """
        highest = max(states[-1] for states in self.states)
        lowest = -min(states[0] for states in self.states)
        if highest <= 0 or lowest <= 0:
            return 0
        return atoms * highest * lowest // (highest + lowest)

    def neutral(self, counts: Sequence[int]) -> bool:
        """Whether some oxidation states balance as many atoms of each element."""
        offset = sum(n * max(map(abs, of)) for n, of in zip(counts, self.states, strict=True))
        reached = [1 << offset, 0]  # bit q + offset: charge q, without an anion and with one
        for count, spans in zip(counts, self.spans, strict=True):
            if not count:
                continue
            before, reached = reached, [0, 0]
            for span in spans:
                anion = self.pauling and span.state < 0
                for phase in (0, 1):
                    if phase == 0 or anion or not self.pauling:
                        charges = _shifted(before[phase], span.charges(count))
                        reached[1 if anion else phase] |= charges
        return any(bits >> offset & 1 for bits in reached)


def ions(limits: Limits) -> Ions:
    """Return the ions of these limits.

    Raises:
        InvalidInputError: A symbol names no element, or an element has no known ion or no
            electronegativity.
    """
    order = sorted(limits.elements, key=lambda e: (electronegativity(e), e))
    known = _common(limits.rarest)
    for element in order:
        if element not in known:
            raise InvalidInputError(
                f"no oxidation state of {element} makes up {limits.rarest:.1%} of its ions in "
                "crystal structures; leave it out, or lower rarest"
            )
    states = tuple(_allowed(element, known[element], limits) for element in order)
    return Ions(
        symbols=tuple(order),
        states=states,
        spans=tuple(_spans(of, one_state=limits.one_state) for of in states),
        required=tuple(element in limits.required for element in order),
        pauling=limits.pauling,
    )


def _allowed(element: str, states: Sequence[int], limits: Limits) -> tuple[int, ...]:
    found = tuple(state for state in states if limits.allows(element, state))
    if not found:
        raise InvalidInputError(
            f"{element} is an anion only, and not among the anions {', '.join(limits.anions or ())}"
            "; leave it out, or add it to them"
        )
    return found


def _shifted(bits: int, by: range) -> int:
    """Return the union of a set of bits shifted by each of some equally spaced numbers."""
    covered = 1
    while covered < len(by):
        more = min(covered, len(by) - covered)
        bits |= bits << more * by.step
        covered += more
    return bits << by.start if by.start >= 0 else bits >> -by.start


def _spans(states: tuple[int, ...], *, one_state: bool) -> tuple[Span, ...]:
    """Single states, or neighbours of one sign; a state without a neighbour stands alone."""
    if one_state:
        return tuple(Span(state) for state in states)
    pairs = [(a, b) for a, b in pairwise(states) if a * b > 0]
    paired = {state for pair in pairs for state in pair}
    return (
        *(Span(state) for state in states if state not in paired),
        *(Span(a, b - a) for a, b in pairs),
    )


@lru_cache(maxsize=8)
def _common(rarest: float) -> dict[str, tuple[int, ...]]:
    table = ICSD24OxStatesFilter().filter(consensus=1, commonality=100 * rarest)
    rows = zip(table["element"], table["oxidation_state"], strict=True)
    return {str(element): tuple(map(int, str(states).split())) for element, states in rows}
