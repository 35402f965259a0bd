"""Fills sales, listings, deals and discovery."""

from statistics import median
from typing import Any

from echelon.company.company import Company
from echelon.company.filling.filings import lead_territory
from echelon.company.filling.ledger import COMPANY, OURS, Ledger
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Deal, DealTier, Filing, FxRate, Listing, Sales, Scheme
from echelon.company.rows.science import Asset, Discovery, Program, Stage
from echelon.priors import commercial
from echelon.priors.base import rounded
from echelon.priors.chain import STANDARD_NAMES

Filings = dict[str, list[Filing]]


def fill_sales(
    company: Company, programs: dict[str, Program], assets: dict[str, Asset], filings: Filings, ledger: Ledger
) -> list[Sales]:
    """Every sales row, those of active programs complete, and one for each assumed program without any."""
    home, currency = company.settings.company.home, company.settings.company.currency
    rows: list[Sales] = []
    taken = {row.key for row in company.rows(Sales)}
    for row in [*company.rows(Sales), *_assumed_sales(company, programs, filings, ledger)]:
        program = programs.get(row.program)
        if program is None:
            rows.append(row)
            continue
        new = _placed(row, lead_territory(home, filings.get(program.id, [])), taken, ledger)
        key = f"{row.program}/{new.get('territory', row.territory)}".rstrip("/")
        if not row.currency:
            new["currency"] = currency
            ledger.add((Sales.table, key, "currency"), currency, COMPANY, "assumed", "The company's currency.")
        if row.years_to_peak is None:
            prior = commercial.years_to_peak()
            new["years_to_peak"] = ledger.spread((Sales.table, key, "years_to_peak"), prior)
        if row.decline is None:
            erosion = commercial.decline(assets[program.asset].modality)
            new["decline"] = ledger.number((Sales.table, key, "decline"), erosion)
        rows.append(row.model_copy(update=new) if new else row)
    return rows


def _placed(row: Sales, lead: str, taken: set[str], ledger: Ledger) -> dict[str, Any]:
    # Sales of all territories together are booked in the lead territory.
    if row.territory or not lead:
        return {}
    key = f"{row.program}/{lead}"
    if key in taken:
        message = f"`{row.program}` has sales both for all territories together and for `{lead}`"
        ledger.error("sales", "E398", message, "give a territory on every row of the program, or one blank row")
        return {}
    how = f"Sales of all territories together are booked in the program's lead territory, {lead}."
    ledger.add((Sales.table, key, "territory"), lead, OURS, "assumed", how)
    return {"territory": lead}


def _assumed_sales(company: Company, programs: dict[str, Program], filings: Filings, ledger: Ledger) -> list[Sales]:
    sold = {row.program for row in company.rows(Sales)}
    bare = [row for row in programs.values() if row.assumed and row.id not in sold and not row.indication]
    if not bare:
        return []
    peaks = _peaks(company, programs)
    rows: list[Sales] = []
    for program in bare:
        same = [peak for key, peak in peaks.items() if programs[key].area == program.area]
        chosen, which = (same, f"area {program.area}") if same else (list(peaks.values()), "all areas")
        if not chosen:
            message = f"`{program.id}` needs a row in `sales`, or an indication with patients and prices"
            hint = "no other program of the company has peak sales to go by"
            ledger.error("sales", "E399", message, hint)
            continue
        low, mode, high = (rounded(median(peak[part] for peak in chosen)) for part in range(3))
        peak = Uncertain(low=low, mode=mode, high=high, dist="fixed" if low == high else "triangular")
        territory = lead_territory(company.settings.company.home, filings.get(program.id, []))
        row = Sales(
            program=program.id,
            territory=territory,
            peak_sales=peak,
            currency=company.settings.company.currency,
            source=COMPANY,
            confidence="assumed",
        )
        how = f"Median peak sales of our own {len(chosen)} programs of {which}; no published table is at hand."
        ledger.add((Sales.table, row.key, ""), peak, COMPANY, "assumed", how, len(chosen))
        rows.append(row)
    return rows


def _peaks(company: Company, programs: dict[str, Program]) -> dict[str, tuple[float, float, float]]:
    # Peak sales by program, all its territories together, in the company's currency.
    own = company.settings.company.currency
    rates = {row.currency: row.rate for row in company.rows(FxRate)} | {own: 1.0, "": 1.0}
    peaks: dict[str, tuple[float, float, float]] = {}
    for row in company.rows(Sales):
        program, rate = programs.get(row.program), rates.get(row.currency)
        if program is None or program.assumed or rate is None:
            continue
        low, mode, high = peaks.get(row.program, (0.0, 0.0, 0.0))
        peak = row.peak_sales
        peaks[row.program] = (low + rate * peak.low, mode + rate * peak.mode, high + rate * peak.high)
    return peaks


def fill_schemes(company: Company, programs: dict[str, Program], ledger: Ledger) -> list[Scheme]:
    """Every reimbursement scheme that a planned or running listing names, complete."""
    named = {f"{row.scheme}/{row.territory}": row for row in company.rows(Listing) if row.program in programs}
    known = {row.key for row in company.rows(Scheme)}
    rows: list[Scheme] = []
    for key, listing in named.items():
        if key not in known:
            how = f"`listings` names the scheme {listing.scheme}, which has no row."
            ledger.add((Scheme.table, key, ""), listing.scheme, OURS, "assumed", how)
            rows.append(Scheme(id=listing.scheme, territory=listing.territory, source=OURS, confidence="assumed"))
    filled: list[Scheme] = []
    for row in [*company.rows(Scheme), *rows]:
        new: dict[str, Any] = {}
        if row.probability is None:
            prior = commercial.listing_probability(row.id)
            new["probability"] = ledger.number((Scheme.table, row.key, "probability"), prior)
        if row.price_cut is None:
            new["price_cut"] = ledger.spread((Scheme.table, row.key, "price_cut"), commercial.price_cut(row.id))
        if row.renewal_cut is None:
            new["renewal_cut"] = ledger.spread((Scheme.table, row.key, "renewal_cut"), commercial.renewal_cut(row.id))
        filled.append(row.model_copy(update=new) if new else row)
    return filled


def fill_listings(
    company: Company, programs: dict[str, Program], schemes: list[Scheme], ledger: Ledger
) -> list[Listing]:
    """Every listing; planned ones of active programs with the terms of their scheme."""
    by_key = {row.key: row for row in schemes}
    rows: list[Listing] = []
    for row in company.rows(Listing):
        new: dict[str, Any] = {}
        if row.program in programs and row.status == "planned":
            scheme = by_key[f"{row.scheme}/{row.territory}"]
            for name in ("probability", "price_cut", "volume"):
                if getattr(row, name) is None:
                    new[name] = getattr(scheme, name)
                    cell = (Listing.table, row.key, name)
                    found = ledger.found((Scheme.table, scheme.key, name))
                    source = found.source if found else scheme.source or COMPANY
                    mark = found.confidence if found else scheme.confidence or "derived"
                    how = f"As its scheme, {scheme.id}. {found.how if found else ''}".strip()
                    ledger.add(cell, new[name], source, mark, how, found.n if found else None)
        rows.append(row.model_copy(update=new) if new else row)
    return rows


def fill_deals(
    company: Company,
    programs: dict[str, Program],
    assets: dict[str, Asset],
    stages: dict[str, list[Stage]],
    ledger: Ledger,
) -> list[Deal]:
    """Every deal; those that run or may run with a currency, out-licences with a royalty."""
    currency = company.settings.company.currency
    tiered = {row.deal for row in company.rows(DealTier)}
    rows: list[Deal] = []
    for row in company.rows(Deal):
        new: dict[str, Any] = {}
        asset = assets.get(row.asset)
        if asset is not None and asset.status == "active" and row.status != "ended":
            if not row.currency:
                new["currency"] = currency
                ledger.add((Deal.table, row.key, "currency"), currency, COMPANY, "assumed", "The company's currency.")
            runs = row.direction == "out" and row.status in ("active", "offered", "option")
            if runs and row.partner_cost is None:
                money = company.settings.money
                supplied = row.supply_share > 0 or row.supply_cost > 0
                cost = money.selling + (0.0 if supplied else money.cogs)
                new["partner_cost"] = cost
                how = "The company's own shares of sales; goods are ours where we supply them."
                ledger.add((Deal.table, row.key, "partner_cost"), cost, COMPANY, "assumed", how)
            if runs and row.royalty is None and row.id not in tiered:
                prior = commercial.royalty(_deal_stage(row.asset, programs, stages))
                new["royalty"] = ledger.number((Deal.table, row.key, "royalty"), prior)
        rows.append(row.model_copy(update=new) if new else row)
    return rows


def _deal_stage(asset: str, programs: dict[str, Program], stages: dict[str, list[Stage]]) -> str:
    # The furthest stage of an asset's programs, as the deal tables name it.
    best = (-1.0, "preclinical")
    for program in programs.values():
        if program.asset != asset:
            continue
        if program.stage == "marketed":
            return "marketed"
        chain = stages.get(program.id, [])
        at = next((index for index, row in enumerate(chain) if row.stage == program.stage), 0)
        best = max(best, ((at + 1) / len(chain) if chain else 0.0, _named(chain, at)))
    return best[1]


def _named(chain: list[Stage], at: int) -> str:
    if not chain or chain[at].stage in STANDARD_NAMES:
        return chain[at].stage if chain else "preclinical"
    kind = chain[at].kind
    if kind != "clinic":
        return "filing" if kind == "filing" else "preclinical"
    trials = [index for index, row in enumerate(chain) if row.kind == "clinic"]
    if at == trials[-1]:
        return "phase3"
    return "phase1" if at == trials[0] else "phase2"


def fill_discovery(company: Company, ledger: Ledger) -> list[Discovery]:
    """Every discovery platform with a platform name, a rate and years to peak."""
    rows: list[Discovery] = []
    for row in company.rows(Discovery):
        new: dict[str, Any] = {}
        if not row.platform:
            new["platform"] = row.modality
            how = "Candidates of one modality share a platform where none is named."
            ledger.add((Discovery.table, row.key, "platform"), row.modality, OURS, "assumed", how)
        if row.candidates_per_year is None:
            new["candidates_per_year"] = _rate(row, ledger)
        if row.years_to_peak is None:
            prior = commercial.years_to_peak()
            new["years_to_peak"] = ledger.spread((Discovery.table, row.key, "years_to_peak"), prior)
        rows.append(row.model_copy(update=new) if new else row)
    return rows


def _rate(row: Discovery, ledger: Ledger) -> float | None:
    if row.budget_per_year is None or row.cost_per_candidate <= 0:
        message = f"discovery `{row.id}` needs `candidates_per_year`, or `budget_per_year` and a cost per candidate"
        ledger.error("discovery", "E389", message)
        return None
    rate = rounded(row.budget_per_year / row.cost_per_candidate)
    how = f"Budget {row.budget_per_year:g} a year over {row.cost_per_candidate:g} a candidate."
    ledger.add((Discovery.table, row.key, "candidates_per_year"), rate, COMPANY, "derived", how)
    return rate
