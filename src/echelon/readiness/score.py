"""Readiness in one number, with its parts and its uncertainty, and what it changes in a company."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError, Diagnostic, Place, nearest
from echelon.company.rows import Change
from echelon.company.rows.supply import Inspection
from echelon.runs.scores import wilson

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"gaps": 0.35, "people": 0.25, "evidence": 0.2, "standards": 0.1, "translation": 0.1}
)
"""What each part counts; assumed: gaps decide most, since facility findings decide most refusals of biologics."""

PARTS: Mapping[str, str] = MappingProxyType(
    {
        "gaps": "few gaps are open or unseen",
        "people": "people answer right on the day",
        "evidence": "records come within their targets",
        "standards": "clauses that count are covered by evidence with an owner",
        "translation": "what will be asked for is in the inspectors' language",
    }
)

AVERAGE: Mapping[str, float] = MappingProxyType(
    {"gaps": 0.5, "people": 0.6, "evidence": 0.6, "standards": 0.7, "translation": 0.7}
)
"""Each part at an average site, whose readiness is 0.5; assumed, to be set from the first mock audit."""

NINETY = 1.2815515655446004


@dataclass(frozen=True, slots=True)
class Part:
    """One part of readiness: a share of 0 to 1, between two ends that hold the truth with 80 %.

    Raises
    ------
    ValueError
        When the three are not in order between 0 and 1.
    """

    low: float
    middle: float
    high: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.middle <= self.high <= 1.0:
            msg = (
                f"a part of readiness is a share, low to high within 0 to 1, not {self.low}, {self.middle}, {self.high}"
            )
            raise ValueError(msg)


@dataclass(frozen=True)
class Readiness:
    """Readiness on the day, 0 to 1; 0.5 is the average site.

    Attributes
    ----------
    low, middle, high : with 80 % between low and high.
    parts : as given.
    pulls : what each part adds to the log-odds of readiness.
    missing : parts that were not measured; they stand at the average site's value with a wide range.
    """

    low: float
    middle: float
    high: float
    parts: Mapping[str, Part]
    pulls: Mapping[str, float]
    missing: tuple[str, ...]


def _logit(share: float) -> float:
    bounded = min(max(share, 0.01), 0.99)
    return math.log(bounded / (1.0 - bounded))


def _logistic(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))


def readiness(parts: Mapping[str, Part]) -> Readiness:
    """Readiness from its parts.

    The log-odds of each part over those of the average site are averaged with the weights of `WEIGHTS`, so that
    every part at the average site's value gives 0.5, and a part near 0 weighs heavily. Spreads of parts are taken as
    independent and normal on the log-odds scale. Weights and averages are our assumptions.

    Raises
    ------
    ValueError
        When a part is unknown.
    """
    for name in parts:
        if name not in WEIGHTS:
            msg = f"`{name}` is no part of readiness; {nearest(name, WEIGHTS) or ', '.join(WEIGHTS)}"
            raise ValueError(msg)
    pulls: dict[str, float] = {}
    variance = 0.0
    for name, weight in WEIGHTS.items():
        average = AVERAGE[name]
        part = parts.get(name, Part(average / 2.0, average, (1.0 + average) / 2.0))
        pulls[name] = weight * (_logit(part.middle) - _logit(average))
        spread = (_logit(part.high) - _logit(part.low)) / (2.0 * NINETY)
        variance += (weight * spread) ** 2
    middle, reach = sum(pulls.values()), NINETY * math.sqrt(variance)
    missing = tuple(name for name in WEIGHTS if name not in parts)
    return Readiness(
        _logistic(middle - reach), _logistic(middle), _logistic(middle + reach), dict(parts), pulls, missing
    )


def gaps_part(open_weight: tuple[float, float, float]) -> Part:
    """The part of gaps from the chance of official action that open and unseen gaps bring: low, middle, high.

    1 - chance / (chance + the published share): 0.5 where the chance is the published one.
    """
    from echelon.priors.inspections import outcome_share

    usual = outcome_share("oai").value
    low, middle, high = (usual / (usual + chance) for chance in reversed(open_weight))
    return Part(low, middle, high)


def counted_part(done: int, of: int) -> Part:
    """A part that is counted, such as records brought in time: Wilson's interval at 80 %.

    Raises
    ------
    ValueError
        When more are done than there are, or there are none.
    """
    if of < 1 or not 0 <= done <= of:
        msg = f"{done} of {of} cannot be counted as a share"
        raise ValueError(msg)
    low, high = wilson(done, of, NINETY)
    return Part(min(low, done / of), done / of, max(high, done / of))


def changes(made: Readiness, site: str, territory: str) -> Mapping[str, tuple[Change, ...]]:
    """Three scenarios of one inspection, as rows of scenarios/NAME.csv: low end, middle, high end."""
    ends = {"readiness-low": made.low, "readiness": made.middle, "readiness-high": made.high}
    return {
        name: (
            Change.model_validate(
                {
                    "table_name": "inspections",
                    "id": f"{site}/{territory}",
                    "column": "readiness",
                    "value": f"{value:.4f}",
                }
            ),
        )
        for name, value in ends.items()
    }


def into_company(company: Company, made: Readiness, site: str, territory: str) -> Company:
    """A company whose inspection of a site by a territory's authority has this readiness, as `company/write` writes it.

    Raises
    ------
    CompanyError
        When the company's `inspections` table has no such row.
    """
    rows = company.rows(Inspection)
    found = [row for row in rows if (row.site, row.territory) == (site, territory)]
    if not found:
        names = [f"{row.site}/{row.territory}" for row in rows]
        message = f"`inspections` has no row of site `{site}` and territory `{territory}`"
        hint = nearest(f"{site}/{territory}", names) or "add the row first"
        raise CompanyError([Diagnostic(Place("inspections"), "E208", message, hint)])
    note = f"readiness {made.middle:.2f}, {made.low:.2f} to {made.high:.2f}, from the readiness room"
    new = found[0].model_copy(update={"readiness": round(made.middle, 4), "note": note})
    return company.with_rows(Inspection, [new if row is found[0] else row for row in rows])
