"""An upper bound of trial planning: resources needed on average only, by a linear programme, and their prices."""

from typing import NamedTuple

import numpy as np

from echelon.plans.plan_kernels import Game, alone
from echelon.plans.trial_program import F8, I8, Tables


class Prices(NamedTuple):
    """Prices of resources and what follows from them.

    price : f8[period, resource], USD m a unit. bound : USD m, no plan is worth more. worth : f8[period + 1, product,
    state], of a product that pays for resources. gain : f8[period, product, state], what a start adds to a wait.
    """

    price: F8
    bound: float
    worth: F8
    gain: F8


def game(made: Tables, worth: F8 | None = None) -> Game:
    """The arrays that plans are played on."""
    periods, products, states = made.start.shape
    return Game(
        after=made.after,
        chance=made.chance,
        begun=made.begun,
        begun_chance=made.begun_chance,
        start=made.start,
        wait=made.wait,
        needs=made.needs,
        lasts=made.lasts,
        final=made.final,
        capacity=made.capacity,
        trial=_trials(made),
        worth=np.zeros((periods + 1, products, states)) if worth is None else worth,
    )


def at_prices(made: Tables, price: F8) -> Prices:
    """The bound that prices give: products alone, paying for resources, and the worth of all resources.

    Any prices give a bound, by weak duality: a plan that fits pays no more than all resources are worth.
    """
    periods, products, states = made.start.shape
    worth, gain = np.zeros((periods + 1, products, states)), np.full((periods, products, states), -np.inf)
    alone(game(made), price, worth, gain)
    return Prices(price, float((price * made.capacity).sum() + worth[0, :, 1].sum()), worth, gain)


def prices(made: Tables) -> Prices:
    """Prices that give the lowest bound: the duals of the linear programme over expected starts.

    Its variables are the probabilities with which each product is in each state and starts or waits; resources have to
    suffice on average only. The bound is worked out again from the prices, so it holds whatever the solver's tolerance.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix

    programme = _Programme(made)
    periods, resources = made.start.shape[0], len(made.capacity)
    if resources == 0:
        return at_prices(made, np.zeros((periods, 0)))
    columns = len(programme.reward)
    flow = coo_matrix(programme.flow_matrix(), shape=(len(programme.given), columns))
    use = coo_matrix(programme.use_matrix(), shape=(periods * resources, columns))
    # Products that never run out of reach keep the programme feasible: everything may wait.
    found = linprog(
        -np.array(programme.reward),
        A_ub=use.tocsr(),
        b_ub=np.tile(made.capacity, periods),
        A_eq=flow.tocsr(),
        b_eq=programme.given,
        bounds=(0, None),
        method="highs",
    )
    free = at_prices(made, np.zeros((periods, resources)))
    if found.status != 0:
        return free
    priced = at_prices(made, np.maximum(0.0, -found.ineqlin.marginals).reshape(periods, resources))
    return priced if priced.bound < free.bound else free


class _Programme:
    """The linear programme: one column per period, product, state and choice that can be reached."""

    def __init__(self, made: Tables) -> None:
        self.made = made
        self.reward: list[float] = []
        self.given: list[float] = []
        self.flow: list[tuple[float, int, int]] = []
        self.use: list[tuple[float, int, int]] = []
        for i in range(len(made.states)):
            self._product(i)

    def _product(self, i: int) -> None:
        made, inflow = self.made, {1: [(-1, 1.0)]}
        for t in range(made.start.shape[0]):
            after: dict[int, list[tuple[int, float]]] = {}
            for now, sources in inflow.items():
                row = len(self.given)
                self.given.append(sum(share for source, share in sources if source < 0))
                self.flow += [(-share, row, source) for source, share in sources if source >= 0]
                for starts in (False, True) if made.begun[i, now] >= 0 else (False,):
                    column = self._column(t, i, now, starts, row)
                    to = int((made.begun if starts else made.after)[i, now])
                    chance = float((made.begun_chance if starts else made.chance)[i, now])
                    if to > 0 and not (starts and made.final[i, now]):
                        after.setdefault(to, []).append((column, chance if chance >= 0.0 else 1.0))
            inflow = after

    def _column(self, t: int, i: int, now: int, starts: bool, row: int) -> int:
        made, column = self.made, len(self.reward)
        self.reward.append(float((made.start if starts else made.wait)[t, i, now]))
        self.flow.append((1.0, row, column))
        if starts:
            for u in range(t, min(t + int(made.lasts[i, now]), made.start.shape[0])):
                self.use += [
                    (float(need), u * len(made.capacity) + r, column)
                    for r, need in enumerate(made.needs[i, now])
                    if need
                ]
        return column

    def flow_matrix(self) -> tuple[list[float], tuple[list[int], list[int]]]:
        """Values, rows and columns of what flows into and out of states."""
        return [v for v, _, _ in self.flow], ([r for _, r, _ in self.flow], [c for _, _, c in self.flow])

    def use_matrix(self) -> tuple[list[float], tuple[list[int], list[int]]]:
        """Values, rows and columns of the use of resources."""
        return [v for v, _, _ in self.use], ([r for _, r, _ in self.use], [c for _, _, c in self.use])


def _trials(made: Tables) -> I8:
    # The trial that each state of each product waits for or runs.
    found = np.zeros(made.after.shape, np.int64)
    for i in range(len(made.states)):
        waiting = np.flatnonzero(made.begun[i] >= 0)
        running = len(waiting) + 1
        for j, now in enumerate(waiting):
            found[i, now] = j
            long = int(made.lasts[i, now]) - 1
            found[i, running : running + long] = j
            running += long
    return found
