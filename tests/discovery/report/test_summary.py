import json

import pytest
from report_story import Story, candidate, forecast, query

from discovery.report.summary import summary
from discovery.types import Bound, Estimate


def test_the_key_numbers_are_those_of_the_events(story: Story) -> None:
    facts = summary(story.record)
    assert facts["spent"] == pytest.approx(0.1 + 0.0 + 1.0 + 1.5 + 1.0 + 1.0)
    assert facts["reserved"] == pytest.approx(1.0)
    assert facts["remaining"] == pytest.approx(20 - 4.6 - 1.0)
    assert (facts["rounds"], facts["asked"], facts["pending"]) == (3, 7, 1)
    assert facts["fidelities"]["measured"] == {
        "asked": 5, "ok": 3, "refused": 0, "failed": 1, "timeout": 0, "lost": 0, "pending": 1,
        "cost": pytest.approx(4.5),
    }  # fmt: skip
    assert facts["fidelities"]["cheap"]["refused"] == 1
    assert facts["best"]["value"] == -3.5
    assert facts["best"]["name"] == "fast one"
    assert (facts["fast_found"], facts["measured"]) == (1, 3)
    assert facts["stopped"] is None
    assert "recall" not in facts


def test_the_costs_of_the_fidelities_add_up_to_what_is_spent(story: Story) -> None:
    facts = summary(story.record)
    total = sum(counts["cost"] for counts in facts["fidelities"].values())
    assert total == pytest.approx(facts["spent"])


def test_recall_is_told_when_the_truth_is_given(story: Story) -> None:
    truth = {candidate(0, structure=True).id: Estimate(-3.5), candidate(9).id: Estimate(-3.0)}
    facts = summary(story.record, truth=truth, hit_fraction=1.0)
    assert (facts["hits"], facts["hits_found"], facts["recall"]) == (2, 1, 0.5)


def test_a_truth_without_labels_gives_no_recall(story: Story) -> None:
    assert "recall" not in summary(story.record, truth={})


def test_it_is_plain_json(story: Story) -> None:
    facts = summary(story.record)
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts


def test_a_campaign_that_was_only_created_has_nothing() -> None:
    facts = summary(Story().record)
    assert (facts["spent"], facts["rounds"], facts["best"], facts["fast_found"]) == (0, 0, None, 0)
    assert facts["started"] == facts["updated"]


def test_the_reason_to_stop_is_told(story: Story) -> None:
    story.add("stopped", reason="the budget is used up")
    assert summary(story.record)["stopped"] == "the budget is used up"


@pytest.mark.parametrize(("bound", "found"), [(Bound("left", -3.0), 0), (Bound("right", -3.0), 1)])
def test_only_a_bound_from_below_can_prove_a_fast_conductor(bound: Bound, found: int) -> None:
    story = Story()
    story.ask((query(candidate(0)), forecast(-5.0)))
    story.tell(query(candidate(0)), bound=bound)
    facts = summary(story.record)
    assert facts["fast_found"] == found
    assert facts["best"] is None


def test_a_late_result_replaces_the_verdict_lost_and_is_charged_once() -> None:
    story = Story()
    story.ask((query(candidate(0)), forecast(-5.0)))
    story.tell(query(candidate(0)), "lost", reason="no answer")
    assert summary(story.record)["fidelities"]["measured"]["lost"] == 1
    story.tell(query(candidate(0)), value=-4.0, cost=0.5)
    facts = summary(story.record)
    assert facts["fidelities"]["measured"]["lost"] == 0
    assert facts["best"]["value"] == -4.0
    assert facts["spent"] == pytest.approx(0.5)
