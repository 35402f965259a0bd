"""Row models of science: assets, programs, stages, discovery."""

from datetime import date
from typing import ClassVar, Literal

from echelon.company.rows.base import Row, Slug, Uncertain, column

Modality = Literal[
    "antibody",
    "bispecific",
    "adc",
    "fusion-protein",
    "small-molecule",
    "vaccine",
    "peptide",
    "protein",
    "sirna",
    "antisense",
    "car-t",
    "gene-therapy",
    "biosimilar",
]
Area = Literal[
    "oncology",
    "hematology",
    "autoimmune",
    "metabolic",
    "endocrine",
    "cardiovascular",
    "neurology",
    "psychiatry",
    "infectious-disease",
    "respiratory",
    "ophthalmology",
    "gastroenterology",
    "urology",
    "allergy",
    "dermatology",
    "other",
]
StageKind = Literal["reserve", "clinic", "filing"]
"""What a stage counts as: reserve (before the clinic), clinic (in trials) or filing (under review)."""

SpendProfile = Literal["uniform", "start", "middle", "end"]


class Asset(Row):
    """A molecule, with its modality, targets, area and originator."""

    table: ClassVar[str] = "assets"

    id: Slug = column("Short name, used everywhere else.", key=True)
    name: str = column("Name shown to people.", default="")
    modality: Modality = column("Kind of molecule.")
    targets: tuple[str, ...] = column(
        "Biological targets, separated by semicolons; shared targets couple outcomes.", default=()
    )
    area: Area = column("Therapeutic area.")
    platform: str = column(
        "Technology shared with other assets; it couples their outcomes.",
        default="",
        filled_from="the modality",
    )
    originator: str = column("Who discovered it.", default="")
    economic_share: float = column("Our share of its economics (1 is wholly ours).", default=1.0, low=0, high=1)
    stage: str = column("Stage of the asset, used only when it has no program row.", default="")
    status: Literal["active", "discontinued"] = column(
        "Discontinued assets keep their row and are not simulated.", default="active"
    )
    stage_confidence: Literal["read", "derived", "remembered", "assumed"] | None = column(
        "How the stage is known, where that differs from the row.", default=None
    )


class Program(Row):
    """One asset in one indication, line and regimen: the unit that is developed."""

    table: ClassVar[str] = "programs"

    id: Slug = column("Short name.", key=True)
    asset: Slug = column("The molecule.", ref="assets")
    indication: str = column(
        "Indication and line; blank means direct peak sales are given in `sales`.",
        default="",
        ref="indications",
    )
    name: str = column("Name shown to people.", default="")
    regimen: tuple[str, ...] = column("Other parts of the combination, separated by semicolons.", default=())
    area: Area | None = column("Therapeutic area.", default=None, filled_from="the asset")
    chain: str = column("Chain of stages in table `stages`.", default="standard")
    stage: str = column("Stage the program is in: one of its chain, or `marketed`.")
    stage_since: date | None = column(
        "Day the stage began; later than the company's `as_of` means it is planned.",
        default=None,
        filled_from="the company's `as_of`",
    )
    status: Literal["active", "stopped"] = column(
        "A stopped program is kept for the record and not simulated.", default="active"
    )
    biomarker: bool | None = column("Whether patients are selected by a biomarker.", default=None)
    rare: bool = column("Whether the disease is rare.", default=False)
    depends_on: str = column(
        "Program whose success this one waits for before its next stage.", default="", ref="programs"
    )
    depends_stage: str = column(
        "Stage of that program which must be passed.", default="", filled_from="its last trial stage"
    )
    priority: int = column(
        "Order in which cash is given when it is short; 1 comes first.", default=100, low=1, high=10_000
    )
    strength: Uncertain | None = column(
        "Clinical strength against rivals; 1 is a typical drug of the class.",
        default=None,
        low=0,
        high=20,
        filled_from="the fixed value 1",
    )
    years_to_peak: Uncertain | None = column(
        "Years from launch to peak where patients and prices give the sales; 0 means peak at once.",
        default=None,
        unit="years",
        low=0,
        high=40,
        filled_from="priors",
    )
    exclusivity_end: date | None = column(
        "Day exclusivity is lost, where known.",
        default=None,
        filled_from="first launch plus `exclusivity_years`",
    )
    exclusivity_years: float | None = column(
        "Years from first launch in a territory to loss of exclusivity.",
        default=None,
        unit="years",
        low=0,
        high=60,
        filled_from="priors by modality",
    )
    cost_share: float = column("Share of development cost that we bear.", default=1.0, low=0, high=1)
    assumed: bool = column("True when the program itself is an assumption, not a public fact.", default=False)


class Stage(Row):
    """One stage of a chain; or, with `program` given instead of `chain`, that program's own value."""

    table: ClassVar[str] = "stages"

    chain: str = column("Chain this stage belongs to; blank on a row for one program.", default="", key=True)
    program: str = column(
        "Program whose own values these are; blank on a row for a chain.",
        default="",
        key=True,
        ref="programs",
    )
    stage: Slug = column("Name of the stage.", key=True)
    order: int | None = column("Place in the chain, 1 first; needed on chain rows.", default=None, low=1, high=100)
    kind: StageKind | None = column("reserve, clinic or filing; needed on chain rows.", default=None)
    pos: float | None = column(
        "Probability of success, given that the stage is reached.",
        default=None,
        low=0,
        high=1,
        filled_from="priors by area and modality",
    )
    duration: Uncertain | None = column(
        "Length of the stage.", default=None, unit="months", low=0, high=600, filled_from="priors by area"
    )
    overlap: float | None = column(
        "Readout, as a fraction of the length; the next stage starts there while the rest of this one runs on.",
        default=None,
        low=0,
        high=1,
        filled_from="priors by area",
    )
    cost: Uncertain | None = column(
        "Cost of the stage.", default=None, unit="money", low=0, filled_from="priors by area"
    )
    spend: SpendProfile = column("When within the stage the cost is spent.", default="uniform")
    people: float = column(
        "People at work on it (full-time equivalents) while it runs, for the limit on headcount.",
        default=0.0,
        unit="people",
        low=0,
    )


class Discovery(Row):
    """A platform that fills candidate slots at the rate which its budget buys."""

    table: ClassVar[str] = "discovery"

    id: Slug = column("Short name.", key=True)
    modality: Modality = column("Kind of molecule the platform makes.")
    area: Area = column("Therapeutic area of the candidates.")
    platform: str = column(
        "Technology shared with assets; it couples outcomes.", default="", filled_from="the modality"
    )
    chain: str = column("Chain of stages the candidates enter.", default="standard")
    entry_stage: str = column("First stage of a candidate.", default="preclinical")
    candidates_per_year: float | None = column(
        "Candidates per year.",
        default=None,
        unit="per year",
        low=0,
        high=100,
        filled_from="`budget_per_year` over `cost_per_candidate`",
    )
    cost_per_candidate: float = column(
        "Discovery cost of one candidate, spent in the year before it enters.", unit="money", low=0
    )
    budget_per_year: float | None = column("Discovery budget.", default=None, unit="money per year", low=0)
    starts: date | None = column("First day.", default=None, filled_from="the company's `as_of`")
    ends: date | None = column("Last day.", default=None, filled_from="the horizon")
    peak_sales: Uncertain = column("Peak sales of a launched candidate, all territories.", unit="money per year", low=0)
    years_to_peak: Uncertain | None = column(
        "Years from launch to peak sales; 0 means peak at once.",
        default=None,
        unit="years",
        low=0,
        high=40,
        filled_from="priors",
    )
    economic_share: float = column("Our share of the economics.", default=1.0, low=0, high=1)
    priority: int = column(
        "Order in which cash is given when it is short; 1 comes first.", default=1000, low=1, high=10_000
    )
