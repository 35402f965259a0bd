"""Variances: of each program's value and of the company's, with the draws that programs share."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.chains import Chain, chain_key
from echelon.futures.exact.chances import open_pairs
from echelon.futures.exact.desk import Desk
from echelon.futures.exact.filed_value import FiledValue
from echelon.futures.exact.filings import filing_key
from echelon.futures.exact.laws import law
from echelon.futures.exact.programs import beginning
from echelon.futures.exact.sizes import Size, product_mean
from echelon.futures.exact.spending import lengths
from echelon.futures.exact.spreads import spread_couplings_on, spread_ties
from echelon.futures.exact.timing import Timing


@dataclass(frozen=True)
class Part:
    """What one pair brings, averaged over its program's way: certain + drawn x size, f8[node] by climb."""

    report: int
    unit: int
    stream: int
    weight: F8
    certain: F8
    drawn: F8
    size: Size


def variances(desk: Desk, launched: dict[int, Timing], by_node: F8) -> tuple[F8, float]:
    """Variance of value by report f8[r] and standard deviation of the company's.

    by_node : f8[z, p] mean value of each program on the nodes of a shared factor. Where a coupling keeps a variance
    out of reach it is nan.
    """
    model, programs = desk.model, desk.model.programs
    found = np.zeros(model.reports)
    cut_off = set[int]().union(*spread_ties(model).values())
    chains: dict[tuple[object, ...], Chain] = {}
    for p in range(programs.report.size):
        if not desk.ways[p].start:
            found[programs.report[p]] += np.nan if p in cut_off else 0.0
            continue
        moments = np.full(2, np.nan) if p in cut_off else _moments(desk, p, chains)
        found[programs.report[p]] += moments[1] - moments[0] ** 2
    shared = _covariances(desk, launched)
    for r, other, value in shared:
        if r == other:
            found[r] += value
    # Covariances within a report are in its variance already.
    total = float(found.sum()) + sum(value for r, other, value in shared if r != other) + _of_expansions(desk)
    centred = by_node - desk.chances.weight @ by_node
    total += float(desk.chances.weight @ (centred.sum(axis=1) ** 2 - (centred**2).sum(axis=1)))
    blocked = bool(spread_couplings_on(model))
    return found, float("nan") if blocked else float(np.sqrt(max(total, 0.0)))


def _moments(desk: Desk, p: int, chains: dict[tuple[object, ...], Chain]) -> F8:
    # Mean and mean square of one program's value.
    model, one = desk.model, desk.ways[p]
    reach = desk.chances.weight @ one.chances.reach
    passed = desk.chances.weight @ one.chances.passed
    chance = np.divide(passed, reach, out=np.zeros_like(reach), where=reach > 0.0)
    nodes = desk.chances.weight @ (one.chances.reach[:, -1:] * one.chances.weight)
    nodes = nodes / nodes.sum() if nodes.sum() > 0.0 else nodes
    pairs = open_pairs(model, p)
    key = (chain_key(model, p), tuple(chance.tolist()), tuple(nodes.tolist()), *(_pair_key(desk, f) for f in pairs))
    if key not in chains:
        end = None
        if pairs.size:
            end = FiledValue(desk.model, desk.grid, desk.clock, desk.sales, p, nodes, one.chances.approve, pairs)
        chains[key] = Chain(model, desk.grid, desk.clock, p, chance, end)
    start = beginning(model, desk.grid, p)
    found = np.zeros(2)
    for t, share in zip(start.at, start.mass, strict=True):
        found += share * chains[key].at(0, float(t))
    if start.cells.any():
        found += chains[key].cells(0) @ start.cells
    return found


def _pair_key(desk: Desk, f: int) -> tuple[object, ...]:
    # All that a pair's value depends on, streams apart: one pair alone does not share them with itself.
    streams = tuple(draw.stream for draw in desk.sales.size(f).draws)
    alone = np.diff(desk.model.programs.pair_from)[desk.model.pairs.program[f]] == 1
    return (desk.sales.key(f), desk.sales.money_key(f), *filing_key(desk.model, f), () if alone else streams)


def _parts(desk: Desk, launched: dict[int, Timing]) -> list[Part]:
    # Pairs whose size or climb another pair shares, held ones always.
    pairs, programs = desk.model.pairs, desk.model.programs
    users: dict[int, set[int]] = defaultdict(set)
    for f in launched:
        owner = -1 - f if pairs.held[f] == 1 else int(pairs.program[f])
        for stream in _streams(desk, f):
            users[stream].add(owner)
    found: list[Part] = []
    for f, launch in launched.items():
        held = pairs.held[f] == 1
        if not held and all(len(users[stream]) < 2 for stream in _streams(desk, f)):
            continue
        if held:
            certain, drawn = desk.sales.held_worth(f)
        else:
            drawn = np.asarray(desk.sales.worth(f, launch.at) @ launch.mass)
            if launch.cells.any():
                drawn = drawn + desk.sales.worth(f, desk.grid.middles) @ launch.cells
            certain = np.zeros(drawn.size)
        p = int(pairs.program[f])
        found.append(
            Part(
                int(programs.report[p]),
                -1 - f if held else p,
                int(programs.peak_stream[p]),
                desk.sales.climbs(f)[1],
                certain,
                drawn,
                desk.sales.size(f),
            )
        )
    return found


def _streams(desk: Desk, f: int) -> set[int]:
    model = desk.model
    drawn = {draw.stream for draw in desk.sales.size(f).draws if not draw.law.fixed}
    if desk.sales.climbs(f)[1].size > 1:
        drawn.add(int(model.programs.peak_stream[model.pairs.program[f]]))
    return drawn


def _covariances(desk: Desk, launched: dict[int, Timing]) -> list[tuple[int, int, float]]:
    """Covariances by pair of reports through shared draws; what is launched at a known time counts with itself too."""
    parts = _parts(desk, launched)
    found: list[tuple[int, int, float]] = []
    for i, one in enumerate(parts):
        for j in range(i, len(parts)):
            other = parts[j]
            if one.unit == other.unit and not (i == j and one.unit < 0):
                continue
            value = _covariance(one, other)
            if value != 0.0:
                # Each pair of parts counts twice in the variance of their sum; a part with itself once.
                found.append((one.report, other.report, value if i == j else 2.0 * value))
    return found


def _covariance(one: Part, other: Part) -> float:
    a, b = product_mean([one.size]), product_mean([other.size])
    alike = one.stream == other.stream and one.weight.size == other.weight.size
    streams = {draw.stream for draw in one.size.draws} & {draw.stream for draw in other.size.draws}
    if not alike and not streams:
        return 0.0
    both = product_mean([one.size, other.size])
    w, v = one.weight, other.weight
    mean_one = w @ (one.certain + one.drawn * a)
    mean_other = v @ (other.certain + other.drawn * b)
    if alike:
        mixed = one.certain * other.certain + one.certain * other.drawn * b + one.drawn * other.certain * a
        return float(w @ (mixed + one.drawn * other.drawn * both) - mean_one * mean_other)
    return float((both - a * b) * (w @ one.drawn) * (v @ other.drawn))


def _of_expansions(desk: Desk) -> float:
    # Variance of what expansions cost, from the length of their building.
    supply = desk.model.supply
    found = 0.0
    for x in range(supply.expand_at.size):
        length, start = law(supply.expand_build[x]), float(supply.expand_at[x])
        if length.fixed or start >= desk.grid.horizon:
            continue
        nodes, mass = lengths(length, desk.grid.step)
        worth = (desk.clock.until(start + nodes) - desk.clock.until(np.array(start))) / nodes
        found += float(supply.expand_capital[x]) ** 2 * float(mass @ worth**2 - (mass @ worth) ** 2)
    return found
