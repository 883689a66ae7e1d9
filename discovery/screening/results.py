"""Results of blocks, on disk: what was done is not done again."""

import json
from dataclasses import dataclass
from pathlib import Path

from discovery.datasets.fetch import write_atomically
from discovery.errors import InvalidInputError
from discovery.screening.plan import Block


@dataclass(frozen=True)
class BlockResult:
    """What came of a block.

    Args:
        block: The block.
        scores: Replication -> score name -> score.
        errors: Replication -> why there is no score.
    """

    block: Block
    scores: dict[int, dict[str, float]]
    errors: dict[int, str]


class ResultStore:
    """A folder with one file per block, whole or not there.

    Args:
        folder: Where to keep results.
        key: Of problem and plan; results with another key are other results.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder / "results" / key

    def load(self, block: Block) -> BlockResult | None:
        """Return the result of a block, or ``None`` where there is none that can be read."""
        try:
            told = json.loads((self._folder / block.file).read_text(encoding="utf-8"))
            return BlockResult(
                block,
                {int(number): scores for number, scores in told["scores"].items()},
                {int(number): error for number, error in told["errors"].items()},
            )
        except (OSError, ValueError, KeyError, AttributeError):
            return None

    def save(self, result: BlockResult) -> None:
        """Keep the result of a block.

        Raises:
            InvalidInputError: The folder cannot be written.
        """
        told = {"scores": result.scores, "errors": result.errors}
        try:
            write_atomically(self._folder / result.block.file, json.dumps(told).encode())
        except OSError as error:
            raise InvalidInputError(
                f"cannot write to {self._folder}: {error.strerror or error}; "
                "choose another folder with --out"
            ) from None
