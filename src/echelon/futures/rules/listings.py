"""Reimbursement: rounds until a program is listed, the price it costs, renewals, and the end of it.

A payer holds rounds; each ends in listing with a chance, as long as the cut it asks is one we accept. From the listing
on, more patients are treated at a lower price; each renewal cuts the price again, until the last, or ends the listing.
"""

import math

from echelon.futures.model import Model
from echelon.futures.rules.compiling import part
from echelon.futures.rules.draws import quantile, uniform_32
from echelon.futures.rules.early import drawn
from echelon.futures.rules.market import column_after
from echelon.futures.state import State, Tally

MOST_ROUNDS = 80


@part
def first_round(model: Model, y: int, approved: float, launched: float) -> float:
    """First day after launch on which a listing may hold: of a round, or after its own lag."""
    listings = model.listings
    if not math.isnan(listings.lag[y]):
        return float(max(launched + listings.lag[y], 0.0))
    earliest = max(launched, approved + listings.cutoff[y])
    day = listings.first_round[y]
    if earliest > day:
        day += math.ceil(earliest - day)
    return float(day)


@part
def scale_from(model: Model, state: State, f: int, first: int, time: float, factor: float) -> None:
    """Multiply the sales of a pair in every column from `first` on whose middle is after a time."""
    for c in range(max(first, column_after(model, time)), model.calendar.columns):
        state.curve[f, c] *= factor


@part
def cut_from(model: Model, state: State, y: int, first: int, time: float, price: float) -> None:
    """Let a cut of the price count from a time on: what is sold at it takes as much reactor time as before."""
    units = 1.0 / price if price > 0.0 else 0.0
    for c in range(max(first, column_after(model, time)), model.calendar.columns):
        state.units[y, c] *= units


@part
def reimburse(model: Model, state: State, tally: Tally, f: int, time: float, first: int) -> None:
    """Let reimbursement act on the sales of a pair launched at a time, from column `first` on."""
    y = model.pairs.listing[f]
    if y < 0:
        return
    if not model.switches.listing:
        mean_effect(model, state, f, y, time, first)
        return
    listings = model.listings
    for c in range(first, model.calendar.columns):
        state.units[y, c] = 1.0
    w0, w1, w2, w3 = drawn(model, state, listings.stream[y])
    price = 1.0
    renewed = 0
    day = listings.listed_at[y]
    if math.isnan(day):
        if listings.before[y] != 1.0:
            scale_from(model, state, f, first, -math.inf, listings.before[y])
        day = listed_on(model, y, uniform_32(w0), uniform_32(w1), time - model.pairs.launch_lag[f], time)
        if math.isinf(day):
            return
        cut = quantile(listings.cut, y, uniform_32(w1))
        price = max(0.0, 1.0 - cut) if listings.volume_only[y] == 0 else 1.0
        if day < state.withdrawn[f]:
            count_listing(model, state, tally, f, day, 1)
        scale_from(model, state, f, first, day, price * listings.after[y] / listings.before[y])
        if price < 1.0:
            cut_from(model, state, y, first, day, price)
    else:
        state.listed[f] = day
        renewed = max(0, math.floor(-day / listings.renewal_every[y]))
    renew(model, state, f, y, day, renewed, uniform_32(w2), uniform_32(w3), first)


@part
def count_listing(model: Model, state: State, tally: Tally, f: int, day: float, count: int) -> None:
    """Count a pair's listing, or with -1 take it back."""
    state.listed[f] = day if count > 0 else math.inf
    if 0.0 <= day < model.calendar.quarters * 0.25 and model.pairs.leader[f] < 0:
        tally.listed[f, model.calendar.year[int(day * 4.0)]] += count


@part
def listed_on(model: Model, y: int, luck: float, asked: float, approved: float, launched: float) -> float:
    """Day of the listing, infinite when there is none."""
    listings = model.listings
    if asked >= listings.accept[y]:
        return math.inf
    day = first_round(model, y, approved, launched)
    left = 1.0 - listings.chance[y]
    if not math.isnan(listings.lag[y]):
        return math.inf if luck < left else day
    missed = left
    for _ in range(MOST_ROUNDS):
        if luck >= missed:
            return day
        missed *= left
        day += 1.0
    return math.inf


@part
def renew(
    model: Model, state: State, f: int, y: int, day: float, renewed: int, luck: float, asked: float, first: int
) -> None:
    """Let a listing be renewed, `renewed` times before today, at lower prices, or end."""
    listings = model.listings
    keeps = 1.0 - listings.delisting[y]
    price = 1.0
    if listings.volume_only[y] == 0:
        price = max(0.0, 1.0 - quantile(listings.renewal_cut, y, asked))
    lasts = 1.0
    for i in range(renewed, listings.renewals[y]):
        at = day + (i + 1) * listings.renewal_every[y]
        lasts *= keeps
        if luck >= lasts:
            scale_from(model, state, f, first, at, listings.before[y] / listings.after[y])
            return
        scale_from(model, state, f, first, at, price)
        if price < 1.0:
            cut_from(model, state, y, first, at, price)


@part
def mean_effect(model: Model, state: State, f: int, y: int, time: float, first: int) -> None:
    """Multiply sales by the expected effect of reimbursement, column by column."""
    listings = model.listings
    day = listings.listed_at[y]
    if not math.isnan(day):
        renewed = max(0, math.floor(-day / listings.renewal_every[y]))
        for c in range(first, model.calendar.columns):
            state.curve[f, c] *= expected_since(model, y, model.calendar.middle[c] - day, renewed)
        return
    day = first_round(model, y, time - model.pairs.launch_lag[f], time)
    rounds = 1 if not math.isnan(listings.lag[y]) else MOST_ROUNDS
    for c in range(first, model.calendar.columns):
        middle = model.calendar.middle[c]
        left = 1.0
        factor = 0.0
        for k in range(rounds):
            if middle <= day + k:
                break
            chance = left * listings.chance[y]
            factor += chance * listings.accept[y] * expected_since(model, y, middle - day - k, 0)
            left -= chance
        unlisted = 1.0 - (1.0 - left) * listings.accept[y]
        state.curve[f, c] *= factor + unlisted * listings.before[y]


@part
def expected_since(model: Model, y: int, since: float, renewed: int) -> float:
    """Expected factor a time after a listing, of which `renewed` renewals lie behind us."""
    listings = model.listings
    # A renewal acts on columns whose middle is after it.
    count = math.ceil(since / listings.renewal_every[y]) - 1
    count = min(max(count, renewed), max(listings.renewals[y], renewed))
    return float(listings.mean[y, count - renewed])
