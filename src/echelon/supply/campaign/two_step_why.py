"""Why a two-step instance cannot be met, in words: what no suite can ever make, and what does not fit together."""

from collections.abc import Iterator
from fractions import Fraction

from echelon.supply.campaign.programme import INFINITY, Programme, Search
from echelon.supply.campaign.two_step import Step, TwoStep, batches
from echelon.supply.campaign.two_step_plan import Columns, programme

Path = tuple[str, ...]
"""Keys from the root of the JSON to what a message is about."""

PROBE_SECONDS = 10.0
"""Longest that one question of what fits together may take."""


def impossible(instance: TwoStep) -> Iterator[tuple[Path, str]]:
    """What is wanted and can never be made, whatever else is made: place and message."""
    for p in instance.wanted:
        lacking = sum(instance.demand[p]) - instance.final[p]
        if lacking <= 0:
            continue
        grown = sum((instance.crude[site][p] for site in instance.crude), Fraction(0)) * instance.yields[p] >= lacking
        reasons = [] if grown else list(_step(instance, instance.up, "upstream", p))
        reasons += _step(instance, instance.down, "downstream", p)
        yield from reasons
        if not reasons and not grown:
            sites = [
                {instance.site[s] for s in step.suites if p in step.allowed[s]} for step in (instance.up, instance.down)
            ]
            if not sites[0] & sites[1]:
                yield (
                    ("sites",),
                    f"{p} is wanted, but no site has both an upstream and a downstream suite that may make it",
                )


def _step(instance: TwoStep, step: Step, name: str, p: str) -> Iterator[tuple[Path, str]]:
    upstream = step is instance.up
    days = float(instance.days)
    least, most, lead = float(step.least[p]), float(step.most[p]), float(step.lead[p])
    allowed = "allowed_usp" if upstream else "allowed_dsp"
    if not any(p in step.allowed[suite] for suite in step.suites):
        yield (allowed,), f"{p} is wanted, but no {name} suite may make it"
    elif least > days:
        message = f"the shortest {name} campaign of {p}, {least:g} days, is longer than a period of {days:g} days"
        yield (name, "min_campaign_days", p), message
    elif least > most:
        message = f"the shortest {name} campaign of {p}, {least:g} days, is longer than its longest, {most:g} days"
        yield (name, "min_campaign_days", p), message
    else:
        first, on = batches(step, p, instance.days, True), batches(step, p, instance.days, False)
        starts = first[0] <= first[1]
        if upstream and not starts:
            message = (
                f"an upstream campaign of {p} can never begin: with a lead time of {lead:g} days and campaigns of "
                f"{least:g} to {min(most, days):g} days, no whole number of batches fits its first period"
            )
            yield (name, "lead_time_days", p), message
        elif max(first[1] if starts else 0, on[1] if on[0] <= on[1] else 0) < 1:
            message = f"no {name} campaign of {p} can make one whole batch: {least:g} to {min(most, days):g} days, "
            yield (name, "rate_batches_per_day", p), message + f"{float(step.rate[p]):g} batches a day"


def conflict(instance: TwoStep, search: Search) -> list[tuple[Path, str]]:
    """Why no schedule meets the limits on what may be late: which products stand in each other's way, and how far."""
    limited = [p for p in instance.products if instance.most_late[p] is not None]
    made, at = programme(instance)
    needed = list(limited)
    for p in limited:
        left = [other for other in needed if other != p]
        if _fits(instance, made, at, left, search) is False:
            needed = left
    found: list[tuple[Path, str]] = []
    over = _least_over(instance, made, at, needed, search)
    names = ", ".join(needed)
    if len(needed) > 1:
        found.append(
            (("max_backlog_batches",), f"no schedule keeps {names} within their limits together; any one less can be")
        )
    for p, t, amount in over:
        limit = float(instance.most_late[p] or 0)
        period = instance.periods[t]
        message = f"{p} in {period}: {limit + amount:g} batches are late at best, and at most {limit:g} may be"
        found.append((("max_backlog_batches", p), message))
    if not found:
        found.append((("max_backlog_batches",), f"no schedule keeps {names} within the limits on what may be late"))
    return found


def _limit(instance: TwoStep, made: Programme, at: Columns, held: list[str]) -> None:
    for (p, _), column in at.late.items():
        limit = instance.most_late[p]
        made.free(column, 0.0, INFINITY if limit is None or p not in held else float(limit))


def _fits(instance: TwoStep, made: Programme, at: Columns, held: list[str], search: Search) -> bool | None:
    _limit(instance, made, at, held)
    solved = made.solve(Search(PROBE_SECONDS, 1.0, search.threads, stop=search.stop))
    return solved.status != "infeasible" if solved.values is not None or solved.status == "infeasible" else None


def _least_over(
    instance: TwoStep, made: Programme, at: Columns, held: list[str], search: Search
) -> list[tuple[str, int, float]]:
    # As little as possible beyond the limits, whatever it costs.
    _limit(instance, made, at, [])
    made.forget_worth()
    over = {}
    for p in held:
        limit = instance.most_late[p]
        for t in range(len(instance.periods)):
            over[p, t] = made.column(0.0, INFINITY, -1.0)
            made.row([(at.late[p, t], 1.0), (over[p, t], -1.0)], high=float(limit or 0))
    solved = made.solve(Search(3 * PROBE_SECONDS, 0.0, search.threads, stop=search.stop))
    if solved.values is None:
        return []
    return [(p, t, round(float(solved.values[c]), 6)) for (p, t), c in over.items() if solved.values[c] > 1e-6]
