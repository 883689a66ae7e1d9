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
EVERY = 4  # one of so many, where the public tool must not take minutes
WITHIN = 0.011  # eV
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


def compared(crystals):
    """How often faster we are, and the largest difference of a level in eV, of each crystal."""
    ours(crystals[0][1])  # compiles
    ratios, gaps = [], {}
    for name, crystal in crystals:
        slow, shape, levels = theirs(crystal)
        ratios.append(slow / statistics.median(timed(crystal) for _ in range(3)))
        # the tool's grid repeats the first points at the end
        same = field_landscape(bond_valence_field(crystal), tuple(n - 1 for n in shape))
        gaps[name] = float(np.abs(np.subtract(levels, percolation(same).levels)).max())
    print(  # noqa: T201
        f"{len(ratios)} crystals: {min(ratios):.0f} to {max(ratios):.0f} times faster, median "
        f"{statistics.median(ratios):.0f}; {sum(gap < WITHIN for gap in gaps.values())} within 11 "
        f"meV, the largest difference {1000 * max(gaps.values()):.1f} meV"
    )
    return ratios, gaps


def test_a_barrier_takes_a_tenth_of_the_time_and_agrees_within_11_mev(obelix_directory):
    ratios, gaps = compared(list(ordered_crystals(obelix_directory))[::EVERY])
    assert statistics.median(ratios) >= 10
    assert min(ratios) >= 10
    assert {name for name, gap in gaps.items() if gap >= WITHIN} <= WRONG


@pytest.mark.slow
def test_of_all_66_crystals_the_levels_agree_but_for_two_and_the_median_is_20_times_faster(
    obelix_directory,
):
    ratios, gaps = compared(list(ordered_crystals(obelix_directory)))
    assert len(gaps) == 66
    assert {name for name, gap in gaps.items() if gap >= WITHIN} == WRONG
    assert max(gaps.values()) < 0.025
    assert statistics.median(ratios) >= 20
    assert min(ratios) >= 4


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
