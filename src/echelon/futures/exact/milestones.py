"""Milestones: what the first of several approvals or passed stages is paid, in time and by program."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.couplings import earning
from echelon.futures.exact.deals import Window, windows
from echelon.futures.exact.desk import Desk, filing_by_factor
from echelon.futures.exact.timing import Timing, either, firsts
from echelon.futures.rules import numbers as n


@dataclass(frozen=True)
class Event:
    """When one program earns a milestone: times given node i, and their chances f8[z, i] by the shared factor."""

    program: int
    when: tuple[Timing, ...]
    chance: F8


def book_milestones(desk: Desk, ledger: F8, value: F8) -> None:
    """Book all milestones but those on sales: ledger f8[line, q], value f8[z, p]."""
    deals = desk.model.deals
    for o in range(deals.mile_deal.size):
        if np.isfinite(deals.mile_sales[o]) or deals.mile_amount[o] == 0.0:
            continue
        for window in windows(desk.model, int(deals.mile_deal[o])):
            events = [*_by_approvals(desk, o, window), *_by_stages(desk, o, window)]
            amount = float(deals.mile_amount[o]) * window.chance
            if len(events) == 1:
                one = events[0]
                for i, when in enumerate(one.when):
                    _book(desk, ledger, value, one.program, when, amount * one.chance[:, i])
            elif events:
                _first_of(desk, ledger, value, events, amount)


def _by_approvals(desk: Desk, o: int, window: Window) -> list[Event]:
    found: list[Event] = []
    for p, mine in earning(desk.model, o).items():
        one = desk.ways[p]
        if one.filed is None:
            continue
        nodes = filing_by_factor(desk, p)
        places = [int(np.flatnonzero(one.filed.pairs == f)[0]) for f in mine]
        if len(places) == 1:
            when = one.filed.decision(places[0]).only(window.after, window.until)
            found.append(Event(p, (when,), nodes @ one.chances.approve[:, places]))
            continue
        times = tuple(one.filed.first_decided(row, places).only(0.0, window.until) for row in one.chances.approve)
        found.append(Event(p, times, nodes))
    return found


def _by_stages(desk: Desk, o: int, window: Window) -> list[Event]:
    stages, programs = desk.model.stages, desk.model.programs
    owner = np.repeat(np.arange(stages.kind.size), np.diff(stages.mile_from))
    found: list[Event] = []
    for s in owner[stages.mile == o]:
        p = int(np.searchsorted(programs.stage_from, s, side="right")) - 1
        one, j = desk.ways[p], int(s - programs.stage_from[p])
        if j < len(one.read):
            when = one.read[j].only(window.after, window.until)
            found.append(Event(p, (when,), one.chances.passed[:, j : j + 1]))
    return found


def _first_of(desk: Desk, ledger: F8, value: F8, events: Sequence[Event], amount: float) -> None:
    # Given the shared factor, programs are independent: the first of them in time is paid.
    for z in range(desk.chances.weight.size):
        times = [
            either([when.times(float(chance)) for when, chance in zip(one.when, one.chance[z], strict=True)])
            for one in events
        ]
        here = np.where(np.arange(desk.chances.weight.size) == z, amount, 0.0)
        for one, first in zip(events, firsts(times), strict=True):
            _book(desk, ledger, value, one.program, first, here)


def _book(desk: Desk, ledger: F8, value: F8, p: int, when: Timing, amount: F8) -> None:
    # amount : f8[z], times the chance.
    share = float(desk.model.programs.economic_share[p])
    booked = float(desk.chances.weight @ amount) * when.by_quarter()
    ledger[n.MILESTONES] += booked
    ledger[n.PARTNER_SHARE] += booked * (1.0 - share)
    worth = when.mean_of(desk.clock.at(when.at), desk.clock.around(desk.grid.middles, desk.grid.step))
    value[:, p] += share * amount * float(worth)
