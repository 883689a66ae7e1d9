import numpy as np
from hypothesis import given, settings
from strategies import pools

from discovery.agreement.clusters import clusters, composition_key
from discovery.chemistry.formula import candidate_from_formula


def test_one_composition_or_one_origin_makes_a_cluster_also_through_a_chain() -> None:
    formulas = ["Li2O", "Li4O2", "LiCl", "LiBr", "Li3N"]
    pool = [candidate_from_formula(formula, z=i + 1) for i, formula in enumerate(formulas)]
    origin = {pool[1].id: "paper a", pool[2].id: "paper a", pool[3].id: "paper b"}
    found = clusters(pool, origin)
    assert found[0] == found[1] == found[2]
    assert len(set(found.tolist())) == 3


def test_a_formula_may_be_written_for_any_number_of_units() -> None:
    keys = {composition_key(candidate_from_formula(f)) for f in ("Li3PS4", "PLi3S4", "Li6P2S8")}
    assert len(keys) == 1


@settings(max_examples=20)
@given(pools(max_size=6))
def test_clusters_are_numbered_without_gaps(pool) -> None:
    found = clusters(pool, {})
    assert np.unique(found).tolist() == list(range(found.max() + 1))


def test_nobody_is_in_no_cluster() -> None:
    assert len(clusters([], {})) == 0
