"""Cost of stages, in millions of US dollars of a stated price year, by therapeutic area."""

from dataclasses import dataclass
from functools import cache
from statistics import fmean

from echelon.priors.base import Fact, Prior, Range, area_group, assumption, facts, rounded, table, weakest

STUDIES = ("phase1", "phase2", "phase3")


@dataclass(frozen=True, slots=True)
class Money:
    """Mean cost of a stage: millions of US dollars in prices of one year."""

    mean: float
    price_year: int


@cache
def _price_year(group: str, measure: str) -> int:
    years = {row["area"]: int(row["price_year"]) for row in table("costs") if row["measure"] == measure}
    return years.get(group) or max(years.values())


@cache
def _study(phase: str, group: str) -> tuple[float, Fact, str]:
    known = facts("costs", "area", "measure")
    found = known.get((group, phase))
    if found is not None:
        return found.value, found, group.lower()
    rows = [fact for (_, measure), fact in sorted(known.items()) if measure == phase]
    return rounded(fmean(fact.value for fact in rows)), rows[0], f"mean of {len(rows)} areas"


@cache
def mean_cost(stage: str, area: str) -> Prior[Money]:
    """Mean cost of a stage of the standard chain.

    A trial phase costs its published cost per study times the published number of studies on a path;
    preclinical, ind and filing come from the industry benchmark.
    """
    known = facts("costs", "area", "measure")
    if stage not in STUDIES:
        found = known[("All", stage)]
        note = f" ({found.note})" if found.note else ""
        how = f"Industry benchmark {found.value:g} million USD{note}"
        return Prior(
            Money(found.value, _price_year("All", stage)),
            "USD million",
            found.source,
            found.confidence,
            found.n,
            how,
        )
    group = area_group(area, "trials")
    each, found, shown = _study(stage, group)
    studies = known[("All", f"{stage}_studies")]
    return Prior(
        Money(rounded(each * studies.value), _price_year(group, stage)),
        "USD million",
        f"{found.source}; {studies.source}",
        weakest((found.confidence, studies.confidence)),
        found.n,
        f"{each:g} million USD a study ({shown}) × {studies.value:g} studies on a path",
    )


def price_factor(from_year: int, to_year: int) -> float:
    """What a dollar of `from_year` is in prices of `to_year`: steady growth at the stated yearly rate."""
    return float((1.0 + assumption("price_growth").value) ** (to_year - from_year))


@cache
def cost(stage: str, area: str, price_year: int, currency_rate: float = 1.0, level: float = 1.0) -> Prior[Range]:
    """Cost of a stage in the company's money.

    Parameters
    ----------
    stage, area : a stage of the standard chain, a therapeutic area.
    price_year : year whose prices are wanted.
    currency_rate : company currency for one US dollar.
    level : our development cost over the published one.

    Returns
    -------
    Prior
        Millions of the company's currency; the spread is our assumption and keeps the mean.
    """
    base = mean_cost(stage, area)
    growth = price_factor(base.value.price_year, price_year)
    mean = base.value.mean * growth * currency_rate * level
    if mean == 0.0:
        return Prior(Range.fixed(0.0), "money", base.source, base.confidence, base.n, f"{base.how}.")
    parts = tuple(assumption(f"cost_{part}").value for part in ("low", "mode", "high"))
    low, mode, high = (rounded(mean * part) for part in parts)
    steps = [f"× {growth:.3g} from prices of {base.value.price_year} to {price_year}"]
    if currency_rate != 1.0:
        steps.append(f"× {currency_rate:g} for a dollar")
    if level != 1.0:
        steps.append(f"× {level:g} for our cost level")
    growth_fact = assumption("price_growth")
    return Prior(
        Range(low, mode, high),
        "money",
        f"{base.source}; price growth: {growth_fact.source} ({growth_fact.confidence})",
        weakest((base.confidence, growth_fact.confidence)),
        base.n,
        f"{base.how} {' '.join(steps)} = {rounded(mean):g} million; triangular from {parts[0]:g} to "
        f"{parts[2]:g} of it, mode {parts[1]:g} (our assumption, keeps the mean).",
    )


def per_patient(phase: str, area: str) -> Prior[float]:
    """Published cost of a trial per patient, in US dollars of 2018."""
    known = facts("costs", "area", "measure")
    group = area_group(area, "trials")
    found = known.get((group, f"{phase}_per_patient")) or known[("All", f"{phase}_per_patient")]
    how = f"Published cost per patient, {group.lower()}, prices of 2018."
    return Prior(found.value, found.unit, found.source, found.confidence, found.n, how)
