import pytest
from loop_cases import CHEAP, TARGET, Campaign

from discovery import registry
from discovery.errors import ConfigError, UnknownNameError
from discovery.testing import check_stopping
from discovery.types import Batch, Bound, Forecast, Observation, Query
from loops.stopping.budget import BudgetSpent
from loops.stopping.progress import Confident, MaxRounds, NoImprovement, TargetFound
from loops.stopping.rule import AllOf, AnyOf, Rule


class Says(Rule):
    def __init__(self, answer):
        self.answer = answer

    def reason(self, _campaign):
        return self.answer


YES, ALSO, NO = Says("yes"), Says("also"), Says(None)


def told(*answers, fidelity="lab", budget=100.0, outlook=None):
    """A campaign with these answers: numbers, bounds as ('<', -8.0), or statuses."""
    campaign = Campaign(42, budget=budget)
    for candidate, answer in zip(campaign.pool, answers, strict=False):
        query = Query(candidate, fidelity)
        campaign.ask(Batch((query,), (0.0,)), [Forecast(None, None, 0.0, "")], outlook or {})
        value = bound = None
        if isinstance(answer, tuple):
            bound = Bound("left" if answer[0] == "<" else "right", answer[1])
        elif not isinstance(answer, str):
            value = answer
        campaign.tell(
            Observation(
                query,
                answer if isinstance(answer, str) else "ok",
                "log10_sigma",
                "log10(S/cm)",
                value=value,
                bound=bound,
                cost=TARGET.cost if fidelity == "lab" else CHEAP.cost,
            )
        )
    return campaign


def test_rules_combine_as_all_and_any():
    campaign = Campaign()
    assert (YES & ALSO).reason(campaign) == "yes and also"
    assert (YES & NO).reason(campaign) is None
    assert (NO | ALSO).reason(campaign) == "also"
    assert (NO | NO).reason(campaign) is None
    assert ((NO | YES) & (ALSO & YES)).reason(campaign) == "yes and also and yes"


def test_rules_in_a_configuration_nest():
    rule = registry.build(
        "stopping",
        "any",
        {
            "rules": [
                {"name": "target_found", "value": 99.0},
                {"name": "all", "rules": [{"name": "max_rounds", "rounds": 2}, {"name": "budget"}]},
            ]
        },
    )
    assert rule.reason(told(-5.0, -5.0)) is None
    assert rule.reason(told(-5.0, -5.0, budget=2.5)).startswith("2 rounds asked and the budget is")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rules": []}, "rules: List should have at least 1 item"),
        ({"rules": [{"name": "budgt"}]}, r"rules.0: unknown name 'budgt'; did you mean 'budget'\?"),
        (
            {"rules": [{"name": "all", "rules": [{"name": "max_rounds", "rounds": 0}]}]},
            "rules.0.all.rules.0.max_rounds.rounds: Input should be greater than or equal to 1",
        ),
        ({"rules": [{"name": "budget", "fidelty": "any"}]}, r"did you mean 'fidelity'\?"),
    ],
)
def test_mistakes_in_nested_rules_are_told_with_their_place(options, message):
    with pytest.raises(ConfigError, match=message):
        registry.build("stopping", "any", options)


def test_an_unknown_rule_is_named():
    with pytest.raises(UnknownNameError, match="unknown stopping rule 'budgett'; did you mean"):
        AnyOf(rules=({"name": "budgett"},))


def test_the_budget_is_spent_when_no_target_query_can_be_paid():
    campaign = told(-5.0, -5.0, budget=2.5)
    reason = BudgetSpent().reason(campaign)
    assert reason == (
        "the budget is spent: 0.5 of 2.5 is left and the cheapest query at 'lab' costs 1"
    )
    assert BudgetSpent(fidelity="any").reason(campaign) is None
    broke = told(-5.0, -5.0, budget=2.05)
    assert BudgetSpent(fidelity="any").reason(broke).endswith("the cheapest query costs 0.1")
    assert BudgetSpent().reason(told(-5.0, budget=2.0)) is None


def test_the_budget_rule_ends_a_campaign_that_has_asked_everything():
    campaign = told(*[-5.0] * 42)
    assert BudgetSpent().reason(campaign) == "every query at 'lab' has been asked"
    assert BudgetSpent(fidelity="any").reason(campaign) is None


def test_found_counts_target_values_and_bounds_that_lie_above():
    rule = TargetFound(value=-4.0, count=2)
    assert rule.reason(told(-3.0, ("<", -3.0), "failed", -5.0)) is None
    assert rule.reason(told(-3.0, (">", -3.5))) == "2 candidates reach -4"
    assert TargetFound(value=-4.0).reason(told(-4.0)) == "1 candidate reaches -4"
    assert TargetFound(value=-4.0).reason(told(-3.0, fidelity="sieve")) is None


def test_no_improvement_counts_target_answers_since_the_best():
    rule = NoImprovement(queries=2)
    assert rule.reason(told(-3.0, -4.0)) is None
    assert rule.reason(told(-3.0, -4.0, "failed", "refused")) is None
    reason = rule.reason(told(-3.0, -4.0, ("<", -10.0)))
    assert reason == "no improvement on -3.00 in the last 2 target answers"
    assert rule.reason(told(-3.0, -4.0, -2.0)) is None
    assert rule.reason(told(*[("<", -10.0)] * 9)) is None


def test_confident_needs_an_outlook_that_is_not_above_the_best():
    assert Confident().reason(told(-3.0)) is None
    assert Confident().reason(told(-3.0, outlook={"upper": -2.9})) is None
    assert Confident().reason(told(("<", -3.0), outlook={"upper": -2.9})) is None
    assert Confident().reason(told(-3.0, outlook={"upper": -3.5})) == (
        "the proxy expects at most -3.50 of the rest, the best is -3.00"
    )


def test_rounds_are_counted():
    assert MaxRounds(rounds=2).reason(told(-3.0)) is None
    assert MaxRounds(rounds=2).reason(told(-3.0, -3.0)) == "2 rounds asked"


@pytest.mark.parametrize(
    "rule",
    [
        BudgetSpent(),
        BudgetSpent(fidelity="any"),
        TargetFound(value=-6.0),
        NoImprovement(queries=1),
        Confident(),
        MaxRounds(rounds=2),
        AnyOf(rules=(BudgetSpent(), MaxRounds(rounds=3))),
        AllOf(rules=(BudgetSpent(), MaxRounds(rounds=3))),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_each_rule_keeps_the_contract(rule):
    check_stopping(rule)
