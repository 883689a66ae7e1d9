import numpy as np
import pytest
from pymatgen.core.lattice import Lattice as PymatgenLattice
from pymatgen.core.structure import Structure

from discovery.chemistry.structures import candidate_from_structure, from_pymatgen, to_pymatgen
from discovery.crystal import Crystal, Site
from discovery.types import Candidate
from samplers.prototypes import Prototypes, key, prototype


def built(group, lattice, species, points):
    structure = Structure.from_spacegroup(group, lattice, species, points)
    return candidate_from_structure(from_pymatgen(structure))


ARGYRODITE = built(
    216,
    PymatgenLattice.cubic(9.85),
    ["Li", "P", "S", "S", "Cl"],
    [[0.02, 0.25, 0.25], [0, 0, 0.5], [0.25, 0.25, 0.75], [0.12, 0.12, 0.62], [0, 0, 0]],
)


def letters(orbits):
    return {(element, position.multiplicity) for element, position in orbits}


def test_aflow_knows_rock_salt_fluorite_and_perovskite():
    library = Prototypes()
    assert [p.name for p in library.matching(225, {"Li": 4, "F": 4})] == ["Halite, Rock Salt"]
    assert [p.name for p in library.matching(225, {"Li": 8, "O": 4})] == ["Fluorite"]
    (perovskite,) = library.matching(221, {"Ba": 1, "Ti": 1, "O": 3})
    decorations = list(perovskite.decorations({"Ba": 1, "Ti": 1, "O": 3}))
    assert len(decorations) == 2
    assert all(letters(d) == {("Ba", 1), ("Ti", 1), ("O", 3)} for d in decorations)


def test_rhombohedral_prototypes_are_found_by_their_hexagonal_cell():
    names = [p.name for p in Prototypes().matching(167, {"Li": 6, "C": 6, "O": 18})]
    assert any("Calcite" in name for name in names)


def test_nothing_matches_another_group_or_other_counts():
    library = Prototypes()
    assert not library.matching(224, {"Li": 4, "F": 4})
    assert not library.matching(225, {"Li": 4, "F": 8, "O": 96})
    assert not Prototypes(aflow=False).matching(225, {"Li": 4, "F": 4})


def test_a_structure_handed_in_comes_first_and_takes_other_ions():
    library = Prototypes([ARGYRODITE])
    counts = {"Na": 24, "As": 4, "Se": 20, "Br": 4}
    (found,) = library.matching(216, counts)
    assert found.name == ARGYRODITE.formula
    decorations = list(found.decorations(counts))
    assert len(decorations) == 2  # As and Br have equal numbers
    assert all(("Na", 24) in letters(d) and ("Se", 16) in letters(d) for d in decorations)


def test_a_prototype_rebuilds_its_structure():
    found = prototype(ARGYRODITE.structure)
    assert found is not None
    assert found.key == key(216, {"Li": 24, "P": 4, "S": 20, "Cl": 4})
    elements, points = [], []
    for (element, position), u in zip(found.orbits, found.parameters, strict=True):
        elements += [element] * position.multiplicity
        points.append(position.orbit(np.array(u)))
    rebuilt = Structure(PymatgenLattice.cubic(9.85), elements, np.concatenate(points))
    original = to_pymatgen(ARGYRODITE.structure)
    assert np.allclose(
        np.sort(rebuilt.distance_matrix.ravel()),
        np.sort(original.distance_matrix.ravel()),
        atol=1e-4,
    )


def test_disordered_and_unknown_structures_are_left_out():
    mixed = Crystal(
        ((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0)),
        (Site((("Li", 0.5), ("Na", 0.5)), (0.0, 0.0, 0.0)), Site((("Cl", 1.0),), (0.5, 0.5, 0.5))),
    )
    formula_only = Candidate((("Li", 1.0), ("Cl", 1.0)))
    library = Prototypes([candidate_from_structure(mixed), formula_only], aflow=False)
    assert not library.matching(221, {"Li": 1, "Cl": 1})


@pytest.mark.slow
def test_nearly_all_prototypes_of_aflow_can_be_read():
    from samplers.prototypes import _aflow, _labels  # noqa: PLC0415

    rows = _labels()
    assert sum(map(len, rows.values())) >= 288
    assert sum(len(_aflow(wanted)) for wanted in rows) >= 284
