"""Environments small enough to enumerate, with targets known in closed form."""

from functools import cached_property

import torch

from samplers.gflownet.contract import Encoded

END = -1


class Words:
    """Words of 1 to ``length`` letters; a word of full length ends by itself, others by a stop.

    No letter stands beside itself, so what is allowed depends on the state. A state is the letters
    (-1 for none yet) and whether the word was stopped; letters are the first actions, stopping the
    last.
    """

    dims = 0

    def __init__(self, letters: int, length: int) -> None:
        self.letters, self.length = letters, length
        self.actions, self.horizon = letters + 1, length
        self.windows = ((0, self.actions),)
        self.places, self.numbers = length * (letters + 1) + length + 1, 1

    def initial(self, count):
        states = torch.full((count, self.length + 1), END)
        states[:, -1] = 0
        return states

    def _sizes(self, states):
        return (states[:, :-1] >= 0).sum(1)

    def allowed(self, states):
        sizes = self._sizes(states)
        going = (sizes < self.length) & (states[:, -1] == 0)
        masks = going[:, None].repeat(1, self.actions)
        masks[:, -1] &= sizes > 0
        rows = (sizes > 0).nonzero()[:, 0]
        masks[rows, states[rows, sizes[rows] - 1]] = False
        return masks

    def step(self, states, actions):
        states, rows = states.clone(), torch.arange(len(states))
        stops = actions == self.letters
        states[stops, -1] = 1
        grows = ~stops
        states[rows[grows], self._sizes(states)[grows]] = actions[grows]
        return states

    def undo(self, states):
        sizes, rows = self._sizes(states), torch.arange(len(states))
        stopped, parents = states[:, -1] == 1, states.clone()
        actions = torch.where(stopped, self.letters, states[rows, (sizes - 1).clamp(min=0)])
        actions[(sizes == 0) & ~stopped] = -1
        parents[stopped, -1] = 0
        shrinks = ~stopped & (sizes > 0)
        parents[rows[shrinks], sizes[shrinks] - 1] = END
        return parents, actions

    def encode(self, states):
        first = torch.arange(self.length) * (self.letters + 1) + 1
        sizes = self._sizes(states)[:, None]
        places = [states[:, :-1] + first, self.length * (self.letters + 1) + sizes]
        return Encoded(torch.cat(places, 1), sizes / self.length)

    def free(self, states):
        return torch.zeros((len(states), 0), dtype=torch.bool)

    @cached_property
    def finished(self):
        """All finished states."""
        found, front = [], self.initial(1)
        while len(front):
            masks = self.allowed(front)
            found.append(front[~masks.any(1)])
            rows, actions = masks.nonzero(as_tuple=True)
            front = self.step(front[rows], actions)
        return torch.cat(found)

    def scores(self, states, seed=0):
        """Energies of letters and of neighbours, and a part without any structure."""
        generator = torch.Generator().manual_seed(seed)
        field = torch.randn((self.length, self.letters), generator=generator)
        pair = torch.randn((self.letters, self.letters), generator=generator)
        word = states[:, :-1]
        there, seen = word >= 0, word.clamp(min=0)
        own = field[torch.arange(self.length), seen]
        bonds = pair[seen[:, :-1], seen[:, 1:]]
        key = (seen * (self.letters + 1) ** torch.arange(self.length)).sum(1)
        rough = torch.sin(12.9898 * key.double() + seed) * 43758.5453
        rough = ((rough - rough.floor()) - 0.5).float()
        bonded = (bonds * there[:, 1:]).sum(1)
        return 0.7 * ((own * there).sum(1) + bonded) + rough


class Islands:
    """Choose an island, then a point in the unit square; on island 0 only the first axis is free.

    The score is the logarithm of Gaussian hills: two on a diagonal, so
    that coordinates correlate on islands 1 and 2, and the marginals follow by integration.
    """

    dims, horizon, actions = 2, 1, 3
    windows, places, numbers = ((0, 3),), 4, 1

    def initial(self, count):
        return torch.full((count, 1), END)

    def allowed(self, states):
        return (states == END).repeat(1, self.actions)

    def step(self, states, actions):
        return actions[:, None].clone()

    def undo(self, states):
        return torch.full_like(states, END), states[:, 0].clone()

    def encode(self, states):
        return Encoded(states + 1, torch.zeros((len(states), 1)))

    def free(self, states):
        free = torch.ones((len(states), 2), dtype=torch.bool)
        free[states[:, 0] == 0, 1] = False
        return free

    def scores(self, states, coordinates):
        x, y = coordinates.unbind(1)
        island, turn = states[:, 0], torch.where(states[:, 0] == 1, y, 1 - y)
        hills = torch.exp(-((x - 0.3) ** 2 + (turn - 0.25) ** 2) / (2 * 0.1**2))
        hills = hills + 0.5 * torch.exp(-((x - 0.75) ** 2 + (turn - 0.7) ** 2) / (2 * 0.08**2))
        line = torch.exp(-((x - 0.5) ** 2) / (2 * 0.15**2)) + 0.2
        return torch.log(torch.where(island == 0, line, hills) + 1e-3)

    @cached_property
    def truth(self):
        """(3,) probabilities of the islands, and their densities on a grid (3, g, g)."""
        side = (torch.arange(400) + 0.5) / 400
        x, y = torch.meshgrid(side, side, indexing="ij")
        points = torch.stack([x.flatten(), y.flatten()], 1)
        masses = torch.stack(
            [self.scores(torch.full((len(points), 1), j), points).exp() for j in range(3)]
        ).reshape(3, 400, 400)
        totals = masses.mean((1, 2))
        return totals / totals.sum(), masses / totals[:, None, None]
