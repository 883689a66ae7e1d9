"""A network and the hyperparameters of the process behind it, by one marginal likelihood.

Deep kernel learning (Wilson et al., AISTATS 2016). The marginal likelihood does not keep a
network from correlating everything with everything (Ober et al., UAI 2021), so weights have a
normal prior, there are few of them, and steps are few. Steps see random batches of the rows, so
their cost does not grow with the data.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from discovery.rng import stream
from proxies.deep_kernel_inputs import Layers
from proxies.hyperparameters import Trainable, one_thread
from proxies.kernels import Hyperparameters
from proxies.process import Rows

_STEPS = 150
_BATCH = 256
_RATE = 0.01
_DECAY = 3.0  # inverse variance of a weight, relative to that of its start


def learn_layers(
    rows: Rows, *, count: int, coupled: bool, width: int, layers: Sequence[int], seed: int
) -> tuple[Hyperparameters, Layers]:
    """Return the hyperparameters of the process on the outputs of a network, and the network.

    Args:
        rows: Values centred and scaled to unit variance per task; every task should occur.
        count: Number m of fidelities.
        coupled: Whether fidelities may correlate.
        width: Number d of inputs that the network sees; those behind pass by it.
        layers: Width of each layer, the last one that of the kernel's inputs.
        seed: Of the first weights and the batches.
    """
    rng = stream(seed, "network")
    sizes = [width, *layers]
    start = [rng.standard_normal((p, q)) / np.sqrt(p) for p, q in pairwise(sizes)]
    weights = [torch.tensor(w, requires_grad=True) for w in start]
    shifts = [torch.zeros(q, dtype=torch.float64, requires_grad=True) for q in layers]
    composed = rows.inputs.shape[1] > width
    model = Trainable(layers[-1], count, coupled=coupled, composed=composed)
    free = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam([*weights, *shifts, *free], lr=_RATE)
    with one_thread():
        for _ in range(_STEPS):
            batch = rows
            if len(rows) > _BATCH:
                batch = rows.take(np.sort(rng.choice(len(rows), _BATCH, replace=False)))
            inputs = torch.from_numpy(batch.inputs)
            hidden = inputs[:, :width]
            for number, (weight, shift) in enumerate(zip(weights, shifts, strict=True)):
                hidden = (hidden.tanh() if number else hidden) @ weight + shift
            loss = model.loss(torch.hstack([hidden, inputs[:, width:]]), batch)
            prior = sum((w**2).sum() * len(w) for w in weights)
            optimiser.zero_grad()
            (loss + 0.5 * _DECAY * prior / len(rows)).backward()
            optimiser.step()
    found = tuple(
        (weight.detach().numpy().copy(), shift.detach().numpy().copy())
        for weight, shift in zip(weights, shifts, strict=True)
    )
    return model.found(), found
