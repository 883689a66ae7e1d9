import dataclasses
import inspect
import itertools
import typing

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import candidates

from discovery.errors import UnknownNameError
from discovery.features import composition, geometry, physics, stages
from discovery.features.stages import STAGES, featurise, richest_stage, supports
from discovery.testing.probes import model_probes, oracle_probes
from discovery.types import Candidate


def test_each_stage_includes_the_earlier_ones():
    pool = model_probes()
    tables = [featurise(pool, stage) for stage in STAGES]
    for earlier, later in itertools.pairwise(tables):
        width = len(earlier.names)
        assert later.names[:width] == earlier.names
        np.testing.assert_array_equal(later.values[:, :width], earlier.values)
    assert tables[-1].values.shape == (len(pool), len(tables[-1].names))
    assert len(set(tables[-1].names)) == len(tables[-1].names)


def test_an_unknown_stage_is_named_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"unknown feature stage 'fysics'; did you mean"):
        featurise(model_probes(), "fysics")


def test_the_richest_stage_is_what_the_candidate_knows():
    formula = Candidate((("Li", 1.0), ("F", 1.0)))
    cell = Candidate((("Li", 1.0), ("F", 1.0)), space_group=225)
    crystal = oracle_probes()[0]
    assert richest_stage([formula, cell, crystal]).tolist() == [0, 1, 2]
    assert supports([formula, cell, crystal], "geometry").tolist() == [False, True, True]


def test_no_candidates_give_an_empty_table():
    for stage in STAGES:
        table = featurise([], stage)
        assert table.values.shape == (0, len(table.names))


@settings(max_examples=20, deadline=None)
@given(candidates())
def test_every_candidate_gets_finite_numbers_or_nan(candidate):
    values = featurise([candidate], "physics").values
    assert not np.isinf(values).any()


def test_features_take_candidates_and_nothing_else():
    """No label, DOI or measured value can reach a feature: no function has a place for one."""
    for compute in (
        composition.composition_features,
        geometry.geometry_features,
        physics.physics_features,
    ):
        (parameter,) = inspect.signature(compute).parameters.values()
        assert typing.get_args(parameter.annotation) == (Candidate,)
    assert list(inspect.signature(featurise).parameters) == ["candidates", "stage"]
    known = {"composition", "z", "space_group", "lattice", "structure", "name", "descriptors"}
    assert {field.name for field in dataclasses.fields(Candidate)} == known


def test_the_name_of_a_candidate_is_no_feature():
    for candidate in oracle_probes():
        other = dataclasses.replace(candidate, name="10.1021/conducts.well 1e-2")
        for compute in stages._COMPUTE.values():
            first, second = compute([candidate]), compute([other])
            for name, values in first.items():
                np.testing.assert_array_equal(second[name], values)
