"""Calendar: quarters from the day after as_of, then one column per year past the horizon."""

import math
from datetime import date, timedelta

import numpy as np

from echelon.company.rows.settings import Settings
from echelon.futures.model import Calendar

DAYS_PER_YEAR = 365.25


def years_from(as_of: date, day: date) -> float:
    """Years from as_of to a day."""
    return (day - as_of).days / DAYS_PER_YEAR


def quarter_dates(as_of: date, quarters: int) -> list[date]:
    """Middle day of each quarter."""
    return [as_of + timedelta(days=(q + 0.5) * DAYS_PER_YEAR / 4) for q in range(quarters)]


def quarter_labels(as_of: date, quarters: int) -> list[str]:
    """Calendar quarter in which each simulated quarter lies by its middle, such as 2025Q4."""
    return [f"{day.year}Q{(day.month - 1) // 3 + 1}" for day in quarter_dates(as_of, quarters)]


def calendar(settings: Settings) -> Calendar:
    """Build the calendar of a company's settings."""
    general, money = settings.company, settings.money
    quarters = general.horizon_years * 4
    columns = quarters + general.terminal_years
    start = np.concatenate(
        [np.arange(quarters) * 0.25, general.horizon_years + np.arange(general.terminal_years, dtype=float)]
    )
    length = np.concatenate([np.full(quarters, 0.25), np.ones(general.terminal_years)])
    end_of_year = money.discounting == "end_of_year"
    when = np.floor(start + 1e-9) + 1.0 if end_of_year else start + 0.5 * length
    rate = math.log1p(money.discount_rate)
    year = np.array([day.year for day in quarter_dates(general.as_of, quarters + 1)])
    discount = np.exp(-rate * when)
    year_start = np.ones(columns, np.int8)
    year_start[1:quarters] = year[1:quarters] != year[: quarters - 1]
    return Calendar(
        quarters=quarters,
        columns=columns,
        start=start,
        length=length,
        per_year=1.0 / length,
        middle=start + 0.5 * length,
        discount=discount,
        discount_sum=np.concatenate([[0.0], np.cumsum(discount[:quarters])]),
        year=(year[:-1] - year[0]).astype(np.int32),
        year_from=np.searchsorted(year[:-1], np.arange(year[0], year[-2] + 2)).astype(np.int32),
        years=int(year[-2] - year[0] + 1),
        rate=rate,
        exact=money.discounting == "continuous",
        year_end=(year[1:] != year[:-1]).astype(np.int8),
        year_start=year_start,
    )
