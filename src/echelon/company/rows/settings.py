"""The settings of company.toml: one section per model, one declaration per attribute."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from echelon.company.rows.base import Slug, column


class Section(BaseModel):
    """A section of company.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class General(Section):
    """[company]: name, calendar and currency."""

    name: str = column("Name of the company.")
    as_of: date = column("Day on which everything known is known; quarter 0 starts the day after.")
    horizon_years: int = column("Years simulated quarter by quarter.", default=20, unit="years", low=1, high=40)
    terminal_years: int = column(
        "Years after the horizon in which launched programs are still valued.",
        default=15,
        unit="years",
        low=0,
        high=40,
    )
    currency: str = column("Currency of the company (ISO 4217); money is in millions of it.")
    price_year: int | None = column(
        "Year whose prices all money is in.",
        default=None,
        filled_from="the year of `as_of`",
        low=1950,
        high=2150,
    )
    home: tuple[Slug, ...] = column(
        "Territories in which a program files when `filings` has no row for it; it files there at once and surely, "
        "elsewhere later and not always. Blank: for each program the territory in which it is furthest on.",
        default=(),
        ref="territories",
    )
    notice: str = column("Statement printed on every page.", default="")


class Money(Section):
    """[money]: rates, cash and overheads."""

    discount_rate: float = column("Discount rate, real, per year.", default=0.10, unit="per year", low=0, high=1)
    discounting: Literal["mid_quarter", "end_of_year", "continuous"] = column(
        "When money counts for discounting: in the middle of its quarter, at the end of its year, or when spent.",
        default="mid_quarter",
    )
    tax_rate: float = column("Tax on profit.", default=0.0, low=0, high=1)
    losses_carried: float = column("Tax losses carried in.", default=0.0, unit="money", low=0)
    opening_cash: float = column("Cash on `as_of`.", default=0.0, unit="money")
    cash_floor: float | None = column("Cash under which new stages are not started.", default=None, unit="money")
    start_cover: float = column(
        "Years of a stage's cost that cash above the floor must cover before it starts.",
        default=1.0,
        unit="years",
        low=0,
        high=10,
    )
    cogs: float = column("Cost of goods as a share of own product sales.", default=0.15, low=0, high=1)
    selling: float = column("Selling cost as a share of own product sales.", default=0.30, low=0, high=2)
    overhead: float = column("General overhead.", default=0.0, unit="money per year", low=0)
    overhead_growth: float = column("Real growth of overhead.", default=0.0, unit="per year", low=-0.5, high=0.5)
    rd_cost_level: float = column(
        "Our development cost over the published one; scales costs filled from priors only.",
        default=1.0,
        low=0.001,
        high=10,
    )


class Echelons(Section):
    """[echelons]: how many assets fill each echelon."""

    marketed: int = column("Assets on the market.", default=1, low=0, high=1000)
    clinic: int = column("Assets in the clinic.", default=1, low=0, high=1000)
    reserve: int = column("Assets in reserve.", default=1, low=0, high=1000)


class Supplying(Section):
    """[supply]: how stocks are held, and who goes short."""

    share_out: Literal["pro-rata", "margin", "patients", "contract"] = column(
        "Who is served when a line is short. pro-rata: all alike; margin: most margin a gram first; patients: fewest "
        "grams a patient first; contract: what partners sell first, the rest alike.",
        default="pro-rata",
    )
    substance_cover: float = column(
        "Drug substance kept in stock.", default=0.0, unit="months of demand", low=0, high=36
    )
    product_cover: float = column("Drug product kept in stock.", default=0.0, unit="months of demand", low=0, high=36)


class Couplings(Section):
    """[couplings]: what ties outcomes together; every one can be switched off."""

    asset: float = column(
        "Correlation between stages and programs of one asset, beyond target and platform.",
        default=0.20,
        low=0,
        high=0.95,
    )
    target: float = column("Correlation shared by assets with a common target.", default=0.10, low=0, high=0.95)
    platform: float = column("Correlation shared by assets of one platform.", default=0.05, low=0, high=0.95)
    filing: float = column(
        "Correlation between authorities' decisions on the same data (1: one decision for all).",
        default=0.90,
        low=0,
        high=1,
    )
    learning: float = column(
        "Causal learning: how far one outcome moves the PoS of later stages of its platform.",
        default=0.0,
        low=0,
        high=0.5,
    )
    competition: bool = column("Rivals and own assets share patients by order of entry as it happens.", default=True)
    supply: bool = column("Capacity limits sales.", default=True)
    cash: bool = column("The cash floor and yearly budgets hold starts back.", default=True)
    listing: bool = column("Reimbursement is drawn; off, its mean effect is used.", default=True)
    inspections: bool = column("A failed inspection delays every filing that leans on the site.", default=True)


class Objective(Section):
    """[objective]: what `echelon decide` looks for."""

    tail: float = column(
        "Weight of the mean of the worst 5 % of futures; the rest is the weight of the mean of all.",
        default=0.0,
        low=0,
        high=1,
    )
    floor_chance: float | None = column(
        "Highest chance that cash is ever under its floor; blank: not limited.", default=None, low=0, high=1
    )
    filled_chance: float | None = column(
        "Lowest chance that all three echelons are filled at the ends of the first five whole years; blank: not asked "
        "for.",
        default=None,
        low=0,
        high=1,
    )
    launches: float | None = column(
        "Programs launched by the end of `launches_by`, at least, in the mean; blank: not asked for.",
        default=None,
        low=0,
        high=1000,
    )
    launches_by: int | None = column(
        "Calendar year by whose end launches are counted; blank: the fifth whole year from `as_of` on.",
        default=None,
        low=1950,
        high=2150,
    )
    launches_chance: float | None = column(
        "Chance with which `launches` must be reached; blank: in the mean.", default=None, low=0, high=1
    )


class Settings(Section):
    """company.toml, whole."""

    company: General
    money: Money = Money()
    echelons: Echelons = Echelons()
    supply: Supplying = Supplying()
    couplings: Couplings = Couplings()
    objective: Objective = Objective()
