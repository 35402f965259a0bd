"""Territories of a run: where each asset is approved or will be, with what probability by year, and who sells there."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from echelon.company.company import Company
from echelon.company.rows.market import Deal, Filing, Territory
from echelon.company.rows.science import Asset
from echelon.futures.arrays import F8
from echelon.futures.build.build import Labels
from echelon.runs.results import Results

OWN = "own"
"""Who sells where no partner does."""

SCHEMA = {
    "asset": pl.String,
    "territory": pl.String,
    "countries": pl.String,
    "members": pl.Int64,
    "status": pl.String,
    "sells": pl.String,
    "deal": pl.String,
    "option": pl.String,
    "year": pl.Int64,
    "p_approved": pl.Float64,
    "se": pl.Float64,
    "futures": pl.Int64,
}


@dataclass(frozen=True)
class Cells:
    """Asset and territory of every filing of a named program; discovery candidates have none.

    names : (asset, territory) of each cell. place : i8[pair], cell of a pair, or the number of cells where it has none.
    held : b[cell], whether any program of the asset is approved there at as_of.
    """

    names: tuple[tuple[str, str], ...]
    place: np.ndarray
    held: np.ndarray

    @classmethod
    def of(cls, labels: Labels) -> "Cells":
        """Cells of a model."""
        slots = {report for report, kind in zip(labels.reports, labels.report_kind, strict=True) if kind == "slot"}
        filed = zip(labels.pairs, labels.pair_assets, labels.leads, strict=True)
        keys = [(asset, where) if leads and report not in slots else None for (report, where, _), asset, leads in filed]
        names = tuple(sorted({key for key in keys if key is not None}))
        number = {key: i for i, key in enumerate(names)}
        place = np.array([len(names) if key is None else number[key] for key in keys], np.int64)
        held = np.zeros(len(names) + 1, bool)
        np.logical_or.at(held, place, np.array([known for _, _, known in labels.pairs], bool))
        return cls(names, place, held[:-1])

    def first(self, decided: F8) -> F8:
        """First approval in each cell, f8[cell]: the earliest of its pairs' f8[pair]; inf where there is none."""
        found = np.full(len(self.names) + 1, np.inf)
        np.minimum.at(found, self.place, decided)
        return found[:-1]


def territories(results: Results, company: Company, firsts: F8) -> pl.DataFrame:
    """One row per active asset, territory and calendar year end.

    Parameters
    ----------
    results : tallies over all futures.
    company : resolved.
    firsts : f8[future, cell] first approval of each cell of `Cells.of`, years from as_of, in the first futures.

    Returns
    -------
    DataFrame
        `status` is held (a program of the asset is approved), filed, planned, or open (nothing is filed or planned);
        `sells` is own, a partner (with its `deal`), or blank where nobody has anything to sell; `option` is a partner
        who may take the territory. `p_approved` is the probability that at
        least one program of the asset is approved there by the year's end, with its standard error, over `futures`
        futures: all of them where one program files, the first ones where several do, since their approvals are
        linked and only futures looked at one by one know them together.
    """
    cells = Cells.of(results.labels)
    by_pair = results.counts["approvals"].cumsum(axis=1)
    sellers, years = _Sellers(company), results.labels.years
    number = {key: i for i, key in enumerate(cells.names)}
    rows: list[tuple[object, ...]] = []
    for asset in (row.id for row in company.rows(Asset) if row.status == "active"):
        for where in results.labels.territories:
            territory, cell = company.get(Territory, where), number.get((asset, where))
            if territory is None and cell is None:
                continue  # all territories together, where the company has its own
            status, share, seen = "open", np.zeros(len(years)), results.futures
            if cell is not None:
                pairs = np.flatnonzero(cells.place == cell)
                status = _status(company, results.labels, pairs, bool(cells.held[cell]))
                if status == "held":
                    share = np.ones(len(years))
                elif len(pairs) == 1:
                    share = by_pair[pairs[0], : len(years)] / seen
                else:
                    share, seen = _shares(firsts[:, cell], _ends(results.labels)), len(firsts)
            codes, members = (territory.countries, territory.members) if territory else ((), 1)
            told = (asset, where, ";".join(codes), members, status, *sellers.of(asset, where, status))
            error = np.sqrt(share * (1 - share) / seen)
            rows += [(*told, *at, seen) for at in zip(years, share.tolist(), error.tolist(), strict=True)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _status(company: Company, labels: Labels, pairs: np.ndarray, held: bool) -> str:
    if held:
        return "held"
    filings = (company.get(Filing, "/".join(labels.pairs[f][:2])) for f in pairs)
    return "filed" if any(row is not None and row.status == "filed" for row in filings) else "planned"


def _ends(labels: Labels) -> F8:
    # End of each calendar year, in years from as_of; the first and the last may be part years.
    year = np.array([int(label[:4]) for label in labels.quarters])
    return np.array([(np.flatnonzero(year <= end).max() + 1) * 0.25 for end in labels.years])


def _shares(first: F8, ends: F8) -> F8:
    found: F8 = (first[:, None] < ends[None, :]).mean(axis=0)
    return found


class _Sellers:
    # Who sells an asset in a territory at as_of, by its deals, and who may come to.
    def __init__(self, company: Company) -> None:
        as_of = company.settings.company.as_of
        self._deals: dict[tuple[str, str], list[Deal]] = {}
        self._options: dict[tuple[str, str], str] = {}
        for deal in company.rows(Deal):
            for where in deal.territories if deal.direction == "out" else ():
                if deal.status == "active" and (deal.ends or date.max) > as_of:
                    self._deals.setdefault((deal.asset, where), []).append(deal)
                elif deal.status in ("option", "offered"):
                    self._options.setdefault((deal.asset, where), deal.partner)

    def of(self, asset: str, where: str, status: str) -> tuple[str, str, str]:
        """Who sells, under which deal, and who has an option; a sub-licensee comes before who licensed it."""
        deals = self._deals.get((asset, where), [])
        above = {deal.sublicense_of for deal in deals}
        deal = next((deal for deal in deals if deal.id not in above), None)
        option = self._options.get((asset, where), "")
        if deal is None:
            return ("" if status == "open" else OWN), "", option
        return (f"{OWN}, promoted by {deal.partner}" if deal.route == "promotion" else deal.partner), deal.id, option
