"""Units: programs and stages as arrays."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from echelon.company.rows.science import Stage
from echelon.company.rows.settings import Money
from echelon.futures.build.milestones import ragged
from echelon.futures.build.outcomes import Outcomes, sparse
from echelon.futures.build.roster import DISCOVERY_YEARS, Unit
from echelon.futures.build.shapes import Shape, array, fixed, mass_below, mean, shape
from echelon.futures.build.streams import Streams
from echelon.futures.model import Programs, Stages
from echelon.futures.rules.draws import FIXED, TRIANGULAR, UNIFORM

SPEND = {"uniform": 0, "start": 1, "middle": 2, "end": 3}
KIND = {"reserve": 0, "clinic": 1, "filing": 2}
OVERDUE_YEARS = 1.0
"""A stage past its longest length reads out within this many years, evenly."""


def stage_shape(stage: Stage) -> Shape:
    """Length of a stage, years."""
    assert stage.duration is not None, "a resolved company has every duration"
    return shape(stage.duration, 1.0 / 12.0)


def under_way(stage: Stage, elapsed: float) -> tuple[Shape, float]:
    """Length of a stage whose readout has not come `elapsed` years after its start: shape, and the mass ruled out."""
    length = stage_shape(stage)
    if elapsed <= 0.0:
        return length, 0.0
    overlap = stage.overlap if stage.overlap is not None else 1.0
    if overlap <= 0.0:
        return length, 0.0
    ruled_out = mass_below(length, elapsed / overlap)
    if ruled_out < 1.0 - 1e-6:
        return length, ruled_out
    return (UNIFORM, elapsed / overlap, (elapsed + OVERDUE_YEARS) / overlap, 0.0), 0.0


def is_overdue(stage: Stage, elapsed: float) -> bool:
    """Whether a stage is past its longest length."""
    return under_way(stage, elapsed)[0] != stage_shape(stage)


def programs_and_stages(
    units: list[Unit],
    found: Outcomes,
    money: Money,
    as_of: date,
    reports: dict[str, int],
    assets: dict[str, int],
    platforms: dict[str, int],
    streams: Streams,
    pair_from: list[int],
    confirms: list[list[int]],
    miles: list[list[int]],
) -> tuple[Programs, Stages, list[tuple[str, str]]]:
    """Arrays of programs and stages, and (report, stage) labels of the stage axis.

    confirms : by unit, the pairs whose conditional approval it confirms. miles : by stage, the milestones it may earn.
    """
    stage_from = [0]
    labels: list[tuple[str, str]] = []
    kinds: list[int] = []
    lengths: list[Shape] = []
    ruled: list[float] = []
    overlaps: list[float] = []
    costs: list[Shape] = []
    spends: list[int] = []
    pos: list[float] = []
    certain: list[bool] = []
    cuts: list[float] = []
    needs: list[float] = []
    keys: list[int] = []
    for p, unit in enumerate(units):
        trial = 0
        for j, stage in enumerate(unit.ahead):
            assert stage.cost is not None
            assert stage.pos is not None
            elapsed = -unit.start if j == 0 and unit.kind == "program" else 0.0
            length, out = under_way(stage, elapsed)
            cost = shape(stage.cost)
            labels.append((unit.report, stage.stage))
            kinds.append(KIND[stage.kind] if stage.kind else -1)
            lengths.append(length)
            ruled.append(out)
            overlaps.append(stage.overlap if stage.overlap is not None else 1.0)
            costs.append(cost)
            spends.append(SPEND[stage.spend])
            pos.append(stage.pos)
            certain.append(stage.pos >= 1.0 and length[0] == FIXED == cost[0] and stage.kind != "filing")
            if stage.kind == "filing":
                cuts.append(math.inf)
            else:
                cuts.append(found.stage[p][trial])
                trial += 1
            typical = mean(length)
            needs.append(mean(cost) * (min(1.0, money.start_cover / typical) if typical > 0 else 1.0))
            keys.append(streams.add(f"{unit.ident}/{stage.stage}"))
        stage_from.append(len(labels))
    factor_from, factor, loading = sparse(found.loadings)
    place = {unit.ident: p for p, unit in enumerate(units)}

    def dependency(unit: Unit) -> int:
        p = place.get(f"program/{unit.depends_on}", -1)
        if p < 0:
            return -1
        for j, stage in enumerate(units[p].ahead):
            if stage.stage == unit.depends_stage:
                return stage_from[p] + j
        return -1

    confirms_from, confirmed = ragged(confirms)
    mile_from, mile = ragged(miles)
    programs = Programs(
        report=np.array([reports[unit.report] for unit in units], np.int32),
        asset=np.array([assets[unit.asset] for unit in units], np.int32),
        platform=np.array([platforms[unit.platform] for unit in units], np.int32),
        stage_from=np.array(stage_from, np.int32),
        start=np.array([unit.start for unit in units]),
        start_span=np.array([unit.span for unit in units]),
        start_stream=np.array(
            [streams.add(f"{unit.ident}/arrival") if unit.span > 0 else -1 for unit in units], np.int32
        ),
        status=np.array([unit.status for unit in units], np.int8),
        loss=np.full(len(units), np.inf),
        factor_from=factor_from,
        factor=factor,
        loading=loading,
        private=found.private,
        residual=found.residual,
        private_stream=np.array(
            [streams.add(f"factor/asset/{unit.asset}") if found.private[p] > 0 else -1 for p, unit in enumerate(units)],
            np.int32,
        ),
        depends=np.array([dependency(unit) for unit in units], np.int32),
        depends_program=np.array([place.get(f"program/{unit.depends_on}", -1) for unit in units], np.int32),
        **chosen_arrays(units, as_of),
        cost_share=np.array([unit.cost_share for unit in units]),
        economic_share=np.array([unit.economic_share for unit in units]),
        peak_stream=np.array([streams.add(f"{_home(unit)}/market") for unit in units], np.int32),
        strength=array([shape(unit.strength) for unit in units]),
        pair_from=np.array(pair_from, np.int32),
        confirms_from=confirms_from,
        confirms=confirmed,
    )
    stages = Stages(
        kind=np.array(kinds, np.int8),
        duration=array(lengths or [fixed(0.0)]),
        duration_from=np.array(ruled),
        overlap=np.array(overlaps),
        cost=array(costs or [fixed(0.0)]),
        spend=np.array(spends, np.int8),
        pos=np.array(pos),
        certain=np.array(certain, np.int8),
        spread=np.array([[*_ends(length), *_ends(cost)] for length, cost in zip(lengths, costs, strict=True)])
        .reshape(-1, 6)
        .T.copy(),
        odd=np.array([s for s, rows in enumerate(zip(lengths, costs, strict=True)) if not _plain(rows)], np.int32),
        threshold=np.array(cuts),
        need=np.array(needs),
        **chosen_stages(units, as_of),
        people=np.array([stage.people for unit in units for stage in unit.ahead], np.float64),
        stream=np.array(keys, np.int32),
        mile_from=mile_from,
        mile=mile,
    )
    return programs, stages, labels


def at_work(units: Sequence[Unit], as_of: date) -> float:
    """People at work at as_of, on stages under way that the plan does not stop there and then."""
    running = [unit for unit in units if unit.kind == "program" and unit.ahead and unit.start < 0.0]
    return float(sum(unit.ahead[0].people for unit in running if unit.chosen.time(as_of, "stop", "", 1.0) > 0.0))


def chosen_arrays(units: Sequence[Unit], as_of: date) -> dict[str, Any]:
    """Arrays of `Programs` that come from the plan's choices for programs and nothing else."""
    return {"stop_at": np.array([unit.chosen.time(as_of, "stop", "", math.inf) for unit in units], np.float64)}


def chosen_stages(units: Sequence[Unit], as_of: date) -> dict[str, Any]:
    """Arrays of `Stages` that come from the plan's choices for programs and nothing else."""
    ahead = [(unit.chosen, stage.stage) for unit in units for stage in unit.ahead]
    return {
        "not_before": np.array([of.time(as_of, "delay", stage, -math.inf) for of, stage in ahead], np.float64),
        "always": np.array([of.find("fund", stage) is not None for of, stage in ahead], np.int8),
        "at_risk": np.array([of.value("at_risk", stage) for of, stage in ahead], np.float64),
        "stop_below": np.array([of.value("stop_below", stage) for of, stage in ahead], np.float64),
        "cover": np.array([of.value("cover", stage) for of, stage in ahead], np.float64),
    }


def _plain(rows: tuple[Shape, ...]) -> bool:
    return all(row[0] in (FIXED, TRIANGULAR) for row in rows)


def _ends(row: Shape) -> tuple[float, float, float]:
    # Low, mode and high; any finite numbers will do where the shape is neither triangular nor fixed.
    return row[1:] if row[0] == TRIANGULAR else (row[1], row[1], row[1])


def _home(unit: Unit) -> str:
    # A marketed program and its further filings are one product: one draw of its market.
    return f"program/{unit.report}" if unit.kind == "extension" else unit.ident


__all__ = ["DISCOVERY_YEARS", "at_work", "chosen_arrays", "chosen_stages", "is_overdue", "programs_and_stages"]
