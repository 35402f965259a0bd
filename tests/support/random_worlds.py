"""Random companies that also use the tables of the world: pathways, lines of therapy, schemes, deals, inspections."""

from datetime import date

import numpy as np
from tests.support.random_companies import random_company, triangle

from echelon.company.company import Company
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import (
    Deal,
    DealMilestone,
    DealTier,
    Filing,
    Indication,
    Listing,
    Scheme,
    Territory,
)
from echelon.company.rows.science import Program
from echelon.company.rows.supply import Inspection


def random_world(seed: int, assets: int = 4, scale: float = 1.0) -> Company:
    """A random company with a row of every kind in every table of the world; `scale` multiplies its money.

    It has at least three assets: `a0` is marketed and sub-licensed in the west, `a1` is promoted in the east and
    under an option in the west, `a2` is a second line and confirmed by `a1` at home.
    """
    pick = np.random.default_rng(10_000 + seed)
    company = random_company(seed, max(assets, 3), scale)
    for model, rows in (
        (Territory, [_territory(row, scale) for row in company.rows(Territory)]),
        (Program, [_program(row) for row in company.rows(Program)]),
        (Filing, [_filing(row, pick, scale) for row in company.rows(Filing)]),
        (Indication, _lines(company.rows(Indication)[0], pick)),
        (Scheme, [_scheme(pick)]),
        (Listing, [_listing(row) for row in company.rows(Listing)]),
        (Deal, _deals(company.rows(Deal)[0], scale)),
        (DealTier, [*company.rows(DealTier), DealTier(deal="west-sub", from_sales=0.0, royalty=0.25)]),
        (DealMilestone, _milestones(scale)),
        (Inspection, [_inspection(territory, pick) for territory in ("home", "east")]),
    ):
        company = company.with_rows(model, rows)
    return company


def _territory(row: Territory, scale: float) -> Territory:
    return row.model_copy(update={"own_team": 1.5 * scale}) if row.id == "east" else row


def _program(row: Program) -> Program:
    if row.asset == "a2":
        return row.model_copy(update={"indication": "ache-2l", "regimen": ("a0", "chemotherapy")})
    return row.model_copy(update={"regimen": ("a1",)}) if row.asset == "a3" else row


def _filing(row: Filing, pick: np.random.Generator, scale: float) -> Filing:
    new: dict[str, object] = {}
    if row.status == "approved":
        return row
    if row.territory == "west":
        new |= {"pathway": "reliance", "complete_response": 0.0}
    elif row.territory == "east":
        new |= {
            "accepts_data": 0.6,
            "bridging": triangle(pick, 6, 24),
            "bridging_cost": 2.0 * scale,
            "bridging_pos": 0.7,
            "validation": Uncertain.fixed(2.0),
            "sites": ("plant",),
        }
    elif row.program == "a2-main":
        new |= {"pathway": "conditional", "confirmed_by": "a1-main"}
    else:
        new |= {
            "pathway": "conditional",
            "confirm": triangle(pick, 12, 48),
            "confirm_pos": 0.7,
            "confirm_cost": 4.0 * scale,
            "cycles": 1,
        }
    if row.territory != "west":
        new["response"] = triangle(pick, 3, 18)
    return row.model_copy(update=new)


def _lines(first: Indication, pick: np.random.Generator) -> list[Indication]:
    second = first.model_copy(
        update={"id": "ache-2l", "after": first.id, "share_of_patients": triangle(pick, 0.2, 0.6), "adherence": 0.9}
    )
    return [first.model_copy(update={"eligible": 0.9, "biomarker_share": 0.8}), second]


def _scheme(pick: np.random.Generator) -> Scheme:
    return Scheme(
        id="list",
        territory="home",
        effective_month=int(pick.integers(1, 13)),
        cutoff_months=float(pick.uniform(0, 9)),
        probability=0.75,
        price_cut=Uncertain(low=0.2, mode=0.4, high=0.7),
        volume=2.5,
        renewal_years=2.0,
        renewals=2,
        renewal_cut=Uncertain(low=0.0, mode=0.1, high=0.2),
        delisting=0.1,
        exclusive_volume=1.2,
    )


def _listing(row: Listing) -> Listing:
    if row.program == "a1-main":  # by its own terms, once, whatever the scheme's rounds
        return row.model_copy(update={"scheme": "list", "months_to_list": 9.0})
    return Listing(program=row.program, territory=row.territory, scheme="list", most_cut=0.6)


def _deals(west: Deal, scale: float) -> list[Row]:
    parent = west.model_copy(
        update={
            "approval_milestone": 0.0,
            "sales_milestone": 0.0,
            "sales_milestone_at": None,
            "ends": date(2032, 12, 31),
            "extension_chance": 0.5,
            "extension_years": 3.0,
        }
    )
    sub = Deal(
        id="west-sub",
        partner="Under partner",
        asset="a0",
        territories=("west",),
        signed=date(2025, 1, 1),
        currency="USD",
        upfront=1.0 * scale,
        supply_share=0.1,
        supply_cost=0.05,
        sublicense_of=west.id,
        pass_on=0.6,
    )
    promoter = Deal(
        id="east-promotion",
        partner="Promoter",
        asset="a1",
        territories=("east",),
        currency="USD",
        royalty=0.0,
        route="promotion",
        commission=0.3,
    )
    option = Deal(
        id="west-option",
        partner="Optionee",
        asset="a1",
        territories=("west",),
        status="option",
        signed=date(2025, 6, 1),
        currency="USD",
        upfront=3.0 * scale,
        royalty=0.0,
        route="venture",
        profit_share=0.5,
        option_chance=0.4,
        option_on=date(2028, 6, 30),
    )
    return [parent, sub, promoter, option]


def _milestones(scale: float) -> list[Row]:
    return [
        DealMilestone(deal="west-option", id="data", kind="development", stage="trial-b", amount=2.0 * scale),
        DealMilestone(deal="west-option", id="first", kind="regulatory", territory="west", amount=4.0 * scale),
        DealMilestone(deal="west-deal", id="big", kind="sales", at_sales=20.0 * scale, amount=8.0 * scale),
    ]


def _inspection(territory: str, pick: np.random.Generator) -> Inspection:
    return Inspection(
        site="plant",
        territory=territory,
        readiness=float(pick.uniform(0.2, 0.9)),
        oai=0.15,
        vai=0.4,
        oai_delay=triangle(pick, 3, 18),
        missed=0.05,
        missed_delay=triangle(pick, 3, 18),
        control_gap=0.1,
        control_gap_delay=triangle(pick, 3, 12),
        interval_years=2.0,
        outcome="vai" if territory == "home" else "",
        visited=date(2025, 3, 1) if territory == "home" else None,
    )
