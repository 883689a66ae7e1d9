"""What a run of molecular dynamics is told, and what it brings back."""

from dataclasses import dataclass

from discovery.types import FloatArray


@dataclass(frozen=True)
class Protocol:
    """How to run.

    Args:
        temperature: K.
        time_step: fs.
        friction: Of the Langevin thermostat, 1/ps.
        stride: Steps from frame to frame.
        equilibration: Frames that are thrown away.
        production: Frames that are kept.
    """

    temperature: float
    time_step: float
    friction: float
    stride: int
    equilibration: int
    production: int


@dataclass(frozen=True)
class Trajectory:
    """What was sampled.

    Args:
        positions: (frames, atoms, 3) Angstrom, unwrapped.
        interval: Seconds between frames.
        temperature: Mean kinetic temperature, K.
    """

    positions: FloatArray
    interval: float
    temperature: float
