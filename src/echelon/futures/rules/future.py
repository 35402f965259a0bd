"""One future of the whole company, and a block of them: the order in which the rules act."""

from typing import Any

import numpy as np

from echelon.futures.model import Model, State, Tally
from echelon.futures.rules import numbers as n
from echelon.futures.rules.bundles import as_model, as_state, as_tally
from echelon.futures.rules.compiling import part, rule
from echelon.futures.rules.market import launch, launches, start_rivals
from echelon.futures.rules.money import close, tax_on
from echelon.futures.rules.research import draw_factors, research, start_programs
from echelon.futures.rules.selling import sell
from echelon.futures.rules.supply import expand
from echelon.futures.rules.tallies import count, count_year

FUTURES_PER_BLOCK = 1024


@part
def begin_future(model: Model, state: State, tally: Tally, future: Any) -> None:
    """Make the memory new and bring the company to as_of."""
    state.start_head[:] = -1
    state.launch_head[:] = -1
    state.status[:] = -1
    state.own[:] = np.nan
    state.launched[:] = np.inf
    state.passed_at[:] = np.nan
    state.count[:] = 0
    state.echelon[:] = 0
    state.decision[:] = np.nan
    state.first_launch[:] = model.asset_territory_launch
    state.pull[:] = model.markets.pull
    state.reach[:] = model.markets.reach
    state.entered[:] = model.markets.entered
    state.market_factor[:] = np.nan
    state.deal_year[:] = 0.0
    state.deal_paid[:] = 0
    state.capacity[:] = model.supply.capacity
    state.titer[:] = np.nan
    state.delay[:] = np.nan
    state.learn[:] = 0.0
    state.wins[:] = 0.0
    state.tries[:] = 0.0
    state.taught[:] = 0.0
    state.known_wins[:] = 0.0
    state.known_tries[:] = 0.0
    state.ledger[:] = 0.0
    state.npv[:] = 0.0
    state.cost[:] = 0.0
    state.cost_pv[:] = 0.0
    state.year_sales[:] = 0.0
    state.peak[:] = 0.0
    state.asset_launched[:] = 0
    state.year_launches[:] = 0
    state.number[:] = 0.0
    state.number[n.LOSSES] = model.money.losses
    state.number[n.FIRST_SHORT] = np.nan
    state.measures[:] = 0.0
    state.measures[n.FIRST_LAUNCH] = np.nan
    state.measures[n.FIRST_UNDER_FLOOR] = np.nan
    state.measures[n.LOWEST_CASH] = np.inf
    stand(model, state)
    draw_factors(model, state, future)
    expand(model, state, future)
    start_rivals(model, state, future)
    start_programs(model, state, future)
    pairs = model.pairs
    for f in range(pairs.program.size):
        if pairs.held[f] == 1:
            state.decision[f] = pairs.launch[f]
            p = pairs.program[f]
            state.launched[model.programs.report[p]] = -1.0
            state.asset_launched[model.programs.asset[p]] = 1
            launch(model, state, tally, future, f, pairs.launch[f], 0)


@part
def stand(model: Model, state: State) -> None:
    """Put every program and asset into the echelon where it stands at as_of."""
    programs = model.programs
    for p in range(programs.report.size):
        status = programs.status[p]
        state.status[p] = status
        if status >= 0:
            state.count[programs.asset[p], status] += 1
            state.number[n.LIVE] += 1.0
    for a in range(state.count.shape[0]):
        for level in range(2, -1, -1):
            if state.count[a, level] > 0:
                state.echelon[level] += 1
                break


@part
def learn(model: Model, state: State, q: int) -> None:
    """Make the readouts of the last quarter known."""
    for w in range(state.taught.size):
        taught = state.taught[w]
        moved = taught + state.learn[w, q] * (1.0 - taught * taught)
        state.taught[w] = min(1.0, max(-1.0, moved))
        state.known_wins[w] += state.wins[w, q]
        state.known_tries[w] += state.tries[w, q]


@part
def past_horizon(model: Model, state: State, tally: Tally, future: Any) -> float:
    """Discounted value of what is launched, from the horizon to the end of its tail, after tax."""
    value = 0.0
    for c in range(model.calendar.quarters, model.calendar.columns):
        margin = sell(model, state, tally, future, c)
        value += (margin - tax_on(model, state, margin)) * model.calendar.discount[c]
    return value


@part
def one_future(model: Model, state: State, tally: Tally, future: Any) -> None:
    """Run one future: every quarter, then what lies past the horizon, then its measures."""
    calendar = model.calendar
    ledger = state.ledger
    measures = state.measures
    begin_future(model, state, tally, future)
    value = 0.0
    running = 0.0
    filled_years = 0
    all_five = 1.0
    years_seen = 0
    for q in range(calendar.quarters):
        learn(model, state, q)
        cash = ledger[n.CASH, q - 1] if q > 0 else model.money.opening
        state.number[n.FUNDS] = cash - model.money.floor
        research(model, state, tally, future, q)
        launches(model, state, tally, future, q)
        sell(model, state, tally, future, q)
        close(model, state, q)
        value += ledger[n.NET, q] * calendar.discount[q]
        cash = ledger[n.CASH, q]
        measures[n.LOWEST_CASH] = min(measures[n.LOWEST_CASH], cash)
        if cash < model.money.floor and np.isnan(measures[n.FIRST_UNDER_FLOOR]):
            measures[n.FIRST_UNDER_FLOOR] = (q + 1) * 0.25
        measures[n.LIVE_QUARTERS] += state.number[n.LIVE]
        running += ledger[n.SALES, q] + ledger[n.PARTNER_SALES, q]
        if q % 4 == 3:
            measures[n.PEAK_SALES] = max(measures[n.PEAK_SALES], running)
            running = 0.0
            for r in range(state.peak.size):
                state.peak[r] = max(state.peak[r], state.year_sales[r])
                state.year_sales[r] = 0.0
        if calendar.year_end[q] == 1:
            filled = count_year(model, state, tally, q)
            filled_years += filled
            if years_seen < 5 and filled == 0:
                all_five = 0.0
            years_seen += 1
    tail = past_horizon(model, state, tally, future)
    measures[n.ENPV] = value + state.number[n.TIMING] + tail
    measures[n.PAST_HORIZON] = tail
    measures[n.FINAL_CASH] = ledger[n.CASH, calendar.quarters - 1]
    measures[n.FIRST_SHORT_AT] = state.number[n.FIRST_SHORT]
    asked = state.number[n.SERVED_SUM] + state.number[n.UNSERVED_SUM]
    measures[n.UNSERVED_SHARE] = state.number[n.UNSERVED_SUM] / asked if asked > 0.0 else 0.0
    measures[n.YEARS_FILLED] = filled_years
    measures[n.FILLED_FIVE] = all_five
    measures[n.STARTS_PAUSED] = state.number[n.PAUSES]
    count(model, state, tally)


@rule
def run_block(model_at: Any, state_at: Any, tally_at: Any, first: Any, futures: int, measures: Any) -> None:
    """Run `futures` futures from index `first` (u8) on; measures : f8[future, measure] is filled.

    The first three are the tables of `bundles.pack`.
    """
    model, state, tally = as_model(model_at), as_state(state_at), as_tally(tally_at)
    for i in range(futures):
        one_future(model, state, tally, first + np.uint64(i))
        measures[i, :] = state.measures
