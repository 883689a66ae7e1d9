"""What is compared: a proxy with an acquisition function and a sampler, or a peer."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from discovery.options import TAG

Section = Mapping[str, Any]
"""Name and all options of a part, plain JSON."""


@dataclass(frozen=True)
class Strategy:
    """One way to search.

    Args:
        title: What tables and figures call it.
        parts: Role -> section of its proxy, acquisition function and sampler; empty for a peer.
        peer: Its name; empty for one that is made of parts.
        policy: Fidelities that may be asked: ``("target",)``, ``("all",)`` or names beside the
            target.
    """

    title: str
    parts: Mapping[str, Section]
    peer: str
    policy: tuple[str, ...]


def strategies(suite: Any) -> tuple[Strategy, ...]:  # noqa: ANN401 - a model made at run time
    """Return all combinations that a suite names, then its peers, which ask the target alone.

    A title names the proxy and the acquisition function, and sampler and fidelities where there
    are several; parts of one name are told apart by the options in which they differ.
    """
    proxies, acquisitions, samplers = (
        _titled(getattr(suite, role, ())) for role in ("proxies", "acquisitions", "samplers")
    )
    policies = [_policy(policy) for policy in suite.policies]
    found = []
    for made in itertools.product(proxies, acquisitions, samplers, policies):
        (proxy, proxy_is), (acquisition, acquisition_is), (sampler, sampler_is), policy = made
        words = [proxy, acquisition]
        words += [sampler] if len(samplers) > 1 else []
        words += [" + ".join(policy)] if len(policies) > 1 else []
        parts = {"proxy": proxy_is, "acquisition": acquisition_is, "sampler": sampler_is}
        found.append(Strategy(" · ".join(words), parts, "", policy))
    return (*found, *(Strategy(peer, {}, peer, ("target",)) for peer in suite.peers))


def with_and_without(found: Sequence[Strategy]) -> Iterator[tuple[Strategy, Strategy]]:
    """Yield strategies with cheap fidelities, each beside the same that asks the target alone."""
    for multi in found:
        for single in found:
            same = multi.parts == single.parts and not multi.peer
            if same and single.policy == ("target",) != multi.policy:
                yield multi, single


def _policy(given: str | list[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _titled(parts: Sequence[BaseModel]) -> list[tuple[str, Section]]:
    """Parts of one role, each with its title: its name, and options that tell it from others."""
    given = [part.model_dump(mode="json", exclude_unset=True) for part in parts]
    whole = [part.model_dump(mode="json") for part in parts]
    found: list[tuple[str, Section]] = []
    for short, full in zip(given, whole, strict=True):
        alike = [other for other in whole if other[TAG] == full[TAG]]
        telling = {
            key: short.get(key, value)
            for key, value in full.items()
            if any(other[key] != value for other in alike)
        }
        found.append((written({TAG: full[TAG], **telling}), full))
    return found


def written(value: Any) -> str:  # noqa: ANN401 - plain JSON
    """Return a part as its name with its options in brackets, whatever stands in them."""
    if not isinstance(value, dict):
        return str(value)
    rest = dict(value)
    name = rest.pop(TAG, "")
    options = ", ".join(f"{key} {written(item)}" for key, item in rest.items())
    return f"{name} ({options})".strip() if options else str(name)
