"""Compiled kernels that place orbits at random where there is room."""

import math

import numpy as np
from numba import njit

from discovery.chemistry.neighbours import IndexArray
from discovery.types import FloatArray
from samplers.realise_frame import Frame, place, square_of, vector_between


@njit(cache=True)
def crowding(
    frame: Frame, positions: FloatArray, i: int, start: int, stop: int
) -> tuple[float, int]:
    """Return the least distance of atom i to atoms ``start``..``stop`` over the allowed, and whose.

    Infinite if there is none within reach.
    """
    gap = np.empty(3)
    least, whose = np.inf, -1
    for j in range(start, stop):
        vector_between(frame.cell, positions, i, j, gap)
        limit = frame.nearest[frame.kind[i], frame.kind[j]]
        size = math.sqrt(gap[0] ** 2 + gap[1] ** 2 + gap[2] ** 2)
        for t in range(1 if i == j else 0, len(frame.images)):
            if frame.far[t] > size + least * limit:
                break
            square = square_of(gap, frame.images[t])
            if square < least * least * limit * limit:
                least, whose = math.sqrt(square) / limit, j
    return least, whose


@njit(cache=True)
def loneliness(frame: Frame, positions: FloatArray, i: int) -> float:
    """Return the distance of atom i to the nearest counter-ion over the reach of a bond."""
    gap = np.empty(3)
    least = np.inf
    for j in range(len(frame.kind)):
        limit = frame.farthest[frame.kind[i], frame.kind[j]]
        if limit > 0:
            vector_between(frame.cell, positions, i, j, gap)
            for t in range(len(frame.images)):
                least = min(least, math.sqrt(square_of(gap, frame.images[t])) / limit)
    return least


@njit(cache=True)
def scatter(
    frame: Frame,
    order: IndexArray,
    fixed: int,
    limits: tuple[float, float],
    draws: FloatArray,
    v: FloatArray,
    positions: FloatArray,
) -> int:
    """Place orbit after orbit, each where it first finds room, or else where it finds most.

    Args:
        frame: What does not move.
        order: (k,) in which the orbits are placed, those that cannot move first.
        fixed: How many cannot move.
        limits: Placing ends where the least distance over the allowed is below: the first where an
            orbit cannot move, the second where it can.
        draws: (k, r, 3) places to try, as values of v.
        v: (k, 3) is overwritten with the places chosen.
        positions: (n, 3) is overwritten with the fractional coordinates.

    Returns:
        How many orbits were placed.
    """
    for rank in range(len(order)):
        k = order[rank]
        start, stop = frame.first[k], frame.first[k + 1]
        best, chosen = -1.0, 0
        for r in range(1 if rank < fixed else draws.shape[1]):
            v[k] = draws[k, r]
            place(frame, v, positions, start, stop)
            room, _ = crowding(frame, positions, start, start, stop)
            for before in range(rank):
                if room <= best:
                    break
                b = order[before]
                found, _ = crowding(frame, positions, start, frame.first[b], frame.first[b + 1])
                room = min(room, found)
            if room > best:
                best, chosen = room, r
            if best >= 1:
                break
        v[k] = draws[k, chosen]
        place(frame, v, positions, start, stop)
        if best < limits[0 if rank < fixed else 1]:
            return rank
    return len(order)
