"""The configurations with a generator that ship with the package."""

from pathlib import Path

import pytest
import yaml

from discovery import registry
from discovery.assemble import assemble
from discovery.config import read
from discovery.datasets.reference import ReferenceDataset

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("gflownet*.yaml"))


def small(path, folder):
    """The same campaign with less of everything."""
    config = yaml.safe_load(path.read_text())
    config |= {"budget": 7.0, "proxy": {"name": "staged", "trees": 10}}
    loop = config["loop"]
    loop |= {"crystals": 4, "batch_size": 4, "batch_cost": 2}
    loop["initial"] = dict.fromkeys(loop["initial"], 5)
    loop["generator"]["generator"] |= {"calls": 150}
    target = folder / path.name
    target.write_text(yaml.safe_dump(config))
    return target


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_generator_can_be_built_and_has_calls(path):
    section = yaml.safe_load(path.read_text())["loop"]["generator"]
    known = ReferenceDataset().load().candidates
    made = registry.build("generator", section.pop("name"), section, known=known)
    assert made.calls == section["generator"]["calls"]


def test_the_random_campaign_differs_from_that_of_the_policy_in_its_generator_alone():
    one, other = (
        yaml.safe_load((CONFIGS[0].parent / f"{name}.yaml").read_text())
        for name in ("gflownet", "gflownet_random")
    )
    other["name"] = one["name"]
    policy, chance = (found["loop"]["generator"].pop("generator") for found in (one, other))
    assert one == other
    assert chance.pop("name") == "random"
    assert chance == {key: policy[key] for key in ("calls", "limits")}
    assert policy.keys() - chance.keys() == {"name", "betas"}


@pytest.mark.slow
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_campaign_of_less_of_everything_asks_about_generated_crystals(path, tmp_path):
    config = read(small(path, tmp_path))
    with assemble(config, tmp_path / "journal.db") as parts:
        parts.loop.run(parts.campaign, parts.executor)
        record = parts.campaign.record
    asked = [e for e in record.entries if e.query.candidate in set(record.generated)]
    assert asked
    assert all(e.query.candidate.structure is not None for e in asked)
    if "fidelities" in path.stem:
        assert "bond_valence" in {e.query.fidelity for e in asked}
