"""The contract of an executor, executable."""

from collections.abc import Sequence

from discovery.protocols import Executor
from discovery.testing.faults import fault, no_exception
from discovery.types import Observation, Query


def check_executor(
    executor: Executor, queries: Sequence[Query], silent: Sequence[Query] = ()
) -> None:
    """Prove that an executor keeps its contract.

    It yields one observation per query that has an oracle, in the order of the queries, turns a
    crash of an oracle into an observation, and gives the same answers again, wall time aside.

    Args:
        executor: The executor, built with oracles.
        queries: Queries that its oracles answer, refuse or crash at.
        silent: Queries whose fidelity is answered from outside; they must yield nothing.

    Raises:
        ContractError: Naming the fault, the method, what was expected and the usual fix.
    """
    mixed = [*queries, *silent]
    first, second = _evaluate(executor, mixed), _evaluate(executor, mixed)
    expected = [query.id for query in queries]
    got = [observation.query.id for observation in first]
    if got != expected:
        what = (
            "answers queries that have no oracle"
            if {query.id for query in silent} & set(got)
            else "answers in another order"
            if sorted(got) == sorted(expected)
            else f"yields {len(got)} observations for {len(expected)} queries"
        )
        raise fault(
            executor,
            "evaluate",
            what,
            expected="one observation per query that has an oracle, in the order of the queries",
            fix="skip fidelities that are not in oracles; wait for results in order",
        )
    for one, two in zip(first, second, strict=True):
        if (one.status, one.value, one.bound, one.seed) != (
            two.status,
            two.value,
            two.bound,
            two.seed,
        ):
            raise fault(
                executor,
                "evaluate",
                f"is not deterministic: {one} first, then {two}",
                expected="answers that follow from query and seed",
                fix="call discovery.evaluation.evaluate with the seed of the campaign",
            )


def _evaluate(executor: Executor, queries: Sequence[Query]) -> list[Observation]:
    fix = "call discovery.evaluation.evaluate, which turns a crash into an observation"
    with no_exception(executor, "evaluate", fix=fix):
        return list(executor.evaluate(queries))
