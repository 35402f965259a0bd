"""Fills the blanks of a company from priors and stated rules, and says of each value where it came from."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from echelon.company.company import Company
from echelon.company.filling import filings, market, programs, supply, territories
from echelon.company.filling.chains import Chains
from echelon.company.filling.ledger import COMPANY, Ledger
from echelon.company.filling.stages import fill_stages, prices_of
from echelon.company.fills import Fill
from echelon.company.rows.market import Deal, Filing, Listing, Sales, Scheme, Territory
from echelon.company.rows.money import Source
from echelon.company.rows.science import Asset, Discovery, Program, Stage
from echelon.company.rows.supply import Inspection, Site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from echelon.company.rows.base import Row

__all__ = ["Fill", "resolve"]


def resolve(company: Company) -> tuple[Company, tuple[Fill, ...]]:
    """Fill every blank that matters.

    Values given by the company stay; discontinued assets, stopped programs and what belongs to them stay as they are.
    An active asset without a program gets an assumed one. Afterwards `stages` has one complete row, with a blank
    `chain`, for each active program (and discovery platform) and stage of its chain, beside the rows that define
    shared chains; an open filing, a sales row, a planned listing and a running deal have no blank that a rule reads.
    What may stay blank: approved, refused or withdrawn filings, `stage_since`, `exclusivity_years` beside an
    `exclusivity_end`, and the dates of discovery and lines. Resolving a resolved company changes nothing.

    Parameters
    ----------
    company : a company that passed its checks.

    Returns
    -------
    tuple
        The resolved company, and one `Fill` per filled value, by table, key and column.

    Raises
    ------
    CompanyError
        When something needed is neither given nor to be had: a US dollar rate for published costs (E290), the
        stages of a chain (E390 to E395), where a program files (E396), its peak sales (E399) and their like.
    """
    ledger = Ledger()
    company = _fill_settings(company, ledger)
    asset_rows = programs.fill_assets(company, ledger)
    assets = {row.id: row for row in asset_rows}
    program_rows = programs.add_programs(company, asset_rows, ledger)
    active = {
        row.id: programs.fill_program(row, assets[row.asset], ledger)
        for row in program_rows
        if programs.is_active(row, assets)
    }
    discovery = market.fill_discovery(company, ledger)
    chains = Chains(company, ledger)
    owners = {row.id: programs.program_owner(row, assets[row.asset]) for row in active.values()}
    active = {key: programs.fill_dependency(row, owners, chains, ledger) for key, row in active.items()}
    everyone = [*owners.values(), *(programs.discovery_owner(row) for row in discovery)]
    stages = fill_stages(everyone, chains, prices_of(company), ledger)
    places = {row.id: row for row in territories.fill_territories(company, ledger)}
    filed = filings.fill_filings(company, list(active.values()), stages, places, ledger)
    schemes = market.fill_schemes(company, active, ledger)
    tables: dict[type[Row], Iterable[Row]] = {
        Asset: asset_rows,
        Program: [active.get(row.id, row) for row in program_rows],
        Stage: _with_rest(company, Stage, stages),
        Territory: places.values(),
        Filing: _with_rest(company, Filing, filed),
        Sales: market.fill_sales(company, active, assets, filed, ledger),
        Scheme: schemes,
        Listing: market.fill_listings(company, active, schemes, ledger),
        Site: supply.fill_sites(company, prices_of(company).rate, ledger),
        Inspection: supply.fill_inspections(company, ledger),
        Deal: market.fill_deals(company, active, assets, stages, ledger),
        Discovery: discovery,
    }
    ledger.stop_on_errors()
    before = company
    for model, rows in tables.items():
        company = company.with_rows(model, rows)
    return _follow_sales(before, company), ledger.fills()


def _fill_settings(company: Company, ledger: Ledger) -> Company:
    general = company.settings.company
    if general.price_year is not None:
        return company
    year = general.as_of.year
    ledger.add(("company", "", "company.price_year"), year, COMPANY, "derived", "The year of `as_of`.")
    new = company.settings.model_copy(update={"company": general.model_copy(update={"price_year": year})})
    return company.with_settings(new)


def _follow_sales(before: Company, after: Company) -> Company:
    # Sales rows that got a territory have a new key; what points at them by key must follow.
    moved = {
        row.program: f"{row.program}/{row.territory}"
        for row in after.rows(Sales)
        if row.program in before.tables[Sales.table] and row.key not in before.tables[Sales.table]
    }
    if not moved:
        return after
    sources = [
        row.model_copy(update={"id": moved[row.id]}) if row.table_name == Sales.table and row.id in moved else row
        for row in after.rows(Source)
    ]
    scenarios = {
        name: tuple(
            row.model_copy(update={"id": moved[row.id]}) if row.table_name == Sales.table and row.id in moved else row
            for row in changes
        )
        for name, changes in after.scenarios.items()
    }
    return replace(after.with_rows(Source, sources), scenarios=scenarios)


def _with_rest(company: Company, model: type[Any], filled: dict[str, list[Any]]) -> list[Any]:
    # Filled rows; untouched, rows of programs that are not simulated, and the rows that define shared chains.
    rest = [row for row in company.rows(model) if row.program not in filled]
    return [*rest, *(row for rows in filled.values() for row in rows)]
