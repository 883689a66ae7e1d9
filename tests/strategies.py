"""Hypothesis strategies for the nouns, shared by all property tests.

>>> from strategies import candidates
"""

import numpy as np
from hypothesis import strategies as st

from discovery.crystal import Crystal, Lattice, Site
from discovery.types import (
    Belief,
    Bound,
    Candidate,
    Estimate,
    Fidelity,
    Observation,
    Query,
    Refusal,
)

CATIONS = ("Li", "Na", "Mg", "Al", "Si", "P", "Ti", "Ge", "Y", "Zr", "Sn", "La", "Ta")
ANIONS = ("O", "S", "Se", "N", "F", "Cl", "Br", "I")
STATUSES = ("ok", "failed", "refused", "timeout", "lost")


def finite(low, high):
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


def seeds():
    return st.integers(0, 2**31 - 1)


@st.composite
def compositions(draw, *, lithium=True):
    """(element, amount) pairs: one to three cations (lithium among them) and one or two anions."""
    amounts = st.one_of(st.integers(1, 12).map(float), finite(0.01, 12).map(lambda x: round(x, 3)))
    others = [element for element in CATIONS if element != "Li"]
    cations = draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
    anions = draw(st.lists(st.sampled_from(ANIONS), min_size=1, max_size=2, unique=True))
    elements = [*(["Li"] if lithium else []), *cations, *anions]
    return tuple((element, draw(amounts)) for element in elements)


@st.composite
def lattices(draw):
    """Conventional cells of every crystal system."""
    a, b, c = (draw(finite(2.5, 25).map(lambda x: round(x, 4))) for _ in range(3))
    angle = finite(65, 115).map(lambda x: round(x, 3))
    system = draw(st.sampled_from(["cubic", "tetragonal", "hexagonal", "monoclinic", "triclinic"]))
    match system:
        case "cubic":
            return Lattice(a, a, a, 90, 90, 90)
        case "tetragonal":
            return Lattice(a, a, c, 90, 90, 90)
        case "hexagonal":
            return Lattice(a, a, c, 90, 90, 120)
        case "monoclinic":
            return Lattice(a, b, c, 90, draw(angle), 90)
    return Lattice(a, b, c, draw(angle), draw(angle), draw(angle))


def matrix_of(lattice):
    """Cell vectors as rows, a along x and b in the xy plane."""
    a, b, c = lattice.parameters[:3]
    alpha, beta, gamma = np.radians(lattice.parameters[3:])
    x = (np.cos(alpha) - np.cos(beta) * np.cos(gamma)) / np.sin(gamma)
    height = np.sqrt(max(0.0, np.sin(beta) ** 2 - x**2))
    return (
        (a, 0.0, 0.0),
        (b * float(np.cos(gamma)), b * float(np.sin(gamma)), 0.0),
        (c * float(np.cos(beta)), c * float(x), c * float(height)),
    )


@st.composite
def crystals(draw, *, ordered=None, max_sites=6):
    """Small crystals on a 4 x 4 x 4 grid of positions, so that no two sites coincide.

    ``ordered`` True or False asks for full or for partly occupied sites; None for either.
    """
    count = draw(st.integers(2, max_sites))
    place = st.tuples(*[st.integers(0, 3)] * 3)
    places = draw(st.lists(place, min_size=count, max_size=count, unique=True))
    disordered = draw(st.booleans()) if ordered is None else not ordered
    sites = []
    for index, (x, y, z) in enumerate(places):
        element = "Li" if index == 0 else draw(st.sampled_from(CATIONS + ANIONS))
        species = ((element, 1.0),)
        if disordered and (index == 0 or draw(st.booleans())):
            species = ((element, draw(st.sampled_from([0.25, 0.5, 0.75]))),)
        sites.append(Site(species, (x / 4, y / 4, z / 4)))
    a, b, c = (draw(finite(8, 14).map(lambda x: round(x, 3))) for _ in range(3))
    angle = st.sampled_from([80.0, 90.0, 100.0])
    cell = Lattice(a, b, c, draw(angle), draw(angle), draw(angle))
    return Crystal(matrix=matrix_of(cell), sites=tuple(sites))


def descriptors():
    """Named numbers, as a table of experiments has them."""
    names = st.sampled_from(["temperature", "hours", "flow rate"])
    return st.dictionaries(names, finite(-1e6, 1e6), max_size=3).map(lambda d: tuple(d.items()))


@st.composite
def candidates(draw, *, structures=True):
    """Candidates from a bare formula to a crystal."""
    name = draw(st.sampled_from(["", "sample 7", "β-phase"]))
    if structures and draw(st.booleans()):
        crystal = draw(crystals())
        return Candidate(tuple(crystal.composition.items()), z=1, structure=crystal, name=name)
    return Candidate(
        draw(compositions()),
        z=draw(st.none() | st.integers(1, 24).map(float)),
        space_group=draw(st.none() | st.integers(1, 230)),
        lattice=draw(st.none() | lattices()),
        name=name,
        descriptors=draw(st.just(()) | descriptors()),
    )


def pools(min_size=1, max_size=12, *, structures=False):
    """Lists of candidates that differ by content."""
    return st.lists(
        candidates(structures=structures), min_size=min_size, max_size=max_size, unique=True
    )


@st.composite
def fidelity_sets(draw, max_size=4):
    """Fidelities with different names, one of them the target, in any order."""
    count = draw(st.integers(1, max_size))
    costs = draw(st.lists(finite(0, 100), min_size=count, max_size=count))
    target = draw(st.integers(0, count - 1))
    return tuple(Fidelity(f"f{i}", cost, target=i == target) for i, cost in enumerate(costs))


def details():
    """Flat JSON."""
    values = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | finite(-1e9, 1e9)
    return st.dictionaries(st.text(max_size=8), values | st.text(max_size=8), max_size=3)


def bounds():
    return st.builds(Bound, st.sampled_from(["left", "right"]), finite(-20, 5))


def outcomes():
    return st.one_of(
        st.builds(Estimate, finite(-20, 5), st.none() | finite(0, 5), details()),
        bounds(),
        st.builds(Refusal, st.text(min_size=1, max_size=20)),
    )


@st.composite
def observations(draw, query=None):
    """Observations of every status; when ok, a value or a bound."""
    if query is None:
        query = draw(st.builds(Query, candidates(structures=False), st.just("f0")))
    status = draw(st.sampled_from(STATUSES))
    answer = draw(st.one_of(finite(-20, 5), bounds())) if status == "ok" else None
    return Observation(
        query=query,
        status=status,
        property="log10_sigma",
        unit="log10(S/cm)",
        value=answer if isinstance(answer, float) else None,
        bound=answer if isinstance(answer, Bound) else None,
        standard_error=draw(st.none() | finite(0, 3)) if isinstance(answer, float) else None,
        reason="" if status == "ok" else draw(st.text(min_size=1, max_size=20)),
        cost=draw(st.none() | finite(0, 100)),
        wall_time=draw(finite(0, 1e5)),
        oracle="table",
        version="1",
        input_hash=query.candidate.id,
        seed=draw(st.none() | seeds()),
        details=draw(details()),
    )


@st.composite
def beliefs(draw, max_rows=8, max_columns=3):
    """Beliefs with positive semi-definite blocks, with and without a factor."""
    n, m = draw(st.integers(1, max_rows)), draw(st.integers(1, max_columns))
    rng = np.random.default_rng(draw(seeds()))
    root = rng.normal(size=(n, m, m)) * draw(st.sampled_from([0.0, 1e-3, 1.0, 10.0]))
    covariance = root @ root.transpose(0, 2, 1)
    target = draw(st.integers(0, m - 1))
    factor = None
    if draw(st.booleans()):
        direction = rng.normal(size=(n, 2))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        factor = direction * np.sqrt(0.5 * covariance[:, target, target])[:, None]
    names = tuple(f"f{i}" for i in range(m))
    return Belief(
        fidelities=names,
        target=names[target],
        mean=rng.normal(-7, 3, size=(n, m)),
        covariance=covariance,
        noise=rng.uniform(0, 1, size=m),
        factor=factor,
    )
