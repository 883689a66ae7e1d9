"""Molecular dynamics at constant temperature, interrupted at will."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from ase import units
from ase.md.langevin import Langevin

from discovery.errors import InvalidInputError
from discovery.rng import stream
from discovery.types import FloatArray
from oracles.force_field.checkpoint import State, read, write
from oracles.force_field.protocol import Protocol, Trajectory

_TOO_HOT: Final = 5.0
"""Kinetic over wanted temperature; fluctuations of the smallest cells stay far below."""


def run(
    atoms: Any,  # noqa: ANN401 - ASE is not typed
    calculator: Any,  # noqa: ANN401 - ASE is not typed
    protocol: Protocol,
    seed: int,
    *,
    checkpoint: Path | None = None,
    checkpoint_every: int = 500,
) -> Trajectory:
    """Run Langevin dynamics at constant volume; the input stays as it was.

    The integrator is that of Vanden-Eijnden & Ciccotti, Chem. Phys. Lett. 429, 310 (2006), eq. 23.
    Velocities begin at twice the temperature, half of which goes into vibrations.

    With a checkpoint the run goes on from the file where there is one, of a shorter or a longer run
    too, and writes it every ``checkpoint_every`` frames. The trajectory is then, to the last bit,
    that of a run that was never interrupted, if the calculator gives the same forces for the same
    positions whatever it calculated before (CHGNet does, on the processor of one machine).

    Args:
        atoms: The ``ase.Atoms`` to start from, best relaxed.
        calculator: An ASE calculator with forces.
        protocol: How to run.
        seed: For velocities and thermostat.
        checkpoint: File of the state, of this protocol, seed and start, whatever the length.
        checkpoint_every: Frames between two writes.

    Raises:
        InvalidInputError: The calculator fails, the system heats up without bound, or the
            checkpoint cannot be used.
    """
    moving = atoms.copy()
    moving.calc = calculator
    random = stream(seed, "dynamics")
    state = None if checkpoint is None else read(checkpoint)
    if state is None:
        moving.set_velocities(_velocities(moving.get_masses(), 2 * protocol.temperature, random))
        done, frames, kinetic = 0, [], []
    else:
        random.bit_generator.state = state.random
        moving.set_cell(state.cell)
        moving.set_positions(state.positions)
        moving.set_momenta(state.momenta)
        done, frames, kinetic = state.done, list(state.frames), list(state.kinetic)
    thermostat = Langevin(
        moving,
        protocol.time_step * units.fs,
        temperature_K=protocol.temperature,
        friction=protocol.friction / (1000 * units.fs),
        fixcm=False,
        rng=random,
    )
    last = protocol.equilibration + protocol.production
    while done < last:
        thermostat.run(protocol.stride)
        done += 1
        kelvin = _checked_temperature(moving, protocol)
        if done > protocol.equilibration:
            frames.append(moving.get_positions())
            kinetic.append(kelvin)
        if checkpoint is not None and (done % checkpoint_every == 0 or done == last):
            write(
                checkpoint,
                State(
                    done=done,
                    cell=np.array(moving.cell),
                    positions=moving.get_positions(),
                    momenta=moving.get_momenta(),
                    random=dict(random.bit_generator.state),
                    frames=np.array(frames).reshape(-1, len(moving), 3),
                    kinetic=np.array(kinetic),
                ),
            )
    return Trajectory(
        positions=np.array(frames[: protocol.production]),
        interval=protocol.stride * protocol.time_step * 1e-15,
        temperature=float(np.mean(kinetic[: protocol.production])),
    )


def _velocities(masses: FloatArray, temperature: float, random: np.random.Generator) -> FloatArray:
    """Maxwell's distribution, without motion of the whole."""
    drawn = random.standard_normal((len(masses), 3))
    drawn *= np.sqrt(units.kB * temperature / masses)[:, None]
    return drawn - np.average(drawn, axis=0, weights=masses)


def _checked_temperature(moving: Any, protocol: Protocol) -> float:  # noqa: ANN401 - ASE
    kelvin = float(moving.get_temperature())
    if not kelvin < _TOO_HOT * protocol.temperature:
        raise InvalidInputError(
            f"the dynamics of {moving.get_chemical_formula()} at {protocol.temperature:g} K heated "
            f"up to {kelvin:.3g} K: it falls apart, or the time step of {protocol.time_step:g} fs "
            "is too long"
        )
    return kelvin
