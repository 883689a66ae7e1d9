"""One query after the other, here."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from discovery.types import Observation, Query
from loops.executors.task import Oracles, tasks


class InlineExecutor:
    """Asks the oracles in this process. An interruption leaves the query pending.

    Args:
        oracles: Fidelity -> (name, oracle, cost function).
        seed: Seed of the campaign.
    """

    needs: ClassVar[tuple[str, ...]] = ("oracles", "seed")

    def __init__(self, *, oracles: Oracles, seed: int) -> None:
        self._oracles, self._seed = oracles, seed

    def evaluate(self, queries: Sequence[Query]) -> Iterator[Observation]:
        """Yield each observation as soon as it is there, in the order of the queries."""
        for task in tasks(queries, self._oracles, self._seed):
            yield task.run()
