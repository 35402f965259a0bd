"""Capacity: when it runs short and where, what more of it is worth, and when to start building it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.company.rows.supply import Expansion, Line, Site
from echelon.futures.arrays import F8
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.runs.gaps import gap
from echelon.runs.making import shortages
from echelon.runs.paired import Lived, Pairing, Progress
from echelon.runs.run import RunError
from echelon.runs.simulate import Order

WAITS = (0, 1, 2, 4, 6, 8)
"""Years from as_of at which starting to build is tried."""
BUILDING = ("build", "build_above")
"""Choices of a plan that build, which are put aside."""

LOOKED_AT = (5, 10)
"""Years from as_of by which shortage is told."""

BOUNDLESS = 1e18
"""Capacity a quarter of a line that never is short, in any unit."""

MOST_SETS = 5
"""Sets of expansions that one chart holds."""

SIZES: dict[str, Any] = {
    "built": pl.String,
    "litres": pl.Float64,
    "starts": pl.String,
    "wait": pl.Int64,
    "difference": pl.Float64,
    "se": pl.Float64,
    "p_better": pl.Float64,
    "p_short_5": pl.Float64,
    "p_short_10": pl.Float64,
    "p_short": pl.Float64,
    "lost_sales": pl.Float64,
    "expired_share": pl.Float64,
    "best": pl.Boolean,
    "as_good": pl.Boolean,
}


@dataclass(frozen=True)
class Capacity:
    """What capacity is worth.

    info : as of a run. sizes : one row per set of expansions and start, the first with nothing built: litres of cell
    culture once it is licensed, difference in the company's value to building nothing (paired), chance that this is
    positive, chance that some sale is lost within 5 and 10 years and ever, mean sales lost a future. `best` marks the
    start worth most for its set, `as_good` those that two standard errors of the paired difference do not tell from
    it. lines : chance that each line holds up sales by the end of each quarter, with nothing built. unlimited,
    unlimited_se : what lines without limit would be worth more than nothing built, from the first day and for nothing;
    stocks, certificates and technology transfers stay as they are, so it is the most that any building can bring.
    """

    info: dict[str, Any]
    sizes: pl.DataFrame
    lines: pl.DataFrame
    unlimited: float
    unlimited_se: float


def capacity(order: Order, threads: int | None = None, progress: Progress | None = None) -> Capacity:
    """Weigh a company's expansions against building nothing: the first project, the first two, and so on.

    Parameters
    ----------
    order : company, scenario, plan, seed and number of futures; choices to build in the plan are put aside.
    threads : all cores when None. progress : called with futures lived and futures in all.

    Raises
    ------
    RunError
        If the company has no lines, so that nothing can be short.
    """
    pairing = Pairing(order, threads, progress)
    company = pairing.company
    if not pairing.built.labels.lines:
        msg = "the company has no `lines`, so no capacity can be short; describe them in `lines.csv` and `recipes.csv`"
        raise RunError(msg)
    if not company.settings.couplings.supply:
        msg = "`couplings.supply` is off in this company or scenario, so capacity limits nothing; switch it on"
        raise RunError(msg)
    rows = list(company.rows(Expansion))
    plants = projects(rows)
    pairing.expect(2 + len(plants) * len(WAITS))
    bare = company.with_rows(Expansion, [row.model_copy(update={"starts": None, "trigger": None}) for row in rows])
    kept = tuple(choice for choice in pairing.choices if choice.action not in BUILDING)
    nothing = pairing.other(bare, kept)
    free = pairing.changed(_free(nothing.built.model))
    found = [_row(company, nothing, nothing, [], (), None, 0)]
    for count in range(1, len(plants) + 1):
        names = list(plants)[:count]
        decided = tuple(row for name in names for row in plants[name])
        tried, values = [], []
        for wait in WAITS:
            start = _later(company.settings.company.as_of, wait)
            built = tuple(Choice(action="build", target=row.id, on=start) for row in decided)
            lived = pairing.other(bare, kept + built)
            tried.append(_row(company, nothing, lived, names, decided, start, wait))
            values.append(lived.value)
        found += _marked(tried, values)
    worth = free.less(nothing)
    return Capacity(
        pairing.info, pl.DataFrame(found, schema=SIZES), shortages(nothing.results), worth.mean, worth.se
    )  # fmt: skip


def projects(rows: list[Expansion]) -> dict[str, list[Expansion]]:
    """Expansions that are decided together, by name: those of one project; one with none stands by itself."""
    found: dict[str, list[Expansion]] = {}
    for row in rows:
        found.setdefault(row.project or row.id, []).append(row)
    return found


def _free(model: Model) -> Model:
    # Not the switch of the coupling, which takes stocks, certificates and transfers away as well as the limit.
    capacity = np.full_like(model.supply.capacity, BOUNDLESS)
    return model._replace(supply=model.supply._replace(capacity=capacity))


def _later(day: date, years: int) -> date:
    # The same day some years on; 29 February has none in most years.
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def litres_of(company: Company, more: tuple[Expansion, ...] = ()) -> float:
    """Litres of cell culture at our own sites once every line and expansion is there."""
    rows: list[Line | Expansion] = [*company.rows(Line), *more]
    own = {row.id for row in company.rows(Site) if row.operator == "own"}
    return sum(row.litres or 0.0 for row in rows if row.step == "cell-culture" and row.site in own)


def _row(
    company: Company,
    nothing: Lived,
    lived: Lived,
    names: list[str],
    built: tuple[Expansion, ...],
    start: date | None,
    wait: int,
) -> dict[str, Any]:
    worth = lived.less(nothing)
    measures = lived.results.measures
    first = measures[:, n.FIRST_SHORT_AT]
    futures = lived.results.futures
    return {
        "built": ";".join(names),
        "litres": litres_of(company, built),
        "starts": start.isoformat() if start else "",
        "wait": wait,
        "difference": worth.mean,
        "se": worth.se,
        "p_better": float((lived.value > nothing.value).mean()),
        "p_short_5": float((first < LOOKED_AT[0]).sum() / futures),
        "p_short_10": float((first < LOOKED_AT[1]).sum() / futures),
        "p_short": float((first >= 0.0).sum() / futures),
        "lost_sales": float(lived.results.sums["ledger_sums"][n.UNSERVED].sum() / futures),
        "expired_share": float(measures[:, n.EXPIRED_SHARE].mean()),
        "best": not built,
        "as_good": not built,
    }


def _marked(tried: list[dict[str, Any]], values: list[F8]) -> list[dict[str, Any]]:
    # The start worth most, and those that lie within two standard errors of it, paired with it.
    best = max(range(len(tried)), key=lambda i: tried[i]["difference"])
    for i, row in enumerate(tried):
        behind = gap(values[best] - values[i])
        row["best"] = i == best
        row["as_good"] = not behind.sure
    return tried


def told_apart(found: Capacity) -> list[str]:
    """Sets to be drawn and told in sentences: all of up to five, else the last of each size in litres."""
    built = found.sizes.filter(pl.col("built") != "")
    sets = built["built"].unique(maintain_order=True).to_list()
    if len(sets) <= MOST_SETS:
        return sets
    last = built.group_by("litres", maintain_order=True).last()["built"].to_list()
    return [name for name in sets if name in last][-MOST_SETS:]
