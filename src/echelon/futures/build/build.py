"""Build: a resolved company under a plan, as the arrays that the rules read, with the labels of every axis."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.market import Territory
from echelon.company.rows.money import Choice, Resource
from echelon.futures.build.calendar import DAYS_PER_YEAR, calendar, quarter_dates, quarter_labels
from echelon.futures.build.deals import DealBook
from echelon.futures.build.listings import ListingBook
from echelon.futures.build.markets import MarketBook
from echelon.futures.build.milestones import milestones
from echelon.futures.build.orders import SupplyBook
from echelon.futures.build.outcomes import Outcomes, factors, outcomes
from echelon.futures.build.outlook import outlook
from echelon.futures.build.pair_arrays import Books, arrays
from echelon.futures.build.pairs import PairBook
from echelon.futures.build.roster import Unit, roster
from echelon.futures.build.streams import Streams, early
from echelon.futures.build.supply import supply_arrays
from echelon.futures.build.units import at_work, programs_and_stages
from echelon.futures.build.visits import VisitBook
from echelon.futures.model import Calendar, Model, Money, Switches

MARKETED = 2
LIMITS = ("trial_starts", "headcount")


@dataclass(frozen=True)
class Labels:
    """Names along every axis of a model.

    reports : program id, or candidate id of a discovery slot. report_kind : program or slot.
    pairs : (report, territory, held). pair_assets : what is sold. leads : false for another own part of a combination,
    which files nothing itself. lines : (site, step). orders : (asset, territories). order_stages : (order, stage).
    supplied : assets whose supply is modelled. visits : (site, territory). stages : (report, stage name).
    """

    quarters: tuple[str, ...]
    years: tuple[int, ...]
    reports: tuple[str, ...]
    report_assets: tuple[str, ...]
    report_kind: tuple[str, ...]
    report_groups: tuple[str, ...]
    assets: tuple[str, ...]
    platforms: tuple[str, ...]
    territories: tuple[str, ...]
    pairs: tuple[tuple[str, str, bool], ...]
    pair_assets: tuple[str, ...]
    leads: tuple[bool, ...]
    stages: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    orders: tuple[tuple[str, tuple[str, ...]], ...]
    order_stages: tuple[tuple[int, str], ...]
    supplied: tuple[str, ...]
    markets: tuple[tuple[str, str], ...]
    deals: tuple[str, ...]
    visits: tuple[tuple[str, str], ...]
    streams: tuple[str, ...]


@dataclass(frozen=True)
class Built:
    """A model, its labels, the roster behind it, its couplings, and the orders and lines behind its supply."""

    model: Model
    labels: Labels
    units: tuple[Unit, ...]
    outcomes: Outcomes
    network: SupplyBook


def build(company: Company, choices: tuple[Choice, ...] = (), seed: int = 0) -> Built:
    """Turn a resolved company into arrays.

    company : with no blanks (see `company.resolve`). choices : rows of the plan. seed : of all streams.
    """
    settings = company.settings
    as_of = settings.company.as_of
    cal = calendar(settings)
    streams = Streams()
    units = roster(company, choices)
    reports = _numbered(
        [unit.report for unit in sorted(units, key=lambda u: (u.kind == "slot", u.report)) if unit.kind != "extension"]
    )
    assets = _numbered(sorted({unit.asset for unit in units} | {part for unit in units for part in unit.parts}))
    platforms = _numbered(sorted({unit.platform for unit in units}))
    territories = _numbered([row.id for row in company.rows(Territory)] + ["world"])
    markets = MarketBook(company, cal, streams)
    pair_book = PairBook(company, units, markets, streams)
    weights = pair_book.settle()
    found = outcomes(units, settings.couplings, pair_book.pos())
    cuts = [cut for row in found.pair for cut in row]
    supply_book = SupplyBook(company, cal, choices)
    deal_book = DealBook(company, choices)
    visit_book = VisitBook(company, cal.quarters * 0.25, choices)
    listing_book = ListingBook(company, choices, streams)
    pairs_at = sorted({(pair.asset, pair.territory) for pair in pair_book.pairs})
    asset_territories = {key: g for g, key in enumerate(pairs_at)}
    sold = [deal_book.find(pair.asset, pair.territory) for pair in pair_book.pairs]
    miles = milestones(
        company,
        [(deal, deal_book.fx(deal)) for deal, _, _ in deal_book.deals],
        pair_book.pairs,
        [route.index if route else -1 for route in sold],
        units,
    )
    open_units = {unit.report: u for u, unit in enumerate(units) if unit.kind == "program" and unit.status != MARKETED}
    books = Books(
        company,
        streams,
        pair_book,
        deal_book,
        supply_book,
        visit_book,
        listing_book,
        territories,
        assets,
        asset_territories,
        open_units,
    )
    pairs, channels = arrays(books, weights, cuts, miles.by_pair, cal)
    confirms = [np.flatnonzero(pairs.confirm_program == u).tolist() for u in range(len(units))]
    programs, stages, stage_labels = programs_and_stages(
        units,
        found,
        settings.money,
        as_of,
        reports,
        assets,
        platforms,
        streams,
        pair_book.pair_from,
        confirms,
        miles.by_stage,
    )
    known_launch = np.full(len(pairs_at), np.inf)
    for pair in pair_book.pairs:
        if pair.held:
            g = asset_territories[(pair.asset, pair.territory)]
            known_launch[g] = min(known_launch[g], pair.launch)
    for p, unit in enumerate(units):
        if unit.status == 2:
            programs.loss[p] = _loss(pair_book, p, known_launch, asset_territories)
    shared = factors(found, streams)
    classes = markets.arrays({pair.market for pair in pair_book.pairs if not pair.held})
    supply = supply_arrays(supply_book, streams, visit_book.place)
    costed = [
        int(pairs.deal[f])
        for f, pair in enumerate(pair_book.pairs)
        if pairs.order[f] >= 0 and supply_book.costed(pair.asset)
    ]
    deals = deal_book.arrays(cal, miles, streams, costed)
    visits = visit_book.arrays(streams)
    listings = listing_book.arrays()
    inspected = settings.couplings.inspections
    expected = outlook(programs, stages, pairs, classes, supply, visits if inspected else None, pair_book.pairs)
    foresight = bool(np.isfinite(supply.expand_above).any())
    keys = streams.keys(seed)
    model = Model(
        calendar=cal,
        programs=programs,
        stages=stages,
        factors=shared,
        early=early(keys, programs, stages.stream, shared.stream, classes.early_stream),
        pairs=pairs,
        listings=listings,
        markets=classes,
        deals=deals,
        channels=channels,
        supply=supply,
        outlook=expected,
        visits=visits,
        money=_money(company, cal, units, visit_book.audit_cost(cal.quarters)),
        switches=Switches(
            competition=settings.couplings.competition,
            supply=settings.couplings.supply,
            cash=settings.couplings.cash,
            listing=settings.couplings.listing,
            inspections=settings.couplings.inspections,
            learning=settings.couplings.learning,
            beliefs=settings.couplings.learning > 0.0 or foresight or bool((stages.stop_below > 0.0).any()),
            cover=settings.couplings.cash and bool((stages.cover > 0.0).any()),
            foresight=foresight,
            limits=any(row.resource in LIMITS for row in company.rows(Resource)),
        ),
        streams=keys,
        asset_territory_launch=known_launch,
        assets=len(assets),
        platforms=len(platforms),
        reports=len(reports),
        territories=len(territories),
    )
    by_report = {unit.report: unit for unit in units if unit.kind != "extension"}
    labels = Labels(
        quarters=tuple(quarter_labels(as_of, cal.quarters)),
        years=tuple(range(quarter_dates(as_of, 1)[0].year, quarter_dates(as_of, 1)[0].year + cal.years)),
        reports=tuple(reports),
        report_assets=tuple(by_report[r].asset for r in reports),
        report_kind=tuple(by_report[r].kind for r in reports),
        report_groups=tuple(u.discovery.id if (u := by_report[r]).discovery else r for r in reports),
        assets=tuple(assets),
        platforms=tuple(platforms),
        territories=tuple(territories),
        pairs=tuple((pair.program, pair.territory, pair.held) for pair in pair_book.pairs),
        pair_assets=tuple(pair.asset for pair in pair_book.pairs),
        leads=tuple(pair.leader < 0 for pair in pair_book.pairs),
        stages=tuple(stage_labels),
        lines=tuple(supply_book.lines.lines),
        orders=supply_book.labels(),
        order_stages=supply_book.stage_labels(),
        supplied=tuple(dict.fromkeys(asset for asset, _ in supply_book.labels())),
        markets=tuple(markets.markets),
        deals=tuple(deal.id for deal, _, _ in deal_book.deals),
        visits=tuple((row.site, row.territory) for row in visit_book.rows),
        streams=streams.names,
    )
    return Built(model, labels, tuple(units), found, supply_book)


def _numbered(names: list[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(dict.fromkeys(names))}


def _loss(book: PairBook, p: int, known_launch: np.ndarray, asset_territories: dict[tuple[str, str], int]) -> float:
    # A marketed program counts until its last held territory loses exclusivity.
    latest = -math.inf
    for pair in book.pairs[book.pair_from[p] : book.pair_from[p + 1]]:
        if pair.leader >= 0:
            continue
        first = known_launch[asset_territories[(pair.asset, pair.territory)]]
        latest = max(latest, first + pair.exclusivity if math.isnan(pair.loss) else pair.loss)
    return latest


def _counted(company: Company, cal: Calendar, first_year: int) -> int:
    # Quarters until the end of the year that the objective counts launches by; blank: five whole years.
    year = company.settings.objective.launches_by
    if year is None:
        year = first_year + 5 - (1 if cal.year_from[1] == 4 else 0)
    return int(cal.year_from[min(max(year - first_year + 1, 0), cal.years)])


def _money(company: Company, cal: Calendar, units: list[Unit], audits: np.ndarray) -> Money:
    money, echelons = company.settings.money, company.settings.echelons
    as_of = company.settings.company.as_of
    middle = cal.start[: cal.quarters] + 0.125
    running = [unit for unit in units if unit.kind == "program" and unit.ahead and unit.start < 0.0]
    return Money(
        opening=float(money.opening_cash),
        floor=money.cash_floor if money.cash_floor is not None else -math.inf,
        tax=float(money.tax_rate),
        losses=float(money.losses_carried),
        cogs=float(money.cogs),
        selling=float(money.selling),
        overhead=money.overhead * 0.25 * (1.0 + money.overhead_growth) ** middle + audits,
        rd_budget=_limit(company, cal, "rd_budget"),
        trial_starts=_limit(company, cal, "trial_starts"),
        headcount=_limit(company, cal, "headcount"),
        trials_begun=float(sum(_this_year(unit, as_of) for unit in running)),
        at_work=at_work(units, as_of),
        target=np.array([echelons.reserve, echelons.clinic, echelons.marketed], np.int64),
        counted=_counted(company, cal, quarter_dates(as_of, 1)[0].year),
    )


def _limit(company: Company, cal: Calendar, resource: str) -> np.ndarray:
    # Limit of each calendar year, infinite where none is given.
    first_year = quarter_dates(company.settings.company.as_of, 1)[0].year
    found = np.full(cal.years, np.inf)
    for row in company.rows(Resource):
        if row.resource == resource and 0 <= row.year - first_year < cal.years:
            found[row.year - first_year] = row.amount
    return found


def _this_year(unit: Unit, as_of: date) -> bool:
    # Whether a stage of the clinic under way started in the calendar year in which the first quarter lies.
    begun = as_of + timedelta(days=unit.start * DAYS_PER_YEAR)
    return unit.ahead[0].kind == "clinic" and begun.year == quarter_dates(as_of, 1)[0].year
