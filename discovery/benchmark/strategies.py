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

    A title names the proxy and the acquisition function with the options that the file gives, and
    sampler and fidelities where there are several.
    """
    samplers, policies = getattr(suite, "samplers", ()), [_policy(p) for p in suite.policies]
    made = itertools.product(
        getattr(suite, "proxies", ()), getattr(suite, "acquisitions", ()), samplers, policies
    )
    found = []
    for proxy, acquisition, sampler, policy in made:
        words = [_called(proxy), _called(acquisition)]
        words += [_called(sampler)] if len(samplers) > 1 else []
        words += [" + ".join(policy)] if len(policies) > 1 else []
        parts = {"proxy": proxy, "acquisition": acquisition, "sampler": sampler}
        sections = {role: part.model_dump(mode="json") for role, part in parts.items()}
        found.append(Strategy(" · ".join(words), sections, "", policy))
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


def _called(part: BaseModel) -> str:
    return _value(part.model_dump(mode="json", exclude_unset=True))


def _value(value: Any) -> str:  # noqa: ANN401 - plain JSON
    """A part is written as its name with its options in brackets, whatever it stands in."""
    if not isinstance(value, dict):
        return str(value)
    rest = dict(value)
    name = rest.pop(TAG, "")
    options = ", ".join(f"{key} {_value(item)}" for key, item in rest.items())
    return f"{name} ({options})".strip() if options else str(name)
