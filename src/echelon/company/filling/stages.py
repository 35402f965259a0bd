"""Fills the stages: one complete row per stage of each active program and each discovery platform."""

from dataclasses import dataclass
from typing import Any

from echelon.company.company import Company
from echelon.company.diagnostics import nearest
from echelon.company.filling.chains import Chains, Link, Owner
from echelon.company.filling.ledger import OURS, Ledger
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import FxRate
from echelon.company.rows.science import Stage
from echelon.priors import costs, durations, transitions
from echelon.priors.chain import STANDARD_NAMES

FILLED = "filled from priors"


@dataclass(frozen=True, slots=True)
class Prices:
    """What turns published dollars into the company's money; `rate` is None where no rate is given."""

    year: int
    currency: str
    rate: float | None
    level: float


def prices_of(company: Company) -> Prices:
    """Price year, dollar rate and cost level of a company."""
    general, money = company.settings.company, company.settings.money
    row = company.get(FxRate, "USD")
    rate = row.rate if row else 1.0 if general.currency == "USD" else None
    return Prices(general.price_year or general.as_of.year, general.currency, rate, money.rd_cost_level)


def fill_stages(owners: list[Owner], chains: Chains, prices: Prices, ledger: Ledger) -> dict[str, list[Stage]]:
    """Complete stage rows by owner, in the order of the chain."""
    filled = {}
    for owner in owners:
        links = chains.of(owner)
        names = [link.stage for link in links]
        ahead = names.index(owner.stage) if owner.stage in names else len(names)
        filled[owner.id] = [_fill(owner, link, at < ahead, prices, ledger) for at, link in enumerate(links)]
    return filled


def _fill(owner: Owner, link: Link, behind: bool, prices: Prices, ledger: Ledger) -> Stage:
    pos: float | None = _given(link, "pos")
    duration: Uncertain | None = _given(link, "duration")
    overlap: float | None = _given(link, "overlap")
    cost: Uncertain | None = _given(link, "cost")
    table, key, known = Stage.table, f"{owner.id}/{link.stage}", link.stage in STANDARD_NAMES
    blank = [name for name, value in (("pos", pos), ("duration", duration), ("cost", cost)) if value is None]
    if blank and not known:
        _no_default(owner, link, blank, ledger)
    if pos is None and known:
        prior = transitions.pos(link.stage, owner.area, owner.modality, owner.biomarker, owner.rare)
        pos = ledger.number((table, key, "pos"), prior)
    if duration is None and known:
        duration = ledger.spread((table, key, "duration"), durations.duration(link.stage, owner.area))
    # What is behind costs nothing any more: nobody has to give a rate for it.
    if cost is None and known and not (behind and prices.rate is None):
        cost = _cost(owner, link, prices, ledger)
    if overlap is None:
        overlap = _overlap(owner, link, ledger)
    return _row(owner, link, {"pos": pos, "duration": duration, "overlap": overlap, "cost": cost})


def _given(link: Link, name: str) -> Any:
    # The value of the program's own row, else of the chain's row, else None.
    for row in (link.own, link.shared):
        value = getattr(row, name) if row is not None else None
        if value is not None:
            return value
    return None


def _no_default(owner: Owner, link: Link, blank: list[str], ledger: Ledger) -> None:
    names = ", ".join(f"`{name}`" for name in blank)
    where = f"chain `{owner.chain}`" if link.shared else f"`{owner.id}`"
    hint = nearest(link.stage, STANDARD_NAMES) or f"defaults exist for {', '.join(STANDARD_NAMES)}"
    ledger.error("stages", "E394", f"stage `{link.stage}` of {where} needs {names}", hint)


def _cost(owner: Owner, link: Link, prices: Prices, ledger: Ledger) -> Uncertain | None:
    if prices.rate is None:
        message = f"published costs are in USD, the company's money is {prices.currency}: `fx` has no USD"
        ledger.error("fx", "E290", message, f"add currency USD with its rate in {prices.currency}")
        return None
    prior = costs.cost(link.stage, owner.area, prices.year, prices.rate, prices.level)
    return ledger.spread((Stage.table, f"{owner.id}/{link.stage}", "cost"), prior)


def _overlap(owner: Owner, link: Link, ledger: Ledger) -> float:
    cell = (Stage.table, f"{owner.id}/{link.stage}", "overlap")
    if link.stage in STANDARD_NAMES:
        return ledger.number(cell, durations.overlap(link.stage, owner.area))
    how = f"No default for stage {link.stage}; its readout is taken at its end."
    ledger.add(cell, 1.0, OURS, "assumed", how)
    return 1.0


def _row(owner: Owner, link: Link, values: dict[str, float | Uncertain | None]) -> Stage:
    base = link.own or link.shared
    spend = link.own.spend if link.own and "spend" in link.own.model_fields_set else None
    people = link.own.people if link.own and "people" in link.own.model_fields_set else None
    fixed: dict[str, Any] = {
        "chain": "",
        "program": owner.id,
        "order": link.order,
        "kind": link.kind,
        "spend": spend or (link.shared.spend if link.shared else "uniform"),
        "people": people if people is not None else link.shared.people if link.shared else 0.0,
    }
    if base is not None:
        return base.model_copy(update=fixed | values)
    # Every part was checked when it was made; checking thousands of rows again takes most of the time.
    parts: dict[str, Any] = fixed | values
    return Stage.model_construct(stage=link.stage, source=FILLED, confidence=None, note="", **parts)
