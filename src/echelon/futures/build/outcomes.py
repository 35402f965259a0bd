"""Outcomes: shared factors of a roster, and each unit's thresholds, stage by stage and territory by territory."""

import math
from dataclasses import dataclass

import numpy as np

from echelon.company.rows.settings import Couplings
from echelon.futures.arrays import F8, I4
from echelon.futures.build.couplings import Posterior, Reached, advance, posterior, solve, start
from echelon.futures.build.roster import Unit
from echelon.futures.build.streams import Streams
from echelon.futures.model import Factors


@dataclass(frozen=True)
class Outcomes:
    """Factors and what each unit loads on them.

    names : structural names of the factors, assets first, then targets, then platforms. loadings : f8[p, k].
    private : f8[p] loading on a factor of the unit's own (discovery slots). residual : f8[p].
    stage, pair : thresholds by unit, in the order of its stages ahead and its filings.
    """

    names: tuple[str, ...]
    loadings: F8
    private: F8
    residual: F8
    posterior: Posterior
    stage: list[list[float]]
    pair: list[list[float]]


def factor_names(units: list[Unit], couplings: Couplings) -> tuple[str, ...]:
    """Structural names of the factors that are switched on."""
    assets = {f"asset/{of}" for unit in units if unit.kind != "slot" for of in (unit.asset, *unit.parts)}
    if not couplings.asset:
        assets = set()
    targets = {f"target/{target}" for unit in units for target in unit.targets} if couplings.target else set()
    platforms = {f"platform/{unit.platform}" for unit in units} if couplings.platform else set()
    return (*sorted(assets), *sorted(targets), *sorted(platforms))


def outcomes(units: list[Unit], couplings: Couplings, filing_pos: list[list[float]]) -> Outcomes:
    """Solve a roster's outcomes. filing_pos : by unit, the PoS of each filing."""
    names = factor_names(units, couplings)
    place = {name: k for k, name in enumerate(names)}
    loadings = np.zeros((len(units), len(names)))
    private = np.zeros(len(units))
    for p, unit in enumerate(units):
        if couplings.asset and unit.kind == "slot":
            private[p] = math.sqrt(couplings.asset)
        elif couplings.asset:
            of = (unit.asset, *unit.parts)  # a combination shares the luck of all its own parts
            for asset in of:
                loadings[p, place[f"asset/{asset}"]] = math.sqrt(couplings.asset / len(of))
        if couplings.target:
            for target in unit.targets:
                loadings[p, place[f"target/{target}"]] += math.sqrt(couplings.target / len(unit.targets))
        if couplings.platform:
            loadings[p, place[f"platform/{unit.platform}"]] = math.sqrt(couplings.platform)
    residual = np.sqrt(1.0 - (loadings**2).sum(axis=1) - private**2)
    # A marketed program and its further filings share one past: it is evidence once.
    # A stage passed against a stated PoS of nought says nothing on the factors: it is taken as certain.
    past = [[s.pos or 1.0 for s in unit.passed] if unit.kind == "program" else [] for unit in units]
    known = posterior(loadings, residual, _padded(past))
    mean, variance = known.of(loadings)
    variance = variance + private**2
    ahead = _padded([[_pos(s.pos) for s in unit.ahead if s.kind != "filing"] for unit in units])
    # Units that are alike, such as the candidates of one platform, are solved once.
    alike = np.column_stack([mean, variance, residual, np.nan_to_num(ahead, nan=-1.0)])
    _, first, back = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    back = back.ravel()
    cuts, reached = advance(start(mean[first], variance[first], residual[first]), ahead[first])
    found_stage = [row[np.isfinite(ahead[p])].tolist() for p, row in enumerate(cuts[back])]
    found_pair = _filing_cuts(filing_pos, back, reached)
    return Outcomes(names, loadings, private, residual, known, found_stage, found_pair)


def _filing_cuts(filing_pos: list[list[float]], alike: np.ndarray, reached: Reached) -> list[list[float]]:
    # Each different (unit, PoS) once.
    wanted = sorted({(int(alike[p]), pos) for p, row in enumerate(filing_pos) for pos in row})
    if not wanted:
        return [[] for _ in filing_pos]
    rows = np.array([row for row, _ in wanted])
    cuts = solve(reached.rows(rows), np.array([pos for _, pos in wanted]))
    known = dict(zip(wanted, cuts.tolist(), strict=True))
    return [[known[(int(alike[p]), pos)] for pos in row] for p, row in enumerate(filing_pos)]


def _pos(value: float | None) -> float:
    assert value is not None, "a resolved company has every PoS"
    return value


def _padded(rows: list[list[float]]) -> F8:
    table = np.full((len(rows), max((len(row) for row in rows), default=0)), np.nan)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table


def factors(found: Outcomes, streams: Streams) -> Factors:
    """Arrays of the factors: each is drawn given the later ones."""
    root = found.posterior.precision_root
    count = len(found.names)
    solve: list[int] = []
    weight: list[float] = []
    start = [0]
    for k in range(count):
        for later in range(k + 1, count):
            if abs(root[later, k]) > 1e-14:
                solve.append(later)
                weight.append(root[later, k] / root[k, k])
        start.append(len(solve))
    return Factors(
        mean=found.posterior.mean.astype(np.float64),
        scale=(1.0 / np.diag(root)).astype(np.float64) if count else np.zeros(0),
        solve_from=np.array(start, np.int32),
        solve=np.array(solve, np.int32),
        weight=np.array(weight, np.float64),
        stream=np.array([streams.add(f"factor/{name}") for name in found.names], np.int32),
    )


def sparse(loadings: F8) -> tuple[I4, I4, F8]:
    """Rows of a matrix as (from, column, value)."""
    start, column, value = [0], [], []
    for row in loadings:
        hits = np.flatnonzero(row)
        column += hits.tolist()
        value += row[hits].tolist()
        start.append(len(column))
    return np.array(start, np.int32), np.array(column, np.int32), np.array(value, np.float64)
