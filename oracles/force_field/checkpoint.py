"""The state of a long run on disk: a run that was killed goes on where it was."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from discovery.errors import InvalidInputError
from discovery.types import FloatArray


@dataclass(frozen=True)
class State:
    """All that the rest of a run of molecular dynamics depends on, and what it has seen so far.

    Args:
        done: Frames done, those of the equilibration included.
        cell: (3, 3) vectors as rows, Angstrom.
        positions: (atoms, 3) Angstrom, unwrapped.
        momenta: (atoms, 3) in ASE units.
        random: State of the random generator, as ``numpy`` tells it.
        frames: (frames, atoms, 3) positions of the frames kept so far.
        kinetic: (frames,) kinetic temperatures in K.
    """

    done: int
    cell: FloatArray
    positions: FloatArray
    momenta: FloatArray
    random: dict[str, Any]
    frames: FloatArray
    kinetic: FloatArray


def named_after(folder: str, name: str, *depends_on: Any) -> Path:  # noqa: ANN401 - any JSON
    """Return the file of a run: another one whenever it depends on something else."""
    given = json.dumps(depends_on, default=repr)
    return Path(folder) / f"{name}-{hashlib.sha256(given.encode()).hexdigest()[:24]}.npz"


def write(path: Path, state: State) -> None:
    """Write a state: a reader finds the whole of it or the one before.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            np.savez(
                file,
                done=np.array(state.done),
                cell=state.cell,
                positions=state.positions,
                momenta=state.momenta,
                random=np.array(json.dumps(state.random)),
                frames=state.frames,
                kinetic=state.kinetic,
            )
        Path(temporary).replace(path)
    except OSError as error:
        raise InvalidInputError(
            f"checkpoint {path} cannot be written: {error.strerror}; name another checkpoint_dir"
        ) from error


def read(path: Path) -> State | None:
    """Return the state in a file, or ``None`` where there is no file.

    Raises:
        InvalidInputError: The file is no checkpoint.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            return State(
                done=int(file["done"]),
                cell=file["cell"],
                positions=file["positions"],
                momenta=file["momenta"],
                random=json.loads(str(file["random"])),
                frames=file["frames"],
                kinetic=file["kinetic"],
            )
    except Exception as error:  # a file that is none of ours may fail in any way
        raise InvalidInputError(
            f"checkpoint {path} cannot be read ({type(error).__name__}: {error}); delete it to "
            "begin that run again"
        ) from error
