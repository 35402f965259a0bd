"""The table of trial-planning problems: its columns, and the problems made of its rows."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import ClassVar

from echelon.company.csvfile import read_grid
from echelon.company.diagnostics import CompanyError, Log, Place, nearest
from echelon.company.grid import Table, make_table
from echelon.company.rows.base import Row, column
from echelon.plans.trial_program import Instance, Product, Trial

MOST_PERIODS = 1000
"""Periods, and periods that a trial may take."""

FINEST = 10**9
"""Parts of a unit in which resources are still told apart."""


OF_INSTANCE = ("n_periods", "resource_capacity")
OF_PRODUCT = ("revenue_max_usd_m", "gamma_L_usd_m_per_period", "gamma_D_usd_m_per_period")
"""Columns that are the same in all rows of an instance, and of a product."""


class TrialRow(Row):
    """One trial of one product in one problem."""

    table: ClassVar[str] = "trials"

    instance: str = column("Name of the problem.", key=True)
    product: str = column("Product.", key=True)
    trial: int = column("Number of the trial: 1, 2, … in order.", key=True, low=1, high=MOST_PERIODS)
    trial_cost_usd_m: float = column("Cost, if it starts in period 1.", unit="USD m", low=0)
    duration_periods: int = column("Periods until its outcome is known.", low=1, high=MOST_PERIODS)
    prob_success: float = column("Probability of success, given that it runs.", low=0, high=1)
    resource_requirement: tuple[str, ...] = column(
        "Units of each resource while it runs, as Type1=1;Type2=3.", default=()
    )
    revenue_max_usd_m: float = column("Revenue of the product if nothing took time.", unit="USD m", low=0)
    gamma_L_usd_m_per_period: float = column(  # noqa: N815 - the file's own name
        "Revenue lost for each period until the last trial ends.", unit="USD m", low=0
    )
    gamma_D_usd_m_per_period: float = column(  # noqa: N815 - the file's own name
        "Revenue lost for each period of waiting before a trial after the first.", unit="USD m", low=0
    )
    n_periods: int = column("Periods in which trials may start.", low=1, high=MOST_PERIODS)
    resource_capacity: tuple[str, ...] = column(
        "Units of each resource in every period, as Type1=2;Type2=3.", default=()
    )


def read_instances(path: Path) -> dict[str, Instance]:
    """All problems of a file, by name.

    Raises
    ------
    CompanyError
        If anything is wrong with the file; it carries every message.
    """
    path = Path(path)
    log = Log()
    grid = read_grid(path, log)
    table = make_table(TrialRow.table, grid, TrialRow, log) if grid else None
    rows = [row for row in table.rows.values() if isinstance(row, TrialRow)] if table else []
    if table is not None and not rows and not log.failed:
        log.wrong(Place(str(path)), "E004", "the table has no rows; there is nothing to plan")
    found = {}
    if table is not None and table.whole:
        for name in dict.fromkeys(row.instance for row in rows):
            made = _instance(name, [row for row in rows if row.instance == name], table, log)
            if made is not None:
                found[name] = made
    if log.failed:
        raise CompanyError(log.diagnostics())
    return found


def _instance(name: str, rows: list[TrialRow], table: Table, log: Log) -> Instance | None:
    good = _agree(rows, OF_INSTANCE, f"instance `{name}`", table, log)
    amounts = {row.key: _amounts(row, "resource_requirement", table, log) for row in rows}
    capacity = _amounts(rows[0], "resource_capacity", table, log)
    grouped: dict[str, list[TrialRow]] = {}
    for row in rows:
        grouped.setdefault(row.product, []).append(row)
        for resource in amounts[row.key] or {}:
            if capacity is not None and resource not in capacity:
                message = f"resource `{resource}` has no capacity"
                place = table.place(row.key, "resource_requirement")
                log.wrong(place, "E201", message, nearest(resource, capacity) or "name it in `resource_capacity`")
                good = False
    for product, own in grouped.items():
        own.sort(key=lambda row: row.trial)
        good = _agree(own, OF_PRODUCT, f"product `{product}`", table, log) and good
        good = _in_order(own, table, log) and good
        good = _has_end(own[0], table, log) and good
    if not good or capacity is None or None in amounts.values():
        return None
    units = lcm(*(v.denominator for made in [capacity, *amounts.values()] for v in (made or {}).values()))
    products = tuple(_product(product, own, amounts, units) for product, own in grouped.items())
    return Instance(name, products, rows[0].n_periods, {k: int(v * units) for k, v in capacity.items()}, units)


def _product(name: str, rows: list[TrialRow], amounts: dict[str, dict[str, Fraction] | None], units: int) -> Product:
    trials = tuple(
        Trial(
            row.trial_cost_usd_m,
            row.duration_periods,
            row.prob_success,
            {resource: int(amount * units) for resource, amount in (amounts[row.key] or {}).items()},
        )
        for row in rows
    )
    first = rows[0]
    return Product(
        name, trials, first.revenue_max_usd_m, first.gamma_L_usd_m_per_period, first.gamma_D_usd_m_per_period
    )


def _amounts(row: TrialRow, name: str, table: Table, log: Log) -> dict[str, Fraction] | None:
    # Exact fractions: three times 0.1 must fit into 0.3.
    found: dict[str, Fraction] = {}
    for entry in getattr(row, name):
        resource, sign, text = (part.strip() for part in entry.partition("="))
        try:
            amount = Fraction(text) if "/" not in text and "_" not in text else None
        except (ValueError, ZeroDivisionError):
            amount = None
        hint = "write `Type1=2;Type2=3`"
        if not sign or not resource or amount is None or amount < 0 or amount > FINEST or FINEST % amount.denominator:
            message = f"`{name}` has an entry `{entry[:40]}` that is no resource with its units"
            log.wrong(table.place(row.key, name), "E115", message, hint)
            return None
        if resource in found:
            log.wrong(table.place(row.key, name), "E309", f"`{name}` names `{resource}` twice", hint)
            return None
        found[resource] = amount
    return found


def _agree(rows: Sequence[TrialRow], names: Sequence[str], whole: str, table: Table, log: Log) -> bool:
    good = True
    for name in names:
        for row in rows[1:]:
            if getattr(row, name) != getattr(rows[0], name):
                message = f"`{name}` differs from that of an earlier row of {whole}"
                log.wrong(table.place(row.key, name), "E601", message, f"all rows of {whole} have the same")
                good = False
    return good


def _in_order(rows: list[TrialRow], table: Table, log: Log) -> bool:
    numbers = [row.trial for row in rows]
    if numbers == list(range(1, len(numbers) + 1)):
        return True
    wrong = next(row for place, row in enumerate(rows, start=1) if row.trial != place)
    message = f"product `{wrong.product}` has trials {', '.join(map(str, numbers))}; they are numbered 1, 2, …"
    log.wrong(table.place(wrong.key, "trial"), "E602", message)
    return False


def _has_end(row: TrialRow, table: Table, log: Log) -> bool:
    if row.revenue_max_usd_m != row.gamma_L_usd_m_per_period * row.n_periods:
        return True
    message = "the product is worth nothing at the end of the horizon, so its share of open revenue has no meaning"
    hint = "`revenue_max_usd_m` must differ from `gamma_L_usd_m_per_period` times `n_periods`"
    log.wrong(table.place(row.key, "revenue_max_usd_m"), "E603", message, hint)
    return False
