"""Lists of different lengths in flat tensors, and sets of small integers in words of 63 bits."""

from typing import Final

import torch
from torch import Tensor

BITS: Final = 63
"""Bits of an int64 that are used; the sign is left alone."""


def expand(lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Return for every item of lists with these lengths its list, and its place in that list.

    >>> [t.tolist() for t in expand(torch.tensor([2, 0, 3]))]
    [[0, 0, 2, 2, 2], [0, 1, 0, 1, 2]]
    """
    owner = torch.repeat_interleave(lengths)
    first = torch.cumsum(lengths, 0, dtype=lengths.dtype) - lengths
    every = torch.arange(len(owner), dtype=lengths.dtype, device=lengths.device)
    return owner, every - first.index_select(0, owner)


def members(words: Tensor) -> tuple[Tensor, Tensor]:
    """Return (row, number) of every member of the sets in (rows, words), rows in order."""
    row, word = torch.nonzero(words, as_tuple=True)
    bits = torch.arange(BITS, device=words.device)
    item, bit = torch.nonzero((words[row, word][:, None] >> bits) & 1, as_tuple=True)
    return row[item], word[item] * BITS + bit


def sets(row: Tensor, number: Tensor, rows: int, words: int) -> Tensor:
    """Return the sets with these members as (rows, words); members may come more than once."""
    keys = torch.unique(row * (words * BITS) + number)
    packed = torch.zeros(rows * words, dtype=torch.int64, device=row.device)
    # distinct powers of two add up to their union
    packed.index_add_(0, keys // BITS, torch.ones_like(keys) << (keys % BITS))
    return packed.reshape(rows, words)


def draw(allowed: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return for each row of (rows, choices) one of the allowed choices, all as likely.

    Every row must allow something.
    """
    row, choice = torch.nonzero(allowed, as_tuple=True)
    counts = torch.bincount(row, minlength=len(allowed))
    first = torch.cumsum(counts, 0) - counts
    chance = torch.rand(len(allowed), generator=generator, device=allowed.device)
    place = torch.minimum((chance * counts).long(), counts - 1)
    return choice[first + place]
