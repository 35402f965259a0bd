"""Lines of treatment: who comes before whom, and what is left where lines ask for more patients than there are."""

import functools

import numpy as np

from echelon.futures.arrays import F8, I8
from echelon.futures.exact.laws import hats, law
from echelon.futures.model import Model

NODES = 1500


def lines_before(model: Model, j: int) -> tuple[int, ...]:
    """A line of treatment and those whose patients come to it."""
    found = [j]
    while model.markets.line_parent[found[-1]] >= 0:
        found.append(int(model.markets.line_parent[found[-1]]))
    return tuple(found)


def sharing(model: Model, j: int) -> I8:
    """Lines that share the patients of a line, itself among them."""
    return np.flatnonzero(model.markets.line_group == model.markets.line_group[j])


def crowded(model: Model, j: int) -> bool:
    """Whether a line and those that share its patients may ask for more than all of them."""
    markets = model.markets
    asked = sum(law(markets.lines[i]).top() * float(markets.line_mode[i]) for i in sharing(model, j))
    return bool(asked > 1.0 + 1e-9)


def left(model: Model, j: int) -> float:
    """Mean share of patients of a line over its mean without a limit: all shares of a group add up to one at most."""
    if not crowded(model, j):
        return 1.0
    markets = model.markets
    others = [i for i in sharing(model, j) if i != j]
    rows = tuple((*markets.lines[i].tolist(), float(markets.line_mode[i])) for i in (j, *others))
    return _left(rows)


@functools.lru_cache(maxsize=1024)
def _left(rows: tuple[tuple[float, ...], ...]) -> float:
    # The first row is the line's own. Shares on even nodes, their sum by convolution.
    laws = [law(np.array(row[:4])).scaled(row[4]) for row in rows]
    laws = [one for one in laws if one.scale > 0.0]
    if rows[0][4] <= 0.0:
        return 1.0
    step = max(one.value if one.fixed else one.top() for one in laws) / NODES
    own, rest = hats(laws[0], step, NODES + 2), np.ones(1)
    for other in laws[1:]:
        rest = np.convolve(rest, hats(other, step, NODES + 2))
    shares = np.arange(own.size) * step
    asked = np.arange(own.size + rest.size - 1) * step
    taken = np.convolve(1.0 / np.maximum(asked, 1.0), rest[::-1], "valid")
    return float((own * shares) @ taken / ((own @ shares) * rest.sum()))


def crowded_pairs(model: Model) -> F8:
    """Whether the patients of each pair are limited so, f8[f] of 0 or 1."""
    markets = model.markets
    return np.array(
        [float(m >= 0 and _crowded_market(model, int(markets.line_of[m]))) for m in model.pairs.market], np.float64
    )


def _crowded_market(model: Model, j: int) -> bool:
    return any(crowded(model, i) for i in lines_before(model, j))
