"""Compiled parts of plan search: products alone at prices, plans played through sampled outcomes, lookahead."""

from typing import Any, NamedTuple

import numpy as np

from echelon.futures.rules.compiling import inner, rule

MOST_NODES = 20_000
"""Sets that one choice looks at; only a problem with very many small trials has more."""


class Game(NamedTuple):
    """A problem as arrays (see `trial_program.Tables`), and the worth of each product alone.

    trial : i8[product, state], the trial (from 0) that a state waits for or runs. worth : f8[period + 1, product,
    state], USD m at the prices of resources; it only sharpens averages.
    """

    after: Any
    chance: Any
    begun: Any
    begun_chance: Any
    start: Any
    wait: Any
    needs: Any
    lasts: Any
    final: Any
    capacity: Any
    trial: Any
    worth: Any


@rule
def alone(g: Any, price: Any, worth: Any, gain: Any) -> None:
    """Worth of each product when a unit of a resource in a period costs its price, and what a start adds to a wait.

    price : f8[period, resource], USD m. worth : f8[period + 1, product, state]. gain : f8[period, product, state].
    A start pays at once for all periods of its trial within the horizon.
    """
    periods, products, states = g.start.shape
    for t in range(periods - 1, -1, -1):
        for i in range(products):
            for now in range(states):
                later = worth[t + 1, i, g.after[i, now]]
                if g.chance[i, now] >= 0.0:
                    later *= g.chance[i, now]
                worth[t, i, now] = g.wait[t, i, now] + later
                to = g.begun[i, now]
                if to < 0:
                    continue
                later = 0.0 if g.final[i, now] else worth[t + 1, i, to]
                if g.begun_chance[i, now] >= 0.0:
                    later *= g.begun_chance[i, now]
                for u in range(t, min(t + g.lasts[i, now], periods)):
                    for r in range(g.capacity.shape[0]):
                        later -= price[u, r] * g.needs[i, now, r]
                gain[t, i, now] = g.start[t, i, now] + later - worth[t, i, now]
                worth[t, i, now] += max(0.0, gain[t, i, now])


@inner
def step(g: Any, t: int, i: int, now: int, starts: Any) -> Any:
    """Reward, next state on success and chance of that (-1 where no outcome comes) of one product in one period."""
    if starts:
        if g.final[i, now]:
            return g.start[t, i, now], 0, -1.0
        return g.start[t, i, now], g.begun[i, now], g.begun_chance[i, now]
    return g.wait[t, i, now], g.after[i, now], g.chance[i, now]


@rule
def choose(g: Any, score: Any, t: int, state: Any, free: Any, chosen: Any, who: Any, stack: Any) -> None:
    """The set of starts with the highest sum of scores that fits; only positive scores start.

    score : f8[period, product, state], the plan. free : i8[resource], left as it was. chosen : i8[product], 0 or 1.
    who, stack : i8[product], room.
    """
    count, left = 0, 0.0
    for i in range(state.shape[0]):
        chosen[i] = 0
        worth = score[t, i, state[i]]
        if g.begun[i, state[i]] >= 0 and worth > 0.0:
            k = count
            while k > 0 and score[t, who[k - 1], state[who[k - 1]]] < worth:
                who[k] = who[k - 1]
                k -= 1
            who[k] = i
            count += 1
            left += worth
    found, sum_, place, depth = 0.0, 0.0, 0, 0
    for _ in range(MOST_NODES):
        if place < count and sum_ + left > found + 1e-9:
            i = who[place]
            left -= score[t, i, state[i]]
            fits = True
            for r in range(free.shape[0]):
                fits = fits and g.needs[i, state[i], r] <= free[r]
            if fits:
                for r in range(free.shape[0]):
                    free[r] -= g.needs[i, state[i], r]
                sum_ += score[t, i, state[i]]
                stack[depth] = place
                depth += 1
                if sum_ > found + 1e-9:
                    found = sum_
                    chosen[:] = 0
                    for x in range(depth):
                        chosen[who[stack[x]]] = 1
            place += 1
        elif depth > 0:
            depth -= 1
            i = who[stack[depth]]
            for r in range(free.shape[0]):
                free[r] += g.needs[i, state[i], r]
            sum_ -= score[t, i, state[i]]
            place = stack[depth] + 1
            left = 0.0
            for k in range(place, count):
                left += score[t, who[k], state[who[k]]]
        else:
            break
    for x in range(depth):
        i = who[stack[x]]
        for r in range(free.shape[0]):
            free[r] += g.needs[i, state[i], r]


@rule
def play(g: Any, score: Any, begin: int, state0: Any, used0: Any, forced: Any, passes: Any, out: Any) -> None:
    """Play a plan through sampled outcomes from the start of a period on.

    state0 : i8[product]. used0 : i8[period, resource]. forced : i8[product], the first starts, or -1 where the plan
    chooses them. passes : b1[future, product, trial]. out : f8[future], USD m: rewards, less what luck alone gave each
    product (what its outcome changes in its worth alone, which is zero on average for any plan).
    """
    periods, products, _ = g.start.shape
    resources = g.capacity.shape[0]
    state, chosen = np.empty(products, np.int64), np.empty(products, np.int64)
    who, stack = np.empty(products, np.int64), np.empty(products, np.int64)
    used, free = np.empty((periods, resources), np.int64), np.empty(resources, np.int64)
    for f in range(out.shape[0]):
        state[:], used[:] = state0, used0
        total = 0.0
        for t in range(begin, periods):
            if t == begin and products > 0 and forced[0] >= 0:
                chosen[:] = forced
            else:
                for r in range(resources):
                    free[r] = g.capacity[r] - used[t, r]
                choose(g, score, t, state, free, chosen, who, stack)
            for i in range(products):
                now = state[i]
                if chosen[i] == 1:
                    for u in range(t, min(t + g.lasts[i, now], periods)):
                        for r in range(resources):
                            used[u, r] += g.needs[i, now, r]
                reward, to, chance = step(g, t, i, now, chosen[i] == 1)
                total += reward
                if chance >= 0.0:
                    worth = g.worth[t + 1, i, to]
                    if passes[f, i, g.trial[i, now]]:
                        total -= (1.0 - chance) * worth
                    else:
                        total += chance * worth
                        to = 0
                state[i] = to
        out[f] = total


@rule
def candidates(g: Any, score: Any, t: int, state: Any, free: Any, sets: Any, sums: Any) -> int:
    """Sets of starts that fit, the highest sums of scores first, as many as there is room for; their number.

    sets : b1[place, product]. sums : f8[place]. A set that ends with a start of negative score counts as well.
    """
    products, room = state.shape[0], sums.shape[0]
    who, stack = np.empty(products, np.int64), np.empty(products, np.int64)
    taken = np.zeros(products, np.bool_)
    count, kept, place, depth, sum_ = 0, 1, 0, 0, 0.0
    for i in range(products):
        if g.begun[i, state[i]] >= 0:
            who[count] = i
            count += 1
    sets[0, :], sums[0] = False, 0.0
    for _ in range(MOST_NODES):
        if place < count:
            i = who[place]
            fits = True
            for r in range(free.shape[0]):
                fits = fits and g.needs[i, state[i], r] <= free[r]
            if fits:
                for r in range(free.shape[0]):
                    free[r] -= g.needs[i, state[i], r]
                sum_ += score[t, i, state[i]]
                taken[i] = True
                stack[depth] = place
                depth += 1
                if kept < room or sum_ > sums[kept - 1]:
                    k = kept if kept < room else room - 1
                    while k > 0 and sums[k - 1] < sum_:
                        sums[k], sets[k] = sums[k - 1], sets[k - 1]
                        k -= 1
                    sums[k], sets[k] = sum_, taken
                    kept = min(kept + 1, room)
            place += 1
        elif depth > 0:
            depth -= 1
            i = who[stack[depth]]
            for r in range(free.shape[0]):
                free[r] += g.needs[i, state[i], r]
            sum_ -= score[t, i, state[i]]
            taken[i] = False
            place = stack[depth] + 1
        else:
            break
    for x in range(depth):
        for r in range(free.shape[0]):
            free[r] += g.needs[who[stack[x]], state[who[stack[x]]], r]
    return kept


@rule
def look(g: Any, score: Any, t: int, state: Any, used: Any, passes: Any, width: int, chosen: Any) -> None:
    """Choose the starts of a period by playing the plan on from each candidate set, on the same sampled outcomes.

    passes : b1[future, product, trial]. width : how many candidates. chosen : i8[product].
    """
    products, resources = state.shape[0], g.capacity.shape[0]
    free = np.empty(resources, np.int64)
    for r in range(resources):
        free[r] = g.capacity[r] - used[t, r]
    room = np.empty(products, np.int64), np.empty(products, np.int64)
    choose(g, score, t, state, free, chosen, room[0], room[1])
    sets, sums = np.zeros((width, products), np.bool_), np.zeros(width)
    kept = candidates(g, score, t, state, free, sets, sums)
    if kept == 1:
        return
    out, forced = np.empty(passes.shape[0]), np.empty(products, np.int64)
    found = -np.inf
    for k in range(-1, kept):
        if k < 0:
            forced[:] = chosen
        else:
            for i in range(products):
                forced[i] = 1 if sets[k, i] else 0
        play(g, score, t, state, used, forced, passes, out)
        mean = float(np.mean(out))
        if mean > found + 1e-9:
            found = mean
            chosen[:] = forced
