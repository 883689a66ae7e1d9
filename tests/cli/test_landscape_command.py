import json

import pytest
import typer
from physics_cases import lithium_phosphate, lithium_phosphide, split_conductor
from typer.testing import CliRunner

from discovery.chemistry.structures import write_cif
from discovery.cli.landscape import landscape
from discovery.errors import InvalidInputError
from discovery.transport.migration import migration
from discovery.types import Candidate

APP = typer.Typer()
APP.command()(landscape)


def cif(folder, crystal):
    path = folder / "one.cif"
    path.write_text(write_cif(Candidate(tuple(crystal.composition.items()), structure=crystal)))
    return str(path)


def run(*arguments):
    return CliRunner().invoke(APP, [str(argument) for argument in arguments])


def test_the_levels_are_printed(tmp_path):
    found = run(cif(tmp_path, lithium_phosphate()), "--resolution", 0.3)
    assert found.exit_code == 0
    lines = dict(line.split(maxsplit=1) for line in found.stdout.splitlines())
    levels = migration(lithium_phosphate(), resolution=0.3).percolation.levels
    assert float(lines["e_3d"]) == pytest.approx(levels[2], abs=1e-3)
    assert lines["formula"] == "Li3PO4"
    assert lines["cube"] == "-"


def test_files_are_written_and_machines_read_json(tmp_path):
    cube, html = tmp_path / "one.cube", tmp_path / "one.html"
    found = run(
        cif(tmp_path, lithium_phosphate()),
        "--resolution",
        0.4,
        "--cube",
        cube,
        "--html",
        html,
        "--json",
    )
    said = json.loads(found.stdout)
    assert said["html"] == str(html)
    assert "Li<sub>3</sub>PO<sub>4</sub>" in html.read_text(encoding="utf-8")
    assert cube.read_text().startswith("energy of Li in eV")
    assert said["grid"] == [16, 14, 13]
    assert said["e_1d"] <= said["e_2d"] <= said["e_3d"]
    assert said["ordered"] is True


def test_too_large_a_cell_names_the_option(tmp_path):
    file = cif(tmp_path, split_conductor())
    with pytest.raises(InvalidInputError, match="no neutral cell of at most max_atoms = 9 has"):
        raise run(file, "--max-atoms", 9).exception


def test_a_disordered_crystal_is_ordered_first(tmp_path):
    found = run(cif(tmp_path, split_conductor()), "--resolution", 0.5, "--json")
    said = json.loads(found.stdout)
    assert said["ordered"] is False
    assert said["atoms"] >= 8


@pytest.mark.parametrize(
    ("crystal", "options", "message"),
    [
        (lithium_phosphide(), [], r"no parameters for Li\+ with P3-"),
        (lithium_phosphate(), ["--resolution", "0"], "positive distance"),
        (lithium_phosphate(), ["--cube", "/nowhere/one.cube"], "cannot write /nowhere"),
    ],
)
def test_mistakes_are_told(tmp_path, crystal, options, message):
    found = run(cif(tmp_path, crystal), *options)
    assert isinstance(found.exception, InvalidInputError)
    with pytest.raises(InvalidInputError, match=message):
        raise found.exception


def test_overlapping_atoms_and_missing_files_are_told(tmp_path):
    found = run(tmp_path / "none.cif")
    assert "cannot be read" in str(found.exception)
