"""Pages about suites: their sentences follow from the numbers, and tell where ours loses."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from benchmark_cases import valley

from discovery.benchmark.cells import plan
from discovery.benchmark.overview import overview
from discovery.benchmark.page import page
from discovery.benchmark.page_choice import CRITERIA, choose
from discovery.benchmark.page_numbers import numbers
from discovery.benchmark.page_words import counted, filled, listed
from discovery.benchmark.problems.problem import Problem
from discovery.benchmark.results import Results, Run
from discovery.benchmark.suite import validate
from discovery.report.sheets import Entry, Sheet

GREEDY, UCB, RANDOM = "points_gp · greedy", "points_gp · ucb", "random"
COUNT = 20
Order = Callable[[np.random.Generator, Problem], np.ndarray]


def best_first(rng: np.random.Generator, problem: Problem) -> np.ndarray:
    """Nearly the best order: neighbours may change places."""
    return np.argsort(-problem.target + rng.normal(0, 2, len(problem)))


def by_chance(rng: np.random.Generator, problem: Problem) -> np.ndarray:
    return rng.permutation(len(problem))


def best_last(rng: np.random.Generator, problem: Problem) -> np.ndarray:
    return best_first(rng, problem)[::-1]


def told(
    orders: dict[str, Order],
    *,
    replicates: int = 6,
    names: tuple[str, ...] = ("valley",),
    **changes,
) -> Results:
    """Results as if each strategy had asked the target in the order that is given."""
    suite = validate(
        {
            "name": "told",
            "replicates": replicates,
            "budget": "100%",
            "initial": {"target": 2},
            "top": 0.2,
            "judged": 2,
            "baseline": RANDOM,
            "problems": [{"name": "analytic", "function": "branin"}],
            "proxies": [{"name": "points_gp"}],
            "acquisitions": [{"name": "ucb", "beta": 1}, {"name": "greedy"}],
            "peers": [RANDOM],
            "policies": ["target"],
            **changes,
        }
    )
    problems = tuple(replace(valley(COUNT), name=name) for name in names)
    runs = []
    for cell in plan(suite, problems):
        rng = np.random.default_rng([cell.replicate, [*orders].index(cell.strategy.title)])
        problem = problems[cell.problem]
        count = int(cell.budget)
        rows = orders[cell.strategy.title](rng, problem)[:count]
        notes = [
            {
                "batch": batch,
                "spent": float(min(2 + 9 * batch, count)),
                "recommended": int(rows[(2 + 9 * batch) % count]),
            }
            | {"coverage_90": 0.5 + 0.2 * batch, "miscalibration_area": 0.25}
            for batch in range(2)
        ]
        runs.append(
            Run(
                cell,
                problem,
                {
                    "error": None,
                    "stopped": "",
                    "queries": {
                        "row": rows.tolist(),
                        "column": [1] * count,
                        "cost": [1.0] * count,
                        "batch": [0, 0, *range(1, count - 1)],
                    },
                    "rounds": [] if cell.strategy.peer else notes,
                    "seconds": {"cpu": 3.0 if cell.strategy.peer else 1.5, "wall": 4.0},
                },
            )
        )
    return Results(suite, problems, tuple(runs))


def findings(results: Results) -> str:
    return "\n".join(page(results, "").document.findings)


def test_the_page_chooses_what_finds_most_and_changes_its_mind_with_the_numbers() -> None:
    good = findings(told({UCB: best_first, GREEDY: best_last, RANDOM: by_chance}))
    assert f"Of ours choose {UCB} where nothing else is known" in good
    assert "No strategy is better than it on any problem" in good
    assert "Against random it is better on 1 of 1 (valley), worse on none" in good
    other = findings(told({GREEDY: best_first, UCB: best_last, RANDOM: by_chance}))
    assert f"Of ours choose {GREEDY} where nothing else is known" in other


def test_the_page_says_where_ours_loses_and_to_whom() -> None:
    said = findings(told({UCB: best_last, GREEDY: best_last, RANDOM: best_first}))
    assert "It loses to random on valley: difference of the areas −0." in said
    assert "worse on 1 of 1 (valley)" in said
    assert "No strategy is better" not in said


def test_with_few_seeds_nothing_is_sure() -> None:
    orders = {UCB: best_first, GREEDY: best_last, RANDOM: by_chance}
    said = findings(told(orders, replicates=4))
    assert "With fewer than 5 seeds no difference has an interval: nothing is sure." in said
    assert "Against random" not in said


def test_a_peer_that_ranks_before_the_choice_is_named_though_nothing_is_sure() -> None:
    orders = {UCB: best_last, GREEDY: best_last, RANDOM: best_first}
    assert "On average random ranks before it." in findings(told(orders, replicates=2))


def test_other_measures_are_named_where_they_would_choose_otherwise() -> None:
    def lucky(_: np.random.Generator, problem: Problem) -> np.ndarray:
        """The best at once, then the worst first."""
        rows = np.argsort(problem.target)
        return np.array([rows[-1], *rows[:-1]])

    def steady(_: np.random.Generator, problem: Problem) -> np.ndarray:
        """All of the top but the best, which comes last."""
        rows = np.argsort(-problem.target)
        return np.array([*rows[1:], rows[0]])

    results = told({UCB: lucky, GREEDY: steady, RANDOM: by_chance})
    choice = choose(results, numbers(results).entries)
    assert choice is not None
    assert choice.title == GREEDY
    assert choice.best[CRITERIA[2]] == (UCB,)
    # both reach 80 % with the last candidate alone, which AF(80%) cannot tell apart
    assert f"- By area under the curve of simple regret it would be {UCB}.\n" in (
        page(results, "").document.markdown
    )


def test_recall_early_and_acceleration_have_intervals() -> None:
    results = told({UCB: best_first, GREEDY: best_last, RANDOM: by_chance})
    entry = next(e for e in numbers(results).entries if e.title == UCB)
    quarter = entry.shares[0]
    first = np.array([run.recall.at(np.array([5.0]))[0] for run in results.of(0, UCB)])
    assert quarter.value == pytest.approx(first.mean())
    assert quarter.interval[0] <= first.mean() <= quarter.interval[1]
    factor = entry.accelerations[1]
    assert factor.interval[0] <= factor.value <= factor.interval[1]
    assert factor.interval[0] < factor.interval[1]


def test_recall_at_a_share_that_the_budget_does_not_pay_is_unknown() -> None:
    orders = {UCB: best_first, GREEDY: best_last, RANDOM: by_chance}
    results = told(orders, budget="30%")
    entry = numbers(results).entries[0]
    assert entry.shares[0].value is not None
    assert entry.shares[1].value is None


def test_strategies_that_are_equal_are_called_equal_and_look_equal() -> None:
    def steady(_: np.random.Generator, problem: Problem) -> np.ndarray:
        return np.argsort(-problem.target)

    results = told({UCB: steady, GREEDY: steady, RANDOM: by_chance})
    said = findings(results)
    assert f"curve all 2 strategies of ours are equal; what follows is about {UCB}." in said
    assert "would choose it, too" not in said
    ours = [entry for entry in numbers(results).entries if entry.title != RANDOM]
    assert ours[0].area == ours[1].area
    np.testing.assert_array_equal(ours[0].found.low, ours[1].found.low)


def test_inference_regret_is_that_of_the_last_recommendation_and_peers_have_none() -> None:
    results = told({UCB: best_first, GREEDY: best_last, RANDOM: by_chance})
    entries = {entry.title: entry for entry in numbers(results).entries}
    recommended = [run.result["rounds"][-1]["recommended"] for run in results.of(0, UCB)]
    target = results.problems[0].target
    assert entries[UCB].inference.value == pytest.approx(
        (target.max() - target[recommended]).mean()
    )
    assert entries[RANDOM].inference is None
    assert 'data-figure="inference-0"' in page(results, "").html


def test_tables_on_which_simple_gaussian_processes_are_known_stand_beside_them() -> None:
    orders = {UCB: best_first, GREEDY: best_last, RANDOM: by_chance}
    results = told(orders, names=("Perovskite", "AgNP"), top=0.05)
    said = findings(results)
    assert f"{UCB} is above the AF(80%) of a simple Gaussian process on 2 of 2 tables" in said
    text = page(results, "").document.markdown
    assert "| anchor | 1.67 | 4.52 |" in text
    short = told(orders, names=("Perovskite", "AgNP"), top=0.05, budget="15%")
    assert f"| {GREEDY} | – | – | 0 of 2 | 0 of 2 |" in page(short, "").document.markdown
    worse = findings(told({**orders, UCB: best_last}, names=("Perovskite", "AgNP"), top=0.05))
    assert "on 0 of 2 tables, with its whole interval on 0; it is below on Perovskite and" in worse
    assert "simple Gaussian process" not in findings(told(orders, names=("Perovskite",), top=0.2))


def test_runs_that_stop_asking_before_their_budget_are_told() -> None:
    orders = {UCB: best_first, GREEDY: best_last, RANDOM: by_chance}
    whole = told(orders, budget="50%")
    assert "ended before" not in findings(whole)

    def cut(run: Run) -> Run:
        kept = {key: value[:5] for key, value in run.result["queries"].items()}
        return replace(run, result={**run.result, "queries": kept})

    runs = [cut(r) if r.cell.strategy.title == UCB and r.cell.replicate else r for r in whole.runs]
    said = findings(replace(whole, runs=tuple(runs)))
    assert f"5 of 6 runs of {UCB} ended before their budget: nothing that was left" in said
    assert said.count("ended before") == 1
    found = told(orders, budget="50%", until_found=True, names=("valley",), top=0.01)
    done = [cut(run) for run in found.runs if run.recall.at(np.array([5.0])) == 1]
    assert done
    assert not any(run.gave_up for run in done)


def test_calibration_is_told_step_by_step() -> None:
    results = told({UCB: best_first, GREEDY: best_last, RANDOM: by_chance})
    assert f"valley: 90 % intervals of {UCB} hold 60% of the truths, between 50% and 70%" in (
        findings(results)
    )
    assert "| 0.50 · 0.70 |" in page(results, "").document.markdown


def test_cheap_fidelities_are_told_with_what_they_know_of_the_target() -> None:
    orders = {
        f"{title} · {policy}": best_first if policy == "all" else by_chance
        for title in (UCB, GREEDY)
        for policy in ("all", "target")
    }
    results = told({**orders, RANDOM: by_chance}, policies=["all", "target"])
    said = findings(results)
    assert f"valley: cheap fidelities find more with {UCB} · all; at equal cost the area" in said
    assert (
        "| valley | cheap | 0.25 | 20 of 20 | 1.00 | 1.00 |" in page(results, "").document.markdown
    )
    turned = {
        title: by_chance if order is best_first else best_first for title, order in orders.items()
    }
    less = findings(told({**turned, RANDOM: by_chance}, policies=["all", "target"]))
    assert f"valley: cheap fidelities find less with {UCB} · all" in less


def test_the_overview_has_all_suites_and_their_problems() -> None:
    orders = {UCB: best_first, GREEDY: best_last, RANDOM: by_chance}
    first = told(orders, names=("valley", "other"))
    second = told(orders, name="second")
    document = overview([(r, page(r, "")) for r in (first, second)], "discovery bench told second")
    text = document.markdown
    assert "discovery bench told second" in text
    assert "| told | other | 20 | 1 | cheap 0.25, dear 1 | 20 % (4) | 20 | 1 |" in text
    assert "## told: Ranking" in text
    assert "second: 1 problem, 3 strategies, 6 seeds" in text
    assert "## second: valley" in text
    assert "- told: Of ours choose " in text
    assert "- second: Of ours choose " in text
    assert text.count("All strategies of a problem begin") == 1


def test_a_suite_that_is_called_as_its_problem_is_named_once() -> None:
    results = told({UCB: best_first, GREEDY: best_last, RANDOM: by_chance}, name="valley")
    text = overview([(results, page(results, ""))], "").markdown
    assert "## valley: Paired differences" in text
    assert "valley: valley" not in text


def test_columns_without_content_are_left_out() -> None:
    rows = [(Entry("a"), Entry(""), Entry("1", 1.0)), (Entry("b"), Entry(""), Entry("2", 2.0))]
    sheet = filled(Sheet("t", "n", ("x", "y", "z"), rows, frozenset({1, 2})))
    assert sheet.heads == ("x", "z")
    assert sheet.numeric == {1}


def test_things_are_counted_in_words() -> None:
    assert [counted(1, "seed"), counted(2, "strategy")] == ["1 seed", "2 strategies"]


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_listed_as_in_a_sentence(names, text) -> None:
    assert listed(names) == text
