"""Whether the relaxed ends of a hop are still the states that the hop leads between."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from ase.geometry import find_mic

from discovery.errors import InvalidInputError

_COLLAPSED: Final = 0.5
"""Share of the hop that the ion must still cover between the relaxed ends."""


def check_ends(
    host: Any,  # noqa: ANN401 - ASE is not typed
    ends: Sequence[Any],
    *,
    ion: int,
    moving: int,
    vacant: int,
) -> None:
    """Check that one ion, and no other, changed its site from one end to the other.

    A vacancy that an ion falls into while an end relaxes makes both ends one state, and its
    barrier a false zero.

    Args:
        host: Perfect supercell, whose ions show the sites.
        ends: First and last state, relaxed, with one ion less.
        ion: Index of the ion that jumps, in the ends.
        moving: Index of its first site, in the host.
        vacant: Index of its last site, in the host.

    Raises:
        InvalidInputError: They collapsed; the message says how.
    """
    step = host.positions[vacant] - host.positions[moving]
    left = ends[1].positions[ion] - ends[0].positions[ion]
    wanted, covered = find_mic([step, left], host.cell)[1]
    if covered < _COLLAPSED * wanted:
        raise InvalidInputError(
            f"the ends of the hop collapse: {wanted:.2f} A apart before, {covered:.2f} A once "
            "relaxed; the ion falls into one place from both sides"
        )
    sites = np.flatnonzero(host.symbols == host.symbols[moving])
    for name, end, expected in (("first", ends[0], vacant), ("last", ends[1], moving)):
        found = sorted(_empty(host, end, sites))
        if found != [expected]:
            raise InvalidInputError(
                f"the {name} end of the hop is another state once relaxed: sites {found} of "
                f"{host.symbols[moving]} are empty, not [{expected}]"
            )


def _empty(host: Any, end: Any, sites: np.ndarray[Any, Any]) -> set[int]:  # noqa: ANN401 - ASE
    """Sites of the host that are not the nearest one of any ion."""
    element = host.symbols[int(sites[0])]
    ions = end.positions[end.symbols == element]
    away = (ions[:, None] - host.positions[sites]).reshape(-1, 3)
    distance = find_mic(away, host.cell)[1].reshape(len(ions), len(sites))
    return {int(site) for site in sites} - {int(site) for site in sites[distance.argmin(axis=1)]}
