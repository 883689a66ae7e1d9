"""Crystals, and ways to write the same crystal differently, for the tests of physics kernels."""

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from discovery.crystal import Crystal, Site

_FACE_CENTRED = ((0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))


def crystal(matrix: Sequence[Sequence[float]], *sites: tuple[object, Sequence[float]]) -> Crystal:
    """Build a crystal from (element or {element: occupancy}, position) pairs."""
    rows = tuple(tuple(float(x) for x in row) for row in matrix)
    return Crystal(
        rows,  # type: ignore[arg-type]
        tuple(
            Site(
                tuple(species.items()) if isinstance(species, dict) else ((str(species), 1.0),),
                tuple(float(x) for x in position),  # type: ignore[arg-type]
            )
            for species, position in sites
        ),
    )


def cubic(a: float) -> list[list[float]]:
    return [[a, 0, 0], [0, a, 0], [0, 0, a]]


def face_centred(*offsets: tuple[object, Sequence[float]], a: float) -> Crystal:
    sites = [
        (species, np.add(origin, shift)) for species, shift in offsets for origin in _FACE_CENTRED
    ]
    return crystal(cubic(a), *sites)


def rock_salt(cation: str, anion: str, a: float) -> Crystal:
    return face_centred((cation, (0, 0, 0)), (anion, (0.5, 0.5, 0.5)), a=a)


def antifluorite(anion: str, a: float) -> Crystal:
    return face_centred((anion, (0, 0, 0)), ("Li", (0.25,) * 3), ("Li", (0.75,) * 3), a=a)


def zinc_blende(cation: str, anion: str, a: float) -> Crystal:
    return face_centred((cation, (0, 0, 0)), (anion, (0.25,) * 3), a=a)


def lithium_phosphide() -> Crystal:
    """Li3P, P6_3/mmc, cell near that of Dong & DiSalvo, Acta Cryst. E 63, i97 (2007)."""
    a, c, z = 4.273, 7.594, 0.5837
    third, two = 1 / 3, 2 / 3
    return crystal(
        [[a, 0, 0], [-a / 2, a * 0.75**0.5, 0], [0, 0, c]],
        ("P", (third, two, 0.25)),
        ("P", (two, third, 0.75)),
        ("Li", (0, 0, 0.25)),
        ("Li", (0, 0, 0.75)),
        ("Li", (third, two, z)),
        ("Li", (two, third, z + 0.5)),
        ("Li", (two, third, 1 - z)),
        ("Li", (third, two, 0.5 - z)),
    )


def lithium_phosphate() -> Crystal:
    """Li3PO4, Pmn2_1, coordinates near those of Keffer et al., Inorg. Chem. 6, 119 (1967)."""
    orbit = [
        ("P", (0.0, 0.8244, 0.0)),
        ("Li", (0.2482, 0.3279, 0.9904)),
        ("Li", (0.5, 0.8432, 0.9896)),
        ("O", (0.2086, 0.6869, 0.8980)),
        ("O", (0.0, 0.1066, 0.8977)),
        ("O", (0.5, 0.1863, 0.8233)),
    ]
    sites: list[tuple[object, tuple[float, float, float]]] = []
    for element, (x, y, z) in orbit:
        images = [(x, y, z), (-x, y, z), (0.5 - x, -y, z + 0.5), (0.5 + x, -y, z + 0.5)]
        unique = {tuple(np.round(np.mod(image, 1), 6)) for image in images}
        sites += [(element, image) for image in sorted(unique)]
    return crystal([[6.115, 0, 0], [0, 5.2394, 0], [0, 0, 4.8554]], *sites)


def split_conductor() -> Crystal:
    """An invented disordered sulfide: split Li sites, mixed cations, low symmetry."""
    return crystal(
        [[6.1, 0.2, 0], [-1.3, 6.4, 0.4], [0.5, -0.6, 7.3]],
        ({"Li": 0.55}, (0.10, 0.12, 0.08)),
        ({"Li": 0.35}, (0.27, 0.15, 0.10)),
        ({"Li": 0.8, "Mg": 0.1}, (0.55, 0.10, 0.60)),
        ({"P": 0.7, "Si": 0.3}, (0.52, 0.55, 0.05)),
        ("S", (0.52, 0.30, 0.20)),
        ("S", (0.25, 0.62, 0.93)),
        ("S", (0.80, 0.65, 0.93)),
        ({"S": 0.6, "Se": 0.4}, (0.20, 0.20, 0.45)),
    )


def supercell(one: Crystal, times: tuple[int, int, int]) -> Crystal:
    matrix = tuple(tuple(n * x for x in row) for n, row in zip(times, one.matrix, strict=True))
    shifts = list(itertools.product(*(range(n) for n in times)))
    sites = tuple(
        Site(
            site.species,
            tuple((p + s) / n for p, s, n in zip(site.position, shift, times, strict=True)),  # type: ignore[arg-type]
        )
        for site in one.sites
        for shift in shifts
    )
    return Crystal(matrix, sites)  # type: ignore[arg-type]


def skewed(one: Crystal) -> Crystal:
    """The same crystal in a sheared cell of the same volume."""
    change = np.array([[1, 0, 0], [3, 1, 0], [-2, 4, 1]])
    back = np.linalg.inv(change)
    cell = change @ np.asarray(one.matrix)
    return crystal(
        cell.tolist(), *((dict(s.species), np.asarray(s.position) @ back) for s in one.sites)
    )


def turned(one: Crystal, seed: int) -> Crystal:
    """The same crystal rotated, moved, its sites shuffled and put into other cells."""
    rng = np.random.default_rng(seed)
    rotation = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix()
    shift = rng.uniform(-1, 1, 3)
    order = rng.permutation(len(one.sites))
    return crystal(
        (np.asarray(one.matrix) @ rotation.T).tolist(),
        *(
            (
                dict(one.sites[k].species),
                np.asarray(one.sites[k].position) + shift + rng.integers(-2, 3, 3),
            )
            for k in order
        ),
    )
