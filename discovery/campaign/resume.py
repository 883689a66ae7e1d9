"""Whether a journal belongs to a campaign, and if not, why not."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any, Final

from discovery.campaign.record import CampaignRecord
from discovery.codec import fidelity_to_json
from discovery.errors import JournalError
from discovery.types import Fidelity

_SHOWN: Final = 6
_ABSENT: Final = "absent"


def pool_digest(ids: Iterable[str]) -> str:
    """Return the content hash of a pool; the order counts, because ties are broken by it.

    Args:
        ids: Of its candidates.
    """
    digest = hashlib.sha256()
    for one in ids:
        digest.update(one.encode())
    return digest.hexdigest()[:16]


def check_same(
    record: CampaignRecord,
    where: str,
    *,
    seed: int,
    fidelities: Sequence[Fidelity],
    pool: Collection[str],
    config: Mapping[str, Any],
    ignore: Sequence[str],
) -> None:
    """Check that a journal belongs to the campaign that is being opened.

    Args:
        record: What the journal says.
        where: How messages call the journal.
        seed: Seed of the campaign being opened; likewise the following.
        fidelities: In column order.
        pool: Ids of its candidates, in order.
        config: Its configuration, plain JSON.
        ignore: Fields of the configuration that may differ, as dotted paths; ``*`` is any steps.

    Raises:
        JournalError: It is the journal of another campaign; the message lists what differs.
    """
    differences = list(
        _compare(
            {"seed": record.seed, "fidelities": [fidelity_to_json(f) for f in record.fidelities]},
            {"seed": seed, "fidelities": [fidelity_to_json(f) for f in fidelities]},
        )
    )
    told = {line.partition(":")[0] for line in differences}
    differences += [
        line
        for line in _compare(record.config, config, ignore)
        if line.partition(":")[0] not in told
    ]
    if (len(pool), pool_digest(pool)) != (record.pool_size, record.pool_digest):
        differences.append(
            f"pool: {record.pool_size} candidates in the journal, {len(pool)} now"
            if len(pool) != record.pool_size
            else f"pool: of {len(pool)} candidates, but not the same ones in the same order"
        )
    if differences:
        more = len(differences) - _SHOWN
        listed = "; ".join(differences[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        raise JournalError(
            f"{where} is the journal of another campaign ({listed}). To resume that one use its "
            "values; to start a new one give it another name or another folder"
        )


def _compare(
    journal: Mapping[str, Any], now: Mapping[str, Any], ignore: Sequence[str] = ()
) -> Iterator[str]:
    old, new = dict(_leaves(journal)), dict(_leaves(now))
    for path in [*old, *(path for path in new if path not in old)]:
        if any(fnmatch(path, field) or fnmatch(path, f"{field}.*") for field in ignore):
            continue
        before, after = old.get(path, _ABSENT), new.get(path, _ABSENT)
        if before != after:
            yield f"{path}: {before!r} in the journal, {after!r} now"


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    branches: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, Mapping):
        branches = value.items()
    elif isinstance(value, list):
        branches = enumerate(value)
    if not branches or not value:
        yield path, value
        return
    for key, branch in branches:
        yield from _leaves(branch, f"{path}.{key}" if path else str(key))
