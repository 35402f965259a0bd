"""Ranges round the set point: proven acceptable, normal operating, and joint; and maps of the probability."""

from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np

from echelon.supply.process.space import FINE_DRAWS, SEARCH_DRAWS, Draws, Posterior, draws, probability
from echelon.supply.process.table import F8, Experiments, inside, reach

STEPS = 201
"""Places along a factor at which the probability is worked out."""

NORMAL = 3.0
"""Standard deviations to each side of the set point that count as normal operation."""

GRID = 29
"""Places along each side of a map."""

MOST_CORNERS = 1_024
"""Corners of a joint range that are tried one by one."""


@dataclass(frozen=True)
class Span:
    """The ranges of one factor, in its units; None where there is none.

    Attributes
    ----------
    proven : proven acceptable range (ICH Q8): the other factors at their set points, all limits hold with probability R
        at least. to_edge : whether each of its ends is only the edge of what was studied.
    normal : normal operating range: the common variability round the set point, three standard deviations to each side.
    normal_p : least probability in it. joint : range in which all factors may move together.
    """

    factor: str
    set_point: float | str
    proven: tuple[float, float] | None
    to_edge: tuple[bool, bool]
    normal: tuple[float, float] | None
    normal_p: float | None
    inside_proven: bool | None
    joint: tuple[float, float] | None
    words: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return vars(self)


def spans(experiments: Experiments, post: Posterior, at: F8, seed: int) -> tuple[tuple[Span, ...], float | None]:
    """The ranges of every factor round a coded set point, and the least probability met in the joint ranges."""
    luck = draws(post, SEARCH_DRAWS if post.noise.any() else 8 * SEARCH_DRAWS, seed)
    needed = experiments.settings.reliability
    edges = {i: _proven(experiments, post, at, i, needed, luck) for i in experiments.numeric}
    share, joint_p = _joint(experiments, post, at, {i: e for i, e in edges.items() if e}, needed, luck)
    found = []
    for i, factor in enumerate(experiments.factors):
        if factor.categorical:
            found.append(_words(experiments, post, at, i, needed, luck))
            continue
        proven = edges[i]
        joint = None
        if proven and share is not None:
            low, high = (float(factor.plain(at[i] + share * (edge - at[i]))) for edge in proven[:2])
            joint = low, high
        normal, normal_p = _normal(post, at, i, factor.sd / factor.half, luck)
        within = None
        if normal is not None:
            within = bool(proven and proven[0] - 1e-9 <= normal[0] and normal[1] <= proven[1] + 1e-9)
        found.append(
            Span(
                factor.name,
                factor.plain(float(at[i])),
                (factor.plain(proven[0]), factor.plain(proven[1])) if proven else None,
                proven[2] if proven else (False, False),
                (factor.plain(normal[0]), factor.plain(normal[1])) if normal else None,
                normal_p,
                within,
                joint,
            )
        )
    return tuple(found), joint_p


def _limits(experiments: Experiments, at: F8, i: int) -> tuple[float, float]:
    """How far one factor goes in the region while the others stay."""
    edge = reach(experiments)
    line = np.repeat(at[None], 2, axis=0)
    line[:, i] = (-edge, edge)
    if inside(experiments, line).all():
        return -edge, edge
    others = [j for j in experiments.numeric if j != i]
    room = np.sqrt(max(edge**2 - float((at[others] ** 2).sum()), 0.0))
    return -room, room


def _proven(
    experiments: Experiments, post: Posterior, at: F8, i: int, needed: float, luck: Draws
) -> tuple[float, float, tuple[bool, bool]] | None:
    low, high = _limits(experiments, at, i)
    low, high = min(low, at[i]), max(high, at[i])
    ends = []
    edge = []
    if probability(post, at[None], luck)[0] < needed:
        return None
    for end in (low, high):
        places = np.linspace(at[i], end, STEPS)
        line = np.repeat(at[None], STEPS, axis=0)
        line[:, i] = places
        p = probability(post, line, luck)
        under = np.flatnonzero(p < needed)
        if not len(under):
            ends.append(float(end))
            edge.append(True)
            continue
        j = int(under[0])
        weight = (p[j - 1] - needed) / (p[j - 1] - p[j])
        ends.append(float(places[j - 1] + weight * (places[j] - places[j - 1])))
        edge.append(False)
    return ends[0], ends[1], (edge[0], edge[1])


def _normal(post: Posterior, at: F8, i: int, sd: float, luck: Draws) -> tuple[tuple[float, float] | None, float | None]:
    if sd <= 0:
        return None, None
    low, high = at[i] - NORMAL * sd, at[i] + NORMAL * sd
    line = np.repeat(at[None], 41, axis=0)
    line[:, i] = np.linspace(low, high, 41)
    return (float(low), float(high)), float(probability(post, line, luck).min())


def _words(experiments: Experiments, post: Posterior, at: F8, i: int, needed: float, luck: Draws) -> Span:
    factor = experiments.factors[i]
    line = np.repeat(at[None], len(factor.levels), axis=0)
    line[:, i] = np.arange(len(factor.levels))
    good = probability(post, line, luck) >= needed
    words = tuple(level for level, fine in zip(factor.levels, good, strict=True) if fine)
    return Span(factor.name, factor.shown(at[i]), None, (False, False), None, None, None, None, words)


def _joint(
    experiments: Experiments,
    post: Posterior,
    at: F8,
    edges: dict[int, tuple[float, float, tuple[bool, bool]]],
    needed: float,
    luck: Draws,
) -> tuple[float | None, float | None]:
    """Largest share of all proven ranges in which every factor may move at once, and the least probability there."""
    if not edges or len(edges) < len(experiments.numeric):
        return None, None
    corners = _corners(at, edges)

    def least(share: float) -> float:
        box = at + share * (corners - at)
        return float(probability(post, box, luck).min()) if inside(experiments, box).all() else 0.0

    low, high = 0.0, 1.0
    if least(1.0) >= needed:
        return 1.0, least(1.0)
    for _ in range(10):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if least(middle) >= needed else (low, middle)
    return low, least(low)


def _corners(at: F8, edges: dict[int, tuple[float, float, tuple[bool, bool]]]) -> F8:
    """Corners, middles of the sides and points between; the surface is smooth, so these find its worst."""
    luck = np.random.default_rng(0)
    places = list(edges)
    levels = [(edges[i][0], edges[i][1]) for i in places]
    corners = np.array(list(product(*levels))[:MOST_CORNERS])
    low, high = (np.array([pair[end] for pair in levels]) for end in (0, 1))
    between = low + (high - low) * luck.random((256, len(places)))
    on_a_side = between.copy()
    side = luck.integers(len(places), size=256)
    on_a_side[np.arange(256), side] = np.where(luck.random(256) < 0.5, low[side], high[side])
    found = np.repeat(at[None], len(corners) + 512, axis=0)
    found[:, places] = np.vstack([corners, between, on_a_side])
    return found


@dataclass(frozen=True)
class Map:
    """Probability over two factors in their units, the others at the set point; nan outside the region."""

    x: str
    y: str
    x_values: F8
    y_values: F8
    p: F8

    def as_dict(self) -> dict[str, Any]:
        """For --json; `p` is a list of rows, one for each value of y."""
        return {
            "x": self.x, "y": self.y, "x_values": self.x_values.tolist(), "y_values": self.y_values.tolist(),
            "p": self.p.tolist(),
        }  # fmt: skip


def contour(one: Map, level: float) -> list[tuple[float, float, float, float]]:
    """Pieces x0, y0, x1, y1 of the line on which a map has a value, by straight lines within each of its cells."""
    pieces = []
    for j in range(len(one.y_values) - 1):
        for i in range(len(one.x_values) - 1):
            corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
            values = [float(one.p[b, a]) - level for a, b in corners]
            if not np.isfinite(values).all():
                continue
            cuts = []
            for end in range(4):
                start, v, w = end - 1, values[end - 1], values[end]
                if (v >= 0) != (w >= 0):
                    share = v / (v - w)
                    (a, b), (c, d) = corners[start], corners[end]
                    x0, x1 = float(one.x_values[a]), float(one.x_values[c])
                    y0, y1 = float(one.y_values[b]), float(one.y_values[d])
                    cuts.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
            pieces += [(*cuts[n], *cuts[n + 1]) for n in range(0, len(cuts) - 1, 2)]
    return pieces


def maps(experiments: Experiments, post: Posterior, at: F8, seed: int, most: int) -> tuple[Map, ...]:
    """Maps of pairs of factors; of more than `most` pairs, those over which the probability changes most."""
    luck = draws(post, SEARCH_DRAWS // 2 if post.noise.any() else 2 * SEARCH_DRAWS, seed)
    edge = reach(experiments)
    places = np.linspace(-edge, edge, GRID)
    pairs = list(combinations(experiments.numeric, 2))
    moves = {}
    for i in experiments.numeric:
        line = np.repeat(at[None], GRID, axis=0)
        line[:, i] = places
        moves[i] = float(np.ptp(probability(post, line, luck)))
    pairs = sorted(pairs, key=lambda pair: -(moves[pair[0]] + moves[pair[1]]))[:most]
    found = []
    for i, j in sorted(pairs):
        grid = np.repeat(at[None], GRID * GRID, axis=0)
        grid[:, i] = np.tile(places, GRID)
        grid[:, j] = np.repeat(places, GRID)
        known = inside(experiments, grid)
        p = np.full(GRID * GRID, np.nan)
        if known.any():
            p[known] = probability(post, grid[known], luck)
        a, b = experiments.factors[i], experiments.factors[j]
        x_values, y_values = (np.array([factor.plain(place) for place in places]) for factor in (a, b))
        found.append(Map(a.label, b.label, x_values, y_values, p.reshape(GRID, GRID)))
    return tuple(found)


def sure(post: Posterior, at: F8, seed: int) -> tuple[float, Draws]:
    """The probability at one coded point with the printed precision, and the draws behind it."""
    luck = draws(post, FINE_DRAWS, seed)
    return float(probability(post, at[None], luck)[0]), luck
