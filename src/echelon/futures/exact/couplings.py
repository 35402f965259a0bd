"""Couplings: what ties programs together, and so lies outside the exact engine, by name."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import I8
from echelon.futures.exact.chances import gets_there, open_pairs, shared_columns
from echelon.futures.exact.laws import law
from echelon.futures.model import Model


def couplings_on(model: Model) -> tuple[str, ...]:
    """Name every coupling that must be off before the exact engine can give anything; empty when it can.

    One factor shared by several programs is not among them: the engine integrates over it.
    """
    pairs, money, switches = model.pairs, model.money, model.switches
    programs, stages = model.programs, model.stages
    filed = (pairs.held == 0) & (pairs.leader < 0)
    in_market = bool((pairs.market >= 0).any())
    deals = np.unique(pairs.deal[pairs.deal >= 0])
    residual = bool((pairs.common[filed] < 1.0).any())
    found = {
        "more than one shared factor (couplings asset, target, platform)": len(shared_columns(model)) > 1,
        "filing residual together with reliance": residual and bool((pairs.relies[filed] >= 0).any()),
        "filing residual with several ends of exclusivity in one program": residual and _several_ends(model),
        "reliance on an approval of another kind, or with a shorter lag to launch": _odd_reliance(model),
        "one shared factor together with exclusivity shared by programs": (
            bool(shared_columns(model)) and bool(shared_exclusivity(model))
        ),
        "a filing's day of submission known before its program is ready": _early_submission(model),
        "competition": switches.competition and in_market,
        "supply": switches.supply and bool((pairs.order >= 0).any()),
        "cost of goods booked as they are made": bool((model.supply.leg_cost > 0.0).any()),
        "expansions decided by a trigger": _triggered(model),
        "technology transfers": bool((np.isfinite(model.supply.transfer_at) & (model.supply.transfer_cost > 0)).any()),
        "inspections": switches.inspections and bool((np.diff(pairs.visit_from)[filed] > 0).any()),
        "cash": switches.cash and (np.isfinite(money.floor) or bool(np.isfinite(money.rd_budget).any())),
        "learning": switches.learning > 0.0,
        "tax": money.tax > 0.0,
        "a program waits for another": bool((programs.depends >= 0).any()),
        "limits on trial starts or on people": switches.limits and _limited(model),
        "plan: next stage at risk": bool((stages.at_risk > 0.0).any()),
        "plan: stop below a believed PoS": bool((stages.stop_below > 0.0).any()),
        "plan: quarters of spending that cash must cover": switches.cover,
        "plan: a delay of single stages": _delays_differ(model),
        "plan: stop at a date": bool(np.isfinite(programs.stop_at).any()),
        "royalty tiers": any(len(np.unique(rates)) > 1 for rates in _rates(model, deals.astype(np.int64))),
        "sales milestones": any(
            np.isfinite(model.deals.mile_sales[o]) and model.deals.mile_amount[o] != 0.0
            for d in deals
            for o in model.deals.sale[model.deals.sale_from[d] : model.deals.sale_from[d + 1]]
        ),
        "a bridging study that may fail together with reliance": _bridged_reliance(model),
        "confirmation by another program": bool((pairs.confirm_program >= 0).any()),
        "a confirmatory result that may come before the first sale": _early_confirmation(model),
        "milestones that several filings of one program may earn, by reliance or under a deal still to begin": any(
            tangled(model, o) for o in range(model.deals.mile_deal.size)
        ),
    }
    return tuple(name for name, on in found.items() if on)


def shared_exclusivity(model: Model) -> dict[int, I8]:
    """Asset-territories whose first launch is open between several programs, each with its pairs."""
    pairs = model.pairs
    found: dict[int, I8] = {}
    for g in np.unique(pairs.asset_territory):
        mine = np.flatnonzero((pairs.asset_territory == g) & (pairs.held == 0))
        if np.isfinite(model.asset_territory_launch[g]) or np.unique(pairs.program[mine]).size < 2:
            continue
        if np.isnan(pairs.loss[mine]).any():
            found[int(g)] = mine
    return found


def _rates(model: Model, deals: I8) -> list[np.ndarray]:
    book = model.deals
    return [book.tier_rate[book.tier_from[d] : book.tier_from[d + 1]] for d in deals]


def delay_of(model: Model, p: int) -> float:
    """Day before which the plan lets no stage of a program start, years; the same for all of its stages."""
    first = model.programs.stage_from[p]
    return float(model.stages.not_before[first]) if first < model.programs.stage_from[p + 1] else -np.inf


def _delays_differ(model: Model) -> bool:
    first, last = model.programs.stage_from[:-1], model.programs.stage_from[1:]
    delays = [model.stages.not_before[a:b] for a, b in zip(first, last, strict=True) if b > a]
    return any(bool((row != row[0]).any()) for row in delays)


def _triggered(model: Model) -> bool:
    supply = model.supply
    return bool(np.isfinite(supply.expand_trigger).any()) or bool(np.isfinite(supply.expand_above).any())


def _limited(model: Model) -> bool:
    return bool(np.isfinite(model.money.trial_starts).any()) or bool(np.isfinite(model.money.headcount).any())


def _several_ends(model: Model) -> bool:
    pairs = model.pairs
    for p in range(model.programs.report.size):
        mine = open_pairs(model, p)
        known = model.asset_territory_launch[pairs.asset_territory[mine]]
        ends = np.stack([pairs.exclusivity[mine], known, np.nan_to_num(pairs.loss[mine], nan=-9e9)])
        if mine.size and np.unique(ends, axis=1).shape[1] > 1:
            return True
    return False


def _early_submission(model: Model) -> bool:
    # A day of submission goes with a program that is at filing at as_of: only then is its readiness known too.
    programs, pairs = model.programs, model.pairs
    dated = (pairs.held == 0) & ~np.isnan(pairs.submit_at)
    ahead = np.diff(programs.stage_from)[pairs.program]
    return bool((dated & ((ahead > 1) | (programs.start[pairs.program] > 0.0))).any())


def _odd_reliance(model: Model) -> bool:
    pairs = model.pairs
    for f in np.flatnonzero((pairs.held == 0) & (pairs.leader < 0) & (pairs.relies >= 0)):
        other = pairs.relies[f]
        if np.isnan(pairs.submit_at[f]) != np.isnan(pairs.submit_at[other]):
            return True
        if pairs.launch_lag[f] < pairs.launch_lag[other]:
            return True
    return False


def _bridged_reliance(model: Model) -> bool:
    pairs = model.pairs
    tied = [f for f in np.flatnonzero((pairs.held == 0) & (pairs.leader < 0)) if pairs.relies[f] >= 0]
    return any(gets_there(model, int(i)) < 1.0 for f in tied for i in (f, pairs.relies[f]) if pairs.held[i] == 0)


def may_withdraw(model: Model) -> I8:
    """Pairs whose approval a confirmatory trial of their own may end."""
    pairs = model.pairs
    return np.flatnonzero((pairs.confirm_stream >= 0) & (pairs.confirm_pos < 1.0) & (pairs.leader < 0))


def _early_confirmation(model: Model) -> bool:
    pairs = model.pairs
    return any(
        pairs.held[f] == 0 and law(pairs.confirm[f]).below(np.array(pairs.launch_lag[f])) > 0.0
        for f in may_withdraw(model)
    )


def earning(model: Model, o: int) -> dict[int, I8]:
    """Pairs whose approval earns a milestone, by program; what relies on another of them comes after it."""
    pairs = model.pairs
    owner = np.repeat(np.arange(pairs.program.size), np.diff(pairs.mile_from))
    mine = owner[pairs.mile == o]
    mine = mine[~np.isin(pairs.relies[mine], mine)]
    return {int(p): np.asarray(mine[pairs.program[mine] == p], np.int64) for p in np.unique(pairs.program[mine])}


def tangled(model: Model, o: int) -> bool:
    """Whether several filings of one program may earn a milestone in a way that is not followed."""
    several = [mine for mine in earning(model, o).values() if mine.size > 1]
    begins = model.deals.after[model.deals.mile_deal[o]] > 0.0
    return any(begins or bool((model.pairs.relies[mine] >= 0).any()) for mine in several)


@dataclass(frozen=True)
class Group:
    """Programs of one asset that share exclusivity in one asset-territory, and the years of it.

    free : programs, and their pair there, that keep exclusivity of their own elsewhere; bound : programs with none.
    """

    place: int
    years: float
    free: tuple[tuple[int, int], ...]
    bound: tuple[int, ...]


def exclusivity_groups(model: Model) -> tuple[Group, ...]:
    """Groups whose stay on the market can be followed exactly."""
    pairs = model.pairs
    shared = shared_exclusivity(model)
    places = Counter(int(p) for mine in shared.values() for p in pairs.program[mine])
    found: list[Group] = []
    for g, mine in shared.items():
        if (pairs.leader[mine] >= 0).any():
            continue
        years = float(pairs.exclusivity[mine[0]])
        kinds = [_keeps_own(model, int(pairs.program[f]), int(f), years) for f in mine]
        if None in kinds or any(places[int(pairs.program[f])] > 1 for f in mine):
            continue
        free = tuple((int(pairs.program[f]), int(f)) for f, own in zip(mine, kinds, strict=True) if own)
        bound = tuple(int(pairs.program[f]) for f, own in zip(mine, kinds, strict=True) if not own)
        found.append(Group(g, years, free, bound))
    return tuple(found)


def _keeps_own(model: Model, p: int, shared: int, years: float) -> bool | None:
    # Whether a program's exclusivity runs from its own launch whatever others do; None where that depends on luck.
    pairs = model.pairs
    mine = open_pairs(model, p)
    known = np.isfinite(model.asset_territory_launch[pairs.asset_territory[mine]])
    if known.any() or not np.isnan(pairs.loss[mine]).all() or (pairs.exclusivity[mine] != years).any():
        return None
    if mine.size == 1:
        return False
    others = mine[mine != shared]
    surer = (pairs.threshold[others] >= pairs.threshold[shared]) & (pairs.relies[others] < 0)
    return True if surer.any() and (pairs.common[mine] >= 1.0).all() else None


def _alone(model: Model, f: int) -> bool:
    # Whether a withdrawal is followed: of a held approval, or of the only filing of a program that shares nothing.
    pairs, g = model.pairs, model.pairs.asset_territory[f]
    if pairs.held[f] == 1:
        return True
    known_end = np.isfinite(model.asset_territory_launch[g]) or not np.isnan(pairs.loss[f])
    return (
        open_pairs(model, int(pairs.program[f])).size == 1 and not known_end and int(g) not in shared_exclusivity(model)
    )


def uncounted(model: Model) -> dict[str, tuple[int, ...]]:
    """Assets whose count by echelon is not followed exactly, by the reason."""
    exact_ones = {group.place for group in exclusivity_groups(model)}
    pairs, asset = model.pairs, model.programs.asset
    mixed = [mine for g, mine in shared_exclusivity(model).items() if g not in exact_ones]
    found = {
        "programs share exclusivity in several ways": {int(asset[pairs.program[f]]) for mine in mixed for f in mine},
        "one of several approvals may be withdrawn": {
            int(asset[pairs.program[f]]) for f in may_withdraw(model) if not _alone(model, int(f))
        },
    }
    return {why: tuple(sorted(assets)) for why, assets in found.items() if assets}
