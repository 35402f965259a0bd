"""Exact values of trial planning: dynamic programming over all that can be known at the start of a period."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon.plans.trial_kernels import FULL, Search, best, move
from echelon.plans.trial_program import Instance, Tables, tables

SLOTS = 1 << 14
"""Slots of the first table of states; it grows fourfold when three quarters full."""

MOST_SLOTS = 1 << 27
"""Slots of the largest table: 3.2 GB."""

WATCHED = 0.2
"""Seconds between two looks at a search."""


class Unfinished(Exception):  # noqa: N818 - no mistake: it was stopped, or is too large
    """An exact search ended before its end; the message says why."""


@dataclass(frozen=True)
class Exact:
    """Exact value of a problem: enpv in USD m, places of the products that start first, number of states."""

    enpv: float
    first: tuple[int, ...]
    states: int


def solve(
    instance: Instance,
    seconds: float = float("inf"),
    progress: Callable[[int, float], None] | None = None,
    slots: int = SLOTS,
    most_slots: int = MOST_SLOTS,
) -> Exact:
    """The value of the best plan that uses only what is known, by dynamic programming over every state it can reach.

    Parameters
    ----------
    seconds : after which it gives up. progress : called with states seen and seconds gone, a few times a second.
    slots, most_slots : of the table of states, at first and at most; powers of two.

    Raises
    ------
    Unfinished
        When the time or the table is not enough.
    """
    began = time.monotonic()
    s = search(tables(instance), slots)
    while True:
        value = _watched(s, began, seconds, progress)
        if s.told[2] == 0:
            return Exact(value, tuple(np.flatnonzero(s.chosen).tolist()), int(s.told[0]))
        if s.told[2] != FULL:
            msg = f"no exact value within {seconds:.0f} s; {s.told[0]:,} states seen"
            raise Unfinished(msg)
        if 4 * len(s.values) > most_slots:
            msg = f"more than {s.told[0]:,} states; the exact method has room for no more"
            raise Unfinished(msg)
        s = _grown(s)


def _watched(s: Search, began: float, seconds: float, progress: Callable[[int, float], None] | None) -> float:
    # The search runs beside, holding no lock, so that it can be watched and told to stop.
    low, high = start_key(s)
    found = [np.nan]

    def go() -> None:
        found[0] = best(s, 0, low, high)

    worker = threading.Thread(target=go, daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(WATCHED)
            gone = time.monotonic() - began
            if progress is not None:
                progress(int(s.told[0]), gone)
            if gone > seconds:
                s.told[1] = 1
    finally:
        s.told[1] = 1
        worker.join()
    return float(found[0])


def start_key(s: Search) -> tuple[np.uint64, np.uint64]:
    """Key of the first state: every product waits before its first trial, no resource is in use."""
    with np.errstate(over="ignore"):
        words = s.turn + s.digits.sum(axis=0, dtype=np.uint64)
    return words[0], words[1]


def search(made: Tables, slots: int) -> Search:
    """A search of a problem, with an empty table of states."""
    periods, products, _ = made.start.shape
    resources = len(made.capacity)
    waiting = made.begun >= 0
    # Where nothing is left to decide on for a product, only what it uses is kept; what it brings was booked.
    late = np.arange(periods)[:, None, None] + made.lasts >= periods
    spent = made.final | late
    after, chance = _effective(made.after, made.chance)
    begun, begun_chance = _effective(made.begun, made.begun_chance)
    start_to = np.where(spent, 0, np.maximum(begun, 0))
    digits, uses, turn = _weights(made, periods)
    state = np.zeros((periods + 1, products), np.int64)
    state[0] = 1
    room = np.zeros((periods, products), np.int64)
    return Search(
        waits=made.wait,
        starts=made.start,
        begins=waiting,
        wait_to=np.broadcast_to(after, made.wait.shape).copy(),
        start_to=start_to,
        wait_chance=np.broadcast_to(chance, made.wait.shape).copy(),
        start_chance=np.where(spent, -1.0, begun_chance),
        needs=made.needs,
        lasts=made.lasts,
        capacity=made.capacity,
        digits=digits,
        uses=uses,
        turn=turn,
        begun=_begun(made, digits, uses, start_to),
        keys=np.zeros((slots, 2), np.uint64),
        values=np.zeros(slots),
        told=np.zeros(3, np.int64),
        state=state,
        used=np.zeros((periods, resources), np.int64),
        who=room.copy(),
        stack=room.copy(),
        path=room.copy(),
        drawn=room.copy(),
        chosen=np.zeros(products, np.int64),
        size=np.zeros((periods, 4), np.int64),
        reward=np.zeros(periods),
        key=np.zeros((periods, 2), np.uint64),
    )


def _effective(to: np.ndarray, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # An outcome that is certain is no outcome: the state after it is known.
    sure = (chance == 0.0) | (chance == 1.0)
    return np.where(chance == 0.0, 0, to), np.where(sure, -1.0, chance)


def _weights(made: Tables, periods: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a unit of each field of a state weighs in its key of two words.

    Fields are packed into the two words where they fit. Where they do not, weights are random, and two of n states
    have the same key with a probability under n² / 2**120.
    """
    ahead = max(1, int(made.lasts.max()) - 1)
    radices = [int(n) for n in made.states]
    radices += [int(c) + 1 for _ in range(ahead) for c in made.capacity]
    radices.append(periods + 2)
    weights = np.zeros((len(radices), 2), np.uint64)
    word, size = 0, 1
    for field, radix in enumerate(radices):
        if size * radix > 1 << 63:
            word, size = word + 1, 1
        if word > 1 or radix > 1 << 62:
            weights = np.random.Generator(np.random.PCG64(5)).integers(0, 1 << 64, weights.shape, np.uint64, False)
            weights |= np.uint64(1)
            break
        weights[field, word] = size
        size *= radix
    products, resources = len(made.states), len(made.capacity)
    uses = weights[products:-1].reshape(ahead, resources, 2)
    return weights[:products].copy(), uses.copy(), weights[-1].copy()


def _begun(made: Tables, digits: np.ndarray, uses: np.ndarray, start_to: np.ndarray) -> np.ndarray:
    # What a start adds to the key of the next period: its own state instead of waiting, and what it keeps in use.
    periods, products, _ = made.start.shape
    begun = np.zeros((*made.start.shape, 2), np.uint64)
    with np.errstate(over="ignore"):
        for t in range(periods):
            for i in range(products):
                for now in np.flatnonzero(made.begun[i] >= 0):
                    weight = digits[i] * np.uint64(start_to[t, i, now]) - digits[i] * np.uint64(now)
                    for u in range(t + 1, min(t + int(made.lasts[i, now]), periods)):
                        for r, need in enumerate(made.needs[i, now]):
                            weight = weight + uses[u - t - 1, r] * np.uint64(need)
                    begun[t, i, now] = weight
    return begun


def _grown(s: Search) -> Search:
    slots = 4 * len(s.values)
    larger = s._replace(keys=np.zeros((slots, 2), np.uint64), values=np.zeros(slots))
    larger.told[1:] = 0
    larger.used[:] = 0
    move(s.keys, s.values, larger)
    return larger
