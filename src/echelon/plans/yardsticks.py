"""Yardsticks: what a plan is measured against: doing nothing, and funding everything."""

from datetime import timedelta

from echelon.company.company import Company
from echelon.company.rows.market import Filing
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Asset, Discovery, Program
from echelon.company.rows.supply import Expansion
from echelon.futures.build.calendar import DAYS_PER_YEAR
from echelon.futures.build.roster import held

DO_NOTHING, FUND_EVERYTHING, AS_IT_STANDS = "do nothing", "fund everything", "as it stands"
"""What the yardsticks are called wherever plans are named."""


def do_nothing(company: Company) -> tuple[Choice, ...]:
    """Choices that stop all that is not on the market: research and discovery end at as_of.

    What is sold goes on, further filings of it too, under the deals that stand; no offered deal is taken, and nothing
    is built that is not decided by a day in `expansions`: one that waits for its trigger is put past the horizon.
    """
    as_of = company.settings.company.as_of
    stops = (Choice(action="stop", target=name, on=as_of) for name in (*unmarketed(company), *_platforms(company)))
    return (*stops, *_unbuilt(company))


def fund_everything(company: Company) -> tuple[Choice, ...]:
    """Choices that start every stage of every program and candidate whatever the cash and the year's budget.

    Nothing is delayed or stopped, no offered deal is taken, and nothing is built beyond what is decided, as in
    `do_nothing`.
    """
    funds = (Choice(action="fund", target=name) for name in (*unmarketed(company), *_platforms(company)))
    return (*funds, *_unbuilt(company))


def unmarketed(company: Company) -> tuple[str, ...]:
    """Active programs that are approved nowhere at as_of."""
    as_of = company.settings.company.as_of
    sold = {row.program for row in company.rows(Filing) if held(row, as_of)}
    active = {row.id for row in company.rows(Asset) if row.status == "active"}
    return tuple(
        row.id
        for row in company.rows(Program)
        if row.status == "active" and row.asset in active and row.stage != "marketed" and row.id not in sold
    )


def _platforms(company: Company) -> tuple[str, ...]:
    return tuple(row.id for row in company.rows(Discovery))


def _unbuilt(company: Company) -> tuple[Choice, ...]:
    # A day past the horizon keeps a trigger from deciding.
    general = company.settings.company
    never = general.as_of + timedelta(days=round(general.horizon_years * DAYS_PER_YEAR) + 1)
    return tuple(
        Choice(action="build", target=row.id, on=never, note="never: the day lies past the horizon")
        for row in company.rows(Expansion)
        if row.starts is None and row.trigger is not None
    )
