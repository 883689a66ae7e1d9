"""Rejection-free kinetic Monte Carlo of a lattice gas.

Every possible hop has the rate nu exp(-B / kT). With E the energies of the sites, S that of the
pass, U_k the repulsion that the hopping ion would feel from all others at site k, and
d = E_j + U_j - E_i - U_i, the barrier from i to j is

    B = max(S - E_i + (U_j - U_i)/2, d, 0):

the pass feels the mean repulsion of its two ends and is never lower than either. Since
B_ij - B_ji = d, detailed balance holds exactly. Time passes by residence times -ln(u) / sum of
rates (Bortz, Kalos & Lebowitz, J. Comput. Phys. 17, 10 (1975)); a hop renews only the rates that
it changes.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from discovery.errors import InvalidInputError
from discovery.transport.arrhenius import BOLTZMANN
from discovery.transport.gas_arrays import GasArrays, gas_arrays
from discovery.transport.lattice_gas import LatticeGas
from discovery.transport.sum_tree import add_up, find_leaf, make_tree, set_leaf
from discovery.types import BoolArray, FloatArray

_WARM_UP: Final = 0.1  # share of the events that finds the pace and is not recorded
_ATTEMPTS: Final = 3  # to record all frames within twice the planned events


@dataclass(frozen=True)
class Trajectory:
    """What ions did in a simulation.

    Args:
        positions: (frames, ions, 3) displacements in Angstrom, unwrapped, at equal intervals.
        time_step: Seconds between frames.
        events: Hops between the first and the last frame.
        occupied: (n,) whether each site is filled at the end.
        occupation: (n,) share of the time that each site was filled.
    """

    positions: FloatArray
    time_step: float
    events: int
    occupied: BoolArray
    occupation: FloatArray


class _State(NamedTuple):
    """Where the ions are, and what follows from it."""

    ion: NDArray[np.int64]  # (n,) number of the ion at each site, -1 for none
    felt: FloatArray  # (n,) exp(U/2) of the repulsion U from all ions, in kT
    excluding: NDArray[np.int64]  # (n,) ions that forbid each site
    displacement: FloatArray  # (ions, 3)
    rate: FloatArray  # (h,) of each hop
    tree: FloatArray  # sums of rates by site


def simulate(
    gas: LatticeGas,
    occupied: BoolArray,
    temperature: float,
    *,
    events: int,
    seed: int,
    frames: int = 1000,
    attempt_frequency: float = 1e13,
) -> Trajectory:
    """Let the ions hop.

    A tenth of ``events`` passes before the first frame; it also measures the pace, from which the
    interval between frames follows. Should the pace then double, it is measured anew.

    Args:
        gas: The lattice gas.
        occupied: (n,) which sites hold an ion at the start.
        temperature: K.
        events: About how many hops to record.
        seed: Of the random numbers.
        frames: How many positions to record, at least 2.
        attempt_frequency: nu, 1/s.

    Raises:
        InvalidInputError: Ions sit on sites that exclude each other, none can hop, a number is not
            positive, or the pace never settles.
    """
    if not min(temperature, events, attempt_frequency) > 0 or frames < 2:  # noqa: PLR2004
        raise InvalidInputError(
            "temperature, events and attempt frequency must be positive and frames 2 or more, not "
            f"{temperature}, {events}, {attempt_frequency} and {frames}"
        )
    arrays = gas_arrays(gas, BOLTZMANN * temperature)
    state = _start(arrays, occupied)
    if (state.excluding[occupied] > 0).any():
        raise InvalidInputError("ions sit on sites that exclude each other")
    rng = np.random.default_rng(seed)
    warm_up = max(1, round(_WARM_UP * events))
    hops, elapsed, _, _ = _run(arrays, state, rng, warm_up, 1, math.inf)
    if not hops:
        raise InvalidInputError(
            f"none of {int(occupied.sum())} ions on {len(occupied)} sites can hop: "
            "no site that is free and allowed lies beside one"
        )
    for _ in range(_ATTEMPTS):
        state.displacement[:] = 0.0
        step = elapsed / hops * events / (frames - 1)
        hops, elapsed, positions, filled = _run(arrays, state, rng, 2 * events, frames, step)
        if len(positions) == frames:
            return Trajectory(
                positions=positions,
                time_step=step / attempt_frequency,
                events=hops,
                occupied=state.ion >= 0,
                occupation=filled / elapsed,
            )
    raise InvalidInputError(
        f"the pace of the hops still changes after {_ATTEMPTS * 2 * events} of them; "
        "simulate more events"
    )


def _start(gas: GasArrays, occupied: BoolArray) -> _State:
    count, ions = len(gas.energy), int(occupied.sum())
    ion = np.where(occupied, np.cumsum(occupied) - 1, -1).astype(np.int64)
    state = _State(
        ion,
        np.ones(count),
        np.zeros(count, dtype=np.int64),
        np.zeros((ions, 3)),
        np.zeros(len(gas.hop_site)),
        make_tree(count),
    )
    _settle(gas, state)
    return state


@njit(cache=True)
def _settle(gas: GasArrays, state: _State) -> None:
    """Find repulsions, exclusions and rates of the ions where they are."""
    for site in range(len(state.ion)):
        if state.ion[site] >= 0:
            _come(gas, state, site)
    leaves = state.tree.size // 2
    for site in range(len(state.ion)):
        state.tree[leaves + site] = _renew(gas, state, site)
    add_up(state.tree)


@njit(cache=True, inline="always")
def _come(gas: GasArrays, state: _State, site: int) -> None:
    """Let the other sites know that an ion came to a site."""
    for k in range(gas.pair_start[site], gas.pair_start[site + 1]):
        state.felt[gas.pair_site[k]] *= gas.pair_factor[k]
    for k in range(gas.exclusion_start[site], gas.exclusion_start[site + 1]):
        state.excluding[gas.exclusion_site[k]] += 1


@njit(cache=True, inline="always")
def _leave(gas: GasArrays, state: _State, site: int) -> None:
    """Let the other sites know that an ion left a site."""
    for k in range(gas.pair_start[site], gas.pair_start[site + 1]):
        state.felt[gas.pair_site[k]] /= gas.pair_factor[k]
    for k in range(gas.exclusion_start[site], gas.exclusion_start[site + 1]):
        state.excluding[gas.exclusion_site[k]] -= 1


@njit(cache=True, inline="always")
def _renew(gas: GasArrays, state: _State, site: int) -> float:
    """Renew the rates of the hops from a site and return their sum.

    With f = exp(U/2) at both ends, the hopping ion's own repulsion included at the target, the
    three terms of the barrier are ``over`` f_i / f_j, ``down`` (f_i / f_j)^2 and 1: no exponential
    is taken while ions hop.
    """
    total = 0.0
    if state.ion[site] >= 0:
        for hop in range(gas.hop_start[site], gas.hop_start[site + 1]):
            target = gas.hop_site[hop]
            own = 1 if gas.hop_excluded[hop] else 0
            state.rate[hop] = 0.0
            if state.ion[target] < 0 and state.excluding[target] == own:
                ratio = state.felt[site] / state.felt[target]
                rate = min(gas.over[hop] * ratio, gas.down[hop] * ratio * ratio, 1.0)
                state.rate[hop] = rate
                total += rate
    return total


@njit(cache=True)
def _run(
    gas: GasArrays,
    state: _State,
    rng: np.random.Generator,
    events: int,
    frames: int,
    step: float,
) -> tuple[int, float, FloatArray, FloatArray]:
    """Hop until all frames are recorded, ``events`` are done, or nothing can hop.

    Returns:
        Hops done, time passed, frames recorded, time for which each site was filled.
    """
    positions = np.zeros((frames, *state.displacement.shape))
    recorded, done, time = 1, 0, 0.0
    filled, since = np.zeros(len(state.ion)), np.zeros(len(state.ion))
    renewed = np.full(len(state.ion), -1, np.int64)
    leaves = state.tree.size // 2
    # a hop changes the leaves within reach of two sites, each the sums on log2 levels above it
    many = 2 * len(gas.reach_site) / len(state.ion) * math.log2(leaves + 1) > leaves
    while done < events and state.tree[1] > 0.0:
        wait = -math.log(1.0 - rng.random()) / state.tree[1]
        while recorded < frames and time + wait > recorded * step:
            positions[recorded] = state.displacement
            recorded += 1
        if 1 < frames == recorded:
            time = (frames - 1) * step
            break
        time += wait
        site, amount = find_leaf(state.tree, rng.random() * state.tree[1])
        target = _hop(gas, state, site, amount)
        for end in (site, target):
            for k in range(gas.reach_start[end], gas.reach_start[end + 1]):
                other = gas.reach_site[k]
                if renewed[other] != done:
                    renewed[other] = done
                    total = _renew(gas, state, other)
                    if many:
                        state.tree[leaves + other] = total
                    else:
                        set_leaf(state.tree, other, total)
        if many:
            add_up(state.tree)
        filled[site] += time - since[site]
        since[target] = time
        done += 1
    still = state.ion >= 0
    filled[still] += time - since[still]
    return done, time, positions[:recorded], filled


@njit(cache=True, inline="always")
def _hop(gas: GasArrays, state: _State, site: int, amount: float) -> int:
    """Move the ion from a site by the hop at which the running sum of rates passes ``amount``."""
    chosen = -1
    for hop in range(gas.hop_start[site], gas.hop_start[site + 1]):
        if state.rate[hop] > 0.0:
            chosen = hop
            amount -= state.rate[hop]
            if amount < 0.0:
                break
    target, ion = gas.hop_site[chosen], state.ion[site]
    for axis in range(3):
        state.displacement[ion, axis] += gas.vector[chosen, axis]
    state.ion[site], state.ion[target] = -1, ion
    _leave(gas, state, site)
    _come(gas, state, target)
    return target
