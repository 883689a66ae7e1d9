"""A policy, its optimiser and its memory as nested plain values and arrays, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from discovery.errors import InvalidInputError
from discovery.protocols import State
from samplers.gflownet.adam import Adam
from samplers.gflownet.policy import Policy
from samplers.gflownet.replay import Entries, Replay

_KIND = "gflownet"
_FORM = 2
"""Raise it when weights change their meaning; a stored policy without a number has the first."""


def state(policy: Policy, optimiser: Adam, replay: Replay, *, started: bool) -> State:
    """Return all that :func:`restore` needs; arrays are copies."""
    entries, weights = replay.entries, dict(policy.named_parameters())
    return {
        "kind": _KIND,
        "form": _FORM,
        "started": started,
        "steps": optimiser.steps,
        "weights": _arrays(weights),
        "means": _arrays(optimiser.means),
        "squares": _arrays(optimiser.squares),
        "replay": {
            "states": entries.states.copy(),
            "coordinates": entries.coordinates.copy(),
            "scores": entries.scores.copy(),
        },
    }


def restore(state: State, policy: Policy, optimiser: Adam, replay: Replay) -> bool:
    """Overwrite policy, optimiser and replay, and return whether log Z has been started.

    Raises:
        InvalidInputError: The state is not that of a policy of the same sizes.
    """
    try:
        if state["kind"] != _KIND:
            raise InvalidInputError(f"this is the state of a {state['kind']!r}, not of a {_KIND!r}")
        if (form := state.get("form", 1)) != _FORM:
            raise InvalidInputError(
                f"this policy is stored in form {form} and only form {_FORM} is read: it belongs "
                f"to another version of the sampler; begin a new one"
            )
        targets: dict[str, Mapping[str, Tensor]] = {
            "weights": dict(policy.named_parameters()),
            "means": optimiser.means,
            "squares": optimiser.squares,
        }
        for key, target in targets.items():
            _check(state[key], target)
        kept = [np.array(state["replay"][key]) for key in ("states", "coordinates", "scores")]
        started, steps = bool(state["started"]), int(state["steps"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(f"this is not the state of a GFlowNet policy: {error}") from error
    for key, target in targets.items():
        for name, tensor in target.items():
            tensor.data.copy_(torch.from_numpy(np.array(state[key][name])))
    optimiser.steps = steps
    replay.fill(Entries(*kept))
    return started


def _arrays(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in tensors.items()}


def _check(state: Mapping[str, Any], target: Mapping[str, Tensor]) -> None:
    """Find out before anything is overwritten."""
    found: dict[str, Any] = {name: np.shape(value) for name, value in state.items()}
    wanted = {name: tuple(tensor.shape) for name, tensor in target.items()}
    if found != wanted:
        differ = sorted(n for n in found.keys() | wanted.keys() if found.get(n) != wanted.get(n))
        first = differ[0]
        raise InvalidInputError(
            f"the stored policy differs from this one in {', '.join(differ)}: {first} is "
            f"{found.get(first)} there and {wanted.get(first)} here; use the settings and the "
            f"limits that it was trained with"
        )
