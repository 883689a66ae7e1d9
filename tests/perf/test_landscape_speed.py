"""The whole barrier, against the public tool at the same resolution, turn by turn in one process.

The energy grid and levels of ``bvlain`` against our grid, levels, and passes followed exactly. What
the two say is compared where both use the same grid.
"""

import contextlib
import io
import statistics
import subprocess
import sys
import tarfile
import time
import warnings
from importlib import import_module

import numpy as np
import pytest

from discovery.chemistry.structures import parse_cif, to_pymatgen
from discovery.errors import InvalidInputError
from discovery.transport.field import bond_valence_field
from discovery.transport.landscape import field_landscape, grid_shape
from discovery.transport.percolation import percolation
from discovery.transport.saddle import refined_percolation

pytestmark = pytest.mark.perf

RESOLUTION = 0.2
EVERY = 4  # crystals are compared; the public tool takes minutes for all
WRONG = {"qy4", "hcm"}  # it joins pieces in an order that loses some: up to 23 meV too high


def ordered_crystals(directory):
    with tarfile.open(directory / "all_cifs.tar.gz") as archive:
        for member in archive:
            if not member.name.endswith(".cif"):
                continue
            name = member.name.rsplit("/", 1)[-1].removesuffix(".cif")
            text = archive.extractfile(member).read().decode()
            with contextlib.suppress(InvalidInputError):
                crystal = parse_cif(text, member.name)
                if crystal.is_ordered and len(crystal.sites) <= 200:
                    bond_valence_field(crystal)
                    yield name, crystal


def ours(crystal):
    field = bond_valence_field(crystal)
    return refined_percolation(field, field_landscape(field, grid_shape(field.cell, RESOLUTION)))


def timed(crystal):
    started = time.perf_counter()
    ours(crystal)
    return time.perf_counter() - started


def theirs(crystal):
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        tool = import_module("bvlain").Lain(verbose=False)
        tool.read_structure(to_pymatgen(crystal))
        started = time.perf_counter()
        energy = tool.bvse_distribution(
            mobile_ion="Li1+", resolution=RESOLUTION, use_softbv_covalent_radii=True
        )
        levels = tool.percolation_barriers(encut=20.0)
        return time.perf_counter() - started, energy.shape, list(levels.values())


def test_a_barrier_takes_a_tenth_of_the_time_and_agrees_within_11_mev(obelix_directory):
    crystals = list(ordered_crystals(obelix_directory))
    assert len(crystals) >= 66
    ours(crystals[0][1])  # compiles
    ratios = []
    for name, crystal in crystals[::EVERY]:
        slow, shape, levels = theirs(crystal)
        ratios.append(slow / statistics.median(timed(crystal) for _ in range(3)))
        # the tool's grid repeats the first points at the end
        same = field_landscape(bond_valence_field(crystal), tuple(n - 1 for n in shape))
        gaps = np.subtract(levels, percolation(same).levels)
        assert name in WRONG or np.abs(gaps).max() < 0.011, (name, gaps)
    print(f"{len(ratios)} crystals: {min(ratios):.0f} to {max(ratios):.0f} times faster")  # noqa: T201
    assert statistics.median(ratios) >= 10
    assert min(ratios) >= 10


PROGRAM = """
import re, sys
from pathlib import Path
from discovery.chemistry.structures import parse_cif
from discovery.transport.migration import migration
text = sys.stdin.read()
migration(parse_cif(text, "one.cif"))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def test_a_cell_of_192_atoms_needs_less_than_300_mb_python_and_all(obelix_directory):
    with tarfile.open(obelix_directory / "all_cifs.tar.gz") as archive:
        (member,) = [one for one in archive.getmembers() if one.name.endswith("/wyu.cif")]
        text = archive.extractfile(member).read()
    command = [sys.executable, "-c", PROGRAM]
    subprocess.run(command, input=text, check=True, capture_output=True)  # compiles
    found = subprocess.run(command, input=text, check=True, capture_output=True)
    assert int(found.stdout) / 1024 < 300
