"""Row models of supply: sites, lines, recipes, certificates, expansions, inspections."""

from datetime import date
from typing import ClassVar, Literal

from echelon.company.rows.base import Row, Slug, Uncertain, column

Step = Literal["cell-culture", "purification", "conjugation", "formulation", "filling", "lyophilisation", "packaging"]


class Site(Row):
    """A place where drugs are made."""

    table: ClassVar[str] = "sites"

    id: Slug = column("Short name.", key=True)
    name: str = column("Name shown to people.", default="")
    location: str = column("Town and country.", default="")
    operator: Literal["own", "contract"] = column("Our own site, or a contract maker.", default="own")


class Line(Row):
    """Equipment of one step at one site."""

    table: ClassVar[str] = "lines"

    id: Slug = column("Short name.", key=True)
    site: Slug = column("Site.", ref="sites")
    step: Step = column("Step.", default="cell-culture")
    litres: float = column("Reactor volume in all; for other steps, litres of bulk a day.", unit="litres", low=0)
    reactors: int = column("Number of reactors.", default=1, low=1, high=10_000)
    from_date: date | None = column(
        "Day it may make saleable product.", default=None, filled_from="the company's `as_of`"
    )
    utilisation: float = column("Share of days it can run.", default=0.85, low=0, high=1)


class Recipe(Row):
    """How an asset is made at a site."""

    table: ClassVar[str] = "recipes"

    asset: Slug = column("Molecule.", key=True, ref="assets")
    site: Slug = column("Site.", key=True, ref="sites")
    titer: Uncertain = column("Titer.", unit="grams per litre", low=1e-6, high=1000)
    recovery: float = column("Share of the product left after all later steps.", default=0.7, low=1e-6, high=1)
    batch_days: float = column("Days a reactor is taken by one batch.", default=18.0, unit="days", low=0.1, high=365)
    batch_success: float = column("Share of batches released.", default=0.93, low=1e-6, high=1)
    working_volume: float = column("Used share of reactor volume.", default=0.8, low=1e-6, high=1)
    grams_per_month: float | None = column("Dose.", default=None, unit="grams per patient-month", low=0)
    sales_per_gram: float | None = column(
        "Net sales of one gram, where no price per month is given.",
        default=None,
        unit="company currency per gram",
        low=1e-12,
    )


class Certificate(Row):
    """A site approved to supply a territory."""

    table: ClassVar[str] = "certificates"

    site: Slug = column("Site.", key=True, ref="sites")
    territory: Slug = column("Territory.", key=True, ref="territories")
    from_date: date | None = column("Day of the certificate.", default=None)


class Expansion(Row):
    """Capacity that may be built."""

    table: ClassVar[str] = "expansions"

    id: Slug = column("Short name.", key=True)
    site: Slug = column("Site.", ref="sites")
    step: Step = column("Step.", default="cell-culture")
    litres: float = column("Reactor volume added.", unit="litres", low=0)
    capital: float = column("Capital, spent evenly while building.", unit="money", low=0)
    build: Uncertain = column("From decision to mechanical completion.", unit="months", low=0, high=240)
    licence: Uncertain = column("From completion to saleable product.", unit="months", low=0, high=240)
    starts: date | None = column("Day of the decision, if taken; blank waits for a plan.", default=None)
    utilisation: float = column("Share of days it can run.", default=0.85, low=0, high=1)


class Inspection(Row):
    """An authority's visit to a site that filings wait for."""

    table: ClassVar[str] = "inspections"

    site: Slug = column("Site.", key=True, ref="sites")
    territory: Slug = column("Territory of the authority.", key=True, ref="territories")
    readiness: float = column("Readiness on the day, 0 to 1; 0.5 is the average site.", default=0.5, low=0, high=1)
    oai: float | None = column(
        "Chance of OAI (or a failed pre-licence visit) at average readiness.",
        default=None,
        low=0,
        high=1,
        filled_from="published classifications",
    )
    vai: float | None = column(
        "Chance of VAI at average readiness.", default=None, low=0, high=1, filled_from="published classifications"
    )
    oai_delay: Uncertain | None = column(
        "Delay of every filing that leans on the site, after OAI.",
        default=None,
        unit="months",
        low=0,
        high=240,
        filled_from="published times from facility letter to approval",
    )
    missed: float | None = column(
        "Chance that the visit does not happen in time.",
        default=None,
        low=0,
        high=1,
        filled_from="published complete responses",
    )
    missed_delay: Uncertain | None = column(
        "Delay if so.", default=None, unit="months", low=0, high=240, filled_from="published cases"
    )
    control_gap: float = column(
        "Chance that the review finds a gap in the site's control strategy; readiness for a visit does not move it.",
        default=0.0,
        low=0,
        high=1,
    )
    control_gap_delay: Uncertain | None = column(
        "Delay if so.",
        default=None,
        unit="months",
        low=0,
        high=240,
        filled_from="published times from facility letter to approval",
    )
    interval_years: float = column(
        "Years for which the outcome of one visit holds.", default=3.0, unit="years", low=0.25, high=40
    )
    outcome: Literal["nai", "vai", "oai", ""] = column("Outcome of the last visit.", default="")
    visited: date | None = column("Day of the last visit.", default=None)
