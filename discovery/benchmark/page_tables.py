"""Tables of a page about a suite."""

from collections import Counter
from collections.abc import Iterator

from discovery.benchmark import page_anchors, page_calibration, page_fidelities, page_worth
from discovery.benchmark.page_entries import LEVELS, SHARES
from discovery.benchmark.page_numbers import Numbers, Pair
from discovery.benchmark.page_words import chance, estimated, filled, plain_number
from discovery.benchmark.results import Results
from discovery.benchmark.strategies import written
from discovery.report.sheets import Entry, Sheet
from discovery.report.text import amount, number

_FOUND = (
    *("strategy", "runs", "recall", *(f"at {share:.0%} of the pool" for share in SHARES), "area"),
    *(f"AF({level:.0%})" for level in LEVELS),
)
_TOOK = (
    *("strategy", "EFmax", "regret", "inference regret", "best found", "at the target"),
    *("s per run", "ms per round"),
)


def sheets(results: Results, found: Numbers) -> Iterator[Sheet]:
    """Yield strategies, ranking, a table per problem, pairs, calibration, and what failed."""
    yield filled(_strategies(results))
    if found.ranking is not None:
        yield _ranks(results, found)
    for place in range(len(results.problems)):
        yield filled(_problem(results, found, place))
        yield filled(_expense(results, found, place))
    if found.pairs:
        yield _pairs(results, found)
    if page_anchors.anchored(results):
        yield page_anchors.sheet(results, found)
    yield from _cheap(results, found)
    if calibrated := page_calibration.judged(results):
        yield page_calibration.sheet(results, calibrated)
    if results.failed:
        yield _failed(results)


def _strategies(results: Results) -> Sheet:
    return Sheet(
        "Strategies",
        "What the titles stand for, with all options. Peers of other libraries ask the target "
        "fidelity alone, in their own way.",
        ("strategy", "proxy", "acquisition function", "sampler", "fidelities"),
        [
            (
                Entry(strategy.title),
                *(
                    Entry(written(strategy.parts[role]) if strategy.parts else "")
                    for role in ("proxy", "acquisition", "sampler")
                ),
                Entry(" + ".join(strategy.policy)),
            )
            for strategy in results.suite.strategies
        ],
    )


def _cheap(results: Results, found: Numbers) -> Iterator[Sheet]:
    if told := page_worth.fidelities(results):
        yield told
    if found.savings:
        yield page_fidelities.sheet(results, found.savings)
    if worths := page_worth.worths(results):
        yield page_worth.sheet(results, worths)


def _ranks(results: Results, found: Numbers) -> Sheet:
    assert found.ranking is not None
    ranked = found.ranking
    test = ranked.friedman
    friedman = "" if test is None else f" Friedman test that all are equal: {chance(test)}."
    groups = [
        ", ".join(
            chr(ord("a") + group)
            for group, (first, last) in enumerate(ranked.alike)
            if first <= place <= last
        )
        for place in range(len(ranked.names))
    ]
    return Sheet(
        "Ranking",
        f"Average rank over {len(results.problems)} problems by area under the recall curve, "
        f"1 the best. Critical difference {number(ranked.critical)} (Nemenyi, 95 %): strategies "
        f"that share a letter do not differ.{friedman}",
        ("strategy", "average rank", "alike"),
        [
            (Entry(name), plain_number(float(rank)), Entry(group))
            for name, rank, group in zip(ranked.names, ranked.ranks, groups, strict=True)
        ],
        frozenset({1}),
    )


def _problem(results: Results, found: Numbers, place: int) -> Sheet:
    problem, suite = results.problems[place], results.suite
    target = problem.fidelities[problem.column].name
    costs = ", ".join(f"{f.name} {amount(f.cost)}" for f in problem.fidelities)
    budgets = sorted({run.cell.budget for run in results.runs if run.cell.problem == place})
    return Sheet(
        problem.name,
        f"{len(problem)} candidates; cost of an answer: {costs}; budget "
        f"{' or '.join(map(amount, budgets))}. Wanted: the best {100 * suite.top:.3g} % of them, "
        f"{int(problem.top(suite.top).sum())} candidates, measured at {target!r}. Recall at the "
        "end and at a share of what the whole pool costs, and area under its curve: mean over "
        "seeds; AF: of the mean curve, against choosing at random; 95 % bootstrap intervals over "
        "seeds, whose lower end is 0 where some resamples never get so far.",
        _FOUND,
        [
            (
                Entry(entry.title),
                plain_number(entry.runs, 0),
                estimated(entry.recall),
                *(estimated(share) for share in entry.shares),
                estimated(entry.area, 3),
                *(estimated(f) if f.value else Entry("") for f in entry.accelerations),
            )
            for entry in found.of(place)
        ],
        frozenset(range(1, len(_FOUND))),
    )


def _expense(results: Results, found: Numbers, place: int) -> Sheet:
    problem = results.problems[place]
    several = len(problem.fidelities) > 1
    return Sheet(
        f"{problem.name}: regret and expense",
        "EFmax: largest enhancement of the mean recall over chance, after the initial design. "
        "Regret at the end: of the best that was measured, and of what the proxy recommends. "
        "Best found, at the target: share of the runs that measured the best candidate, and of "
        "the cost that went to the target. Means over seeds, 95 % bootstrap intervals; seconds of "
        "CPU.",
        _TOOK,
        [
            (
                Entry(entry.title),
                Entry(
                    number(entry.enhancement[0]),
                    entry.enhancement[0],
                    (f"at cost {amount(entry.enhancement[1])}",),
                ),
                estimated(entry.regret, 3),
                estimated(entry.inference, 3),
                plain_number(entry.best),
                plain_number(entry.target_share) if several else Entry(""),
                plain_number(entry.cpu),
                plain_number(entry.per_round, 1),
            )
            for entry in found.of(place)
        ],
        frozenset(range(1, len(_TOOK))),
    )


def _pairs(results: Results, found: Numbers) -> Sheet:
    others = list(dict.fromkeys(pair.other for pair in found.pairs))
    told = {(pair.problem, pair.title, pair.other): pair for pair in found.pairs}
    return Sheet(
        "Paired differences",
        "Area under the recall curve minus that of the strategy at the head of the column: the "
        "same seeds and initial designs on both sides, 95 % bootstrap intervals; seeds won of "
        "all; p of Wilcoxon's signed ranks, corrected for all strategies of a problem (Holm).",
        ("problem", "strategy", *others),
        [
            (
                Entry(results.problems[place].name),
                Entry(title),
                *(_against(told.get((place, title, other))) for other in others),
            )
            for place, title in sorted(
                dict.fromkeys((pair.problem, pair.title) for pair in found.pairs),
                key=lambda row: row[0],
            )
        ],
        frozenset(range(2, 2 + len(others))),
    )


def _against(pair: Pair | None) -> Entry:
    if pair is None:
        return Entry("")
    test = pair.test
    seeds = test.wins + test.ties + test.losses
    won = f"{test.wins} of {seeds} won"
    return estimated(pair.difference, 3, (won, chance(pair.corrected)))


def _failed(results: Results) -> Sheet:
    counts = Counter(
        (
            run.problem.name,
            run.cell.strategy.title,
            f"{run.result['error']['type']}: {run.result['error']['message']}",
        )
        for run in results.failed
    )
    return Sheet(
        "Failed",
        "Runs that an error ended; they are in no average.",
        ("problem", "strategy", "runs", "error"),
        [
            (Entry(problem), Entry(title), plain_number(count, 0), Entry(error))
            for (problem, title, error), count in counts.items()
        ],
        frozenset({2}),
    )
