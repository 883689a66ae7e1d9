"""GPAW, really installed by the documented script, and really run."""

import json
import os
import shutil
import stat
import subprocess
import sys
from sysconfig import get_path

import pytest
import real_data

SCRIPT = real_data.ROOT / "docs" / "install_gpaw.sh"

MEASURED_WITH = "26.7.0"
"""Version of GPAW that gave these energies, eV/atom; data sets of gpaw-data 1.2.1."""

MEASURED = {
    "LiF": -4.75183,
    "Li2O": -4.78235,
    "Li3N": -3.84530,
    "formation of LiF": -2.91913,
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A fresh virtual environment with GPAW on top of the packages of this one."""
    folder = tmp_path_factory.mktemp("gpaw") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=300)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "below.pth").write_text(get_path("purelib"))
    subprocess.run(["bash", SCRIPT, folder], check=True, timeout=3000)
    return folder


@pytest.fixture(scope="module")
def answers(environment, tmp_path_factory):
    """What the DFT oracle answers where GPAW is installed."""
    paths = os.pathsep.join([str(real_data.ROOT), str(real_data.ROOT / "tests")])
    cache = str(tmp_path_factory.mktemp("energies"))
    run = subprocess.run(
        [environment / "bin" / "python", real_data.ROOT / "tests" / "gpaw_energies.py"],
        env=os.environ | {"PYTHONPATH": paths, "DISCOVERY_CACHE": cache, "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=3000,
    )
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.slow
def test_the_script_finds_what_it_has_installed(environment):
    run = subprocess.run(
        ["bash", SCRIPT, environment], check=True, capture_output=True, text=True, timeout=120
    )
    assert "already installed" in run.stderr
    assert run.stdout.startswith("GPAW ")


@pytest.mark.slow
@pytest.mark.parametrize("case", MEASURED)
def test_the_calculation_converges(answers, case):
    told = answers["answers"][case]
    assert (told["status"], told["reason"]) == ("ok", "")
    assert -10 < told["value"] < -1


@pytest.mark.slow
@pytest.mark.parametrize("case", MEASURED)
def test_the_energy_is_the_stored_one(answers, case):
    if answers["version"] != MEASURED_WITH:
        pytest.skip(f"GPAW {answers['version']}: energies were stored with {MEASURED_WITH}")
    assert answers["answers"][case]["value"] == pytest.approx(MEASURED[case], abs=1e-3)


@pytest.mark.slow
def test_the_energy_of_formation_is_near_the_measured_one(answers):
    """-616.9 kJ/mol (M. W. Chase, NIST-JANAF Tables, 1998); PBE binds F2 too strongly."""
    measured = -616.9 / 96.485 / 2
    assert answers["answers"]["formation of LiF"]["value"] == pytest.approx(measured, abs=0.35)


@pytest.mark.slow
def test_elements_that_are_known_are_not_computed_again(answers):
    first, again = (answers["answers"][f"formation of LiF{x}"] for x in ("", " again"))
    assert again["value"] == first["value"]
    assert again["seconds"] < first["seconds"]


@pytest.mark.slow
def test_a_cycle_that_does_not_converge_is_a_failed_observation(answers):
    told = answers["answers"]["LiF in 2 cycles"]
    assert told["status"] == "failed"
    assert "KohnShamConvergenceError" in told["reason"]


@pytest.mark.slow
def test_a_relaxed_cell_is_lower_in_energy(answers):
    told = answers["answers"]["LiF, wide, relaxed"]
    assert told["status"] == "ok"
    assert told["value"] < answers["answers"]["LiF, wide"]["value"] - 0.005


def command(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def bare(tmp_path):
    """Runs the script on a machine without compiler and libraries, and an environment of its own.

    The commands are those that the script needs to come to the point where it asks for more.
    """
    tools, venv = tmp_path / "tools", tmp_path / "venv" / "bin"
    tools.mkdir()
    venv.mkdir(parents=True)
    for name in ("bash", "cat", "env", "mktemp", "rm", "sed"):
        (tools / name).symlink_to(shutil.which(name))
    command(venv, "python", "exit 1")  # no gpaw

    def run(user, *arguments, **commands):
        command(tools, "id", f"echo {user}")
        for name, body in commands.items():
            command(tools, name.replace("_", "-"), body)
        return subprocess.run(
            ["bash", SCRIPT, *(arguments or (venv.parent,))],
            check=False,
            env={"PATH": str(tools), "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_without_apt_the_script_says_what_to_install(bare):
    run = bare(0)
    assert run.returncode == 1
    for hint in ("apt-get is not here", "libxc-devel", "brew install", "conda-forge gpaw"):
        assert hint in run.stderr


def test_without_root_the_script_needs_sudo(bare):
    run = bare(1000, apt_get="exit 0")
    assert run.returncode == 1
    assert "ask for apt-get install g++ libxc-dev libopenblas-dev" in run.stderr


@pytest.mark.parametrize(
    ("user", "expected"),
    [(0, "apt-get"), (1000, "sudo env DEBIAN_FRONTEND=noninteractive apt-get")],
)
def test_libraries_are_installed_by_root_or_sudo(bare, tmp_path, user, expected):
    log = tmp_path / "log"
    run = bare(user, apt_get=f'echo "apt-get $*" >> {log}', sudo=f'echo "sudo $*" >> {log}')
    assert run.returncode == 1
    assert "libxc and OpenBLAS cannot be linked" in run.stderr
    wanted = "install -y --no-install-recommends g++ libxc-dev libopenblas-dev"
    assert log.read_text().splitlines() == [f"{expected} {wanted}"]
    assert "there is no g++" in run.stderr


def test_the_script_asks_for_an_environment(bare):
    assert "name a virtual environment" in bare(0, "").stderr
    assert "by default the active one" in bare(0, "--help").stdout
