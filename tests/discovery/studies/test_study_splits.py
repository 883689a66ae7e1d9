import numpy as np
import pytest
from scipy.stats import t
from study_cases import made_up

from discovery.errors import InvalidInputError
from discovery.report.study_splits import facts, markdown
from discovery.studies.contenders import METRICS, Contender
from discovery.studies.memory import Memory
from discovery.studies.official import open_test, openings
from discovery.studies.splits import SplitStudy, run

DATA = made_up()
REPORT = Contender("the report's", "report", {"stage": "composition"})
STAGED = Contender("staged", "staged", {"stage": "composition", "trees": 10})


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    memory = Memory(tmp_path_factory.mktemp("study"))
    found = run(DATA, (REPORT, STAGED), splits=3, seed=1, memory=memory)
    done = []
    again = run(
        DATA, (REPORT, STAGED), splits=2, seed=1, memory=memory, done=lambda: done.append(1)
    )
    return found, again, done


def made(first, second, tested=0.2):
    values = {"a": {"mae": np.array(first)}, "b": {"mae": np.array(second)}}
    share = np.full(len(first), tested)
    return SplitStudy((REPORT, STAGED), values, share, groups=9, rows=60, seed=0, digest="")


def test_every_contender_is_judged_on_the_same_splits_by_every_metric(study):
    found, *_ = study
    assert set(found.scores) == {"the report's", "staged"}
    for columns in found.scores.values():
        assert set(METRICS) - set(columns) <= {"auc_1e-3", "auc_1e-4"}
        assert all(values.shape == (3,) for values in columns.values())
    assert ((found.tested >= 0.18) & (found.tested <= 0.23)).all()
    assert np.nanmean(found.scores["staged"]["spearman"]) > 0.3


def test_fewer_splits_are_the_first_of_more_and_are_remembered(study):
    found, again, done = study
    assert len(done) == 4
    for title, columns in again.scores.items():
        for name, values in columns.items():
            assert values == pytest.approx(found.scores[title][name][:2], nan_ok=True)


def test_a_difference_is_paired_and_widened_for_shared_training_rows():
    study = made([1.0, 2.0, 4.0], [0.5, 2.5, 2.0])
    paired = study.paired("a", "b", "mae")
    difference = np.array([0.5, -0.5, 2.0])
    assert paired.mean == pytest.approx(difference.mean())
    assert paired.deviation == pytest.approx(difference.std(ddof=1))
    half = t.ppf(0.975, 2) * difference.std(ddof=1) * np.sqrt(1 / 3 + 0.25)
    assert paired.interval == pytest.approx((paired.mean - half, paired.mean + half))
    assert paired.wins == 1  # errors: less is better
    assert study.paired("b", "a", "mae").wins == 2


def test_splits_without_a_score_are_left_out_of_a_difference():
    paired = made([1.0, np.nan, 4.0, 3.0], [0.5, 2.5, np.nan, 1.0]).paired("a", "b", "mae")
    assert paired.splits == 2
    assert made([1.0, 2.0], [0.5, 2.5]).shared("a", "b") == ["mae"]
    assert made([1.0, np.nan], [0.5, 2.5]).shared("a", "b") == []
    with pytest.raises(InvalidInputError, match="mae: 1 shared splits have no deviation"):
        made([1.0, np.nan], [0.5, 1.0]).paired("a", "b", "mae")


def test_two_contenders_of_one_title_are_refused():
    with pytest.raises(InvalidInputError, match="need different titles, not the report's, the"):
        run(DATA, (REPORT, REPORT), splits=1, seed=0, memory=Memory(None))


def test_the_page_has_scores_differences_and_wins(study):
    found, *_ = study
    page = markdown(found, "discovery study obelix-splits")
    assert "## Scores on 3 splits" in page
    assert "## staged minus the report's" in page
    assert " of 3 |" in page
    told = facts(found)
    assert told["rows"] == 60
    assert len(told["scores"]["staged"]["spearman"]) == 3
    assert told["differences"]["staged"]["spearman"]["splits"] == 3
    assert told["official"] is None


def test_every_look_at_the_test_rows_is_recorded(tmp_path, study):
    ledger = tmp_path / "deep" / "official.json"
    first = open_test(DATA, [REPORT], seed=0, ledger=ledger)
    second = open_test(DATA, [REPORT], seed=0, ledger=ledger)
    assert first.scores["the report's"]["mae"] == second.scores["the report's"]["mae"] > 0
    records = openings(ledger)
    assert [record.date for record in records] == [first.date, second.date]
    assert records[0].data == DATA.digest
    assert records[0].proxies["the report's"]["proxy"] == "report"
    assert "## The published test rows" in markdown(study[0], "x", second)


def test_a_ledger_that_is_none_is_not_overwritten(tmp_path):
    ledger = tmp_path / "official.json"
    ledger.write_text('[{"date": 1}]')
    with pytest.raises(InvalidInputError, match=r"official\.json is no ledger of test openings"):
        open_test(DATA, [REPORT], seed=0, ledger=ledger)
    assert ledger.read_text() == '[{"date": 1}]'
