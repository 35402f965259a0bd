"""Row models of money, sources, plans and scenarios."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from echelon.company.rows import base
from echelon.company.rows.base import Row

Quarter = Annotated[str, StringConstraints(pattern=r"^(19|20)\d\dQ[1-4]$")]


class Resource(Row):
    """A yearly limit: nothing starts that would break it; the plan's `fund` lifts `rd_budget` only."""

    table: ClassVar[str] = "resources"

    resource: Literal["rd_budget", "trial_starts", "headcount"] = base.column(
        "rd_budget: research and discovery booked in the year; trial_starts: stages of the clinic that start in it; "
        "headcount: people at work on stages at any time of it.",
        key=True,
    )
    year: int = base.column("Calendar year.", key=True, low=1950, high=2150)
    amount: float = base.column("Limit (money for rd_budget, else a number).", low=0)


class Actual(Row):
    """A reported figure of one quarter."""

    table: ClassVar[str] = "actuals"

    quarter: Quarter = base.column("Calendar quarter, such as 2025Q3.", key=True)
    item: Literal["sales", "revenue", "rd", "selling", "overhead", "cash", "royalties", "cogs"] = base.column(
        "What was reported.", key=True
    )
    asset: str = base.column("Molecule, for sales.", default="", key=True, ref="assets")
    territory: str = base.column("Territory, for sales.", default="", key=True, ref="territories")
    amount: float = base.column(
        "Amount in the company's currency; for sales through a partner, the partner's sales.", unit="money"
    )


class Source(Row):
    """Where any single cell comes from."""

    table: ClassVar[str] = "sources"

    table_name: str = base.column("Table.", key=True)
    id: str = base.column("Row key; parts joined by /; blank for `company`.", default="", key=True)
    column: str = base.column("Column; blank means the whole row.", default="", key=True)
    as_of: date | None = base.column("Day of the source.", default=None)


class Choice(Row):
    """One choice of a plan."""

    table: ClassVar[str] = "plan"

    action: Literal[
        "fund",
        "delay",
        "stop",
        "at_risk",
        "stop_below",
        "cover",
        "build",
        "build_above",
        "transfer",
        "license",
        "own",
        "accept_cut",
        "audit",
    ] = base.column(
        "fund: start whatever the cash; delay: not before `on`; stop: at `on`; at_risk: start a stage "
        "`value` of the way before the readout of the one before; "
        "stop_below: stop before a stage if the believed PoS is under `value`; "
        "cover: start only while cash covers `value` quarters of spending; "
        "build: decide an expansion on `on`; build_above: decide an expansion, or all of a project, when demand "
        "`years` ahead, of the pipeline by its chances, is more than `value` of the line's capacity by then; "
        "transfer: start a technology transfer (of the recipe asset/site) on `on`; "
        "license: take an offered deal on `on`; own: end an active deal on `on` and sell ourselves; "
        "accept_cut: list the program only where the price cut asked is at most `value`; "
        "audit: hold `value` mock audits before the first visit to a site.",
        key=True,
    )
    target: str = base.column(
        "Program (or row of `discovery`: all its candidates; or * for every one, which a row of its own overrides), "
        "expansion or project, recipe (asset/site), deal, site or inspection (site/territory).",
        key=True,
    )
    stage: str = base.column(
        "Stage that may not start, or may; blank for every stage. A row for one stage overrides one for every stage.",
        default="",
        key=True,
    )
    on: date | None = base.column("Day of the choice.", default=None)
    value: float | None = base.column("Number the action needs.", default=None)
    years: float | None = base.column(
        "How far ahead `build_above` looks.", default=None, unit="years", low=0, high=20, filled_from="`trigger_years`"
    )


class Change(Row):
    """One changed cell of a scenario."""

    table: ClassVar[str] = "scenario"

    table_name: str = base.column("Table, or `company` for company.toml.", key=True)
    id: str = base.column("Row key; * means every row; blank for `company`.", default="", key=True)
    column: str = base.column("Column; for `company`, section.key.", key=True)
    value: str = base.column("New value; with * or / in front, a factor: *0.8")
