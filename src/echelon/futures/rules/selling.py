"""Selling: what is launched, through class share, supply and deals into money.

Pairs of one channel (a site, a deal) are added up: short supply and royalties treat them alike. A pair is added for all
columns at its launch; in a market that others still enter, each entry shares the columns from then on anew.
"""

import math

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.deals import PROMOTES, partner_promotes, partner_sells, pay_milestones, settle
from echelon.futures.rules.supply import begin_order, count_lines, supply_quarter, supply_year
from echelon.futures.state import State, Tally

LEAST = 1e-300
"""Stands for no weight at all in a market, so that nothing divides by nought."""


@part
def join(model: Model, state: State, f: int, first: int) -> None:
    """Let a pair whose sales have just been filled be sold from column `first` on."""
    pairs = model.pairs
    m = pairs.market[f]
    state.from_column[f] = first
    state.active[int(state.number[n.ACTIVE])] = f
    state.number[n.ACTIVE] += 1.0
    if pairs.team[f] > 0.0 and state.team_from[pairs.territory[f]] > first:
        state.watched[int(state.number[n.WATCHED])] = f
        state.look_at[int(state.number[n.WATCHED])] = first
        state.number[n.WATCHED] += 1.0
        state.number[n.WATCH_AT] = min(state.number[n.WATCH_AT], float(first))
    r = model.programs.report[pairs.program[f]]
    if state.sells[r] == 0:
        state.sells[r] = 1
        for y in range(state.year_sales.shape[1]):
            state.year_sales[r, y] = 0.0
    state.on[f] = 1
    if pairs.order[f] >= 0 and state.ordered[pairs.order[f]] == 0:
        begin_order(model, state, pairs.order[f])
    if m >= 0 and model.switches.competition:
        weight = state.weight[f]
        row = model.pairs.counted[f]
        if row < 0:
            for c in range(first, model.calendar.columns):
                gap = weight * (1.0 - state.uptake[c])
                state.gap[f, c] = gap
                state.curve[f, c] /= max(state.pull[m, c] + gap, LEAST)
        else:  # a held pair counts in its class with its mean climb
            for c in range(first, model.calendar.columns):
                gap = weight - model.pairs.pulls[row, c]
                state.gap[f, c] = gap
                state.curve[f, c] /= max(model.markets.pull[m, c] + gap, LEAST)
        y = model.pairs.listing[f]
        if y >= 0 and model.listings.shared[y] != 1.0:
            for c in range(max(first, state.rival_since[m]), model.calendar.columns):
                state.curve[f, c] *= model.listings.shared[y]
        if model.markets.contested[m] == 1:
            state.next_in[f] = state.first_in[m]
            state.first_in[m] = f
    for c in range(first, model.calendar.columns):
        state.change[c] = state.curve[f, c]
    ask(model, state, f, first)


@part
def give_way(model: Model, state: State, m: int, weight: float, first: int) -> None:
    """Let our pairs in a contested market lose what an entrant, whose uptake is at hand, takes from them.

    A drug wins uptake x weight / (weight + the others' weight x uptake): alone it sells what it is taken up; each
    entrant takes from it as it is taken up itself. The gap is weight x (1 - uptake), so pull + gap counts its whole
    weight.
    """
    columns = model.calendar.columns
    f = state.first_in[m]
    while f >= 0:
        for c in range(first, columns):
            taken = weight * state.uptake[c]
            change = -state.curve[f, c] * taken / max(state.pull[m, c] + state.gap[f, c] + taken, LEAST)
            state.change[c] = change
            state.curve[f, c] += change
        ask(model, state, f, first)
        f = state.next_in[f]


@part
def no_longer_alone(model: Model, state: State, m: int, first: int) -> None:
    """Let listings that were exclusive lose patients from the first column with a rival in their market."""
    since = state.rival_since[m]
    if first >= since:
        return
    state.rival_since[m] = first
    f = state.first_in[m]
    while f >= 0:
        y = model.pairs.listing[f]
        if y >= 0 and model.listings.shared[y] != 1.0:
            lost = model.listings.shared[y] - 1.0
            for c in range(first, since):
                state.change[c] = state.curve[f, c] * lost
                state.curve[f, c] += state.change[c]
            for c in range(since, model.calendar.columns):
                state.change[c] = 0.0
            ask(model, state, f, first)
        f = state.next_in[f]


@part
def ask(model: Model, state: State, f: int, first: int) -> None:
    """Add a change of a pair's sales to its channel, in all columns from `first` on."""
    pairs = model.pairs
    columns = model.calendar.columns
    h, k, d = pairs.channel[f], pairs.order[f], pairs.deal[f]
    for c in range(first, columns):
        state.asked[h, c] += state.change[c]
    if k >= 0:
        per_sale = state.pair_grams[f]
        if price_stays(model, f):
            for c in range(first, columns):
                state.grams[k, c] += state.change[c] * per_sale
        else:
            for c in range(first, columns):
                state.grams[k, c] += grams_in(model, state, f, c, state.change[c])
    if d < 0:
        ask_others(state, h, pairs.away[f], first, columns)
        return
    start = max(first, min(state.deal_from[d], columns))
    end = max(start, min(state.deal_to[d], columns))
    ask_others(state, h, pairs.away[f], first, start)
    ask_others(state, h, not_ours(model, f, d), start, end)
    ask_others(state, h, pairs.away[f], end, columns)


@inner
def price_stays(model: Model, f: int) -> bool:
    """Whether a pair's price is the same in all columns, so that its grams follow its sales."""
    return model.pairs.growth[f] == 0.0 and (model.pairs.listing[f] < 0 or not model.switches.listing)


@inner
def grams_in(model: Model, state: State, f: int, c: int, value: float) -> float:
    """Grams in a pair's sales of a column: what its price has changed by changes sales, not patients."""
    pairs = model.pairs
    grams = value * state.pair_grams[f]
    y = pairs.listing[f]
    if y >= 0 and model.switches.listing:
        grams *= state.units[y, c]
    return grams if pairs.growth[f] == 0.0 else grams / pairs.levels[pairs.level[f], c]


@inner
def ask_others(state: State, h: int, part_of: float, first: int, last: int) -> None:
    """Add what others get of a change of sales, in a range of columns."""
    if part_of == 0.0:
        return
    for c in range(first, last):
        state.others[h, c] += state.change[c] * part_of


@inner
def not_ours(model: Model, f: int, d: int) -> float:
    """Part of sales under a deal that others get of own sales, or that is not our share of a partner's."""
    pairs = model.pairs
    if model.deals.route[d] == PROMOTES:
        return pairs.away[f] + pairs.ours[f] - pairs.promoted[f]
    return 1.0 - pairs.economic_share[f]


@part
def leave_channel(model: Model, state: State, f: int, first: int) -> None:
    """Take a pair's sales out of its channel again, from column `first` on."""
    pairs = model.pairs
    h, k, d = pairs.channel[f], pairs.order[f], pairs.deal[f]
    for c in range(first, model.calendar.columns):
        value = state.curve[f, c]
        state.asked[h, c] = without(state.asked[h, c], value)
        part_of = pairs.away[f]
        if d >= 0 and state.deal_from[d] <= c < state.deal_to[d]:
            part_of = not_ours(model, f, d)
        state.others[h, c] = without(state.others[h, c], value * part_of)
        if k >= 0:
            state.grams[k, c] = without(state.grams[k, c], grams_in(model, state, f, c, value))


@inner
def without(whole: float, part_of: float) -> float:
    """A sum without one of its parts: nought when nothing but rounding is left."""
    left = whole - part_of
    return left if abs(left) > 1e-12 * abs(whole) else 0.0


@part
def sell(model: Model, state: State, tally: Tally, c: int) -> float:
    """Sell one column. Within the horizon it is booked in the ledger; past it, the margin is returned.

    Returns our margin of the column before tax, in money of the column (not discounted).
    """
    channels, money = model.channels, model.money
    if c < model.calendar.quarters and model.switches.supply:
        supply_quarter(model, state, tally, c)
    else:
        supply_year(model, state, c)
    for line in range(state.lost.size):
        state.lost[line] = 0.0
    for d in range(state.deal_sold.size):
        state.deal_sold[d] = 0.0
        state.deal_others[d] = 0.0
        state.deal_own[d] = 0.0
    sales, partner_sales, away, lost, goods = 0.0, 0.0, 0.0, 0.0, state.supply_cost[c]
    for h in range(channels.order.size):
        value = state.asked[h, c]
        if value == 0.0:
            continue
        others = state.others[h, c]
        k, d = channels.order[h], channels.deal[h]
        if k >= 0 and state.served[k, c] < 1.0:
            served = value * state.served[k, c]
            lost += value - served
            state.lost[state.tight[k]] += value - served
            others *= state.served[k, c]
            value = served
        if d >= 0 and partner_sells(model, state, d, c):
            state.deal_sold[d] += value
            state.deal_others[d] += others
            partner_sales += value
        else:
            sales += value
            goods += value * channels.cogs[h]
            away += others
            if d >= 0 and partner_promotes(model, state, d, c):
                state.deal_own[d] += value
    staff(model, state, c)
    milestones = settle(model, state, tally, c)
    royalties, supplied = 0.0, 0.0
    if partner_sales > 0.0:
        for d in range(state.deal_sold.size):
            cost = state.deal_sold[d] * model.deals.supply_cost[d]
            supplied += cost
            royalties += state.deal_sold[d] * state.deal_rate[d, c] + cost
            away += state.deal_others[d] * state.deal_rate[d, c]
    if c < model.calendar.quarters:
        ledger = state.ledger
        ledger[n.SALES, c] += sales
        ledger[n.COGS, c] += goods + supplied
        ledger[n.SELLING, c] += sales * money.selling + state.team[c]
        ledger[n.PARTNER_SHARE, c] += away
        ledger[n.ROYALTIES, c] += royalties
        ledger[n.MILESTONES, c] += milestones
        ledger[n.PARTNER_SALES, c] += partner_sales
        ledger[n.UNSERVED, c] += lost
        state.number[n.UNSERVED_SUM] += lost
        state.number[n.SERVED_SUM] += sales + partner_sales
        if lost > 0.0 and math.isnan(state.number[n.FIRST_SHORT]):
            state.number[n.FIRST_SHORT] = c * 0.25
        count_lines(state, tally, c)
        pay_milestones(model, state, tally, c)
    return sales * (1.0 - money.selling) - goods - away + royalties - supplied + milestones


@part
def staff(model: Model, state: State, c: int) -> None:
    """Pay an own team in a territory from the first column in which we sell there ourselves."""
    if c < state.number[n.WATCH_AT]:
        return
    pairs = model.pairs
    look_again = model.calendar.columns
    i = 0
    while i < int(state.number[n.WATCHED]):
        if state.look_at[i] > c:
            look_again = min(look_again, state.look_at[i])
            i += 1
            continue
        f = state.watched[i]
        t, d = pairs.territory[f], pairs.deal[f]
        if state.team_from[t] > c:
            partner = d >= 0 and partner_sells(model, state, d, c)
            unserved = pairs.order[f] >= 0 and state.served[pairs.order[f], c] <= 0.0
            if state.curve[f, c] <= 0.0 or partner or unserved:
                state.look_at[i] = state.deal_to[d] if partner else c + 1
                look_again = min(look_again, state.look_at[i])
                i += 1
                continue
            state.team_from[t] = c
            for later in range(c, model.calendar.quarters):
                state.team[later] += pairs.team[f] * model.calendar.length[later]
        # Whoever sells here, the team is there: nothing is left to watch.
        state.number[n.WATCHED] -= 1.0
        state.watched[i] = state.watched[int(state.number[n.WATCHED])]
        state.look_at[i] = state.look_at[int(state.number[n.WATCHED])]
    state.number[n.WATCH_AT] = look_again


@part
def attribute(model: Model, state: State, tally: Tally) -> None:
    """When all columns are sold, give every pair's sales and value to its program and asset."""
    pairs, programs = model.pairs, model.programs
    for i in range(int(state.number[n.ACTIVE])):
        f = state.active[i]
        p = pairs.program[f]
        r = programs.report[p]
        first = whole_year(state, f)
        if pairs.order[f] >= 0 and state.number[n.SHORT] > 0.0:
            for c in range(first, model.calendar.columns):
                state.curve[f, c] *= state.served[pairs.order[f], c]
        sold = by_year(model, state, tally, f, r, pairs.asset[f], first)
        state.npv[r] += worth(model, state, f, first, sold)
        if pairs.unit_cost[f] > 0.0:
            state.npv[r] -= making(model, state, f, first, sold)
    for r in range(state.sells.size):
        if state.sells[r] == 1:
            for y in range(state.year_sales.shape[1]):
                state.peak[r] = max(state.peak[r], state.year_sales[r, y])


@part
def whole_year(state: State, f: int) -> int:
    """Let a pair's sales begin with a year from as_of, by quarters with none."""
    start = state.from_column[f]
    first = start - start % 4
    for c in range(first, start):
        state.curve[f, c] = 0.0
    return first


@part
def by_year(model: Model, state: State, tally: Tally, f: int, r: int, a: int, first: int) -> float:
    """Add a pair's sales to its program's years and its asset's quarters; returns all of them, discounted."""
    discount = model.calendar.discount
    value0, value1, value2, value3 = 0.0, 0.0, 0.0, 0.0
    for y in range(first // 4, model.calendar.quarters // 4):
        c = 4 * y
        v0, v1, v2, v3 = state.curve[f, c], state.curve[f, c + 1], state.curve[f, c + 2], state.curve[f, c + 3]
        tally.asset_sales[a, c] += v0
        tally.asset_sales[a, c + 1] += v1
        tally.asset_sales[a, c + 2] += v2
        tally.asset_sales[a, c + 3] += v3
        state.year_sales[r, y] += (v0 + v1) + (v2 + v3)
        value0 += v0 * discount[c]
        value1 += v1 * discount[c + 1]
        value2 += v2 * discount[c + 2]
        value3 += v3 * discount[c + 3]
    past = discounted(model, state, f, max(first, model.calendar.quarters // 4 * 4), model.calendar.columns)
    return (value0 + value1) + (value2 + value3) + past


@part
def worth(model: Model, state: State, f: int, first: int, sold: float) -> float:
    """Discounted value to us of a pair's sales, before tax. sold : all its sales, discounted."""
    pairs, columns = model.pairs, model.calendar.columns
    d = pairs.deal[f]
    if d < 0:
        return sold * pairs.ours[f]
    start = max(first, min(state.deal_from[d], columns))
    end = max(start, min(state.deal_to[d], columns))
    if start == end:
        return sold * pairs.ours[f]
    value = (discounted(model, state, f, first, start) + discounted(model, state, f, end, columns)) * pairs.ours[f]
    if model.deals.route[d] == PROMOTES:
        return value + discounted(model, state, f, start, end) * pairs.promoted[f]
    return value + received(model, state, f, d, start, end) * pairs.economic_share[f]


@part
def making(model: Model, state: State, f: int, first: int, sold: float) -> float:
    """Discounted cost of making what a pair sells, at its first sites; stocks built up or written off are not in it."""
    pairs, discount = model.pairs, model.calendar.discount
    if price_stays(model, f):
        return sold * state.pair_grams[f] * pairs.unit_cost[f]
    value = 0.0
    for c in range(first, model.calendar.columns):
        value += grams_in(model, state, f, c, state.curve[f, c]) * discount[c]
    return value * pairs.unit_cost[f]


@inner
def discounted(model: Model, state: State, f: int, first: int, last: int) -> float:
    """Discounted sales of a pair in a range of columns."""
    discount = model.calendar.discount
    # Four sums at a time: an addition need not wait for the one before.
    value0, value1, value2, value3 = 0.0, 0.0, 0.0, 0.0
    c = first
    while c + 4 <= last:
        value0 += state.curve[f, c] * discount[c]
        value1 += state.curve[f, c + 1] * discount[c + 1]
        value2 += state.curve[f, c + 2] * discount[c + 2]
        value3 += state.curve[f, c + 3] * discount[c + 3]
        c += 4
    while c < last:
        value0 += state.curve[f, c] * discount[c]
        c += 1
    return (value0 + value1) + (value2 + value3)


@inner
def received(model: Model, state: State, f: int, d: int, first: int, last: int) -> float:
    """Discounted payments on a partner's sales of a pair in a range of columns."""
    discount = model.calendar.discount
    value0, value1 = 0.0, 0.0
    c = first
    while c + 2 <= last:
        value0 += state.curve[f, c] * state.deal_rate[d, c] * discount[c]
        value1 += state.curve[f, c + 1] * state.deal_rate[d, c + 1] * discount[c + 1]
        c += 2
    if c < last:
        value0 += state.curve[f, c] * state.deal_rate[d, c] * discount[c]
    return value0 + value1
