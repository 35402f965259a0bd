"""One future of the whole company, and a block of them: the order in which the rules act."""

import math
from typing import Any

import numpy as np

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.building import prepare
from echelon.futures.rules.bundles import as_model, as_state, as_tally
from echelon.futures.rules.compiling import inner, part, rule
from echelon.futures.rules.deals import count_deals, start_deals
from echelon.futures.rules.deciding import decide_to_build
from echelon.futures.rules.early import draw_early
from echelon.futures.rules.launching import failed_trials, launch_held, launches
from echelon.futures.rules.market import draw_lines, start_rivals
from echelon.futures.rules.money import close, tax_on
from echelon.futures.rules.plan import quarters_covered
from echelon.futures.rules.research import research, start_programs
from echelon.futures.rules.selling import attribute, sell
from echelon.futures.rules.tallies import count, count_cells, count_ledger, count_year, keep_cells
from echelon.futures.state import State, Tally

FUTURES_PER_BLOCK = 1024


@part
def begin_future(model: Model, state: State, tally: Tally, future: Any) -> None:
    """Bring the company to as_of, and set what is to come of itself."""
    for i in range(state.blank.size):
        state.blank[i] = 0.0
    for i in range(state.memory.size):
        state.memory[i] = state.image[i]
    draw_early(model, state, future)
    draw_lines(model, state)
    prepare(model, state)
    start_deals(model, state, tally)
    start_rivals(model, state)
    start_programs(model, state)
    launch_held(model, state, tally)


@part
def learn(state: State, q: int) -> None:
    """Make the readouts of the last quarter known."""
    for w in range(state.taught.size):
        taught = state.taught[w]
        moved = taught + state.learn[w, q] * (1.0 - taught * taught)
        state.taught[w] = min(1.0, max(-1.0, moved))
        state.known_wins[w] += state.wins[w, q]
        state.known_tries[w] += state.tries[w, q]


@part
def past_horizon(model: Model, state: State, tally: Tally) -> float:
    """Discounted value of what is launched, from the horizon to the end of its tail, after tax."""
    value = 0.0
    failed_trials(model, state, model.calendar.quarters * 0.25, math.inf)
    for c in range(model.calendar.quarters, model.calendar.columns):
        margin = sell(model, state, tally, c)
        value += (margin - tax_on(model, state, margin)) * model.calendar.discount[c]
    return value


@inner
def breaks(state: State, time: float) -> None:
    """Note the first time at which the company does not sustain itself."""
    if math.isnan(state.number[n.BREAK]):
        state.number[n.BREAK] = time


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
        if model.switches.beliefs:
            learn(state, q)
        cash = ledger[n.CASH, q - 1] if q > 0 else model.money.opening
        state.number[n.FUNDS] = cash - model.money.floor
        if model.switches.cover:
            state.number[n.COVERED] = quarters_covered(state, cash, q)
        decide_to_build(model, state, q)
        research(model, state, tally, q)
        launches(model, state, tally, q)
        sell(model, state, tally, q)
        close(model, state, q)
        value += ledger[n.NET, q] * calendar.discount[q]
        cash = ledger[n.CASH, q]
        measures[n.LOWEST_CASH] = min(measures[n.LOWEST_CASH], cash)
        if cash < model.money.floor and math.isnan(measures[n.FIRST_UNDER_FLOOR]):
            measures[n.FIRST_UNDER_FLOOR] = (q + 1) * 0.25
            breaks(state, (q + 1) * 0.25)
        measures[n.LIVE_QUARTERS] += state.live[0]
        running += ledger[n.SALES, q] + ledger[n.PARTNER_SALES, q]
        if q % 4 == 3:
            measures[n.PEAK_SALES] = max(measures[n.PEAK_SALES], running)
            running = 0.0
        if q < model.money.counted:
            measures[n.LAUNCHED_BY] = measures[n.PROGRAMS_LAUNCHED]
        if calendar.year_end[q] == 1:
            filled = count_year(model, state, tally, q)
            filled_years += filled
            if filled == 0:
                breaks(state, (q + 1) * 0.25)
            if q >= 3:  # the year of as_of, cut short, is none of the five
                if years_seen < 5 and filled == 0:
                    all_five = 0.0
                years_seen += 1
    tail = past_horizon(model, state, tally)
    measures[n.ENPV] = value + state.number[n.TIMING] + tail
    measures[n.PAST_HORIZON] = tail
    measures[n.FINAL_CASH] = ledger[n.CASH, calendar.quarters - 1]
    measures[n.FIRST_SHORT_AT] = state.number[n.FIRST_SHORT]
    asked = state.number[n.SERVED_SUM] + state.number[n.UNSERVED_SUM]
    measures[n.UNSERVED_SHARE] = state.number[n.UNSERVED_SUM] / asked if asked > 0.0 else 0.0
    measures[n.YEARS_FILLED] = filled_years
    measures[n.FILLED_FIVE] = all_five
    released = state.number[n.MADE_SUM]
    measures[n.EXPIRED_SHARE] = state.number[n.EXPIRED_SUM] / released if released > 0.0 else 0.0
    measures[n.EXTERNAL_MONEY] = max(0.0, max(model.money.floor, 0.0) - measures[n.LOWEST_CASH])
    measures[n.LOOP_BREAKS] = state.number[n.BREAK]
    measures[n.STARTS_PAUSED] = state.number[n.PAUSES]


@rule
def run_block(
    model_at: Any, state_at: Any, tally_at: Any, first: Any, futures: int, measures: Any, whole: bool
) -> None:
    """Run `futures` futures from index `first` (u8) on; measures : f8[future, measure] is filled.

    The first three are the tables of `bundles.pack`. whole : the tally is kept too; without it, of the tally only the
    ledger's sums can be read.
    """
    model, state, tally = as_model(model_at), as_state(state_at), as_tally(tally_at)
    kept = 0
    for i in range(futures):
        one_future(model, state, tally, first + np.uint64(i))
        count_ledger(state, tally)
        if whole:
            attribute(model, state, tally)
            count_deals(model, state, tally)
            count(model, state, tally)
            keep_cells(state, kept)
            kept += 1
            if kept == state.cells.shape[0] or i + 1 == futures:
                count_cells(model, state, tally, kept)
                kept = 0
        for j in range(state.measures.size):
            measures[i, j] = state.measures[j]
