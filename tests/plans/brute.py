"""A second opinion on trial planning: the model in words, tried out policy by policy, without any trick."""

from itertools import product as every
from math import prod

from echelon.plans.trial_program import Instance, Product


def chance_from(product: Product, j: int) -> float:
    return prod(trial.success for trial in product.trials[j:])


def left_from(product: Product, j: int) -> int:
    return sum(trial.duration for trial in product.trials[j:])


def credit(product: Product, j: int, periods: int) -> float:
    """f_j: what an unfinished product keeps of its revenue."""
    cost = sum(trial.cost for trial in product.trials[j:])
    top = 0.9 * product.revenue - product.late * periods - cost
    return top / (product.revenue - product.late * periods)


def brute(instance: Instance) -> float:
    """Expected net present value of the best plan, by trying every start in every state of knowledge.

    A product is ("waits", j), ("runs", j, the period in which its outcome is known) or ("over",). Nothing is
    remembered, nothing is cut off.
    """
    start = tuple(("waits", 0) for _ in instance.products)
    return _value(instance, 1, start)


def _value(instance: Instance, t: int, state: tuple) -> float:
    if t > instance.periods:
        return 0.0
    able = [i for i, now in enumerate(state) if now[0] == "waits"]
    worths = []
    for choice in every((False, True), repeat=len(able)):
        starts = {i for i, wanted in zip(able, choice, strict=True) if wanted}
        if _fits(instance, state, starts):
            worths.append(_after(instance, t, state, starts))
    return max(worths)


def _fits(instance: Instance, state: tuple, starts: set[int]) -> bool:
    for name, units in instance.capacity.items():
        busy = [now[1] for now in state if now[0] == "runs"]
        who = [i for i, now in enumerate(state) if now[0] == "runs"]
        used = sum(instance.products[i].trials[j].needs.get(name, 0) for i, j in zip(who, busy, strict=True))
        used += sum(instance.products[i].trials[state[i][1]].needs.get(name, 0) for i in starts)
        if used > units:
            return False
    return True


def _after(instance: Instance, t: int, state: tuple, starts: set[int]) -> float:
    periods, worth, to = instance.periods, 0.0, list(state)
    for i, product in enumerate(instance.products):
        if state[i][0] != "waits":
            continue
        j = state[i][1]
        passes, last = chance_from(product, j), len(product.trials) - 1
        if i in starts:
            trial = product.trials[j]
            worth -= trial.cost * (1 - 0.025 * (t - 1))
            if j == last:
                worth += passes * (product.revenue - product.late * (t + trial.duration))
            elif t > periods - trial.duration:
                ends = t + left_from(product, j)
                worth += passes * credit(product, j + 1, periods) * (product.revenue - product.late * ends)
            to[i] = ("runs", j, t + trial.duration)
        else:
            if j > 0:
                worth -= passes * product.wait
            if t == periods:
                ends = periods + left_from(product, j)
                worth += passes * credit(product, j, periods) * (product.revenue - product.late * ends)
    ends = [i for i, now in enumerate(to) if now[0] == "runs" and now[2] == t + 1]
    for outcome in every((False, True), repeat=len(ends)):
        weight, then = 1.0, list(to)
        for i, passed in zip(ends, outcome, strict=True):
            j, product = to[i][1], instance.products[i]
            chance = product.trials[j].success
            weight *= chance if passed else 1 - chance
            then[i] = ("waits", j + 1) if passed and j + 1 < len(product.trials) else ("over",)
        if weight > 0:
            worth += weight * _value(instance, t + 1, tuple(then))
    return worth
