"""Every part of every shelf keeps the contract of its role; new parts are found by themselves."""

import inspect
import json
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
import real_data
from pydantic_core import PydanticUndefined

from discovery import registry
from discovery.errors import ConfigError
from discovery.evaluation import evaluate
from discovery.options import Options
from discovery.testing import (
    check_acquisition,
    check_dataset,
    check_executor,
    check_generator,
    check_loop,
    check_oracle,
    check_proxy,
    check_sampler,
    check_stopping,
)
from discovery.testing.probes import model_probes, oracle_probes
from discovery.testing.toys import TARGET, truth
from discovery.types import Bound, Dataset, Estimate, Query

ROOT = Path(__file__).resolve().parent.parent


# beyond the pool there is always something left to ask
STOPPING = {
    "generative": ("any", {"rules": [{"name": "budget"}, {"name": "max_rounds", "rounds": 12}]})
}


def parts(*roles):
    """(role, name) of every built-in part, as test parameters."""
    found = []
    for role in roles or registry.SHELVES:
        shelf = registry.SHELVES[role]
        catalogue = import_module(shelf).CATALOGUE
        found += [pytest.param(role, name, id=f"{role}-{name}") for name in catalogue]
    return found


def toy_dataset():
    """The probes with labels, one of them a bound, and some without."""
    pool = tuple({c.id: c for c in [*model_probes(), *oracle_probes()]}.values())
    labels = {c.id: Estimate(truth(c)) for c in pool[:12]}
    labels[pool[12].id] = Bound("left", -10.0)
    return Dataset("toy", pool, labels)


def toy_table(folder):
    """A user's table, for the loader that wants one."""
    path = folder / "own.csv"
    path.write_text("formula,sigma\nLi6PS5Cl,1e-3\nLi3N,2e-4\nLiCl,<1E-10\nLiBr,\n")
    return str(path)


def toy_phases(folder):
    """Energies in eV of elements and compounds, for the oracle that compares them."""
    path = folder / "phases.json"
    energies = {"Li": 0, "O": 0, "Cl": 0, "N": 0, "Li2O": -6.2, "LiCl": -4.2, "Li3N": -1.7}
    phases = [{"composition": key, "energy": energy} for key, energy in energies.items()]
    path.write_text(json.dumps(phases))
    return str(path)


UCB = {"name": "ucb"}
RULES = {
    ("stopping", "any"): {"rules": [{"name": "budget"}]},
    ("stopping", "all"): {"rules": [{"name": "budget"}]},
    ("stopping", "target_found"): {"value": -6.0},
    ("acquisition", "ratio"): {"acquisition": UCB},
    ("acquisition", "guarded"): {"acquisition": {"name": "multifidelity"}, "fallback": UCB},
}


def required_options(role, name, folder):
    """Options that a part cannot do without: rules in a rule, the path of a table."""
    if role == "dataset":
        return {
            "table": {"path": toy_table(folder)},
            "obelix": {"data_dir": str(real_data.find("obelix"))},
        }.get(name, {})
    if role == "oracle":
        inner = {"oracle": {"name": "sendek"}}
        return {
            "cached": {**inner, "directory": str(folder)},
            "noisy": {**inner, "standard_deviation": 0.3},
            "costed": {**inner, "price": 0.5},
            "arrhenius": {"oracle": {"name": "ewald"}},
            "time_limited": inner,
            "dft": {"calculator": "ase.calculators.lj:LennardJones", "arguments": {"rc": 6.0}},
            "stability_window": {"source": "file", "path": toy_phases(folder)},
            "softbv_kmc": {
                "hops_per_ion": 5000,
                "ions": 4,
                "resolution": 0.4,
                "temperatures": [1500, 2500],
            },
            "force_field": {"relax": False},  # relaxed and moved by CHGNet in the slow suite
            "force_field_md": {
                "calculator": "force_field_cases:Field",
                "temperatures": [800.0, 1000.0],
                "min_length": 6.0,
                "equilibration_ps": 0.0,
                "production_ps": 0.12,
                "blocks": 2,
            },
            "force_field_neb": {
                "calculator": "force_field_cases:Field",
                "min_length": 4.0,
                "images": 1,
                "max_steps": 25,
            },
        }.get(name, {})
    if role == "generator":
        small = {
            "elements": ("Li", "O", "S", "Cl"),
            "distinct": (2, 3),
            "atoms": (2, 24),
            "space_groups": (1, 62, 166, 225),
        }
        plain = {"calls": 60, "limits": small}
        return {
            "evolve": {**plain, "population": 20},
            "gflownet": {**plain, "batch": 10, "warm": 2, "hidden": 8},
            "realised": {"generator": {"name": "random", **plain}},
        }.get(name, plain)
    if role == "loop":  # a short design, so that the proxy has a say in the toy campaigns
        short = {"initial": {"hint": 6, "target": 2}, "batch_size": 2}
        generator = {"name": "random", **required_options("generator", "random", folder)}
        return {
            "sequential": short,
            "generative": {**short, "generator": generator, "crystals": 5},
        }.get(name, {})
    return RULES.get((role, name), {})


def build(role, name, folder, *, proxy="gp", acquisition="ucb"):
    resources = {}
    if role == "oracle":
        resources = {"dataset": toy_dataset()}
    if role == "loop":
        resources = {
            "proxy": registry.build("proxy", proxy, {}),
            "acquisition": registry.build("acquisition", acquisition, {}),
            "sampler": registry.build("sampler", "greedy", {}),
            "stopping": registry.build("stopping", *STOPPING.get(name, ("budget", {}))),
            "known": toy_dataset().candidates,
        }
    if role == "generator":
        resources = {"known": toy_dataset().candidates}
    if role == "executor":
        oracle = registry.build("oracle", "table", {}, dataset=toy_dataset())
        resources = {
            "oracles": {TARGET.name: ("table", oracle, oracle.cost)},
            "seed": 3,
            "workers": ThreadPoolExecutor(2),
        }
    return registry.build(role, name, required_options(role, name, folder), **resources)


@pytest.mark.parametrize(("role", "name"), parts())
def test_every_part_has_options_that_are_its_constructor(role, name):
    options = import_module(f"{registry.SHELVES[role]}.options").OPTIONS
    assert set(options) == set(import_module(registry.SHELVES[role]).CATALOGUE)
    model, part = options[name], registry.load(role, name)
    assert issubclass(model, Options)
    arguments = {
        parameter.name: parameter.default
        for parameter in inspect.signature(part).parameters.values()
        if parameter.name not in getattr(part, "needs", ())
    }
    assert set(model.model_fields) == set(arguments)
    for field, info in model.model_fields.items():
        assert info.description, f"{model.__name__}.{field} has no description"
        option, argument = info.get_default(call_default_factory=True), arguments[field]
        if option is PydanticUndefined:
            assert argument is inspect.Parameter.empty
        else:
            # None may stand for an empty list or mapping, which is no default in Python
            assert option == argument or not (option or argument), field


@pytest.mark.parametrize(("role", "name"), parts())
def test_every_part_refuses_an_option_that_it_does_not_have(role, name, tmp_path):
    options = {**required_options(role, name, tmp_path), "no_such_option": 1}
    with pytest.raises(ConfigError, match=r"no_such_option: unknown field"):
        registry.build(role, name, options)


@pytest.mark.parametrize(("role", "name"), parts())
def test_every_part_says_what_it_is(role, name):
    part = registry.load(role, name)
    assert inspect.getdoc(part)
    assert part.__module__.partition(".")[0] == registry.SHELVES[role].partition(".")[0]


@pytest.mark.parametrize(("role", "name"), parts("oracle"))
def test_every_oracle_keeps_its_contract(role, name, tmp_path):
    check_oracle(build(role, name, tmp_path), toy_dataset().candidates[:6])


@pytest.mark.parametrize(("role", "name"), parts("proxy"))
def test_every_proxy_keeps_its_contract(role, name, tmp_path):
    check_proxy(build(role, name, tmp_path))


@pytest.mark.parametrize(("role", "name"), parts("sampler"))
def test_every_sampler_keeps_its_contract(role, name, tmp_path):
    check_sampler(build(role, name, tmp_path))


@pytest.mark.parametrize(("role", "name"), parts("generator"))
def test_every_generator_keeps_its_contract(role, name, tmp_path):
    check_generator(build(role, name, tmp_path), 8)


@pytest.mark.parametrize(("role", "name"), parts("acquisition"))
def test_every_acquisition_function_keeps_its_contract(role, name, tmp_path):
    check_acquisition(build(role, name, tmp_path))


@pytest.mark.parametrize(
    ("proxy", "acquisition"),
    [("gp", "ucb"), ("staged", "thompson"), ("multitask", "multifidelity")],
)
@pytest.mark.parametrize(("role", "name"), parts("loop"))
def test_every_loop_keeps_its_contract(role, name, proxy, acquisition, tmp_path):
    check_loop(build(role, name, tmp_path, proxy=proxy, acquisition=acquisition))


@pytest.mark.parametrize(("role", "name"), parts("stopping"))
def test_every_stopping_rule_keeps_its_contract(role, name, tmp_path):
    check_stopping(build(role, name, tmp_path))


@pytest.mark.parametrize(("role", "name"), parts("executor"))
def test_every_executor_keeps_its_contract_and_answers_as_the_oracle_does(role, name, tmp_path):
    executor = build(role, name, tmp_path)
    pool = toy_dataset().candidates[8:16]
    queries = [Query(candidate, TARGET.name) for candidate in pool]
    check_executor(executor, queries, silent=[Query(pool[0], "laboratory")])
    oracle = registry.build("oracle", "table", {}, dataset=toy_dataset())
    for query, told in zip(queries, executor.evaluate(queries), strict=True):
        cost = oracle.cost(query.candidate)
        expected = evaluate(oracle, "table", query, cost=cost, seed=3)
        assert (told.status, told.value, told.bound, told.cost, told.seed) == (
            expected.status,
            expected.value,
            expected.bound,
            expected.cost,
            expected.seed,
        )


@pytest.mark.parametrize(("role", "name"), parts("dataset"))
def test_every_data_set_keeps_its_contract(role, name, tmp_path):
    if name == "materials_project":
        pytest.skip("asks a server; its own tests use recorded answers")
    if name == "obelix":
        real_data.folder(name)
    assert check_dataset(build(role, name, tmp_path)).candidates
