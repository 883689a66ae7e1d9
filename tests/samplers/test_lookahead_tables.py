"""Look-ahead tables: least atoms to complete a composition, kept between processes."""

from dataclasses import replace

import numpy as np
import pytest
from crystal_cases import SMALL

from samplers.gflownet import lookahead
from samplers.gflownet.attainable import attainable
from samplers.gflownet.balance import Span, ions
from samplers.gflownet.lookahead import tables
from samplers.limits import Limits


def build(limits):
    automata, _ = attainable(limits.space_groups, min(limits.most, limits.atoms[1]))
    return tables(automata, ions(limits), limits)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(lookahead, "cache_dir", lambda _: tmp_path)
    monkeypatch.setattr(lookahead, "_WORTH_KEEPING", 0)
    return tmp_path


def test_tables_are_read_from_the_cache_and_are_the_same(folder, monkeypatch) -> None:
    first = build(SMALL)
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(lookahead, "_filled", None)  # cannot be built again
    second = build(SMALL)
    assert np.array_equal(first.complete, second.complete)
    assert np.array_equal(first.chosen, second.chosen)


@pytest.mark.parametrize("content", [b"", b"no table", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_damaged_cache_is_passed_over(folder, content) -> None:
    first = build(SMALL)
    (path,) = folder.iterdir()
    path.write_bytes(content)
    assert np.array_equal(build(SMALL).complete, first.complete)


def test_other_limits_have_other_tables(folder) -> None:
    for limits in (SMALL, replace(SMALL, pauling=False), replace(SMALL, atoms=(2, 20))):
        build(limits)
    assert len(list(folder.iterdir())) == 3


@pytest.mark.usefixtures("folder")
def test_the_entry_of_the_empty_cell_is_the_smallest_crystal() -> None:
    limits = Limits(elements=("Li", "O"), space_groups=(1,), atoms=(2, 20), most=20)
    found = build(limits)
    (shape,) = found.shapes
    assert found.complete[shape.bound] == 3  # Li2O
    assert found.possible() == [True]


@pytest.mark.slow  # compiles the programme for wider entries
@pytest.mark.usefixtures("folder")
def test_cells_above_the_range_of_a_byte_have_wider_entries() -> None:
    limits = Limits(elements=("Li", "O"), space_groups=(1,), atoms=(2, 300), most=300)
    assert build(limits).complete.dtype == np.uint16


def test_ions_stand_in_the_order_of_their_electronegativity() -> None:
    found = ions(replace(SMALL, elements=("O", "Cl", "S", "Li", "P")))
    assert found.symbols == ("Li", "P", "S", "Cl", "O")
    assert dict(zip(found.symbols, found.states, strict=True))["P"] == (-3, 5)


def test_mixed_valence_spans_neighbouring_states_of_one_sign() -> None:
    found = ions(Limits(elements=("Li", "Fe", "P", "O"), one_state=False))
    spans = dict(zip(found.symbols, found.spans, strict=True))
    assert spans["Fe"] == (Span(2, 1),)
    assert spans["P"] == (Span(-3), Span(5))
    assert list(Span(2, 1).charges(3)) == [6, 7, 8, 9]
    assert list(Span(-2).charges(3)) == [-6]


@pytest.mark.parametrize(
    ("counts", "pauling", "balanced"),
    [
        ({"Li": 3, "P": 1, "S": 4}, True, True),
        ({"Li": 3, "P": 1, "S": 3}, True, False),
        ({"Li": 1, "P": 1, "S": 1}, True, False),
        ({"Li": 3, "P": 1}, True, True),
        ({"P": 2, "S": 1}, True, False),
        ({"P": 2, "S": 1}, False, True),  # S6+ and P3-, against Pauling's test
    ],
)
def test_neutral_compositions_are_told(counts, pauling, balanced) -> None:
    found = ions(replace(SMALL, pauling=pauling))
    assert found.neutral([counts.get(symbol, 0) for symbol in found.symbols]) == balanced
