"""Row models of markets: territories, filings, patients, rivals, prices, sales, listings, deals."""

from datetime import date
from typing import ClassVar, Literal

from echelon.company.rows.base import Row, Slug, Uncertain, column
from echelon.company.rows.science import Area


class Territory(Row):
    """A country or region with one authority."""

    table: ClassVar[str] = "territories"

    id: Slug = column("Short name.", key=True)
    name: str = column("Name shown to people.", default="")
    authority: str = column("Drug authority, as named in the review-time priors.", default="")
    currency: str = column("Currency of local prices (ISO 4217).", default="", filled_from="the company's currency")
    population: float | None = column("Population.", default=None, unit="million", low=0)
    members: int = column("Number of countries and regions it stands for.", default=1, low=1, high=300)
    countries: tuple[str, ...] = column(
        "ISO codes of the countries it stands for, separated by semicolons; `EU` and `EEA` stand for their members.",
        default=(),
        filled_from="the id, where it is a code",
    )
    own_team: float = column(
        "Fixed cost of an own commercial team, from our first sale there on.",
        default=0.0,
        unit="money per year",
        low=0,
    )


class FxRate(Row):
    """Value of one unit of a currency in the company's currency."""

    table: ClassVar[str] = "fx"

    currency: str = column("Currency (ISO 4217).", key=True)
    rate: float = column("Units of the company's currency for one unit of this one.", low=1e-9)
    as_of: date | None = column("Day of the rate.", default=None)


class Filing(Row):
    """One program at one authority for one territory."""

    table: ClassVar[str] = "filings"

    program: Slug = column("Program filed.", key=True, ref="programs")
    territory: Slug = column("Territory filed for.", key=True, ref="territories")
    status: Literal["planned", "filed", "approved", "refused", "withdrawn"] = column(
        "Where the filing stands.", default="planned"
    )
    submitted: date | None = column("Day of submission, past or planned.", default=None)
    approved: date | None = column("Day of approval.", default=None)
    pos: float | None = column(
        "Whole probability of approval here, a bridging study's included, where it differs from the filing stage's.",
        default=None,
        low=0,
        high=1,
        filled_from="the filing stage; given an approval elsewhere, raised for the shared data; "
        "times the chance that the data are taken or bridged, and of a planned filing abroad that it is made at all",
    )
    submission_lag: Uncertain | None = column(
        "From the start of the filing stage to submission here.",
        default=None,
        unit="months",
        low=0,
        high=240,
        filled_from="0 in a home territory, 12 elsewhere",
    )
    review: Uncertain | None = column(
        "From submission to decision.",
        default=None,
        unit="months",
        low=0,
        high=240,
        filled_from="priors by authority",
    )
    pathway: Literal["standard", "priority", "conditional", "reliance"] = column(
        "Review pathway; conditional needs a confirmatory result, reliance takes another authority's decision over.",
        default="standard",
    )
    relies_on: str = column("Territory whose approval comes before submission here.", default="", ref="territories")
    accepts_data: float = column(
        "Chance that this authority takes the pivotal data as they are; else it asks for a bridging study.",
        default=1.0,
        low=0,
        high=1,
    )
    bridging: Uncertain | None = column(
        "Length of the bridging study, before submission.", default=None, unit="months", low=0, high=240
    )
    bridging_cost: float = column("Its cost.", default=0.0, unit="money", low=0)
    bridging_pos: float = column(
        "Probability that it succeeds; without it nothing is filed.", default=1.0, low=0, high=1
    )
    validation: Uncertain | None = column(
        "From submission to acceptance, where `review` does not count it.",
        default=None,
        unit="months",
        low=0,
        high=60,
        filled_from="nothing: published review times count from submission",
    )
    complete_response: float = column(
        "Chance that a decision is a complete response, and one more cycle follows.", default=0.0, low=0, high=1
    )
    response: Uncertain | None = column(
        "From a complete response to the next decision.",
        default=None,
        unit="months",
        low=0,
        high=240,
        filled_from="published times from letter to approval",
    )
    cycles: int = column("Most cycles after the first.", default=2, low=0, high=3)
    confirmed_by: str = column(
        "Program whose success confirms a conditional approval; its failure withdraws it.", default="", ref="programs"
    )
    confirm: Uncertain | None = column(
        "From a conditional approval to the result of its own confirmatory trial.",
        default=None,
        unit="months",
        low=0,
        high=240,
    )
    confirm_pos: float | None = column(
        "Probability that the confirmatory trial succeeds; if not, the approval is withdrawn.",
        default=None,
        low=0,
        high=1,
    )
    confirm_cost: float = column("Cost of the confirmatory trial.", default=0.0, unit="money", low=0)
    sites: tuple[str, ...] = column(
        "Sites whose inspection it leans on, separated by semicolons.",
        default=(),
        ref="sites",
        filled_from="the site that supplies the territory",
    )
    launch_lag: float = column("From approval to first sale.", default=2.0, unit="months", low=0, high=240)


class Indication(Row):
    """A disease in one line of therapy: the market a program competes in."""

    table: ClassVar[str] = "indications"

    id: Slug = column("Short name.", key=True)
    name: str = column("Name shown to people.", default="")
    area: Area | None = column("Therapeutic area.", default=None)
    disease: Slug = column("Disease, as in `epidemiology`.")
    line: str = column("Line or setting of therapy.", default="")
    after: str = column(
        "Indication whose patients come to this line next; blank: they come from the disease.",
        default="",
        ref="indications",
    )
    share_of_patients: Uncertain = column(
        "Share of the disease's treated patients, or of those of `after`, who reach this line in a year.", low=0, high=1
    )
    eligible: float = column("Share of them whom the label allows.", default=1.0, low=0, high=1)
    biomarker_share: float = column("Share of them who carry the biomarker asked for.", default=1.0, low=0, high=1)
    months_on_therapy: Uncertain = column("Mean time on therapy.", unit="months", low=0, high=600)
    adherence: float = column(
        "Share of the doses of that time that are taken and paid for.", default=1.0, low=0, high=1
    )


class Epidemiology(Row):
    """Patients of one disease in one territory."""

    table: ClassVar[str] = "epidemiology"

    disease: Slug = column("Disease.", key=True)
    territory: Slug = column("Territory.", key=True, ref="territories")
    year: int = column("Year of the figure.", low=1950, high=2100)
    kind: Literal["incidence", "prevalence"] = column("New patients a year, or patients alive.", default="incidence")
    patients: Uncertain = column("Patients.", unit="per year", low=0)
    growth: float = column("Yearly growth.", default=0.0, unit="per year", low=-0.5, high=0.5)
    diagnosed: float = column("Share diagnosed.", default=1.0, low=0, high=1)
    treated: float = column("Share of the diagnosed who are treated.", default=1.0, low=0, high=1)


class Competitor(Row):
    """A rival in one market."""

    table: ClassVar[str] = "competitors"

    id: Slug = column("Short name.", key=True)
    indication: Slug = column("Market.", key=True, ref="indications")
    territory: Slug = column("Territory.", key=True, ref="territories")
    name: str = column("Name shown to people.", default="")
    company: str = column("Who sells it.", default="")
    entry: date | None = column("Day of entry, where known.", default=None)
    entry_years: Uncertain | None = column(
        "Years from `as_of` to entry, for a rival still to come.", default=None, unit="years", low=0, high=60
    )
    probability: float = column("Probability that it comes at all.", default=1.0, low=0, high=1)
    strength: float = column("Clinical strength; 1 is a typical drug of the class.", default=1.0, low=0, high=20)


class Price(Row):
    """Net price of an asset in a territory, in its currency."""

    table: ClassVar[str] = "prices"

    asset: Slug = column("Molecule.", key=True, ref="assets")
    territory: Slug = column("Territory.", key=True, ref="territories")
    net_price: Uncertain = column("Net price of a month of therapy.", unit="local currency per patient-month", low=0)
    growth: float = column("Yearly change of the real net price.", default=0.0, unit="per year", low=-0.9, high=1)


class Sales(Row):
    """Peak sales of a program, given directly."""

    table: ClassVar[str] = "sales"

    program: Slug = column("Program.", key=True, ref="programs")
    territory: str = column("Territory; blank means all territories together.", default="", key=True, ref="territories")
    peak_sales: Uncertain = column("Yearly sales at peak.", unit="money per year", low=0)
    currency: str = column("Currency of `peak_sales`.", default="", filled_from="the company's currency")
    years_to_peak: Uncertain | None = column(
        "Years from launch to peak; 0 means peak at once.",
        default=None,
        unit="years",
        low=0,
        high=40,
        filled_from="priors",
    )
    decline: float | None = column(
        "Share of sales lost per year after exclusivity ends; 1 means all at once.",
        default=None,
        low=0,
        high=1,
        filled_from="priors by modality",
    )


class Scheme(Row):
    """A reimbursement scheme: its rounds, what they ask, what they bring."""

    table: ClassVar[str] = "schemes"

    id: Slug = column("Short name, such as nrdl.", key=True)
    territory: Slug = column("Territory.", key=True, ref="territories")
    effective_month: int = column("Month from whose first day new listings hold.", default=1, low=1, high=12)
    cutoff_months: float = column(
        "Time before that day by which a program must be approved.", default=6.0, unit="months", low=0, high=60
    )
    probability: float | None = column(
        "Probability that one round ends in listing.", default=None, low=0, high=1, filled_from="priors"
    )
    price_cut: Uncertain | None = column("Price cut at listing.", default=None, low=0, high=1, filled_from="priors")
    volume: float = column("Patients once listed over patients before.", default=3.0, low=1, high=100)
    renewal_years: float = column("Years between renewals.", default=2.0, unit="years", low=0.25, high=40)
    renewals: int = column("Renewals after which the price stays.", default=2, low=0, high=20)
    renewal_cut: Uncertain | None = column("Price cut at a renewal.", default=None, low=0, high=1, filled_from="priors")
    delisting: float = column("Chance at each renewal that the listing ends.", default=0.0, low=0, high=1)
    exclusive_volume: float = column(
        "Patients of a listed program while no rival is in its market, over patients once there is one.",
        default=1.0,
        low=1,
        high=100,
    )


class Listing(Row):
    """Reimbursement of a program in a territory: by its scheme, or by its own terms where they are given."""

    table: ClassVar[str] = "listings"

    program: Slug = column("Program.", key=True, ref="programs")
    territory: Slug = column("Territory.", key=True, ref="territories")
    scheme: str = column("Scheme, such as nrdl.", default="nrdl")
    status: Literal["listed", "planned"] = column(
        "Listed already (then prices include the cut), or to be negotiated.", default="planned"
    )
    listed: date | None = column("Day the listing took effect.", default=None)
    exclusive: bool | None = column("Whether no rival of the class is listed in this indication.", default=None)
    probability: float | None = column(
        "Probability that one round ends in listing.", default=None, low=0, high=1, filled_from="the scheme"
    )
    months_to_list: float | None = column(
        "From launch to listing, where the scheme's rounds are not to be followed; there is one try.",
        default=None,
        unit="months",
        low=0,
        high=240,
    )
    price_cut: Uncertain | None = column("Price cut at listing.", default=None, low=0, high=1, filled_from="the scheme")
    most_cut: float = column(
        "Largest cut that we accept; if more is asked, there is no listing.", default=1.0, low=0, high=1
    )
    volume: float | None = column(
        "Patients once listed over patients before.", default=None, low=1, high=100, filled_from="the scheme"
    )


class Deal(Row):
    """A partner who holds rights to an asset in territories, and the terms."""

    table: ClassVar[str] = "deals"

    id: Slug = column("Short name.", key=True)
    partner: str = column("Partner.")
    asset: Slug = column("Molecule.", ref="assets")
    direction: Literal["out", "in"] = column("We license out, or in.", default="out")
    territories: tuple[str, ...] = column("Territories, separated by semicolons.", ref="territories")
    status: Literal["active", "option", "ended", "offered"] = column(
        "Active deals run; an offered one runs when a plan takes it, an option when it is exercised.", default="active"
    )
    signed: date | None = column("Day of signing.", default=None)
    ends: date | None = column("Day the deal ends; after it the territory is our own.", default=None)
    currency: str = column("Currency of the amounts.", default="", filled_from="the company's currency")
    upfront: float = column(
        "Payment at signing; received already when signed before `as_of`.", default=0.0, unit="money", low=0
    )
    approval_milestone: float = column(
        "Payment at each program's first approval under the deal.", default=0.0, unit="money", low=0
    )
    sales_milestone: float = column(
        "Payment when yearly sales first reach `sales_milestone_at`.", default=0.0, unit="money", low=0
    )
    sales_milestone_at: float | None = column("Yearly sales that trigger it.", default=None, unit="money", low=0)
    royalty: float | None = column(
        "Royalty on net sales, where `deal_tiers` gives no tiers.",
        default=None,
        low=0,
        high=1,
        filled_from="priors by stage at signing",
    )
    supply_share: float = column(
        "Share of the partner's net sales paid for product supplied.", default=0.0, low=0, high=1
    )
    route: Literal["license", "distribution", "promotion", "venture"] = column(
        "license and distribution: the partner books sales; promotion: we book them and pay a commission; "
        "venture: a joint company books them.",
        default="license",
    )
    supply_cost: float = column(
        "Our cost of the product supplied, as a share of the partner's net sales.", default=0.0, low=0, high=1
    )
    partner_cost: float | None = column(
        "Partner's own costs, as a share of its net sales.",
        default=None,
        low=0,
        high=1,
        filled_from="the company's selling cost, and cost of goods where we do not supply",
    )
    commission: float = column("Share of our net sales paid to a partner who promotes.", default=0.0, low=0, high=1)
    profit_share: float = column("Our share of the venture's profit.", default=0.0, low=0, high=1)
    option_chance: float = column("Probability that an option is exercised.", default=0.0, low=0, high=1)
    option_on: date | None = column("Day by which an option is exercised, or lapses.", default=None)
    extension_chance: float = column("Probability that the deal is extended when it ends.", default=0.0, low=0, high=1)
    extension_years: float = column("Years of the extension.", default=0.0, unit="years", low=0, high=60)
    sublicense_of: str = column(
        "Deal under which this one is a sub-licence: its partner pays that deal's partner.", default="", ref="deals"
    )
    pass_on: float = column(
        "Share of the sub-licensee's royalties that reaches us; what else it pays, it pays us.",
        default=1.0,
        low=0,
        high=1,
    )


class DealMilestone(Row):
    """One payment that a deal promises for an event."""

    table: ClassVar[str] = "deal_milestones"

    deal: Slug = column("Deal.", key=True, ref="deals")
    id: Slug = column("Short name of the milestone.", key=True)
    kind: Literal["development", "regulatory", "sales"] = column(
        "development: a stage is passed; regulatory: an approval while the deal runs; sales: yearly sales are reached."
    )
    program: str = column("Program; blank: the first of the asset's to do so.", default="", ref="programs")
    stage: str = column("Stage passed, for development.", default="")
    territory: str = column("Territory, for regulatory; blank: any of the deal's.", default="", ref="territories")
    at_sales: float | None = column("Partner's yearly net sales, for sales.", default=None, unit="money", low=0)
    amount: float = column("Payment.", unit="money", low=0)


class DealTier(Row):
    """One royalty tier of a deal."""

    table: ClassVar[str] = "deal_tiers"

    deal: Slug = column("Deal.", key=True, ref="deals")
    from_sales: float = column("Yearly net sales from which the rate applies.", unit="money per year", low=0, key=True)
    royalty: float = column("Royalty rate on sales above it.", low=0, high=1)
