"""Which hop between two sites of Li stands for the transport through a crystal."""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from discovery.crystal import Crystal
from discovery.errors import InvalidInputError
from discovery.transport.path import MigrationPath
from discovery.types import FloatArray

_REACH: Final = 5.0
"""Angstrom; sites farther from the critical point have nothing to do with it."""

_IMAGES: Final = np.array(list(itertools.product((-2, -1, 0, 1, 2), repeat=3)))


@dataclass(frozen=True)
class Hop:
    """A jump from one Li to the place of another.

    Args:
        start: Site that the ion leaves, index in the crystal.
        end: Site that it jumps to, of another Li or of an image of the same.
        shift: Lattice translation of the end.
        route: (k, 3) fractional coordinates from the start to the translated end, unwrapped.
    """

    start: int
    end: int
    shift: tuple[int, int, int]
    route: FloatArray


def critical_hop(crystal: Crystal, path: MigrationPath) -> Hop:
    """Return the hop between Li sites nearest to the highest point of a percolating path.

    Of all pairs of sites that have the critical point between them (they are seen from it more
    than 90 degrees apart), it is the pair with the shortest way over that point. An empty site
    beside the point is no end: the hop goes on to the next Li, which makes room.

    Args:
        crystal: Ordered, with Li, its cell vectors as short as possible.
        path: Of its bond valence landscape.

    Raises:
        InvalidInputError: The critical point lies between no two sites of Li within 5 Angstrom.
    """
    cell = np.asarray(crystal.matrix)
    track = np.concatenate(
        [path.positions[:-1] + n * path.winding for n in (-1, 0, 1)]  # the last is the first again
    )
    saddle = len(path.positions) - 1 + int(np.argmax(path.energies[:-1]))
    critical = track[saddle]
    lithium, place = _sites_around(crystal, critical)
    away = (place - critical) @ cell
    length = np.linalg.norm(away, axis=1)
    pairs = [
        (length[i] + length[j], i, j)
        for i, j in itertools.combinations(range(len(away)), 2)
        if away[i] @ away[j] < 0
    ]
    if not pairs:
        raise InvalidInputError(
            f"no hop to study: fewer than two sites of Li lie around the critical point of the "
            f"percolating path, within {_REACH:g} A; it runs through empty places"
        )
    _, i, j = min(pairs)
    routes = [_route(track @ cell, saddle, place[[a, b]] @ cell) for a, b in ((i, j), (j, i))]
    if len(routes[1]) > len(routes[0]):
        i, j, routes = j, i, routes[::-1]
    sites = np.asarray([site.position for site in crystal.sites])
    origin = np.rint(place[i] - sites[lithium[i]])
    a, b, c = (int(x) for x in np.rint(place[j] - sites[lithium[j]]) - origin)
    route = routes[0] @ np.linalg.inv(cell) - origin
    return Hop(int(lithium[i]), int(lithium[j]), (a, b, c), route)


def _sites_around(crystal: Crystal, centre: FloatArray) -> tuple[list[int], FloatArray]:
    """Sites of Li and images of them (n, 3) within reach of a fractional coordinate."""
    cell = np.asarray(crystal.matrix)
    found: list[int] = []
    place: list[FloatArray] = []
    for index, site in enumerate(crystal.sites):
        if site.species[0][0] != "Li":
            continue
        near = np.asarray(site.position) + np.rint(centre - np.asarray(site.position)) + _IMAGES
        within = near[np.linalg.norm((near - centre) @ cell, axis=1) < _REACH]
        found += [index] * len(within)
        place += list(within)
    return found, np.array(place).reshape(-1, 3)


def _route(track: FloatArray, saddle: int, ends: FloatArray) -> FloatArray:
    """From end to end over the saddle, by the points of the track that lead to the ends."""
    before = _approach(track[saddle::-1], ends[0])
    after = _approach(track[saddle:], ends[1])
    return np.concatenate([ends[:1], before[:0:-1], after, ends[1:]])


def _approach(points: FloatArray, end: FloatArray) -> FloatArray:
    """The first points, as long as each is nearer to the end than the one before."""
    distance = np.linalg.norm(points - end, axis=1)
    turns = np.flatnonzero(np.diff(distance) >= 0)
    return points[: turns[0] + 1] if len(turns) else points
