"""What is installed is what is in the repository, under names that nobody else owns."""

import importlib
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("discovery", "oracles", "proxies", "samplers", "loops")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = PROJECT["project"]["name"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Names of the files in the wheel -> their bytes."""
    pytest.importorskip("pip", reason="pip is needed to build the wheel")
    pytest.importorskip("hatchling", reason="hatchling (dev extra) is needed to build the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--disable-pip-version-check", "-w", folder, ROOT),
        ],
        check=True,
        timeout=300,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_the_import_name(package):
    owners = set(packages_distributions().get(package, ()))
    assert owners <= {OURS}, (
        f"{sorted(owners - {OURS})} also installs {package!r}; uninstall it, or use an environment "
        "of its own"
    )


def test_the_five_packages_come_from_one_place():
    origins = {Path(str(importlib.import_module(p).__file__)).parent.parent for p in PACKAGES}
    assert len(origins) == 1


def test_the_version_is_said_once():
    assert importlib.import_module("discovery").__version__ == PROJECT["project"]["version"]


def test_the_wheel_holds_the_five_packages_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_holds_every_module_and_table(wheel):
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and path.suffix in (".py", ".csv", ".html", ".json", ".yaml"):
                assert path.relative_to(ROOT).as_posix() in wheel


def test_configurations_ship_inside_the_wheel(wheel):
    configs = sorted((ROOT / "configs").rglob("*.yaml"))
    assert configs
    for path in configs:
        name = path.relative_to(ROOT / "configs").as_posix()
        assert wheel[f"discovery/_configs/{name}"] == path.read_bytes()


def test_the_wheel_brings_the_command_and_the_licence(wheel):
    names = {name.split("/", 1)[1]: data for name, data in wheel.items() if ".dist-info/" in name}
    assert b"discovery = discovery.cli:main" in names["entry_points.txt"]
    assert "licenses/LICENSE" in names
