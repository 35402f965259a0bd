"""The evaluator of two-step schedules: profit from the published rules, and every rule that a schedule breaks.

It knows nothing of the programme that plans: campaigns are taken in days as the paper writes them, and stocks are
counted up from what was made, sold and wasted.
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from echelon.supply.campaign.schedule import Balance, Schedule
from echelon.supply.campaign.two_step import TwoStep
from echelon.supply.campaign.verdict import NEAR, Verdict, exact


def evaluate(instance: TwoStep, schedule: Schedule) -> Verdict:
    """Profit and broken rules of a schedule."""
    balances = {(row.product, row.period): row for row in schedule.balances}
    missing = [(p, t) for p in instance.products for t in instance.periods if (p, t) not in balances]
    if missing:
        return Verdict(Fraction(0), {}, tuple(f"{p} in {t}: no balance is given" for p, t in missing))
    wrong = [*_campaigns(instance, schedule), *_starts(instance, schedule)]
    parts = _money(instance, schedule)
    for p in instance.products:
        wrong += _stocks(instance, schedule, p, [balances[p, t] for t in instance.periods])
    profit = parts["sales"] - sum(value for name, value in parts.items() if name != "sales")
    return Verdict(profit, parts, tuple(wrong))


def _campaigns(instance: TwoStep, schedule: Schedule) -> Iterator[str]:
    # One campaign by itself: who may make it, in how many days, and whether the batches agree with the days.
    taken = Counter((row.suite, row.period) for row in schedule.campaigns)
    yield from (f"{suite} in {t}: {n} products in one period" for (suite, t), n in taken.items() if n > 1)
    for row in schedule.campaigns:
        who = f"{row.suite} in {row.period}, {row.product}"
        step = instance.up if row.step == "upstream" else instance.down
        if row.suite not in step.suites or row.period not in instance.periods:
            yield f"{who}: no such suite or period"
            continue
        if row.product not in step.allowed[row.suite]:
            yield f"{who}: the suite may not make it"
        rate, lead = step.rate[row.product], step.lead[row.product]
        if row.batches < 0 or row.batches != int(row.batches):
            yield f"{who}: {row.batches} is no whole number of batches"
        days = lead + (row.batches - 1) / rate if row.delayed else row.batches / rate
        if abs(days - Fraction(row.days)) > NEAR:
            yield f"{who}: {row.batches} batches take {float(days):g} days, not {row.days:g}"
        if days < step.least[row.product]:
            yield f"{who}: {float(days):g} days are under the shortest campaign, {float(step.least[row.product]):g}"
        if days > min(step.most[row.product], instance.days):
            yield f"{who}: {float(days):g} days are over the longest campaign or the period"


def _starts(instance: TwoStep, schedule: Schedule) -> Iterator[str]:
    running = {(row.suite, row.product, row.period) for row in schedule.campaigns}
    begun = {(row.suite, row.product, row.period) for row in schedule.campaigns if row.started}
    delays = Counter((row.suite, row.period) for row in schedule.campaigns if row.step == "downstream" and row.delayed)
    for row in schedule.campaigns:
        who = f"{row.suite} in {row.period}, {row.product}"
        at = instance.periods.index(row.period)
        before = (row.suite, row.product, instance.periods[at - 1])
        if not row.started and (at == 0 or before not in running):
            yield f"{who}: goes on from nothing; it is a new campaign"
        if row.step == "upstream" and row.started != row.delayed:
            yield f"{who}: every new campaign upstream pays its lead time, and no other"
        if row.step == "downstream" and row.started and not row.delayed:
            near = [i for i in instance.up.suites if instance.site[i] == instance.site[row.suite]]
            if any((i, row.product, row.period) in begun for i in near):
                yield f"{who}: starts with its crude's campaign, so it must wait its lead time"
        if instance.one_start and row.step == "downstream" and delays[row.suite, row.period] > 1:
            yield f"{who}: more than one delayed start in one period"


def _money(instance: TwoStep, schedule: Schedule) -> dict[str, Fraction]:
    parts = dict.fromkeys(("sales", "production", "changeover", "storage", "backlog", "waste"), Fraction(0))
    for row in schedule.campaigns:
        step = instance.up if row.step == "upstream" else instance.down
        parts["production"] += step.batch[row.product] * Fraction(row.batches)
        parts["changeover"] += step.changeover[row.product] * row.started
    for line in schedule.balances:
        p = line.product
        parts["sales"] += instance.price[p] * exact(line.sold)
        parts["storage"] += instance.up.storage[p] * sum(map(exact, line.crude), Fraction(0))
        parts["storage"] += instance.down.storage[p] * exact(line.final)
        parts["backlog"] += instance.late[p] * exact(line.late)
        parts["waste"] += instance.up.waste[p] * sum(map(exact, line.crude_waste), Fraction(0))
        parts["waste"] += instance.down.waste[p] * exact(line.final_waste)
    return parts


def _stocks(instance: TwoStep, schedule: Schedule, p: str, rows: list[Balance]) -> Iterator[str]:
    # Stocks counted up from nothing but what was made, used, sold and wasted.
    made: dict[tuple[str, str, str], Fraction] = {}
    for row in schedule.campaigns:
        if row.product == p:
            key = (row.step, row.site, row.period)
            made[key] = made.get(key, Fraction(0)) + Fraction(row.batches)
    for place, site in enumerate(instance.sites):
        stock, stocks = instance.crude[site][p], []
        for line in rows:
            used = made.get(("downstream", site, line.period), Fraction(0))
            stock += made.get(("upstream", site, line.period), Fraction(0)) - used / instance.yields[p]
            stock -= exact(line.crude_waste[place])
            stocks.append(stock)
            yield from _amounts(
                f"{p} at {site} in {line.period}, crude", stock, line.crude[place], line.crude_waste[place]
            )
        coming = [made.get(("downstream", site, line.period), Fraction(0)) for line in rows]
        what = f"crude {p} at {site}"
        yield from _kept(what, stocks, coming, instance.up.capacity[p], instance.up.lifetime[p], instance)
    stock, stocks, late = instance.final[p], [], Fraction(0)
    for t, line in enumerate(rows):
        stock += sum((made.get(("downstream", site, line.period), Fraction(0)) for site in instance.sites), Fraction(0))
        stock -= exact(line.sold) + exact(line.final_waste)
        stocks.append(stock)
        yield from _amounts(f"{p} in {line.period}, final", stock, line.final, line.final_waste)
        late += instance.demand[p][t] - exact(line.sold)
        yield from _amounts(f"{p} in {line.period}, late", late, line.late, line.sold)
        most = instance.most_late[p]
        if most is not None and late > most + NEAR:
            yield f"{p} in {line.period}: {float(late):g} batches are late, at most {float(most):g} may be"
    sold = [exact(line.sold) for line in rows]
    yield from _kept(f"final {p}", stocks, sold, instance.down.capacity[p], instance.down.lifetime[p], instance)


def _amounts(what: str, counted: Fraction, told: float, other: float) -> Iterator[str]:
    if counted < -NEAR or other < -float(NEAR):
        yield f"{what}: less than nothing, {float(min(counted, exact(other))):g}"
    if abs(counted - exact(told)) > NEAR:
        yield f"{what}: {told:g} is told, {float(counted):g} is counted"


def _kept(
    what: str, stocks: list[Fraction], taken: list[Fraction], capacity: Fraction | None, life: int | None,
    instance: TwoStep,
) -> Iterator[str]:  # fmt: skip
    for t, stock in enumerate(stocks):
        if capacity is not None and stock > capacity + NEAR:
            yield f"{what} in {instance.periods[t]}: {float(stock):g} batches in a store for {float(capacity):g}"
        if life is not None:
            used = sum(taken[t + 1 : t + 1 + life], Fraction(0))
            if stock > used + NEAR:
                yield f"{what} in {instance.periods[t]}: {float(stock - used):g} batches outlive their {life} periods"
