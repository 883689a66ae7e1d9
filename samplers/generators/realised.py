"""Generated crystals with atoms in place, and nothing that is known already."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from discovery.assessment.novelty import novelty
from discovery.errors import InvalidInputError
from discovery.generation import Generation, Generator, Prepared
from discovery.protocols import Score, State
from discovery.types import Candidate, Draft
from samplers.realise import Realised, Realiser
from samplers.relaxers import ChgnetRelaxer


class RealisedGenerator:
    """Takes crystals of another generator, the likely best first, and puts their atoms in place.

    What has the composition, space group and cell of something known is passed over, as is what
    cannot be realised; both are counted, the latter by reason. The best crystal of each composition
    comes before the second best of any.

    Args:
        generator: Makes up compositions, space groups and lattices.
        known: Materials that need not be found again.
        surplus: Crystals made for each one wanted, of which most cannot be realised.
        novel: Whether known materials are passed over.
        relaxer: ``chgnet`` relaxes atoms and cell by that force field in the end; ``None`` leaves
            them as charges and sizes of the ions have placed them.

    Raises:
        InvalidInputError: The surplus is less than one, or the relaxer is not installed.
    """

    needs: ClassVar[tuple[str, ...]] = ("known",)

    def __init__(
        self,
        *,
        generator: Generator,
        known: Sequence[Candidate],
        surplus: float = 3.0,
        novel: bool = True,
        relaxer: Literal["chgnet"] | None = None,
    ) -> None:
        if not surplus >= 1:
            raise InvalidInputError(f"a surplus is 1 or more, not {surplus}")
        self._generator, self._known = generator, tuple(known)
        self._surplus, self._novel = surplus, novel
        last = None if relaxer is None else ChgnetRelaxer()
        self._realiser = Realiser(known=self._known, relaxer=last)
        self.calls = generator.calls

    def prepare(self, fidelities: int) -> None:
        """Let the other generator get ready."""
        if isinstance(self._generator, Prepared):
            self._generator.prepare(fidelities)

    def generate(
        self, count: int, score: Score, seed: int, memory: State | None = None
    ) -> Generation:
        """Return ``count`` crystals with a structure, or fewer."""
        wanted = max(count, round(self._surplus * count))
        made = self._generator.generate(wanted, score, seed, memory=memory)
        fresh = _in_turn(self._fresh(made.drafts))
        notes = Counter({"known already": len(made.drafts) - len(fresh)})
        found: dict[Candidate, Draft] = {}
        tried = 0
        while len(found) < count and tried < len(fresh):
            chunk = fresh[tried : tried + count - len(found)]
            tried += len(chunk)
            for draft, one in zip(
                chunk,
                self._realiser.realise([draft.candidate for draft in chunk], seed),
                strict=True,
            ):
                if isinstance(one, Realised):
                    notes[f"realised by {one.method}"] += 1
                    found.setdefault(one.candidate, replace(draft, candidate=one.candidate))
                else:
                    notes[f"rejected: {one.kind}"] += 1
        notes["tried to realise"] = tried
        return Generation(tuple(found.values()), {**made.notes, **notes}, made.memory)

    def _fresh(self, drafts: Sequence[Draft]) -> list[Draft]:
        if not self._novel:
            return list(drafts)
        known = novelty([draft.candidate for draft in drafts], self._known).known
        return [draft for draft, old in zip(drafts, known, strict=True) if not old]


def _in_turn(drafts: Sequence[Draft]) -> list[Draft]:
    """Return drafts, likely best first, each composition once before any comes again."""
    seen: Counter[str] = Counter()
    turns = []
    for draft in drafts:
        turns.append(seen[draft.candidate.formula])
        seen[draft.candidate.formula] += 1
    return [draft for _, draft in sorted(zip(turns, drafts, strict=True), key=lambda pair: pair[0])]
