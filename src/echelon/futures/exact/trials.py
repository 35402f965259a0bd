"""Trials that authorities ask for: what bridging studies and confirmatory trials cost."""

from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.desk import Desk, filing_by_factor
from echelon.futures.exact.laws import Law, law
from echelon.futures.exact.timing import Timing, known
from echelon.futures.rules import numbers as n


@dataclass(frozen=True)
class Trial:
    """A trial of one pair: when it starts, how long it takes, what it costs, and its chance f8[z]."""

    pair: int
    start: Timing
    length: Law
    cost: float
    chance: F8


def book_trials(desk: Desk, ledger: F8, value: F8) -> tuple[F8, F8]:
    """Book all trials: ledger f8[line, q], value f8[z, p]; returns our share of cost and its present value, f8[r]."""
    programs, pairs = desk.model.programs, desk.model.pairs
    cost, cost_pv = np.zeros((2, desk.model.reports))
    for one in _trials(desk):
        p = int(pairs.program[one.pair])
        share, r = float(programs.cost_share[p]), programs.report[p]
        mean = float(desk.chances.weight @ one.chance)
        booked = mean * one.cost * desk.spending.by_quarter(one.start, one.length, 0)
        ledger[n.RESEARCH] += booked
        ledger[n.REIMBURSED] += booked * (1.0 - share)
        cost[r] += share * one.cost * mean * desk.spending.share(one.start, one.length, 0)
        worth = share * one.cost * desk.spending.worth(one.start, one.length, 0)
        cost_pv[r] += mean * worth
        value[:, p] -= one.chance * worth
    return cost, cost_pv


def _trials(desk: Desk) -> list[Trial]:
    pairs = desk.model.pairs
    found: list[Trial] = []
    everywhere = np.ones(desk.chances.weight.size)
    for f in np.flatnonzero((pairs.held == 1) & (pairs.leader < 0)):
        if _has_confirmation(desk, int(f)):
            approved = known(desk.grid, float(pairs.launch[f] - pairs.launch_lag[f]))
            found.append(_confirmation(desk, int(f), approved, everywhere))
    for p, one in enumerate(desk.ways):
        if one.filed is None:
            continue
        nodes = filing_by_factor(desk, p)
        for i, f in enumerate(one.filed.pairs):
            if _has_confirmation(desk, int(f)):
                found.append(_confirmation(desk, int(f), one.filed.decision(i), nodes @ one.chances.approve[:, i]))
            asked = 1.0 - float(pairs.accepts[f]) if pairs.bridge_stream[f] >= 0 else 0.0
            if asked > 0.0 and pairs.bridging_cost[f] > 0.0:
                start = one.filed.ready.not_before(0.0)
                chance = asked * nodes.sum(axis=1)
                found.append(Trial(int(f), start, law(pairs.bridging[f]), float(pairs.bridging_cost[f]), chance))
    return found


def _has_confirmation(desk: Desk, f: int) -> bool:
    return bool(desk.model.pairs.confirm_stream[f] >= 0 and desk.model.pairs.confirm_cost[f] > 0.0)


def _confirmation(desk: Desk, f: int, approved: Timing, chance: F8) -> Trial:
    pairs = desk.model.pairs
    length = law(pairs.confirm[f], float(pairs.confirm_from[f]))
    return Trial(f, approved, length, float(pairs.confirm_cost[f]), chance)
