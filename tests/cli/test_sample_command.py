import json

import pytest
from typer.testing import CliRunner

from discovery.chemistry.structures import read_cif
from discovery.cli.app import app
from discovery.codec import candidate_from_json
from discovery.errors import DiscoveryError, InvalidInputError

SMALL = {
    "elements": ["Li", "O", "S", "Cl"],
    "distinct": [2, 3],
    "atoms": [2, 24],
    "space_groups": [1, 62, 166, 225],
}
QUICK = ("--dataset", "reference", "--proxy", 'staged={"trees": 10}')


def sampler(name, **options):
    return f"{name}={json.dumps({'calls': 60, 'limits': SMALL, **options})}"


def run(*arguments):
    return CliRunner().invoke(app, ["sample", *map(str, arguments)], catch_exceptions=False)


def rows(found):
    return [json.loads(line) for line in found.stdout.splitlines()]


def test_crystals_are_printed_best_first_one_per_line():
    found = run("--sampler", sampler("random"), "--n", 5, *QUICK)
    assert found.exit_code == 0
    told = rows(found)
    assert [row["rank"] for row in told] == [1, 2, 3, 4, 5]
    assert sorted((row["mean"] for row in told), reverse=True) == [row["mean"] for row in told]
    for row in told:
        candidate = candidate_from_json(row)
        assert candidate.id == row["id"]
        assert candidate.formula == row["formula"]
        assert candidate.fractions["Li"] > 0
        assert candidate.space_group in SMALL["space_groups"]
    assert "scored: 60" in found.stderr


def test_the_same_seed_makes_the_same_crystals():
    arguments = ("--sampler", sampler("random"), "--n", 3, *QUICK, "--seed")
    first, again, other = (rows(run(*arguments, seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_realised_crystals_are_exported_as_cifs(tmp_path):
    folder, out = tmp_path / "cifs", tmp_path / "made.jsonl"
    found = run(
        *("--sampler", sampler("random"), "--n", 2, *QUICK, "--cif-dir", folder, "--out", out)
    )
    told = [json.loads(line) for line in out.read_text().splitlines()]
    assert f"{len(told)} crystals in {out}" in found.stdout
    assert told
    assert sorted(map(str, folder.iterdir())) == sorted(row["cif"] for row in told)
    for row in told:
        assert candidate_from_json(row).structure is not None
        assert read_cif(row["cif"]).composition.keys() == {e for e, _ in row["composition"]}
    assert "tried to realise: " in found.stderr


def test_a_policy_is_kept_and_goes_on(tmp_path):
    policy = tmp_path / "one.policy"
    options = {"batch": 10, "warm": 2, "hidden": 8}
    first = run(*("--sampler", sampler("gflownet", **options), "--n", 2, *QUICK, "--save", policy))
    assert first.exit_code == 0
    again = run("--policy", policy, "--n", 2, *QUICK)
    assert again.exit_code == 0
    assert len(rows(again)) == 2
    (tmp_path / "no.policy").write_bytes(b"")
    with pytest.raises(InvalidInputError, match="is no trained policy"):
        run("--policy", tmp_path / "no.policy", *QUICK)

    with pytest.raises(InvalidInputError, match="has learned, which is of no use to 'random'"):
        run("--policy", policy, "--sampler", sampler("random"), *QUICK)


def test_a_generator_that_learns_nothing_has_no_policy_and_its_crystals_are_not_lost(tmp_path):
    made = tmp_path / "made.jsonl"
    with pytest.raises(InvalidInputError, match="'random' learns nothing that could be kept"):
        run("--sampler", sampler("random"), *QUICK, "--save", tmp_path / "a", "--out", made)
    assert len(made.read_text().splitlines()) == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--sampler", sampler("random", foo=1)), "foo"),
        (("--sampler", sampler("random", limits={"elements": ["Li", "Na"]})), "no neutral crystal"),
        (("--sampler", sampler("gflownet", fidelities=2)), "fidelities = 2, and there are 1"),
        (("--save", "nowhere/one.policy"), "--save nowhere/one.policy: there is no folder nowhere"),
        (("--out", "nowhere/made.jsonl"), "there is no folder nowhere"),
        (("--cif-dir", __file__), "is a file; name a folder"),
    ],
)
def test_mistakes_are_told_before_anything_is_learned(monkeypatch, arguments, message):
    monkeypatch.setattr("discovery.cli.learning.trained_proxy", lambda *_: pytest.fail("too late"))
    with pytest.raises(DiscoveryError, match=message):
        run(*arguments, *QUICK)


def test_cifs_of_two_samples_are_not_mixed(tmp_path):
    (tmp_path / "0001_LiCl.cif").touch()
    with pytest.raises(InvalidInputError, match="holds CIFs already; name an empty folder"):
        run("--sampler", sampler("random"), *QUICK, "--cif-dir", tmp_path)


def test_known_materials_are_told_from_new_ones():
    found = rows(
        run("--sampler", 'substitution={"calls": 300, "library": false}', "--n", 300, *QUICK)
    )
    assert {row["known"] for row in found} == {True, False}
