import os
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from loop_cases import CHEAP, TARGET, Deadly, Mute, Slow, Tells, candidates, oracles

from discovery.errors import InvalidInputError
from discovery.testing import check_executor
from discovery.types import Query
from loops.executors.futures import FutureExecutor
from loops.executors.inline import InlineExecutor
from loops.executors.processes import ProcessExecutor


def queries_of(n, fidelity="lab"):
    return [Query(candidate, fidelity) for candidate in candidates(n)]


def content(observations):
    return [
        (o.query, o.status, o.value, o.bound, o.reason, o.cost, o.oracle, o.seed)
        for o in observations
    ]


@pytest.fixture(scope="module")
def processes():
    executor = ProcessExecutor(oracles=oracles(), seed=3, workers=2)
    yield executor
    executor.close()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_all_executors_give_the_same_answers(processes, threads):
    queries = queries_of(9) + queries_of(3, "sieve") + queries_of(1, "outside")
    inline = content(InlineExecutor(oracles=oracles(), seed=3).evaluate(queries))
    assert [entry[0] for entry in inline] == queries[:-1]
    assert {entry[1] for entry in inline} == {"ok", "failed", "refused"}
    assert content(processes.evaluate(queries)) == inline
    pool = FutureExecutor(workers=threads, oracles=oracles(), seed=3)
    assert content(pool.evaluate(queries)) == inline


def test_each_keeps_the_contract(processes, threads):
    for executor in (
        InlineExecutor(oracles=oracles(), seed=3),
        processes,
        FutureExecutor(workers=threads, oracles=oracles(), seed=3),
    ):
        check_executor(executor, queries_of(9), silent=queries_of(2, "outside"))


def test_a_cost_is_what_was_announced_for_the_fidelity():
    given = InlineExecutor(oracles=oracles(), seed=0)
    (answer,) = given.evaluate(queries_of(1, "sieve"))
    assert (answer.cost, answer.oracle) == (CHEAP.cost, "sieve oracle")


def test_the_inline_executor_asks_only_when_the_next_answer_is_wanted():
    answers = InlineExecutor(oracles=oracles(oracle=Slow), seed=0).evaluate(queries_of(5))
    answers.close()


def test_the_process_executor_works_elsewhere_and_keeps_its_workers():
    executor = ProcessExecutor(oracles=oracles(oracle=Tells), seed=0, workers=1)
    first = {o.details["process"] for o in executor.evaluate(queries_of(2))}
    second = {o.details["process"] for o in executor.evaluate(queries_of(2))}
    executor.close()
    assert len(first) == 1
    assert first == second
    assert os.getpid() not in first


def test_a_crashed_worker_fails_its_own_query_and_no_other():
    executor = ProcessExecutor(oracles=oracles(oracle=Deadly), seed=3, workers=2)
    answers = list(executor.evaluate(queries_of(5)))
    again = list(executor.evaluate(queries_of(1)))
    executor.close()
    assert [o.query for o in answers] == queries_of(5)
    assert [o.status for o in answers] == ["ok", "failed", "refused", "failed", "ok"]
    assert "BrokenProcessPool" in answers[1].reason
    assert answers[3].reason == "ValueError: no convergence"
    assert answers[1].cost == TARGET.cost
    assert again[0].status == "ok"


def test_workers_that_were_killed_while_idle_are_replaced():
    executor = ProcessExecutor(oracles=oracles(), seed=3, workers=1)
    list(executor.evaluate(queries_of(1)))
    for worker in executor._pool._processes.values():
        worker.kill()
        worker.join()
    assert [o.status for o in executor.evaluate(queries_of(2))] == ["ok", "ok"]
    executor.close()


def test_an_interruption_ends_the_workers_at_once():
    executor = ProcessExecutor(oracles={**oracles((TARGET,)), **slow()}, seed=0, workers=2)
    answers = executor.evaluate([*queries_of(1), *queries_of(3, "sieve")])
    assert next(answers).status == "ok"
    workers = list(executor._pool._processes.values())
    start = time.perf_counter()
    answers.close()
    while any(worker.is_alive() for worker in workers):
        assert time.perf_counter() - start < 10
        time.sleep(0.05)


def slow():
    return oracles((CHEAP,), oracle=Slow)


def test_an_oracle_that_cannot_travel_is_refused_before_anything_is_asked():
    with pytest.raises(InvalidInputError, match=r"'lab oracle' cannot be sent.*use the executor"):
        ProcessExecutor(oracles=oracles((TARGET,), oracle=Mute), seed=0)


def test_a_future_that_fails_elsewhere_is_a_failed_query():
    class Cluster:
        def submit(self, _function):
            future = Future()
            future.set_exception(ConnectionError("the cluster went away"))
            return future

    (answer,) = FutureExecutor(workers=Cluster(), oracles=oracles(), seed=0).evaluate(queries_of(1))
    assert (answer.status, answer.cost) == ("failed", TARGET.cost)
    assert answer.reason == "ConnectionError: the cluster went away"


def test_futures_that_have_not_begun_are_cancelled_when_left_early():
    with ThreadPoolExecutor(1) as pool:
        executor = FutureExecutor(workers=pool, oracles={**oracles((TARGET,)), **brief()}, seed=0)
        answers = executor.evaluate([*queries_of(1), *queries_of(20, "sieve")])
        next(answers)
        start = time.perf_counter()
        answers.close()
    assert time.perf_counter() - start < 2


def brief():
    return oracles((CHEAP,), oracle=Brief)


class Brief(Slow):
    def one(self, _candidate):
        time.sleep(0.3)
        raise TimeoutError
