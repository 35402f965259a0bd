"""Row models of supply: sites, lines, recipes and their steps, certificates, expansions, inspections."""

from datetime import date
from typing import ClassVar, Literal

from echelon.company.rows.base import Row, Slug, Uncertain, column

Step = Literal[
    "cell-culture",
    "purification",
    "synthesis",
    "conjugation",
    "formulation",
    "filling",
    "lyophilisation",
    "tableting",
    "packaging",
]
STAGES: tuple[tuple[Step, ...], ...] = (
    ("cell-culture", "purification", "synthesis"),
    ("conjugation",),
    ("formulation", "filling", "lyophilisation", "tableting", "packaging"),
)
"""Steps between two places where stock may be held: the substance, its conjugate, the product."""
UNIT_STEPS = ("filling", "lyophilisation", "tableting", "packaging")
"""Steps whose lines are rated in units (vials, tablets) a day; all others but cell culture, in grams a day."""


class Site(Row):
    """A place where drugs are made."""

    table: ClassVar[str] = "sites"

    id: Slug = column("Short name.", key=True)
    name: str = column("Name shown to people.", default="")
    location: str = column("Town and country.", default="")
    operator: Literal["own", "contract"] = column("Our own site, or a contract maker.", default="own")
    territory: str = column(
        "Territory in which it stands; it serves this one before others do.", default="", ref="territories"
    )
    fixed_cost: float = column(
        "Cost of running it whatever it makes, from its first line's first day.",
        default=0.0,
        unit="money per year",
        low=0,
    )
    audit_effect: float | None = column(
        "Part of what readiness lacks that one mock audit takes away, its findings repaired.",
        default=None,
        low=0,
        high=1,
        filled_from="our assumption",
    )
    audit_cost: float | None = column(
        "Cost of one mock audit and of repairing its findings.",
        default=None,
        unit="money",
        low=0,
        filled_from="our assumption",
    )


class Line(Row):
    """Equipment of one step at one site."""

    table: ClassVar[str] = "lines"

    id: Slug = column("Short name.", key=True)
    site: Slug = column("Site.", ref="sites")
    step: Step = column("Step.", default="cell-culture")
    litres: float | None = column("Reactor volume in all, for cell culture.", default=None, unit="litres", low=0)
    rate: float | None = column(
        "What it can make, for other steps: units for filling, lyophilisation, tableting and packaging, else grams.",
        default=None,
        unit="grams or units per day",
        low=0,
    )
    reactors: int = column("Number of reactors, or of lines side by side.", default=1, low=1, high=10_000)
    changeover_days: float = column(
        "Days that one of the reactors stands still when another product comes in: once a quarter for each but one.",
        default=0.0,
        unit="days",
        low=0,
        high=365,
    )
    from_date: date | None = column(
        "Day it may make saleable product.", default=None, filled_from="the company's `as_of`"
    )
    utilisation: float = column("Share of days it can run.", default=0.85, low=0, high=1)


class Recipe(Row):
    """How an asset is made at a site; what is not said here of a step stands in `recipe_steps`."""

    table: ClassVar[str] = "recipes"

    asset: Slug = column("Molecule.", key=True, ref="assets")
    site: Slug = column("Site.", key=True, ref="sites")
    priority: int = column(
        "Sites that may make the same are asked by this, lowest first; among equals one in the territory itself, then "
        "our own, then by name.",
        default=1,
        low=1,
        high=10_000,
    )
    titer: Uncertain | None = column(
        "Titer, where cells are grown here.", default=None, unit="grams per litre", low=1e-6, high=1000
    )
    recovery: float = column("Share of the harvested product left as drug substance.", default=0.7, low=1e-6, high=1)
    batch_days: float = column("Days a reactor is taken by one batch.", default=18.0, unit="days", low=0.1, high=365)
    batch_success: float = column("Share of batches of drug substance released.", default=0.93, low=1e-6, high=1)
    working_volume: float = column("Used share of reactor volume.", default=0.8, low=1e-6, high=1)
    grams_per_month: float | None = column("Dose.", default=None, unit="grams per patient-month", low=1e-12)
    sales_per_gram: float | None = column(
        "Net sales of one gram, where no price per month is given; before the price cut of a listing to come.",
        default=None,
        unit="company currency per gram",
        low=1e-12,
    )
    steps: tuple[Step, ...] = column(
        "Steps done here; blank for all of the molecule's steps that have a line here.", default=()
    )
    unit_grams: float | None = column(
        "Product in one vial or tablet, where lines are rated in units.", default=None, unit="grams", low=1e-9
    )
    substance_release: float = column(
        "From the end of a batch of drug substance to its release.", default=0.0, unit="months", low=0, high=24
    )
    substance_shelf: float | None = column(
        "Shelf life of drug substance, from release; blank for no end.", default=None, unit="months", low=3, high=240
    )
    substance_cost: float = column(
        "Cost of making drug substance.", default=0.0, unit="company currency per gram", low=0
    )
    product_release: float = column(
        "From filling to the release of drug product.", default=0.0, unit="months", low=0, high=24
    )
    product_shelf: float | None = column(
        "Shelf life of drug product, from release; blank for no end.", default=None, unit="months", low=3, high=240
    )
    product_cost: float = column(
        "Cost of making drug product, without its substance.", default=0.0, unit="company currency per gram", low=0
    )
    transfer: Uncertain | None = column(
        "Technology transfer: from its start to the first product that may be sold; blank where it is made already.",
        default=None,
        unit="months",
        low=0,
        high=120,
    )
    transfer_cost: float = column("Cost of the transfer, spent evenly.", default=0.0, unit="money", low=0)
    transfer_starts: date | None = column("Day the transfer starts, if decided; blank waits for a plan.", default=None)


class RecipeStep(Row):
    """One step of a recipe."""

    table: ClassVar[str] = "recipe_steps"

    asset: Slug = column("Molecule.", key=True, ref="assets")
    site: Slug = column("Site.", key=True, ref="sites")
    step: Step = column("Step.", key=True)
    recovery: float = column(
        "Share of the product left after it; for steps of drug substance, on top of the recipe's.",
        default=1.0,
        low=1e-6,
        high=1,
    )
    batch_success: float = column("Share of its batches that pass.", default=1.0, low=1e-6, high=1)
    load: float = column(
        "Line time a gram (or unit) takes, over what the line's rate says.", default=1.0, low=0, high=1000
    )


class Certificate(Row):
    """A site approved to supply a territory. With none at all every site supplies all; else only who has one does."""

    table: ClassVar[str] = "certificates"

    site: Slug = column("Site.", key=True, ref="sites")
    territory: Slug = column("Territory.", key=True, ref="territories")
    from_date: date | None = column(
        "First day of supply under it; blank where it comes with a product's approval.", default=None
    )
    shipping: float = column("Cost of carrying product there.", default=0.0, unit="company currency per gram", low=0)


class Expansion(Row):
    """Capacity that may be built."""

    table: ClassVar[str] = "expansions"

    id: Slug = column("Short name.", key=True)
    project: str = column("Expansions of one project are weighed together; blank: by itself.", default="")
    site: Slug = column("Site.", ref="sites")
    step: Step = column("Step.", default="cell-culture")
    litres: float | None = column("Reactor volume added, for cell culture.", default=None, unit="litres", low=0)
    rate: float | None = column(
        "What it adds to any other step, as in `lines`.", default=None, unit="grams or units per day", low=0
    )
    capital: float = column("Capital, spent evenly while building.", unit="money", low=0)
    build: Uncertain = column("From decision to mechanical completion.", unit="months", low=0, high=240)
    licence: Uncertain = column("From completion to saleable product.", unit="months", low=0, high=240)
    starts: date | None = column("Day of the decision, if taken; blank waits for a plan or its trigger.", default=None)
    utilisation: float = column("Share of days it can run.", default=0.85, low=0, high=1)
    trigger: float | None = column(
        "Decided when what is launched asks, `trigger_years` ahead, for more than this share of the step's capacity at "
        "the site by then; blank never.",
        default=None,
        low=0,
        high=10,
    )
    trigger_years: float = column("How far ahead the trigger looks.", default=4.0, unit="years", low=0, high=20)


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
    supply_stop: float = column(
        "Chance that OAI also stops shipments from the site to the territory until it is put right.",
        default=0.0,
        low=0,
        high=1,
    )
    interval_years: float = column(
        "Years for which the outcome of one visit holds.", default=3.0, unit="years", low=0.25, high=40
    )
    outcome: Literal["nai", "vai", "oai", ""] = column("Outcome of the last visit.", default="")
    visited: date | None = column("Day of the last visit.", default=None)
