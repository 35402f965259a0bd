"""Reimbursement: the expected factor on a pair's sales, column by column, by the time of its launch."""

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.model import Model

LEFT = 1e-14


def listing_factor(model: Model, f: int, times: F8, middle: F8, width: float) -> F8:
    """Expected factor f8[t, c] of reimbursement on sales launched at each time.

    width : of the cell over which each time is spread, 0 for moments; rounds come on days, so a cell may be cut by one.
    """
    listings, y = model.listings, int(model.pairs.listing[f])
    listed = float(listings.listed_at[y])
    if not np.isnan(listed):
        done = max(0, int(np.floor(-listed / listings.renewal_every[y])))
        found = np.array([_since(model, y, m - listed, done) for m in middle])
        return np.broadcast_to(found, (times.size, middle.size)).copy()
    lag = float(listings.lag[y])
    if not np.isnan(lag):
        days = np.maximum(times + lag, 0.0)
        after = middle[None, :] - days[:, None]
        most = float(listings.chance[y] * listings.accept[y])
        share = np.clip(after / width + 0.5, 0.0, 1.0) if width > 0.0 else (after > 0.0).astype(np.float64)
        return most * share * _listed(model, y, after) + (1.0 - most * share) * float(listings.before[y])
    # Rounds: launched, and approved for long enough.
    wait = max(0.0, float(listings.cutoff[y]) - float(model.pairs.launch_lag[f]))
    late = times + wait - float(listings.first_round[y])
    if width <= 0.0:
        return _of_rounds(model, y, np.maximum(np.ceil(late), 0.0).astype(np.int64), middle)
    low = np.maximum(np.ceil(late - 0.5 * width), 0.0)
    high = np.maximum(np.ceil(late + 0.5 * width), 0.0)
    beyond = np.where(high > low, (late + 0.5 * width - low) / width, 0.0)[:, None]
    first = _of_rounds(model, y, low.astype(np.int64), middle)
    return np.asarray((1.0 - beyond) * first + beyond * _of_rounds(model, y, high.astype(np.int64), middle))


def _of_rounds(model: Model, y: int, missed: np.ndarray, middle: F8) -> F8:
    # Factor f8[t, c] when a number of rounds, i8[t], were too early.
    table = np.array([_first_round(model, y, i, middle) for i in range(int(missed.max(initial=0)) + 1)])
    return np.asarray(table[missed])


def _first_round(model: Model, y: int, missed: int, middle: F8) -> F8:
    listings = model.listings
    accept, before = float(listings.accept[y]), float(listings.before[y])
    day = float(listings.first_round[y]) + missed
    found, left = np.full(middle.size, before), accept
    while day < middle[-1] and left > LEFT:
        chance = left * float(listings.chance[y])
        since = middle - day
        found += np.where(since > 0.0, chance * (_listed(model, y, since) - before), 0.0)
        left -= chance
        day += 1.0
    return found


def _listed(model: Model, y: int, since: F8) -> F8:
    # Expected factor a time after the listing.
    listings = model.listings
    done = np.ceil(since / float(listings.renewal_every[y])) - 1.0
    return np.asarray(listings.mean[y][np.clip(done, 0, listings.renewals[y]).astype(np.int64)])


def _since(model: Model, y: int, since: float, done: int) -> float:
    # The same for what has seen `done` renewals by as_of: only later ones count.
    listings = model.listings
    count = int(np.ceil(since / float(listings.renewal_every[y]))) - 1
    count = min(max(count, done), max(int(listings.renewals[y]), done))
    return float(listings.mean[y, count - done])
