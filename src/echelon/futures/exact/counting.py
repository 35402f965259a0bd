"""Counting: how many of many independent things happen."""

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.rules.numbers import COUNT_BINS


def counts(chances: F8) -> F8:
    """Distribution f8[..., bin] of how many of independent events happen; chances : f8[event, ...].

    The last bin means "this many or more".
    """
    found = np.zeros((*chances.shape[1:], COUNT_BINS))
    found[..., 0] = 1.0
    top = 0
    for chance in chances:
        if not chance.any():
            continue
        p = chance[..., None]
        top = min(top + 1, COUNT_BINS - 1)
        moved = found[..., :top] * p
        kept = found[..., : top + 1] * (1.0 - p)
        if top == COUNT_BINS - 1:
            kept[..., top] = found[..., top]
        kept[..., 1:] += moved
        found[..., : top + 1] = kept
    return found


def all_filled(levels: F8, target: tuple[int, int, int]) -> F8:
    """Probability f8[...] that each level holds its target; levels : f8[asset, 3, ...], chances of standing in each.

    An asset stands in one level at most, so the three counts are dependent and are followed together.
    """
    sizes = tuple(t + 1 for t in target)
    found = np.zeros((*levels.shape[2:], *sizes))
    found[..., 0, 0, 0] = 1.0
    for asset in levels:
        if not asset.any():
            continue
        nowhere = 1.0 - asset.sum(axis=0)
        after = found * nowhere[..., None, None, None]
        for level in range(3):
            after += _one_more(found, level) * asset[level][..., None, None, None]
        found = after
    return np.asarray(found[..., -1, -1, -1])


def _one_more(found: F8, level: int) -> F8:
    # One more in a level; what has its target keeps it.
    moved = np.moveaxis(found, found.ndim - 3 + level, -1)
    after = np.zeros_like(moved)
    after[..., 1:] = moved[..., :-1]
    after[..., -1] += moved[..., -1]
    return np.moveaxis(after, -1, found.ndim - 3 + level)
