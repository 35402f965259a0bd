"""The mixed-integer programme of a two-step instance, and the schedule its solution means.

Days do not appear: for a suite and product that is active, started or not, the whole batches of a period lie between
two whole numbers (`two_step.batches`), which says the same as the published equations in days and is far tighter.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from echelon.supply.campaign.bars import idle_ends
from echelon.supply.campaign.programme import INFINITY, Programme
from echelon.supply.campaign.schedule import Balance, Campaign, Schedule
from echelon.supply.campaign.two_step import Step, TwoStep, batches, days_of

if TYPE_CHECKING:
    import numpy as np

Key = tuple[str, str, int]
"""Suite (or site), product, place of the period."""


@dataclass(frozen=True)
class Columns:
    """Where each decision stands: active, started, delayed (pays the lead time), made, by suite; stocks and sales."""

    active: dict[Key, int]
    started: dict[Key, int]
    delayed: dict[Key, int]
    made: dict[Key, int]
    crude: dict[Key, int]
    crude_waste: dict[Key, int]
    final: dict[tuple[str, int], int]
    final_waste: dict[tuple[str, int], int]
    sold: dict[tuple[str, int], int]
    late: dict[tuple[str, int], int]


def programme(instance: TwoStep) -> tuple[Programme, Columns]:
    """The programme, and what its columns are."""
    made = Programme()
    at = Columns({}, {}, {}, {}, {}, {}, {}, {}, {}, {})
    for upstream in (True, False):
        _suites(instance, upstream, made, at)
    _delays(instance, made, at)
    _crude(instance, made, at)
    _final(instance, made, at)
    return made, at


def _suites(instance: TwoStep, upstream: bool, made: Programme, at: Columns) -> None:
    step = instance.up if upstream else instance.down
    times = range(len(instance.periods))
    for suite in step.suites:
        products = [p for p in instance.products if p in step.allowed[suite]]
        for p in products:
            for t in times:
                key = (suite, p, t)
                at.active[key] = made.column(0, 1, 0.0, whole=True)
                at.started[key] = made.column(0, 1, -float(step.changeover[p]), whole=True)
                at.delayed[key] = at.started[key] if upstream else made.column(0, 1, 0.0, whole=True)
                most = max(batches(step, p, instance.days, True)[1], batches(step, p, instance.days, False)[1], 0)
                at.made[key] = made.column(0, most, -float(step.batch[p]), whole=True)
                _period(step, key, instance, made, at)
        for t in times:
            made.row([(at.active[suite, p, t], 1) for p in products], high=1)


def _period(step: Step, key: Key, instance: TwoStep, made: Programme, at: Columns) -> None:
    suite, p, t = key
    active, started, delayed, produced = (d[key] for d in (at.active, at.started, at.delayed, at.made))
    before = [(at.active[suite, p, t - 1], 1.0)] if t > 0 else []
    made.row([(active, 1), (started, -1), *((c, -f) for c, f in before)], high=0)
    made.row([(delayed, 1), (active, -1)], high=0)
    if started != delayed:
        made.row([(started, 1), (active, -1)], high=0)
    few, many = batches(step, p, instance.days, True)
    least, most = batches(step, p, instance.days, False)
    if few > many:
        made.fix(delayed, 0)
    if least > most:
        # It cannot simply go on in this period: it is a new start or nothing.
        made.row([(active, 1), (delayed, -1)], high=0)
    few, many = (few, many) if few <= many else (0, 0)
    least, most = (least, most) if least <= most else (0, 0)
    made.row([(produced, 1), (delayed, least - few), (active, -least)], low=0)
    made.row([(produced, 1), (delayed, most - many), (active, -most)], high=0)


def _delays(instance: TwoStep, made: Programme, at: Columns) -> None:
    # A downstream campaign that starts in the period in which a crude campaign of its site starts waits for it.
    for j in instance.down.suites:
        for t in range(len(instance.periods)):
            of_suite = []
            for p in instance.products:
                if (j, p, t) not in at.active:
                    continue
                of_suite.append((at.delayed[j, p, t], 1.0))
                for i in instance.up.suites:
                    if (i, p, t) in at.active and instance.site[i] == instance.site[j]:
                        terms = [(at.delayed[j, p, t], -1.0), (at.started[i, p, t], 1.0), (at.started[j, p, t], 1.0)]
                        made.row(terms, high=1)
            if instance.one_start:
                made.row(of_suite, high=1)


def _crude(instance: TwoStep, made: Programme, at: Columns) -> None:
    times = range(len(instance.periods))
    for site in instance.sites:
        up = [i for i in instance.up.suites if instance.site[i] == site]
        down = [j for j in instance.down.suites if instance.site[j] == site]
        for p in instance.products:
            step = instance.up
            capacity = step.capacity[p]
            most = INFINITY if capacity is None else float(capacity)
            for t in times:
                at.crude[site, p, t] = made.column(0, most, -float(step.storage[p]))
                at.crude_waste[site, p, t] = made.column(0, INFINITY, -float(step.waste[p]))
            used = {t: [at.made[j, p, t] for j in down if (j, p, t) in at.made] for t in times}
            for t in times:
                start = float(instance.crude[site][p]) if t == 0 else 0.0
                terms = [(at.crude[site, p, t], 1.0), (at.crude_waste[site, p, t], 1.0)]
                terms += [(at.crude[site, p, t - 1], -1.0)] if t else []
                terms += [(at.made[i, p, t], -1.0) for i in up if (i, p, t) in at.made]
                terms += [(column, 1.0 / float(instance.yields[p])) for column in used[t]]
                made.row(terms, start, start)
                life = step.lifetime[p]
                if life is not None:
                    later = [(c, -1.0) for u in times if t < u <= t + life for c in used[u]]
                    made.row([(at.crude[site, p, t], 1.0), *later], high=0)


def _final(instance: TwoStep, made: Programme, at: Columns) -> None:
    times = range(len(instance.periods))
    step = instance.down
    for p in instance.products:
        capacity, late = step.capacity[p], instance.most_late[p]
        for t in times:
            at.final[p, t] = made.column(0, INFINITY if capacity is None else float(capacity), -float(step.storage[p]))
            at.final_waste[p, t] = made.column(0, INFINITY, -float(step.waste[p]))
            at.sold[p, t] = made.column(0, INFINITY, float(instance.price[p]))
            at.late[p, t] = made.column(0, INFINITY if late is None else float(late), -float(instance.late[p]))
        for t in times:
            start = float(instance.final[p]) if t == 0 else 0.0
            terms = [(at.final[p, t], 1.0), (at.final_waste[p, t], 1.0), (at.sold[p, t], 1.0)]
            terms += [(at.final[p, t - 1], -1.0)] if t else []
            terms += [(at.made[j, p, t], -1.0) for j in step.suites if (j, p, t) in at.made]
            made.row(terms, start, start)
            due = float(instance.demand[p][t])
            before = [(at.late[p, t - 1], -1.0)] if t else []
            made.row([(at.late[p, t], 1.0), (at.sold[p, t], 1.0), *before], due, due)
            life = step.lifetime[p]
            if life is not None:
                later = [(at.sold[p, u], -1.0) for u in times if t < u <= t + life]
                made.row([(at.final[p, t], 1.0), *later], high=0)


def _must_wait(
    instance: TwoStep, step: Step, at: Columns, values: "np.ndarray[Any, np.dtype[np.float64]]", key: Key, number: int
) -> bool:
    # A delay that costs nothing may stand in a solution for no reason; it is told only where it is needed.
    suite, p, t = key
    least, most = batches(step, p, instance.days, False)
    if step is instance.up or not least <= number <= most:
        return True
    near = [i for i in instance.up.suites if (i, p, t) in at.started and instance.site[i] == instance.site[suite]]
    return round(float(values[at.started[key]])) == 1 and any(round(float(values[at.started[i, p, t]])) for i in near)


def schedule(instance: TwoStep, at: Columns, values: "np.ndarray[Any, np.dtype[np.float64]]") -> Schedule:
    """What a solution means; whole decisions are rounded, amounts follow from them to the ninth digit."""

    def value(column: int) -> float:
        return round(float(values[column]), 9) + 0.0

    active = {
        key: (round(float(values[at.made[key]])), bool(round(float(values[at.started[key]]))))
        for key, column in at.active.items()
        if round(float(values[column])) == 1
    }
    idle = idle_ends(active)
    campaigns = []
    for step, name in ((instance.up, "upstream"), (instance.down, "downstream")):
        for suite in step.suites:
            for t in range(len(instance.periods)):
                for p in instance.products:
                    key = (suite, p, t)
                    if key not in active or key in idle:
                        continue
                    number, started = active[key]
                    delayed = bool(round(float(values[at.delayed[key]])))
                    delayed = delayed and _must_wait(instance, step, at, values, key, number)
                    days = float(days_of(step, p, number, delayed))
                    campaigns.append(
                        Campaign(
                            instance.site[suite], suite, name, p, instance.periods[t], number, days, started, delayed
                        )
                    )
    balances = []
    for p in instance.products:
        for t, period in enumerate(instance.periods):
            balances.append(
                Balance(
                    p, period,
                    tuple(value(at.crude[s, p, t]) for s in instance.sites),
                    tuple(value(at.crude_waste[s, p, t]) for s in instance.sites),
                    value(at.final[p, t]), value(at.final_waste[p, t]), value(at.sold[p, t]), value(at.late[p, t]),
                )
            )  # fmt: skip
    return Schedule(tuple(campaigns), tuple(balances))
