"""Compiled parts of trial planning: exact values over all states, and products alone at prices of resources."""

from typing import Any, NamedTuple

import numpy as np

from echelon.futures.rules.compiling import inner, rule

TOLD, FULL = 1, 2
"""Why a search ended before its end: it was told to stop, or its table of states is full."""


class Search(NamedTuple):
    """A search for exact values: the problem, the states seen, and room to work in.

    waits, starts : f8[period, product, state], USD m. begins : b1[product, state], whether a start is possible there.
    wait_to, start_to : i8[period, product, state], the state a period later, on success where an outcome comes.
    wait_chance, start_chance : f8[period, product, state], probability of that success; -1 where none comes.
    needs : i8[product, state, resource]. lasts : i8[product, state], periods. capacity : i8[resource].
    digits : u8[product, 2], what a unit of each product's state weighs in the two words of a key.
    uses : u8[period ahead, resource, 2], the same for a unit of a resource in use. turn : u8[2], for a period.
    begun : u8[period, product, state, 2], what a start adds to the key of the next period.
    keys : u8[slot, 2]. values : f8[slot].
    told : i8[3], slots filled, whether to stop, why it ended. state : i8[period, product]. used : i8[period, resource].
    chosen : i8[product], 1 for the best first starts. Room to work in, by period: who may start, stack of places in
    `who` that do, path 1 for products that do, drawn for those whose outcome comes (all i8[period, product]); size
    i8[period, 4], number of who, drawn, place next to try and depth of stack; reward f8[period], key u8[period, 2].
    """

    waits: Any
    starts: Any
    begins: Any
    wait_to: Any
    start_to: Any
    wait_chance: Any
    start_chance: Any
    needs: Any
    lasts: Any
    capacity: Any
    digits: Any
    uses: Any
    turn: Any
    begun: Any
    keys: Any
    values: Any
    told: Any
    state: Any
    used: Any
    who: Any
    stack: Any
    path: Any
    drawn: Any
    chosen: Any
    size: Any
    reward: Any
    key: Any


@inner
def find(s: Any, low: Any, high: Any) -> Any:
    """Slot of a key, or -1 - the free slot where it belongs."""
    mask = np.uint64(s.values.shape[0] - 1)
    mixed = (low ^ (high * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xBF58476D1CE4E5B9)
    at = (mixed ^ (mixed >> np.uint64(29))) & mask
    while True:
        if s.keys[at, 0] == low and s.keys[at, 1] == high:
            return np.int64(at)
        if s.keys[at, 0] == 0 and s.keys[at, 1] == 0:
            return -1 - np.int64(at)
        at = (at + np.uint64(1)) & mask


@inner
def book(s: Any, t: int, i: int, sign: int) -> None:
    """Take the resources of a start at t, or give them back."""
    now = s.state[t, i]
    for u in range(t, min(t + s.lasts[i, now], s.used.shape[0])):
        for r in range(s.capacity.shape[0]):
            s.used[u, r] += sign * s.needs[i, now, r]


@inner
def quiet(s: Any, t: int) -> None:
    """Set out from a period in which nobody starts: what it is worth, where it leads, who could start."""
    reward, count, known = 0.0, 0, 0
    low, high = s.turn[0] * np.uint64(t + 2), s.turn[1] * np.uint64(t + 2)
    for u in range(t + 1, min(t + 1 + s.uses.shape[0], s.used.shape[0])):
        for r in range(s.capacity.shape[0]):
            low += s.uses[u - t - 1, r, 0] * np.uint64(s.used[u, r])
            high += s.uses[u - t - 1, r, 1] * np.uint64(s.used[u, r])
    for i in range(s.state.shape[1]):
        now = s.state[t, i]
        reward += s.waits[t, i, now]
        low += s.digits[i, 0] * np.uint64(s.wait_to[t, i, now])
        high += s.digits[i, 1] * np.uint64(s.wait_to[t, i, now])
        s.path[t, i] = 0
        if s.wait_chance[t, i, now] >= 0.0:
            s.drawn[t, known] = i
            known += 1
        if s.begins[i, now]:
            s.who[t, count] = i
            count += 1
    s.reward[t], s.key[t, 0], s.key[t, 1] = reward, low, high
    s.size[t, 0], s.size[t, 1], s.size[t, 2], s.size[t, 3] = count, known, 0, 0


@inner
def change(s: Any, t: int, i: int, sign: int) -> None:
    """Let a product start at t after all, or not."""
    now = s.state[t, i]
    book(s, t, i, sign)
    s.path[t, i] += sign
    s.reward[t] += sign * (s.starts[t, i, now] - s.waits[t, i, now])
    known = s.size[t, 1]
    if sign > 0:
        s.key[t, 0] += s.begun[t, i, now, 0]
        s.key[t, 1] += s.begun[t, i, now, 1]
        s.drawn[t, min(known, s.drawn.shape[1] - 1)] = i
    else:
        s.key[t, 0] -= s.begun[t, i, now, 0]
        s.key[t, 1] -= s.begun[t, i, now, 1]
    if s.start_chance[t, i, now] >= 0.0:
        s.size[t, 1] += sign


@inner
def another(s: Any, t: int) -> bool:
    """Go to the next set of starts that fits, as binary numbers are counted through; False after the last."""
    while True:
        place, depth = s.size[t, 2], s.size[t, 3]
        if place < s.size[t, 0]:
            s.size[t, 2] += 1
            i = s.who[t, place]
            fits = True
            for r in range(s.capacity.shape[0]):
                fits = fits and s.used[t, r] + s.needs[i, s.state[t, i], r] <= s.capacity[r]
            if fits:
                s.stack[t, depth] = place
                s.size[t, 3] += 1
                change(s, t, i, 1)
                return True
        elif depth > 0:
            place = s.stack[t, depth - 1]
            s.size[t, 3] -= 1
            s.size[t, 2] = place + 1
            change(s, t, s.who[t, place], -1)
        else:
            return False


@inner
def outcome_of(s: Any, t: int, outcome: int) -> Any:
    """Probability and key of the next period's state; bit x of `outcome` is 1 where the x-th of `drawn` fails."""
    weight, low, high = 1.0, s.key[t, 0], s.key[t, 1]
    for x in range(s.size[t, 1]):
        i = s.drawn[t, x]
        now = s.state[t, i]
        started = s.path[t, i] == 1
        chance = s.start_chance[t, i, now] if started else s.wait_chance[t, i, now]
        if (outcome >> x) & 1 == 0:
            weight *= chance
        else:
            weight *= 1.0 - chance
            target = np.uint64(s.start_to[t, i, now] if started else s.wait_to[t, i, now])
            low -= s.digits[i, 0] * target
            high -= s.digits[i, 1] * target
    return weight, low, high


@inner
def lay_out(s: Any, t: int, outcome: int) -> None:
    """Write the next period's state."""
    for i in range(s.state.shape[1]):
        now = s.state[t, i]
        s.state[t + 1, i] = s.start_to[t, i, now] if s.path[t, i] == 1 else s.wait_to[t, i, now]
    for x in range(s.size[t, 1]):
        if (outcome >> x) & 1 == 1:
            s.state[t + 1, s.drawn[t, x]] = 0


@inner
def keep(s: Any, low: Any, high: Any, value: float) -> None:
    """Enter a state in the table."""
    at = -1 - find(s, low, high)
    s.keys[at, 0], s.keys[at, 1], s.values[at] = low, high, value
    s.told[0] += 1
    if 4 * s.told[0] > 3 * s.values.shape[0]:
        s.told[2] = FULL


@rule
def best(s: Any, t: int, low: Any, high: Any) -> float:
    """Worth of the best plan from period t on, in the state that `s` holds for it; NaN when it ended before.

    low, high : the key of that state.
    """
    if s.told[1] != 0:
        s.told[2] = TOLD
        return np.nan
    quiet(s, t)
    found, more = -np.inf, True
    while more:
        worth = s.reward[t]
        for outcome in range(1 << s.size[t, 1] if t + 1 < s.used.shape[0] else 0):
            weight, a, b = outcome_of(s, t, outcome)
            at = find(s, a, b)
            if at >= 0:
                worth += weight * s.values[at]
            else:
                lay_out(s, t, outcome)
                worth += weight * best(s, t + 1, a, b)
                if s.told[2] != 0:
                    return np.nan
        if worth > found:
            found = worth
            if t == 0:
                s.chosen[:] = s.path[0]
        more = another(s, t)
    keep(s, low, high, found)
    return found


@rule
def move(keys: Any, values: Any, s: Any) -> None:
    """Put all states of a table into the larger one of `s`."""
    for k in range(values.shape[0]):
        if keys[k, 0] != 0 or keys[k, 1] != 0:
            at = -1 - find(s, keys[k, 0], keys[k, 1])
            s.keys[at, 0], s.keys[at, 1], s.values[at] = keys[k, 0], keys[k, 1], values[k]
