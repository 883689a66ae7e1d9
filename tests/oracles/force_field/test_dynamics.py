import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units
from force_field_cases import Broken, Field

from discovery.errors import InvalidInputError
from oracles.force_field.dynamics import run
from oracles.force_field.protocol import Protocol

SHORT = Protocol(
    temperature=900.0, time_step=2.0, friction=10.0, stride=5, equilibration=4, production=15
)


def gas(lithium=16, framework=8, side=24.0):
    """Li at random places, and others in their wells."""
    rng = np.random.default_rng(5)
    wells = rng.permutation(24**3)[:framework]
    return Atoms(
        f"Li{lithium}O{framework}",
        scaled_positions=np.concatenate(
            [rng.random((lithium, 3)), np.array(np.unravel_index(wells, (24,) * 3)).T / 24]
        ),
        cell=[side] * 3,
        pbc=True,
    )


def test_without_friction_the_energy_is_conserved():
    calm = replace(SHORT, friction=1e-12, time_step=0.5, equilibration=0, production=1)
    energies = []
    for frames in (1, 100):
        moving = gas()
        calculator = Remembering(height=0.03, period=3.0)
        run(moving, calculator, replace(calm, production=frames), seed=1)
        energies.append(calculator.total())
    assert energies[1] == pytest.approx(energies[0], abs=1e-3 * 24 * units.kB * 900)


class Remembering(Field):
    """Knows the total energy of the last atoms it saw."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.seen = None

    def get_property(self, name, atoms=None, allow_calculation=True):  # noqa: FBT002 - ASE's
        self.seen = atoms
        return super().get_property(name, atoms, allow_calculation)

    def total(self):
        return self.seen.get_total_energy()


def test_the_thermostat_keeps_the_temperature_in_motion_and_in_energy():
    protocol = replace(SHORT, stride=10, equilibration=20, production=100)
    atoms = gas(lithium=1, framework=200)
    calculator = Field(stiffness=20.0)
    found = run(atoms, calculator, protocol, seed=2)
    assert found.temperature == pytest.approx(900, rel=0.03)
    rest = found.positions[:, 1:]
    displaced = rest - atoms.positions[1:]
    potential = 0.5 * 20.0 * np.square(displaced).mean() * 3
    assert potential == pytest.approx(1.5 * units.kB * 900, rel=0.05)


def test_free_ions_diffuse_as_einstein_says():
    protocol = replace(SHORT, friction=40.0, stride=10, equilibration=5, production=120)
    found = run(gas(lithium=300), Field(height=0.0), protocol, seed=3)
    moved = found.positions[:, :300]
    lag = 40
    spread = np.square(moved[lag:] - moved[:-lag]).sum(axis=2).mean()
    near = np.square(moved[lag // 2 :] - moved[: -lag // 2]).sum(axis=2).mean()
    slope = (spread - near) / (lag // 2 * found.interval) / 6  # A^2/s
    expected = units.kB * 900 / (6.94 * 40.0 / (1000 * units.fs)) * (units.fs * 1e15)
    assert slope == pytest.approx(expected, rel=0.05)


def test_the_same_seed_gives_the_same_run_and_the_input_stays():
    atoms = gas()
    before = atoms.positions.copy()
    first, again, other = (run(atoms, Field(height=0.2), SHORT, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.positions, again.positions)
    assert not np.array_equal(first.positions, other.positions)
    assert np.array_equal(atoms.positions, before)
    assert atoms.calc is None
    assert first.positions.shape == (15, 24, 3)
    assert first.interval == pytest.approx(10e-15)


class InterruptedRunError(Exception):
    pass


class Failing(Field):
    """Breaks off after so many calculations."""

    def __init__(self, calls, **arguments):
        super().__init__(**arguments)
        self.left = calls

    def calculate(self, *arguments, **named):
        self.left -= 1
        if self.left < 0:
            raise InterruptedRunError
        super().calculate(*arguments, **named)


@pytest.mark.parametrize("calls", [3, 12, 33, 64, 94])
def test_an_interrupted_run_goes_on_to_the_same_last_bit(calls, tmp_path):
    whole = run(gas(), Field(height=0.2), SHORT, seed=7)
    path = tmp_path / "states" / "run.npz"
    keeping = {"checkpoint": path, "checkpoint_every": 3}
    with pytest.raises(InterruptedRunError):
        run(gas(), Failing(calls, height=0.2), SHORT, 7, **keeping)
    resumed = run(gas(), Field(height=0.2), SHORT, 7, **keeping)
    assert np.array_equal(resumed.positions, whole.positions)
    assert resumed.temperature == whole.temperature
    assert [file.name for file in path.parent.iterdir()] == ["run.npz"]


def test_a_finished_run_is_not_run_again(tmp_path):
    path = tmp_path / "run.npz"
    whole = run(gas(), Field(), SHORT, seed=7, checkpoint=path)
    again = run(gas(), Failing(0), SHORT, seed=7, checkpoint=path)
    assert np.array_equal(again.positions, whole.positions)


def test_a_run_can_be_made_longer_and_asked_for_a_shorter_one(tmp_path):
    path = tmp_path / "run.npz"
    longer, shorter = (replace(SHORT, production=frames) for frames in (12, 5))
    first = run(gas(), Field(height=0.2), shorter, seed=7, checkpoint=path)
    second = run(gas(), Field(height=0.2), longer, seed=7, checkpoint=path)
    whole = run(gas(), Field(height=0.2), longer, seed=7)
    assert np.array_equal(second.positions, whole.positions)
    again = run(gas(), Failing(0), shorter, seed=7, checkpoint=path)
    assert np.array_equal(again.positions, first.positions)
    assert again.temperature == first.temperature


def test_a_killed_process_loses_only_what_came_after_its_last_state(tmp_path):
    path = tmp_path / "run.npz"
    script = f"""
import os
from pathlib import Path
from force_field_cases import Field
from test_dynamics import SHORT, gas
from oracles.force_field.dynamics import run

class Killed(Field):
    calls = 0
    def calculate(self, *arguments, **named):
        Killed.calls += 1
        if Killed.calls == 80:
            os.kill(os.getpid(), 9)
        super().calculate(*arguments, **named)

run(gas(), Killed(height=0.2), SHORT, 7, checkpoint=Path({str(path)!r}), checkpoint_every=10)
"""
    here = Path(__file__).resolve()
    folders = [str(here.parent), str(here.parents[2]), str(here.parents[3])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=False, timeout=120)
    assert done.returncode == -9
    assert path.exists()
    resumed = run(gas(), Field(height=0.2), SHORT, 7, checkpoint=path)
    whole = run(gas(), Field(height=0.2), SHORT, 7)
    assert np.array_equal(resumed.positions, whole.positions)


def test_a_file_that_is_no_state_is_named(tmp_path):
    path = tmp_path / "run.npz"
    path.write_bytes(b"PK not a state")
    with pytest.raises(InvalidInputError, match=r"run.npz cannot be read .* delete it"):
        run(gas(), Field(), SHORT, 7, checkpoint=path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(InvalidInputError, match=r"cannot be written: .*; name another"):
        run(gas(), Field(), SHORT, 7, checkpoint=tmp_path / "taken" / "run.npz", checkpoint_every=1)


def test_what_falls_apart_is_told():
    with pytest.raises(InvalidInputError, match=r"at 900 K heated up to .* 500 fs is too long"):
        run(gas(), Field(stiffness=500.0), replace(SHORT, time_step=500.0), seed=1)


def test_broken_forces_end_the_run():
    with pytest.raises(RuntimeError, match="no more"):
        run(gas(), Broken("no more"), SHORT, seed=1)
