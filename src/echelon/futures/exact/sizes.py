"""Sizes: means of products of what pairs are drawn from, when some draws are the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.laws import Law, law
from echelon.futures.exact.lines import left, lines_before
from echelon.futures.model import Model


@dataclass(frozen=True)
class Draw:
    """One factor of a pair's size: the stream and the law that is drawn from it."""

    stream: int
    law: Law


@dataclass(frozen=True)
class Size:
    """A pair's size: a constant times independent draws. fades : reported sales, which draws take over in time."""

    constant: float
    draws: tuple[Draw, ...]
    fades: bool


def market_draws(model: Model, m: int) -> tuple[Draw, ...]:
    """What the patients of a market are drawn from: their count, shares of them by line, months on therapy."""
    markets = model.markets
    counts, lines = markets.counts.shape[0], markets.line_mode.size
    e, j = int(markets.count_of[m]), int(markets.line_of[m])
    rows = [(e, law(markets.counts[e]))]
    # Where lines share patients only the mean is kept.
    rows += [(counts + i, law(markets.lines[i]).scaled(left(model, i))) for i in lines_before(model, j)]
    rows.append((counts + lines + j, law(markets.months[j])))
    return tuple(Draw(int(markets.early_stream[b]), one) for b, one in rows)


def quantile_nodes(count: int) -> tuple[F8, F8]:
    """Nodes u in (0, 1) and weights for means over quantiles; dense at both ends, where quantiles bend."""
    x, w = np.polynomial.legendre.leggauss(count)
    s, w = 0.5 * (x + 1.0), 0.5 * w
    return np.asarray(s * s * (3.0 - 2.0 * s)), np.asarray(w * 6.0 * s * (1.0 - s))


def product_mean(sizes: Sequence[Size]) -> float:
    """Mean of the product of one or two sizes: the same stream gives the same uniform to both."""
    laws: dict[int, list[Law]] = {}
    for size in sizes:
        for draw in size.draws:
            laws.setdefault(draw.stream, []).append(draw.law)
    found = float(np.prod([size.constant for size in sizes]))
    for drawn in laws.values():
        found *= drawn[0].mean() if len(drawn) == 1 else _joint(drawn[0], drawn[1])
    return float(found)


def _joint(a: Law, b: Law) -> float:
    if a.fixed or b.fixed or a.scale == 0.0 or b.scale == 0.0:
        return a.mean() * b.mean()
    unit_a, unit_b = _spread(a), _spread(b)
    if np.allclose(unit_a[1:], unit_b[1:], rtol=1e-12, atol=0.0):
        return float(a.square() * unit_b[0] / unit_a[0])
    u, w = quantile_nodes(400)
    return float(w @ (a.quantile(u) * b.quantile(u)))


def _spread(one: Law) -> F8:
    # Size of a law, then what does not change when it is multiplied.
    if one.kind == 3:
        return np.array([one.a * one.scale, one.kind, one.b])
    top = one.c if one.kind == 2 else one.b
    return np.array([top * one.scale, one.kind, one.a / top, one.b / top])
