"""Analytic problems, crystals as problems, and the shelf that names them all."""

import inspect
from dataclasses import replace
from importlib import import_module
from typing import get_args

import numpy as np
import pytest
import real_data
from pydantic_core import PydanticUndefined

from discovery import registry
from discovery.agreement.rank_statistics import exact_values
from discovery.assessment.metrics import spearman
from discovery.benchmark.problems import CATALOGUE
from discovery.benchmark.problems.analytic import FUNCTIONS, AnalyticProblem
from discovery.benchmark.problems.crystals import CrystalProblem
from discovery.benchmark.problems.liang import TABLES
from discovery.benchmark.problems.options import OPTIONS
from discovery.benchmark.problems.problem import ProblemLoader
from discovery.datasets.obelix import ObelixDataset
from discovery.datasets.reference import ReferenceDataset
from discovery.errors import BudgetError, ConfigError, InvalidInputError, UnknownNameError
from discovery.types import Refusal


class Loaded:
    """A data set at hand."""

    def __init__(self, dataset):
        self.dataset = dataset

    def load(self):
        return self.dataset


@pytest.mark.parametrize(
    ("function", "width", "minimum"), [("branin", 2, 0.397887), ("hartmann6", 6, -3.32237)]
)
def test_a_test_function_is_a_pool_that_comes_near_its_minimum(function, width, minimum):
    problem = AnalyticProblem(function).load()
    best = problem.published(problem.target).min()
    assert problem.features.shape == (1024, width)
    assert minimum < best < minimum + 0.7
    assert problem.negated


def test_branin_is_the_function_of_the_textbook():
    problem = AnalyticProblem("branin", points=16).load()
    x, y = problem.features.T
    bowl = (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2
    textbook = bowl + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10
    assert problem.published(problem.target) == pytest.approx(textbook, rel=1e-12)


def test_approximations_are_named_cost_less_and_agree_better_the_nearer_they_are():
    problem = AnalyticProblem("branin", points=256, cheap={0.0: 0.05, 0.5: 0.2}).load()
    assert [(f.name, f.cost) for f in problem.fidelities] == [
        ("level 0", 0.05),
        ("level 0.5", 0.2),
        ("exact", 1.0),
    ]
    agreement = np.corrcoef(problem.values.T)[2] ** 2
    assert 0.4 < agreement[0] < 0.7 < agreement[1] < 0.95


def test_the_pool_is_a_function_of_its_seed():
    first, again = (AnalyticProblem("hartmann6", points=100).load() for _ in range(2))
    assert first.digest == again.digest
    assert first.digest != AnalyticProblem("hartmann6", points=100, seed=1).load().digest


def test_what_is_no_test_function_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'branin'"):
        AnalyticProblem("brain")
    with pytest.raises(InvalidInputError, match=r"\[0, 1\), not 1"):
        AnalyticProblem("branin", cheap={1: 0.1})


def test_crystals_keep_their_candidates_labels_and_bounds():
    data = ReferenceDataset().load()
    problem = CrystalProblem(ReferenceDataset()).load()
    assert problem.candidates == data.candidates
    for row, candidate in enumerate(data.candidates):
        label, answer = data.labels[candidate.id], problem.answer(row, 0)
        assert (type(answer), answer.value) == (type(label), label.value)
    assert np.isfinite(problem.features).all()
    assert (np.ptp(problem.features, axis=0) > 0).all()
    assert "experiment answers 7 of 122 candidates with a bound" in problem.notes


def test_cheap_oracles_answer_for_structures_and_refuse_the_rest():
    problem = CrystalProblem(
        ReferenceDataset(), cheap={"bond_valence": 0.02, "sendek": 0.01}, stage="composition"
    ).load()
    assert [f.name for f in problem.fidelities] == ["bond_valence", "sendek", "experiment"]
    assert problem.costs.tolist() == [0.02, 0.01, 1.0]
    bare = next(i for i, c in enumerate(problem.candidates) if c.structure is None)
    assert isinstance(problem.answer(bare, 0), Refusal)
    both = np.isfinite(problem.values).all(axis=1)
    assert both.sum() > 30
    assert spearman(exact_values(problem.target[both]), problem.values[both, 1]) > 0


def test_candidates_without_a_label_stay_and_cannot_be_measured():
    data = ReferenceDataset().load()
    hidden = data.candidates[0].id
    labels = {name: label for name, label in data.labels.items() if name != hidden}
    problem = CrystalProblem(Loaded(replace(data, labels=labels)), stage="composition").load()
    assert len(problem) == len(data.candidates)
    assert not problem.askable[0, 0]
    assert f"experiment has no answer for 1 of {len(problem)} candidates" in problem.notes


def test_a_group_that_the_data_set_does_not_have_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'family'"):
        CrystalProblem(ReferenceDataset(), group="familiy").load()


def test_obelix_is_a_pool_of_599_with_37_bounds_in_families():
    folder = real_data.folder("obelix")
    dataset = ObelixDataset(data_dir=str(folder), structures=False).load()
    problem = CrystalProblem(Loaded(dataset), group="family").load()
    assert len(problem) == 599
    assert (problem.sides[:, 0] == -1).sum() == 37
    assert problem.whole == 599
    assert problem.top(0.1).sum() == 60
    alone = sum(candidate.id not in dataset.groups["family"] for candidate in problem.candidates)
    assert 30 < len(np.unique(problem.groups)) - alone <= 42


@pytest.mark.slow
def test_obelix_has_cheap_fidelities_for_its_structures():
    folder = real_data.folder("obelix")
    problem = CrystalProblem(
        ObelixDataset(data_dir=str(folder)), cheap={"sendek": 0.01, "bond_valence": 0.02}
    ).load()
    known = problem.askable.sum(axis=0)
    assert 250 < known[0] <= 321
    assert 200 < known[1] <= 321
    assert known[2] == 599


def test_a_suite_names_problems_and_their_parts(monkeypatch):
    monkeypatch.setitem(registry.SHELVES, "problem", "discovery.benchmark.problems")
    loader = registry.build("problem", "analytic", {"function": "branin", "cheap": {"0.5": 0.1}})
    assert loader.load().costs.tolist() == [0.1, 1.0]
    section = {"dataset": {"name": "reference"}, "cheap": {"sendek": 0.01}}
    crystals = registry.build("problem", "crystals", section)
    assert isinstance(crystals.dataset, ReferenceDataset)
    with pytest.raises(ConfigError, match="dataset: unknown name 'obelisk'; did you mean 'obelix'"):
        registry.build("problem", "crystals", {"dataset": {"name": "obelisk"}})


def test_options_name_all_tables_and_functions():
    assert get_args(OPTIONS["liang"].model_fields["table"].annotation) == tuple(TABLES)
    assert get_args(OPTIONS["analytic"].model_fields["function"].annotation) == tuple(FUNCTIONS)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_problem_has_options_that_are_its_constructor_and_a_docstring(name):
    module, _, attribute = CATALOGUE[name].partition(":")
    part = getattr(import_module(module), attribute)
    assert inspect.getdoc(part)
    assert isinstance(part.__new__(part), ProblemLoader)
    arguments = inspect.signature(part).parameters
    assert set(OPTIONS[name].model_fields) == set(arguments)
    for field, info in OPTIONS[name].model_fields.items():
        assert info.description, field
        option = info.get_default(call_default_factory=True)
        given = arguments[field].default
        if option is PydanticUndefined:
            assert given is inspect.Parameter.empty
        else:
            assert option == given or not (option or given), field


@pytest.mark.parametrize("fidelities", [{"low": None}, ["low"]])
def test_a_fidelity_without_a_cost_is_told_with_what_to_write(fidelities, tmp_path, monkeypatch):
    monkeypatch.setitem(registry.SHELVES, "problem", "discovery.benchmark.problems")
    path = tmp_path / "own.csv"
    path.write_text("x,low,y\n1,2,3\n2,3,4\n")
    section = {"path": str(path), "objective": "y", "sense": "maximise", "fidelities": fidelities}
    with pytest.raises(BudgetError, match=r"'low' has no cost; write .* low: 0\.1"):
        registry.build("problem", "table", section).load()
