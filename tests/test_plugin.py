"""A stranger's oracle, from `pip install` to a campaign, and what happens to a broken one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from discovery.config import find

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = Path(__file__).resolve().parent / "plugin_example"
NAME = "li_density"

CONFIG = """
name: plugged
seed: 1
budget: 6
dataset: {name: table, path: PATH}
fidelities:
  - {name: density, oracle: {name: li_density, price: 0.1}}
  - {name: measured, oracle: {name: table}, cost: 1, target: true}
proxy: {name: gp}
acquisition: {name: ucb}
sampler: {name: greedy}
loop: {name: sequential, batch_size: 2, initial: {density: 4, measured: 2}}
"""

TABLE = """formula,sigma,z,a,b,c,alpha,beta,gamma
LiCl,1e-9,4,5.129,5.129,5.129,90,90,90
LiBr,1e-9,4,5.501,5.501,5.501,90,90,90
LiI,1e-7,4,6.0,6.0,6.0,90,90,90
Li2O,1e-10,4,4.619,4.619,4.619,90,90,90
Li2S,1e-9,4,5.71,5.71,5.71,90,90,90
Li6PS5Cl,1e-3,4,9.85,9.85,9.85,90,90,90
Li6PS5Br,1e-3,4,9.98,9.98,9.98,90,90,90
Li6PS5I,1e-6,4,10.14,10.14,10.14,90,90,90
Li3PS4,1e-7,,,,,,,
Li3N,1e-3,1,3.648,3.648,3.875,90,90,120
"""


def discovery(*arguments, path, cwd=None):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(path), str(ROOT)]),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "1000",
    }
    return subprocess.run(
        [sys.executable, "-c", "from discovery.cli import main; main()", *arguments],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that `pip install` put the example into."""
    pytest.importorskip("pip", reason="pip is needed to install the example")
    pytest.importorskip("hatchling", reason="hatchling (dev extra) is needed to build the example")
    source = tmp_path_factory.mktemp("source") / "example"
    shutil.copytree(EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("site")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--disable-pip-version-check", "--target", target, source),
        ],
        check=True,
        timeout=300,
    )
    return target


def by_hand(folder, source, *, name=NAME, distribution="stranger"):
    """What an installer leaves behind: a module and the metadata of its distribution."""
    (folder / "stranger.py").write_text(source)
    metadata = folder / f"{distribution}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        f"[discovery.oracles]\n{name} = stranger:LithiumDensity\n"
    )
    return folder


def test_the_example_is_short():
    code = (EXAMPLE / "ion_discovery_example.py").read_text().splitlines()
    assert len([line for line in code if line.strip()]) <= 40


def test_the_installed_example_is_listed_with_its_distribution(installed):
    done = discovery("list", "--json", path=installed)
    assert done.returncode == 0, done.stderr
    assert {"name": NAME, "source": "ion-discovery-example"} in json.loads(done.stdout)["oracle"]


def test_the_installed_example_keeps_the_contract(installed):
    done = discovery("check-oracle", NAME, path=installed)
    assert done.returncode == 0, done.stderr + done.stdout


def test_options_of_the_installed_example_are_checked(installed):
    done = discovery("check-oracle", NAME, "--options", '{"prise": 2}', path=installed)
    assert done.returncode == 2
    assert "did you mean 'price'" in done.stderr


def test_the_installed_example_runs_in_a_campaign(installed, tmp_path):
    (tmp_path / "own.csv").write_text(TABLE)
    (tmp_path / "plugged.yaml").write_text(CONFIG.replace("PATH", str(tmp_path / "own.csv")))
    done = discovery(
        *("run", "plugged.yaml", "--out", "runs", "--json"), path=installed, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told = discovery("export", "plugged", "journal.json", path=installed, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    rows = json.loads((tmp_path / "journal.json").read_text())
    densities = {r["formula"]: r["value"] for r in rows if r["oracle"] == NAME}
    cells = {"LiCl": 5.129, "LiBr": 5.501, "LiI": 6.0}
    shared = cells.keys() & densities.keys()
    assert shared
    for formula in shared:
        assert densities[formula] == pytest.approx(4000 / cells[formula] ** 3)
    assert len(densities) >= 4
    assert any(row["oracle"] == "table" for row in rows)


@pytest.mark.parametrize(
    ("correct", "broken", "fault"),
    [
        (
            "return [self._answer",
            "candidates.reverse(); return [self._answer",
            "LithiumDensity.label mutates its input",
        ),
        ('"1/nm^3"', '""', "LithiumDensity.unit is ''"),
        (
            "return self.price",
            "self.price += 0.01; return 1.0",
            "LithiumDensity.cost charges or otherwise changes the oracle",
        ),
    ],
    ids=["mutates its input", "forgets its unit", "charges in cost"],
)
def test_a_broken_plug_in_is_rejected_with_its_fault(tmp_path, correct, broken, fault):
    source = (EXAMPLE / "ion_discovery_example.py").read_text()
    assert source.count(correct) == 1
    site = by_hand(tmp_path, source.replace(correct, broken))
    done = discovery("check-oracle", NAME, path=site)
    assert done.returncode == 1
    assert fault in done.stderr
    assert "Expected: " in done.stderr
    assert "Usual fix: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plug_in_that_redefines_a_built_in_name_is_an_error(tmp_path):
    source = (EXAMPLE / "ion_discovery_example.py").read_text()
    done = discovery("list", path=by_hand(tmp_path, source, name="sendek"))
    assert done.returncode == 2
    assert "plug-in 'stranger' redefines the built-in oracle 'sendek'" in done.stderr
    assert "rename its entry point" in done.stderr


def test_a_plug_in_that_cannot_be_imported_is_an_error(tmp_path):
    site = by_hand(tmp_path, "import a_library_that_nobody_has\n")
    done = discovery("check-oracle", NAME, path=site)
    assert done.returncode == 2
    assert "ModuleNotFoundError: No module named 'a_library_that_nobody_has'" in done.stderr


def test_a_broken_plug_in_hinders_nobody_who_does_not_name_it(tmp_path):
    site = by_hand(tmp_path, "raise RuntimeError('half installed')\n")
    done = discovery("validate", "quickstart", path=site)
    assert done.returncode == 0, done.stderr
    text = Path(find("quickstart")).read_text().replace("{name: sendek}", f"{{name: {NAME}}}")
    config = tmp_path / "named.yaml"
    config.write_text(text)
    done = discovery("validate", str(config), path=site)
    assert done.returncode == 2
    assert "RuntimeError: half installed" in done.stderr
    assert "Traceback" not in done.stderr
