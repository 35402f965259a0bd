"""Fills territories from the world table: countries, name, authority, currency, population, members."""

from typing import Any

from echelon.company.company import Company
from echelon.company.countries import codes
from echelon.company.filling.ledger import COMPANY, OURS, Ledger
from echelon.company.rows.market import FxRate, Territory
from echelon.priors import world

WORLD = "world"


def fill_territories(company: Company, ledger: Ledger) -> list[Territory]:
    """Every territory with a currency; the whole world where the company names none.

    Where a territory's id or `countries` are in the world table, its blank cells come from there. A currency does
    so only if the company can change it, by a row in `fx`; else prices are taken as in the company's own.
    """
    currency = company.settings.company.currency
    rows = list(company.rows(Territory))
    if not rows:
        how = "The company names no territory, so all of them together are one."
        ledger.add((Territory.table, WORLD, ""), f"World, {currency}", OURS, "assumed", how)
        return [Territory(id=WORLD, name="World", currency=currency, source=OURS, confidence="assumed")]
    rates = {row.currency for row in company.rows(FxRate)} | {currency}
    return [_fill(row, currency, rates, ledger) for row in rows]


def _fill(row: Territory, own: str, rates: set[str], ledger: Ledger) -> Territory:
    found = codes(row)
    new: dict[str, Any] = _from_world(row, found, ledger) if found else {}
    if not row.currency:
        new["currency"] = _currency(row, found, own, rates, ledger)
    return row.model_copy(update=new) if new else row


def _from_world(row: Territory, found: tuple[str, ...], ledger: Ledger) -> dict[str, Any]:
    new: dict[str, Any] = {}
    if row.countries != found:
        said = "; ".join(f"`{word}`" for word in row.countries or (row.id,))
        how = f"{said} stands for {'this code' if len(found) == 1 else f'these {len(found)} codes'} of ISO 3166."
        ledger.add((Territory.table, row.key, "countries"), ";".join(found), world.RECALLED, "remembered", how)
        new["countries"] = found
    for column, prior in (("name", world.name(found)), ("authority", world.authority(found))):
        if not getattr(row, column) and prior:
            cell = (Territory.table, row.key, column)
            ledger.add(cell, prior.value, prior.source, prior.confidence, prior.how)
            new[column] = prior.value
    if row.population is None and row.members in (1, len(found)):  # else some of its countries are not named
        new["population"] = ledger.number((Territory.table, row.key, "population"), world.population(found))
    if row.members == 1 and len(found) > 1:
        how = "As many as `countries` names."
        ledger.add((Territory.table, row.key, "members"), len(found), COMPANY, "derived", how)
        new["members"] = len(found)
    return new


def _currency(row: Territory, found: tuple[str, ...], own: str, rates: set[str], ledger: Ledger) -> str:
    cell, prior = (Territory.table, row.key, "currency"), world.currency(found) if found else None
    if prior is not None and prior.value in rates:
        ledger.add(cell, prior.value, prior.source, prior.confidence, prior.how)
        return prior.value
    if prior is not None:
        how = f"The company's currency, since `fx` has no rate for {prior.value}, which is paid there."
    else:
        how = "The company's currency."
    ledger.add(cell, own, COMPANY, "assumed", how)
    return own
