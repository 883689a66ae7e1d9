"""The conductivity that molecular dynamics with a force field shows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from discovery.chemistry.supercells import supercell
from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.rng import derive
from discovery.types import Detail, Estimate
from oracles import ase_bridge
from oracles.force_field.calculators import CHGNET
from oracles.force_field.cells import wide_repeats
from oracles.force_field.checkpoint import named_after
from oracles.force_field.conduction import Measurement, extrapolate, measure
from oracles.force_field.oracle import ForceFieldOracle, positive
from oracles.force_field.protocol import Protocol

_STRIDE_FS: Final = 20.0  # a frame every 20 fs sees each vibration of Li, about 100 fs
_FEWEST_FRAMES: Final = 3  # in a block: two lags make a slope
_ROOM_TEMPERATURE: Final = 300.0


class ForceFieldDynamicsOracle(ForceFieldOracle):
    """log10 of the conductivity at 300 K from molecular dynamics at higher temperatures, S/cm.

    The crystal is relaxed, repeated until opposite faces are ``min_length`` apart and run with a
    Langevin thermostat at each temperature. The slope of the mean squared displacement of Li,
    relative to the framework, gives the tracer diffusion coefficient with an error over blocks,
    Nernst and Einstein the conductivity (Haven ratio 1), the Arrhenius line its value and error at
    300 K. Temperatures at which Li does not diffuse measurably, or at which the framework diffuses
    too, are left out; fewer than two that remain are a refusal.

    In the details: ``activation_energy`` and ``activation_energy_error`` (eV), ``atoms``,
    ``temperatures_used``, and for each temperature ``tracer_800K`` and ``tracer_error_800K``
    (cm^2/s).

    With ``checkpoint_dir`` the state of each run is written there every ``checkpoint_ps``; asked
    again after a crash, or with a longer ``production_ps``, the oracle goes on where it was.

    Args:
        price: Cost of one query in budget units.
        max_sites: Larger structures, sites as published, are refused.
        representatives: How many orderings of a disordered crystal to average.
        max_atoms: Larger ordered cells and supercells are refused.
        calculator: ``chgnet`` or ``module:Class`` of an ASE calculator.
        arguments: Keyword arguments of the class; CHGNet takes ``model``.
        device: Where CHGNet runs: ``cpu``, ``cuda`` or ``auto``.
        fmax: The relaxation is done when no atom feels more (eV/Angstrom).
        max_steps: Most steps of the relaxation.
        temperatures: K, at least two.
        min_length: Least distance of opposite faces of the supercell, Angstrom.
        time_step_fs: Time step in fs.
        friction_per_ps: Friction of the thermostat, 1/ps.
        equilibration_ps: Time before anything is measured, at each temperature.
        production_ps: Time that is measured, at each temperature.
        blocks: How many blocks of the trajectory the errors come from.
        checkpoint_dir: Folder of the states of long runs; none keeps no states.
        checkpoint_ps: Time between two states.
    """

    property = "log10_sigma"
    unit = "log10(S/cm)"

    def __init__(
        self,
        *,
        price: float = 0.2,
        max_sites: int = 1000,
        representatives: int = 1,
        max_atoms: int = 200,
        calculator: str = CHGNET,
        arguments: Mapping[str, Any] | None = None,
        device: str = "auto",
        fmax: float = 0.02,
        max_steps: int = 500,
        temperatures: Sequence[float] = (800.0, 1000.0, 1200.0),
        min_length: float = 8.0,
        time_step_fs: float = 2.0,
        friction_per_ps: float = 1.0,
        equilibration_ps: float = 1.0,
        production_ps: float = 10.0,
        blocks: int = 4,
        checkpoint_dir: str | None = None,
        checkpoint_ps: float = 1.0,
    ) -> None:
        super().__init__(
            price=price,
            max_sites=max_sites,
            representatives=representatives,
            max_atoms=max_atoms,
            calculator=calculator,
            arguments=arguments,
            device=device,
            fmax=fmax,
            max_steps=max_steps,
        )
        positive(
            min_length=min_length,
            time_step_fs=time_step_fs,
            friction_per_ps=friction_per_ps,
            production_ps=production_ps,
            checkpoint_ps=checkpoint_ps,
            **{f"temperatures[{index}]": kelvin for index, kelvin in enumerate(temperatures)},
        )
        if len(set(temperatures)) < 2:  # noqa: PLR2004 - two points make a line
            raise InvalidInputError(
                f"temperatures must be two or more different ones, not {list(temperatures)}"
            )
        if not 0 <= equilibration_ps < math.inf:
            raise InvalidInputError(f"equilibration_ps must be 0 or more, not {equilibration_ps}")
        stride = max(1, round(_STRIDE_FS / time_step_fs))
        frame_ps = stride * time_step_fs / 1000
        frames = round(production_ps / frame_ps)
        if blocks < 2 or frames // blocks < _FEWEST_FRAMES:  # noqa: PLR2004 - for an error
            raise InvalidInputError(
                f"{production_ps:g} ps are {frames} frames of {1000 * frame_ps:g} fs; {blocks} "
                f"blocks of {_FEWEST_FRAMES} or more do not fit (there must be 2 or more)"
            )
        self._min_length = min_length
        self._blocks = blocks
        self._checkpoint_dir = checkpoint_dir
        self._protocols = tuple(
            Protocol(
                temperature=float(kelvin),
                time_step=time_step_fs,
                friction=friction_per_ps,
                stride=stride,
                equilibration=round(equilibration_ps / frame_ps),
                production=frames,
            )
            for kelvin in temperatures
        )
        self._checkpoint_every = max(1, round(checkpoint_ps / frame_ps))

    def estimate_ordered(self, crystal: Crystal, seed: int) -> Estimate:
        """Return the conductivity of an ordered cell at 300 K.

        Raises:
            InvalidInputError: It cannot be relaxed or run, the supercell is too large, or Li does
                not diffuse measurably.
        """
        calculator = self._field.calculator()
        relaxed = ase_bridge.crystal(self._relax(crystal, calculator).atoms)
        times = wide_repeats(relaxed, min_length=self._min_length, max_atoms=self._max_atoms)
        cell = supercell(relaxed, times)
        measurements = []
        for protocol in self._protocols:
            own = derive(seed, "temperature", repr(protocol.temperature))
            checkpoint = self._checkpoint(crystal, protocol, own)
            measurements.append(self._measure(cell, calculator, protocol, own, checkpoint))
        line = extrapolate(measurements)
        value, error = line.log10_sigma(_ROOM_TEMPERATURE)
        used = [f"{one.temperature:g}" for one in measurements if one.is_usable]
        details: dict[str, Detail] = {
            "activation_energy": line.activation_energy,
            "activation_energy_error": line.activation_energy_error,
            "atoms": len(cell.sites),
            "temperatures_used": ", ".join(used),
        }
        for one in measurements:
            details[f"tracer_{one.temperature:g}K"] = one.tracer
            details[f"tracer_error_{one.temperature:g}K"] = one.tracer_error
        return Estimate(value, error, details)

    def _measure(
        self,
        cell: Crystal,
        calculator: Any,  # noqa: ANN401 - ASE is not typed
        protocol: Protocol,
        seed: int,
        checkpoint: Path | None,
    ) -> Measurement:
        from oracles.force_field.dynamics import run  # noqa: PLC0415 - imports ASE

        atoms = ase_bridge.atoms(cell)
        trajectory = run(
            atoms,
            calculator,
            protocol,
            seed,
            checkpoint=checkpoint,
            checkpoint_every=self._checkpoint_every,
        )
        return measure(
            trajectory,
            np.array([site.species[0][0] == "Li" for site in cell.sites]),
            atoms.get_masses(),
            temperature=protocol.temperature,
            volume=cell.volume,
            blocks=self._blocks,
        )

    def _checkpoint(self, crystal: Crystal, protocol: Protocol, seed: int) -> Path | None:
        """Return the file of a run; its length may change."""
        if self._checkpoint_dir is None:
            return None
        field = [self.version, self._field.name, sorted(self._field.arguments.items())]
        cell = [self._fmax, self._max_steps, self._min_length, asdict(crystal)]
        how = asdict(replace(protocol, production=0))
        name = f"{protocol.temperature:g}K"
        return named_after(self._checkpoint_dir, name, cell, how, seed, field)
