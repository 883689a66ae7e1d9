"""What the numbers of a suite say, in sentences that follow from them."""

from collections import Counter
from collections.abc import Iterator

from discovery.agreement.bootstrap import FEWEST
from discovery.benchmark import page_anchors, page_calibration, page_worth
from discovery.benchmark.page_choice import CRITERIA, Choice, Rival
from discovery.benchmark.page_entries import LEVELS, SHARES, Entry
from discovery.benchmark.page_numbers import Numbers
from discovery.benchmark.page_words import counted, listed, told
from discovery.benchmark.results import Results
from discovery.report.text import number

_ACCELERATION = LEVELS.index(0.8)


def findings(results: Results, found: Numbers) -> Iterator[str]:
    """Yield what to choose, where that loses, what it reaches, what it takes, and what failed."""
    if found.choice is not None:
        yield _chosen(results, found, found.choice)
        yield from _by_other_measures(found.choice)
        yield from _losses(results, found.choice)
        yield from _ahead(results, found, found.choice)
        yield from _peers(results, found.choice)
    for place, problem in enumerate(results.problems):
        entries = found.of(place)
        if entries:
            best = max(entries, key=lambda entry: entry.area.value or 0.0)
            yield (
                f"{problem.name}: {best.title} has the largest area under its recall curve, "
                f"{told(best.area, 3)}, and has found {best.recall.value or 0.0:.0%} of the best "
                "at the end."
            )
    yield from _reached(results, found)
    yield from page_anchors.sentences(results, found)
    yield from page_worth.sentences(results, page_worth.worths(results))
    yield from page_calibration.sentences(results, found, page_calibration.judged(results))
    yield from _seconds(found)
    yield from _gave_up(results)
    if results.failed:
        yield f"{len(results.failed)} of {len(results.runs)} runs failed."


def _chosen(results: Results, found: Numbers, choice: Choice) -> str:
    problems, ours = len(results.problems), f"{choice.ranked} strategies of ours"
    alike = [title for title in choice.best[CRITERIA[0]] if title != choice.title]
    if not choice.best[CRITERIA[0]]:
        return f"None of {ours} found anything: nothing can be chosen."
    if alike and len(alike) == choice.ranked - 1:
        same = "are equal" if problems == 1 else f"rank the same over {problems} problems"
        return f"By {CRITERIA[0]} all {ours} {same}; what follows is about {choice.title}."
    if choice.ranked == 1:
        why = "no other of ours ran on all problems"
    elif problems == 1:
        why = f"its {CRITERIA[0]} is the largest of {ours}"
    else:
        why = f"the best average rank of {ours} over {problems} problems, by {CRITERIA[0]}"
    why += f", the same as that of {listed(alike)}" if alike else ""
    seeds = {entry.runs for entry in found.entries if entry.title == choice.title}
    each = "" if len(seeds) != 1 else f" ({counted(seeds.pop(), 'seed')})"
    return f"Of ours choose {choice.title} where nothing else is known: {why}{each}."


def _by_other_measures(choice: Choice) -> Iterator[str]:
    telling = [name for name in CRITERIA[1:] if 0 < len(choice.best[name]) < choice.ranked]
    agree = [name for name in telling if choice.title in choice.best[name]]
    differ = [name for name in telling if choice.title not in choice.best[name]]
    parts = [f"{listed(agree)} would choose it, too"] if agree else []
    parts += [f"by {name} it would be {listed(choice.best[name])}" for name in differ]
    if text := "; ".join(parts):
        yield f"{text[0].upper()}{text[1:]}."


def _losses(results: Results, choice: Choice) -> Iterator[str]:
    worse = [rival for rival in choice.rivals if rival.sign < 0]
    for rival in worse:
        lost = told(rival.difference, 3)
        name = results.problems[rival.problem].name
        yield f"It loses to {rival.title} on {name}: difference of the areas {lost}."
    if worse or not choice.rivals:
        return
    if all(rival.difference.interval is None for rival in choice.rivals):
        yield f"With fewer than {FEWEST} seeds no difference has an interval: nothing is sure."
    else:
        yield "No strategy is better than it on any problem, by 95 % intervals of the difference."


def _ahead(results: Results, found: Numbers, choice: Choice) -> Iterator[str]:
    """Peers of a better average, be it sure or not."""
    if len(results.problems) > 1:
        order = list(found.ranking.names) if found.ranking is not None else []
    else:
        areas = {entry.title: entry.area.value or 0.0 for entry in found.entries}
        order = sorted(areas, key=lambda title: -areas[title])
    before = order[: order.index(choice.title)] if choice.title in order else []
    if peers := [title for title in before if title in results.suite.peers]:
        yield f"On average {listed(peers)} {'ranks' if len(peers) == 1 else 'rank'} before it."


def _peers(results: Results, choice: Choice) -> Iterator[str]:
    for peer in results.suite.peers:
        own = [rival for rival in choice.rivals if rival.title == peer]
        if own and any(rival.difference.interval is not None for rival in own):
            yield (
                f"Against {peer} it is better on {_where(results, own, 1)}, worse on "
                f"{_where(results, own, -1)}, not told apart on {_where(results, own, 0)}."
            )


def _where(results: Results, rivals: list[Rival], sign: int) -> str:
    names = [results.problems[rival.problem].name for rival in rivals if rival.sign == sign]
    if not names:
        return "none"
    return f"{len(names)} of {len(rivals)} ({listed(names)})"


def _reached(results: Results, found: Numbers) -> Iterator[str]:
    """Recall early and acceleration of the choice and the peers, where there is one problem."""
    if len(results.problems) > 1 or found.choice is None:
        return
    shown = {found.choice.title, *results.suite.peers}
    for entry in found.entries:
        if entry.title in shown:
            yield f"{entry.title}: {listed(_early(entry))}."


def _early(entry: Entry) -> list[str]:
    words = [
        f"recall {told(recall)} with {share:.0%} of the pool"
        for share, recall in zip(SHARES, entry.shares, strict=True)
        if recall.value is not None
    ]
    factor = entry.accelerations[_ACCELERATION]
    return [*words, f"AF(80%) {told(factor)}" if factor.value else "80 % is not reached"]


def _gave_up(results: Results) -> Iterator[str]:
    """Strategies that stopped asking: nothing was worth it by their scores."""
    counts = Counter(run.cell.strategy.title for run in results.runs if run.gave_up)
    for title, count in counts.items():
        every = sum(run.cell.strategy.title == title for run in results.runs)
        yield (
            f"{count} of {every} runs of {title} ended before their budget: nothing that was left "
            "scored above -inf."
        )


def _seconds(found: Numbers) -> Iterator[str]:
    """What a run takes: the choice, and the dearest."""
    mean = {}
    for title in dict.fromkeys(entry.title for entry in found.entries):
        own = [entry.cpu for entry in found.entries if entry.title == title]
        mean[title] = sum(own) / len(own)
    if not mean:
        return
    dearest = max(mean, key=lambda title: mean[title])
    words = [f"{number(mean[dearest], 1)} s with {dearest}, the slowest"]
    if found.choice is not None and found.choice.title != dearest:
        words.insert(0, f"{number(mean[found.choice.title], 1)} s with {found.choice.title}")
    yield f"A run takes {listed(words)} (CPU, mean over the problems)."
