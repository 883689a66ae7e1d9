"""The dynamic programme behind the look-ahead tables, compiled.

Tables are (phases, states, elements + 1, distinct + 1, shortage + 1, charges) and hold the least
number of units of atoms that completes a composition; their largest number stands for "never".
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def fill(
    complete: NDArray[np.unsignedinteger],
    chosen: NDArray[np.unsignedinteger],
    step: NDArray[np.int16],
    spans: NDArray[np.int64],
    span_ends: NDArray[np.int64],
    required: NDArray[np.bool_],
    limits: tuple[int, int, int],
) -> None:
    """Fill the tables from the last element to the first, in place; on entry all is "never".

    Args:
        complete: With elements from the given one on.
        chosen: With the given element as the next.
        step: Automaton of the counts, (states, largest count + 1).
        spans: (state, step, negative) of each span.
        span_ends: (elements + 1,) spans of element e are those from entry e to entry e + 1.
        required: (elements,) whether an element must be there.
        limits: Least number of elements, largest number of units of atoms, charge of a unit of
            atoms per oxidation state.
    """
    fewest, atoms, scale = limits
    elements = len(required)
    middle = (complete.shape[5] - 1) // 2
    none_left = True  # of the required elements
    for e in range(elements, -1, -1):
        if e < elements:
            none_left = none_left and not required[e]
            for w in range(step.shape[0]):
                for n in range(1, min(step.shape[1] - 1, atoms) + 1):
                    if step[w, n] >= 0:
                        for s in range(span_ends[e], span_ends[e + 1]):
                            _choose(
                                chosen[:, w, e],
                                complete[:, step[w, n], e + 1],
                                spans[s],
                                n,
                                (atoms, scale),
                            )
            complete[:, :, e] = chosen[:, :, e]
            if not required[e]:
                complete[:, :, e] = np.minimum(complete[:, :, e], complete[:, :, e + 1])
        if none_left:
            complete[:, :, e, fewest:, 0, middle] = 0


@njit(cache=True)
def _choose(
    target: NDArray[np.unsignedinteger],
    source: NDArray[np.unsignedinteger],
    span: NDArray[np.int64],
    count: int,
    limits: tuple[int, int],
) -> None:
    """Lower (phases, distinct + 1, shortage + 1, charges) by ``count`` units of an element."""
    state, stride, negative = span
    most, scale = limits
    shift = count * state * scale
    phases, ks, shortages, charges = target.shape
    window = np.empty(charges, dtype=target.dtype)
    for phase in range(phases):
        if phase == 1 and not negative:
            continue
        to = phases - 1 if negative else phase  # behind the first anion only anions follow
        for k in range(ks - 1):
            for short in range(shortages):
                window[:] = source[to, k + 1, max(0, short - count)]
                if stride:
                    _spread(window, stride, count * scale + 1)
                _improve(target[phase, k, short], window, shift, count, most)


@njit(cache=True)
def _spread(window: NDArray[np.unsignedinteger], stride: int, length: int) -> None:
    """Replace each entry by the least of ``length`` entries from it on, ``stride`` apart."""
    covered = 1
    while covered < length:
        by = min(covered, length - covered)
        for c in range(len(window) - by * stride):
            window[c] = min(window[c], window[c + by * stride])
        covered += by


@njit(cache=True)
def _improve(
    target: NDArray[np.unsignedinteger],
    source: NDArray[np.unsignedinteger],
    shift: int,
    more: int,
    most: int,
) -> None:
    """Lower ``target[c]`` to ``source[c + shift] + more`` where that is not above ``most``."""
    for c in range(max(0, -shift), min(len(target), len(source) - shift)):
        value = source[c + shift]
        if value <= most - more:
            target[c] = min(target[c], value + more)
