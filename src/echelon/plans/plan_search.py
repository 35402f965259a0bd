"""Plan search: scores by period, product and trial that decide who starts, improved on sampled futures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon.plans.climb import Climb, Rules, climb
from echelon.plans.plan_kernels import Game, choose, look, play
from echelon.plans.trial_bound import Prices, at_prices, game, prices
from echelon.plans.trial_program import F8, I8, Instance, Tables, tables

SEARCH, LOOK, SELECT, JUDGE = 0, 1, 2, 3
"""Seed spaces: futures that a plan is searched on, that it looks ahead with, is selected on, and is judged by."""

FEW, MANY = 256, 1024
"""Futures on which a change of a plan is tried, and those on which it must hold."""

MOVES = 2_000
"""Changes of a plan that are tried."""

AHEAD, WIDTH = 256, 32
"""Futures and candidate sets of one look ahead; with more than ten products the futures are fewer."""

Progress = Callable[[str, int, int, float], None]
"""Called with what is going on, how much is done, of how much, and the best value so far."""

Passes = NDArray[np.bool_]


@dataclass(frozen=True)
class Plan:
    """A plan: at each period the set of starts that fits and has the highest sum of scores; only positive ones start.

    scores : f8[period, product, state], of the states that wait. searched : its mean on the futures of the search, USD
    m, a value that flatters. moves : changes tried. stopped : whether the search was stopped before its end.
    """

    scores: F8
    searched: float
    moves: int
    stopped: bool = False


class Policy(NamedTuple):
    """How starts are decided: by a plan, looking ahead on `passes`, or not where that has no future."""

    game: Game
    plan: Plan
    passes: Passes

    def starts(self, t: int, state: I8, used: I8) -> tuple[int, ...]:
        """Places of the products that start at period t (from 0)."""
        chosen = np.zeros(len(state), np.int64)
        if len(self.passes):
            look(self.game, self.plan.scores, t, state, used, self.passes, WIDTH, chosen)
        else:
            room = np.zeros((2, len(state)), np.int64)
            free = self.game.capacity - used[t]
            choose(self.game, self.plan.scores, t, state, free, chosen, room[0], room[1])
        return tuple(np.flatnonzero(chosen).tolist())


def sample(instance: Instance, futures: int, seed: int, space: int) -> Passes:
    """Sampled outcomes, b1[future, product, trial]; each seed space has its own."""
    chances = np.zeros((len(instance.products), max(len(p.trials) for p in instance.products)))
    for i, product in enumerate(instance.products):
        chances[i, : len(product.trials)] = [trial.success for trial in product.trials]
    draws = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, space])))
    return draws.random((futures, *chances.shape)) < chances


def ahead_futures(products: int) -> int:
    """Futures of one look ahead: fewer where each takes longer."""
    return max(32, int(AHEAD * min(1.0, (10 / products) ** 2)))


def search(
    instance: Instance, seed: int = 1, moves: int = MOVES, progress: Progress | None = None
) -> tuple[Game, Plan, Prices]:
    """Search a plan on sampled futures, and a bound.

    The start is the best of a few plans at the prices of a linear programme. Then one score after the other is
    changed at random; a change is kept if it gains on a few futures and on all, with the same luck before and after.
    The same seed gives the same plan, unless it is interrupted (Ctrl-C), when the best so far is kept.
    """
    made = tables(instance)
    priced = prices(made)
    board = game(made, priced.worth)
    player = _Player(board, made, sample(instance, MANY, seed, SEARCH))
    scores, means = _first(player, made, priced)
    random = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, SEARCH, 1])))
    waiting = made.begun >= 0
    cells = [(int(i), int(now)) for i, now in zip(*np.nonzero(waiting), strict=True)]
    size = float(np.abs(scores[:, waiting]).mean()) or 1.0
    field = _Field(player, scores, means)

    def told(climbed: Climb[F8]) -> None:
        if progress is not None and climbed.tried % 20 == 0:
            progress("plans tried", climbed.tried, moves, float(field.each(climbed.plan, MANY).mean()))

    def change(best: F8) -> F8:
        return _changed(best, cells, waiting, size, random)

    found = climb(field, scores, change, moves, Rules((FEW, MANY)), told)
    searched = float(field.each(found.plan, MANY).mean())
    return board, Plan(found.plan, searched, found.tried, found.stopped), priced


class _Field:
    """Where plans of scores are compared: what each is worth in the first futures; the last three are remembered."""

    def __init__(self, player: "_Player", scores: F8, means: F8) -> None:
        self.player = player
        self.known: list[tuple[F8, F8]] = [(scores, means)]

    def each(self, plan: F8, futures: int) -> F8:
        """What a plan is worth in each of the first futures, f8[future]."""
        found = next((means for scores, means in self.known if scores is plan), np.empty(0))
        if len(found) < futures:
            found = self.player.means(plan, futures)
        others = [(scores, means) for scores, means in self.known if scores is not plan]
        self.known = [*others[-2:], (plan, found)]
        return found[:futures]

    def missed(self, plan: F8, futures: int) -> float:
        """Nothing: a plan of scores keeps to every limit."""
        del plan, futures
        return 0.0


class _Player:
    """Plays plans from the first period on, on the same futures."""

    def __init__(self, board: Game, made: Tables, passes: Passes) -> None:
        self.game, self.passes = board, passes
        self.state = np.ones(len(made.states), np.int64)
        self.used = np.zeros((made.start.shape[0], len(made.capacity)), np.int64)
        self.free = np.full(len(made.states), -1, np.int64)

    def means(self, scores: F8, futures: int) -> F8:
        # What the plan is worth in each of the first futures.
        out = np.empty(futures)
        play(self.game, scores, 0, self.state, self.used, self.free, self.passes, out)
        return out


def _first(player: _Player, made: Tables, priced: Prices) -> tuple[F8, F8]:
    # What a start gains at some share of the prices, with and without what it pays for the period in which it starts.
    best: tuple[F8, F8] | None = None
    for share in (0.0, 0.5, 1.0, 1.5):
        gain = at_prices(made, share * priced.price).gain
        now = share * np.einsum("tr,inr->tin", priced.price, made.needs.astype(np.float64))
        for back in (0.0, 0.5, 1.0):
            scores = gain + back * now
            means = player.means(scores, MANY)
            if best is None or means.mean() > best[1].mean():
                best = scores, means
    assert best is not None
    return best


def _changed(
    scores: F8, cells: list[tuple[int, int]], waiting: NDArray[np.bool_], size: float, random: np.random.Generator
) -> F8:
    # Another score for a trial in a span of periods: never, a little more or less, or the same shift for all products.
    i, now = cells[int(random.integers(len(cells)))]
    begin = int(random.integers(len(scores)))
    end = int(random.integers(begin, len(scores))) + 1
    if random.random() < 0.3:
        begin, end = 0, len(scores)
    changed, kind = scores.copy(), random.random()
    shift = random.normal() * size * float(np.exp(random.normal()))
    if kind < 0.15:
        changed[begin:end, i, now] = -size
    elif kind < 0.25:
        changed[begin:end, waiting[:, now], now] += shift
    else:
        changed[begin:end, i, now] += shift
    return changed
