"""Selling: what is launched, through class share, supply and deals into money.

Pairs of one channel (a site, a deal) are added up: short supply and royalties treat them alike. A pair in a market
that nobody can enter any more is added for all columns at its launch; one in a contested market column by column.
"""

from echelon.futures.model import Model, State, Tally
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.deals import partner_promotes, partner_sells, pay_milestones, settle
from echelon.futures.rules.market import class_pull, part_of_class
from echelon.futures.rules.supply import fill_rates


@part
def join(model: Model, state: State, f: int, first: int) -> None:
    """Let a pair whose sales have just been filled be sold from column `first` on."""
    pairs = model.pairs
    m = pairs.market[f]
    state.from_column[f] = first
    state.active[int(state.number[n.ACTIVE])] = f
    state.number[n.ACTIVE] += 1.0
    r = model.programs.report[pairs.program[f]]
    if state.sells[r] == 0:
        state.sells[r] = 1
        for y in range(state.year_sales.shape[1]):
            state.year_sales[r, y] = 0.0
    state.on[f] = 1
    if m >= 0 and model.switches.competition:
        weight = state.weight[f]
        if model.markets.contested[m] == 1:
            state.on[f] = 2
            state.rivalled[int(state.number[n.RIVALLED])] = f
            state.number[n.RIVALLED] += 1.0
            for c in range(first, model.calendar.columns):
                state.gap[f, c] = weight - counted(model, state, f, weight, c)
            return
        for c in range(first, model.calendar.columns):
            gap = weight - counted(model, state, f, weight, c)
            state.curve[f, c] *= part_of_class(model.markets.pull[m, c], gap) * shared_listing(model, state, f, m, c)
    ask_all(model, state, f, first)


@inner
def counted(model: Model, state: State, f: int, weight: float, c: int) -> float:
    """What a pair launched now counts for in the pull of its class: order weight x uptake."""
    row = model.pairs.counted[f]
    return weight * state.uptake[c] if row < 0 else model.pairs.pulls[row, c]


@inner
def shared_listing(model: Model, state: State, f: int, m: int, c: int) -> float:
    """Factor on patients once a rival is in the market of a listing that was exclusive."""
    y = model.pairs.listing[f]
    if y < 0 or c < state.rival_since[m]:
        return 1.0
    return model.listings.shared[y]


@inner
def not_ours(model: Model, state: State, f: int, d: int, c: int) -> float:
    """Part of a column's own sales that others get, or of a partner's sales that is not our share."""
    pairs = model.pairs
    if d < 0:
        return pairs.away[f]
    if partner_sells(model, state, d, c):
        return 1.0 - pairs.economic_share[f]
    if partner_promotes(model, state, d, c):
        return pairs.away[f] + pairs.ours[f] - pairs.promoted[f]
    return pairs.away[f]


@part
def ask_all(model: Model, state: State, f: int, first: int) -> None:
    """Add a pair's sales to its channel, in all columns from `first` on."""
    pairs = model.pairs
    columns = model.calendar.columns
    h, site, d = pairs.channel[f], pairs.site[f], pairs.deal[f]
    for c in range(first, columns):
        state.asked[h, c] += state.curve[f, c]
    if site >= 0:
        per_sale = state.pair_load[f]
        for c in range(first, columns):
            state.load[site, c] += state.curve[f, c] * per_sale
    if d >= 0:
        for c in range(first, columns):
            state.others[h, c] += state.curve[f, c] * not_ours(model, state, f, d, c)
    elif pairs.away[f] != 0.0:
        part_of = pairs.away[f]
        for c in range(first, columns):
            state.others[h, c] += state.curve[f, c] * part_of


@part
def leave_channel(model: Model, state: State, f: int, first: int) -> None:
    """Take a pair's sales out of its channel again, from column `first` on."""
    pairs = model.pairs
    h, site, d = pairs.channel[f], pairs.site[f], pairs.deal[f]
    for c in range(first, model.calendar.columns):
        value = state.curve[f, c]
        state.asked[h, c] = without(state.asked[h, c], value)
        state.others[h, c] = without(state.others[h, c], value * not_ours(model, state, f, d, c))
        if site >= 0:
            state.load[site, c] = without(state.load[site, c], value * state.pair_load[f])


@inner
def without(whole: float, part_of: float) -> float:
    """A sum without one of its parts: nought when nothing but rounding is left."""
    left = whole - part_of
    return left if abs(left) > 1e-12 * abs(whole) else 0.0


@part
def ask_contested(model: Model, state: State, c: int) -> None:
    """Add one column's sales of the pairs in contested markets to their channels."""
    pairs = model.pairs
    for i in range(int(state.number[n.RIVALLED])):
        f = state.rivalled[i]
        m = pairs.market[f]
        value = state.curve[f, c] * part_of_class(class_pull(model, state, m, c), state.gap[f, c])
        value *= shared_listing(model, state, f, m, c)
        state.curve[f, c] = value
        h, site, d = pairs.channel[f], pairs.site[f], pairs.deal[f]
        state.asked[h, c] += value
        if site >= 0:
            state.load[site, c] += value * state.pair_load[f]
        state.others[h, c] += value * not_ours(model, state, f, d, c)


@part
def sell(model: Model, state: State, tally: Tally, c: int) -> float:
    """Sell one column. Within the horizon it is booked in the ledger; past it, the margin is returned.

    Returns our margin of the column before tax, in money of the column (not discounted).
    """
    channels, money = model.channels, model.money
    ask_contested(model, state, c)
    fill_rates(model, state, c)
    for d in range(state.deal_sold.size):
        state.deal_sold[d] = 0.0
        state.deal_others[d] = 0.0
        state.deal_own[d] = 0.0
    sales, partner_sales, away, lost = 0.0, 0.0, 0.0, 0.0
    for h in range(channels.site.size):
        value = state.asked[h, c]
        if value == 0.0:
            continue
        others = state.others[h, c]
        site, d = channels.site[h], channels.deal[h]
        if site >= 0:
            served = value * state.served[site, c]
            lost += value - served
            others *= state.served[site, c]
            value = served
        if d >= 0 and partner_sells(model, state, d, c):
            state.deal_sold[d] += value
            state.deal_others[d] += others
            partner_sales += value
        else:
            sales += value
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
        ledger[n.COGS, c] += sales * money.cogs + supplied
        ledger[n.SELLING, c] += sales * money.selling + state.team[c]
        ledger[n.PARTNER_SHARE, c] += away
        ledger[n.ROYALTIES, c] += royalties
        ledger[n.MILESTONES, c] += milestones
        ledger[n.PARTNER_SALES, c] += partner_sales
        ledger[n.UNSERVED, c] += lost
        state.number[n.UNSERVED_SUM] += lost
        state.number[n.SERVED_SUM] += sales + partner_sales
        pay_milestones(model, state, tally, c)
    return sales * (1.0 - money.cogs - money.selling) - away + royalties - supplied + milestones


@part
def staff(model: Model, state: State, c: int) -> None:
    """Pay an own team in a territory from the first column in which we sell there ourselves."""
    pairs = model.pairs
    for i in range(pairs.staffed.size):
        f = pairs.staffed[i]
        t, d = pairs.territory[f], pairs.deal[f]
        if state.team_from[t] <= c or state.on[f] == 0 or state.curve[f, c] <= 0.0:
            continue
        if d >= 0 and partner_sells(model, state, d, c):
            continue
        if pairs.site[f] >= 0 and state.served[pairs.site[f], c] <= 0.0:
            continue
        state.team_from[t] = c
        for later in range(c, model.calendar.quarters):
            state.team[later] += pairs.team[f] * model.calendar.length[later]


@part
def attribute(model: Model, state: State, tally: Tally) -> None:
    """When all columns are sold, give every pair's sales and value to its program and asset."""
    pairs, programs = model.pairs, model.programs
    for i in range(int(state.number[n.ACTIVE])):
        f = state.active[i]
        p = pairs.program[f]
        r = programs.report[p]
        first = whole_year(state, f)
        if pairs.site[f] >= 0:
            for c in range(first, model.calendar.columns):
                state.curve[f, c] *= state.served[pairs.site[f], c]
        by_year(model, state, tally, f, r, pairs.asset[f], first)
        state.npv[r] += worth(model, state, f, first)
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
def by_year(model: Model, state: State, tally: Tally, f: int, r: int, a: int, first: int) -> None:
    """Add a pair's sales to its program's years and its asset's quarters."""
    for y in range(first // 4, model.calendar.quarters // 4):
        c = 4 * y
        v0, v1, v2, v3 = state.curve[f, c], state.curve[f, c + 1], state.curve[f, c + 2], state.curve[f, c + 3]
        tally.asset_sales[a, c] += v0
        tally.asset_sales[a, c + 1] += v1
        tally.asset_sales[a, c + 2] += v2
        tally.asset_sales[a, c + 3] += v3
        state.year_sales[r, y] += (v0 + v1) + (v2 + v3)


@part
def worth(model: Model, state: State, f: int, first: int) -> float:
    """Discounted value to us of a pair's sales, before tax."""
    pairs, calendar = model.pairs, model.calendar
    d = pairs.deal[f]
    value = 0.0
    if d < 0:
        # Four sums at a time: an addition need not wait for the one before.
        value1, value2, value3 = 0.0, 0.0, 0.0
        c = first
        while c + 4 <= calendar.columns:
            value += state.curve[f, c] * calendar.discount[c]
            value1 += state.curve[f, c + 1] * calendar.discount[c + 1]
            value2 += state.curve[f, c + 2] * calendar.discount[c + 2]
            value3 += state.curve[f, c + 3] * calendar.discount[c + 3]
            c += 4
        while c < calendar.columns:
            value += state.curve[f, c] * calendar.discount[c]
            c += 1
        return ((value + value1) + (value2 + value3)) * pairs.ours[f]
    for c in range(first, calendar.columns):
        ours = pairs.promoted[f] if partner_promotes(model, state, d, c) else pairs.ours[f]
        if partner_sells(model, state, d, c):
            ours = state.deal_rate[d, c] * pairs.economic_share[f]
        value += state.curve[f, c] * ours * calendar.discount[c]
    return value
