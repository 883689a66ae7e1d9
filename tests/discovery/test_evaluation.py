import numpy as np
import pytest

from discovery.chemistry.formula import candidate_from_formula
from discovery.evaluation import evaluate
from discovery.ledger import PROVISIONAL
from discovery.types import Bound, Estimate, Query, Refusal

QUERY = Query(candidate_from_formula("Li3N"), "lab")


class Answering:
    version, property, unit = "1", "log10_sigma", "log10(S/cm)"

    def __init__(self, answer):
        self.answer = answer

    def cost(self, candidate):
        return 2.0

    def label(self, candidates, seed):
        if isinstance(self.answer, Exception):
            raise self.answer
        return [self.answer]


def ask(answer):
    return evaluate(Answering(answer), "answering", QUERY, cost=2.0, seed=1)


def test_an_estimate_becomes_an_observation_with_its_provenance():
    told = ask(Estimate(-3.5, 0.2, {"sites": np.int64(4)}))
    assert (told.status, told.value, told.standard_error, told.cost) == ("ok", -3.5, 0.2, 2.0)
    assert told.details == {"sites": 4}
    assert type(told.details["sites"]) is int
    assert (told.oracle, told.version, told.input_hash) == ("answering", "1", QUERY.candidate.id)
    assert told.seed is not None


def test_a_bound_stays_a_bound():
    told = ask(Bound("left", -10.0))
    assert (told.value, told.bound) == (None, Bound("left", -10.0))


def test_a_refusal_is_free_and_has_its_reason():
    told = ask(Refusal("no crystal"))
    assert (told.status, told.reason, told.cost) == ("refused", "no crystal", 0.0)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ValueError("broken pellet"), "ValueError: broken pellet"),
        (-3.5, "answered with a float, not with an outcome"),
        (None, "answered with a NoneType"),
        (Estimate(-3.0, details={"what": object()}), "InvalidInputError"),
        (Estimate(-3.0, details={"what": float("nan")}), "InvalidInputError"),
    ],
)
def test_whatever_an_oracle_does_wrong_is_a_failed_observation_at_its_price(answer, reason):
    told = ask(answer)
    assert told.status == "failed"
    assert reason in told.reason
    assert told.cost == 2.0


def test_an_evaluation_that_was_given_up_is_a_timeout_at_its_price():
    told = ask(TimeoutError("no answer within 5 s"))
    assert (told.status, told.cost) == ("timeout", 2.0)
    assert told.reason == "TimeoutError: no answer within 5 s"
    assert told.status in PROVISIONAL  # a later answer replaces it


def test_the_seed_follows_from_campaign_and_query_alone():
    other = evaluate(Answering(Estimate(1.0)), "answering", QUERY, cost=9.0, seed=1)
    assert other.seed == ask(Estimate(-3.0)).seed
    assert other.seed != evaluate(Answering(Estimate(1.0)), "a", QUERY, cost=9.0, seed=2).seed
