"""Tallies: what is added up over futures."""

import math

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.compiling import inner, part
from echelon.futures.state import State, Tally

_EXPONENT_BIAS = 1023


@inner
def bin_of(bits: int) -> int:
    """Bin of a double given by its bits: sign, exponent and the first bits of the fraction, as integers."""
    size = ((bits & 0x7FFFFFFFFFFFFFFF) >> (52 - n.SUB_BITS)) - ((n.LOWEST_EXPONENT + _EXPONENT_BIAS) << n.SUB_BITS) + 1
    size = min(max(size, 0), n.HALF_BINS)
    return n.HALF_BINS - size if bits < 0 else n.HALF_BINS + size


@part
def count_year(model: Model, state: State, tally: Tally, q: int) -> int:
    """Count assets by echelon and launches at a calendar year's end; 1 if all three echelons are filled."""
    y = model.calendar.year[q]
    standing, clinic, marketed = 0, 0, 0
    for a in range(model.assets):  # an asset stands where its foremost program does
        sold = 1 if state.standing[3, a] > 0 else 0
        tried = 1 if state.standing[2, a] > 0 else sold
        marketed += sold
        clinic += tried
        standing += 1 if state.standing[1, a] > 0 else tried
    all_filled = 1
    for level in range(3):
        assets = standing - clinic if level == 0 else (clinic - marketed if level == 1 else marketed)
        tally.echelons[level, y, min(assets, n.COUNT_BINS - 1)] += 1
        if assets >= model.money.target[level]:
            tally.filled[level, y] += 1
        else:
            all_filled = 0
    tally.filled[3, y] += all_filled
    for i in range(2):
        tally.year_launches[i, y, min(state.year_launches[i], n.COUNT_BINS - 1)] += 1
        state.year_launches[i] = 0
    return all_filled


@part
def count(model: Model, state: State, tally: Tally) -> None:
    """Add a finished future to the tallies."""
    total = state.measures[n.ENPV]
    sums = tally.program_sums
    never = tally.launches.shape[1] - 1
    rate = model.calendar.rate
    for r in range(state.npv.size):
        value = state.npv[r] - state.cost_pv[r]
        state.npv[r] = value
        cost = state.cost[r]
        peak = state.peak[r]
        sums[r, n.NPV] += value
        sums[r, n.NPV_SQUARE] += value * value
        sums[r, n.NPV_TOTAL] += value * total
        sums[r, n.COST] += cost
        sums[r, n.COST_SQUARE] += cost * cost
        sums[r, n.COST_PV] += state.cost_pv[r]
        sums[r, n.PEAK] += peak
        sums[r, n.PEAK_SQUARE] += peak * peak
        launched = state.launched[r]
        if math.isinf(launched):
            tally.launches[r, never] += 1
        elif launched >= 0.0:
            sums[r, n.LAUNCH_DISCOUNT] += math.exp(-rate * launched)
    for s in range(state.went.size):
        tally.reached[s] += state.went[s] & n.BEGUN
        tally.passed[s] += state.went[s] // n.PASSED
    for line in range(state.shortage.size):
        if state.shortage[line] == 0:
            tally.shortages[line, tally.shortages.shape[1] - 1] += 1


@part
def count_ledger(state: State, tally: Tally) -> None:
    """Add a finished future's ledger to the tallies."""
    ledger = state.ledger
    for line in range(n.LINES):
        for q in range(ledger.shape[1]):
            tally.ledger_sums[line, q] += ledger[line, q]


@part
def keep_cells(state: State, row: int) -> None:
    """Keep the bins of a finished future; of lines and stocks, where there is anything but nought."""
    at = 0
    for line in range(n.LINES):
        for q in range(state.ledger_bits.shape[1]):
            state.cells[row, at + q] = bin_of(state.ledger_bits[line, q])
        at += state.ledger_bits.shape[1]
    for i in range(state.supply_bits.shape[0]):
        anything = 0
        for q in range(state.supply_bits.shape[1]):
            anything |= state.supply_bits[i, q]
        if anything != 0:
            for q in range(state.supply_bits.shape[1]):
                state.cells[state.kept[i], at + q] = bin_of(state.supply_bits[i, q])
            state.kept[i] += 1
        at += state.supply_bits.shape[1]


@part
def count_cells(model: Model, state: State, tally: Tally, rows: int) -> None:
    """Count the bins kept, cell by cell."""
    quarters = model.calendar.quarters
    for line in range(n.LINES):
        for q in range(quarters):
            for row in range(rows):
                tally.ledger_bins[line, q, state.cells[row, line * quarters + q]] += 1
    for i in range(state.supply_bits.shape[0]):
        for q in range(quarters):
            tally.supply_bins[i, q, n.HALF_BINS] += rows - state.kept[i]
            for row in range(state.kept[i]):
                tally.supply_bins[i, q, state.cells[row, (n.LINES + i) * quarters + q]] += 1
        state.kept[i] = 0
