"""Runs a small campaign to its end in a process of its own, to be killed at any moment.

Usage: ``python crash_campaign.py JOURNAL PAUSE``; says "ready" before it opens the journal.
"""

import sys

from campaign_cases import ArithmeticExecutor, LinearProxy, MeanPerCost, Never, opened, pool

from loops.sequential import SequentialLoop
from samplers.greedy import GreedySampler


def run(path, pause=0.0):
    loop = SequentialLoop(
        proxy=LinearProxy(),
        acquisition=MeanPerCost(),
        sampler=GreedySampler(),
        stopping=Never(),
        batch_size=3,
        initial=4,
    )
    executor = ArithmeticExecutor(pause)
    with opened(path, budget=40.0, pool=pool(40), cost=executor.cost) as campaign:
        return loop.run(campaign, executor)


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    run(sys.argv[1], float(sys.argv[2]))
