"""What an agreement report says, in sentences that its intervals support and no others."""

from collections.abc import Iterator

from discovery.agreement.results import Difference, Power
from discovery.agreement.study import Study
from discovery.report.text import number


def findings(study: Study) -> Iterator[str]:
    """Yield one sentence per score, then what is known about who is better."""
    found = study.comparison
    if found.truth is None:
        yield "No column is the truth, so nothing is said about who is right."
        return
    powers = sorted(found.powers, key=lambda power: power.strength, reverse=True)
    for power in powers:
        yield _about(power, found.truth)
    decided = [each for each in found.differences if _decided(each)]
    for each in decided:
        low, high = each.concordance.cautious or (0.0, 0.0)
        yield (
            f"{each.first} ranks better than {each.second}: its concordance is larger by "
            f"{number(each.concordance.value or 0.0)} ({number(low)} to {number(high)}) on the "
            f"{each.concordance.count} candidates that both have answered for."
        )
    open_ = [f"{d.first} and {d.second}" for d in found.differences if d not in decided]
    if open_:
        yield f"No difference can be shown between {'; '.join(open_)}."


def _about(power: Power, truth: str) -> str:
    agreement = power.agreement
    measure = agreement.concordance
    name, ends = agreement.first, measure.cautious
    if measure.value is None or ends is None:
        return f"{name}: too few candidates ({agreement.answered}) to say anything."
    right = (1 + abs(measure.value)) / 2
    told = (
        f"concordance {number(measure.value)} ({number(ends[0])} to {number(ends[1])}), "
        f"n = {agreement.answered}"
    )
    if ends[0] <= 0 <= ends[1]:
        return f"{name}: no relation with the order of {truth} can be shown; {told}."
    direction = "higher" if measure.value > 0 else "lower"
    return (
        f"{name}: {direction} values go with higher {truth}; read so, it orders {right:.0%} of "
        f"the pairs as {truth} does, where chance orders 50%; {told}."
    )


def _decided(difference: Difference) -> bool:
    ends = difference.concordance.cautious
    return ends is not None and ends[0] > 0
