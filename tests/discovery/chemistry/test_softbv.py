import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.chemistry import softbv
from discovery.chemistry.softbv import (
    bond_valence,
    covalent_radius,
    ionic_radius,
    morse,
    partners,
    principal_quantum_number,
)
from discovery.errors import InvalidInputError


def test_lithium_and_oxygen_have_the_published_parameters():
    potential = morse("Li", 1, "O", -2)
    assert (potential.depth, potential.minimum) == (0.98816, 1.940013)
    assert potential.stiffness == 1.937984
    bond = bond_valence("Li", 1, "O", -2)
    assert bond.r0 == 1.17096
    assert bond.b == pytest.approx(0.516, abs=1e-4)


def test_an_ion_knows_its_partners():
    assert partners("Li", 1) == ("N3-", "O2-", "F-", "S2-", "Cl-", "Se2-", "Br-", "Te2-", "I-")
    assert partners("He", 2) == ()


def test_mean_states_take_the_nearest_tabulated_one():
    assert bond_valence("V", 4.4, "O", -2) == bond_valence("V", 4, "O", -2)
    assert bond_valence("V", 4.6, "O", -1.8) == bond_valence("V", 5, "O", -2)
    assert bond_valence("V", 4.5, "O", -2) == bond_valence("V", 4, "O", -2)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (("Li", 1, "P", -3), r"no parameters for Li\+ with P3-; it lists Li\+ with N3-, O2-"),
        (("Li", 1, "H", -1), r"Li\+ with H-"),
        (("Li", 1, "S", -1), r"Li\+ with S-;"),
        (("Li", 1, "O", -1.4), r"Li\+ with O1.4-"),
        (("He", 2, "O", -2), r"He2\+ with O2-$"),
        (("Qq", 1, "O", -2), "'Qq' is no element"),
    ],
)
def test_missing_pairs_are_named(pair, message):
    with pytest.raises(InvalidInputError, match=message):
        morse(*pair)


def test_a_misprinted_stiffness_has_a_bond_valence_but_no_potential():
    assert bond_valence("Mg", 2, "I", -1).b == pytest.approx(0.731, abs=1e-3)
    with pytest.raises(InvalidInputError, match=r"of Mg2\+ and I- is misprinted: .* -1.36"):
        morse("Mg", 2, "I", -1)


def test_radii_and_shells_are_tabulated():
    assert covalent_radius("Li", 1) == 1.31
    assert covalent_radius("Fe", 2.6) == 1.26
    assert covalent_radius("S", -2) > covalent_radius("S", 6)
    assert [principal_quantum_number(e) for e in ("H", "Li", "Na", "K", "La")] == [1, 2, 3, 4, 6]
    assert ionic_radius("O", -2) == pytest.approx(1.382)  # Shannon: 1.35 to 1.42, five of them
    assert ionic_radius("Fe", 2.4) == ionic_radius("Fe", 2) > ionic_radius("Fe", 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: covalent_radius("He", 2), r"no covalent radius for He2\+"),
        (lambda: covalent_radius("Li", -1), r"no covalent radius for Li-"),
        (lambda: principal_quantum_number("He"), "no principal quantum number for He"),
        (lambda: ionic_radius("P", -3), "no ionic radius for P3-"),
    ],
)
def test_missing_ions_are_named(call, message):
    with pytest.raises(InvalidInputError, match=message):
        call()


@given(st.sampled_from(["N", "O", "F", "S", "Cl", "Se", "Br", "Te", "I"]))
def test_every_potential_of_lithium_is_one(anion):
    charge = {"N": -3, "O": -2, "S": -2, "Se": -2, "Te": -2}.get(anion, -1)
    potential = morse("Li", 1, anion, charge)
    assert potential.depth > 0
    assert potential.stiffness == pytest.approx(1 / bond_valence("Li", 1, anion, charge).b)
    assert 1.8 < potential.minimum < 2.9


def test_only_the_data_of_bvlain_are_read():
    code = (
        "import sys; from discovery.chemistry.softbv import morse; morse('Li', 1, 'O', -2); "
        "sys.exit('bvlain' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_to_install_is_said(monkeypatch):
    monkeypatch.setattr(softbv, "find_spec", lambda _name: None)
    with pytest.raises(InvalidInputError, match="pip install bvlain"):
        softbv._folder()
