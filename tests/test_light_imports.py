"""Looking costs nothing: heavy libraries load only when a part that needs them runs."""

import json
import os
import statistics
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from discovery.registry import SHELVES

ROOT = Path(__file__).resolve().parent.parent
HEAVY = (
    "torch",
    "gpytorch",
    "botorch",
    "pymatgen",
    "sklearn",
    "pandas",
    "scipy",
    "plotly",
    "smact",
)
LIGHT = (
    "discovery",
    "discovery.types",
    "discovery.errors",
    "discovery.rng",
    "discovery.protocols",
    "discovery.options",
    "discovery.registry",
    "discovery.config",
    "discovery.testing",
    "discovery.cli",
    *SHELVES.values(),
    *(f"{shelf}.options" for shelf in SHELVES.values()),
)
CONFIGS = sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))


def loaded_by(code):
    """Heavy libraries that are loaded when the code ends, however it ends."""
    program = (
        "import atexit, json, sys\n"
        f"heavy = {HEAVY!r}\n"
        "atexit.register(lambda: sys.stderr.write(\n"
        "    '\\nheavy: ' + json.dumps([m for m in heavy if m in sys.modules])))\n" + code
    )
    done = python("-c", program)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr.rpartition("heavy: ")[2])


def python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def command(*arguments):
    return f"sys.argv = ['discovery', *{arguments!r}]\nfrom discovery.cli import main\nmain()"


def test_front_doors_catalogues_and_options_load_nothing_heavy():
    assert loaded_by("\n".join(f"import {module}" for module in LIGHT)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("list",),
        ("list", "--json"),
        ("schema",),
        *(("validate", name) for name in CONFIGS),
        ("run", "--help"),
    ],
    ids=" ".join,
)
def test_commands_that_only_look_load_nothing_heavy(arguments):
    assert loaded_by(command(*arguments)) == []


@pytest.mark.parametrize("shelf", SHELVES.values())
def test_a_catalogue_names_parts_as_strings(shelf):
    for name, target in import_module(shelf).CATALOGUE.items():
        module, colon, attribute = target.partition(":")
        assert name.isidentifier()
        assert name == name.lower()
        assert module.startswith(shelf)
        assert colon
        assert attribute.isidentifier()


@pytest.mark.perf
@pytest.mark.parametrize(
    ("arguments", "seconds"), [(("--help",), 0.5), (("validate", "quickstart"), 1.0)], ids=str
)
def test_looking_takes_no_time(arguments, seconds):
    def once():
        start = time.perf_counter()
        done = python("-c", "import sys\n" + command(*arguments))
        assert done.returncode == 0, done.stderr
        return time.perf_counter() - start

    once()  # compiles
    assert statistics.median(once() for _ in range(5)) < seconds
