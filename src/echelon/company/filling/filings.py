"""Fills filings: where a program files, with what probability, lag and review time."""

from collections.abc import Sequence
from typing import Any

from echelon.company.company import Company
from echelon.company.filling.ledger import COMPANY, OURS, Ledger
from echelon.company.filling.territories import WORLD
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, Sales, Territory
from echelon.company.rows.science import Program, Stage
from echelon.priors import durations, inspections, reviews, transitions
from echelon.priors.base import rounded

OPEN = ("planned", "filed")
FURTHEST = ("approved", "filed", "planned")


def lead_territory(home: Sequence[str], filings: Sequence[Filing]) -> str:
    """First home territory a program files in, else the first by id of those furthest on.

    Approved is further on than filed, filed than planned; refused and withdrawn come last.
    """
    live = [row for row in filings if row.status in FURTHEST] or list(filings)
    names = [row.territory for row in sorted(live, key=_how_far)]
    return next((name for name in home if name in names), names[0] if names else "")


def _how_far(row: Filing) -> tuple[int, str]:
    return FURTHEST.index(row.status) if row.status in FURTHEST else len(FURTHEST), row.territory


def fill_filings(
    company: Company,
    programs: list[Program],
    stages: dict[str, list[Stage]],
    territories: dict[str, Territory],
    ledger: Ledger,
) -> dict[str, list[Filing]]:
    """Filings of each active program by its id, those still open complete."""
    given: dict[str, list[Filing]] = {}
    for row in company.rows(Filing):
        given.setdefault(row.program, []).append(row)
    sold: dict[str, list[str]] = {}
    for sale in company.rows(Sales):
        if sale.territory:
            sold.setdefault(sale.program, []).append(sale.territory)
    home = company.settings.company.home
    filled: dict[str, list[Filing]] = {}
    for program in programs:
        rows = given.get(program.id) or _add(program, home, sold.get(program.id, []), territories, ledger)
        at_home = home or (lead_territory(home, rows),)
        last = [stage for stage in stages.get(program.id, []) if stage.kind == "filing"][-1:]
        context = _Context(company.settings.couplings.filing, program, last[0] if last else None, rows, at_home)
        filled[program.id] = [
            _fill(row, context, territories.get(row.territory), ledger) if row.status in OPEN else row for row in rows
        ]
    return filled


def _add(
    program: Program,
    home: Sequence[str],
    sold: list[str],
    territories: dict[str, Territory],
    ledger: Ledger,
) -> list[Filing]:
    if home:
        where, why = list(home), "a home territory of the company"
    elif sold:
        where, why = sorted(set(sold)), "a territory of its sales"
    elif WORLD in territories:
        where, why = [WORLD], "the one territory there is"
    else:
        message = f"nothing says where `{program.id}` files"
        ledger.error("filings", "E396", message, "give it a row in `filings`, or set `home` in company.toml")
        return []
    status = "approved" if program.stage == "marketed" else "planned"
    rows: list[Filing] = []
    for territory in where:
        row = Filing(
            program=program.id,
            territory=territory,
            status=status,
            approved=program.stage_since if status == "approved" else None,
            source=OURS,
            confidence="assumed",
        )
        known = "marketed and approved" if status == "approved" else "to be filed"
        how = f"The program has no filing; it is taken as {known} in {territory}, {why}."
        ledger.add((Filing.table, row.key, ""), status, OURS, "assumed", how)
        rows.append(row)
    return rows


class _Context:
    # What the filings of one program share.
    def __init__(
        self,
        correlation: float,
        program: Program,
        stage: Stage | None,
        rows: Sequence[Filing],
        home: Sequence[str],
    ) -> None:
        self.correlation = correlation
        self.program = program
        self.stage = stage
        self.home = home
        self.approved = sorted(row.territory for row in rows if row.status == "approved")


def _fill(row: Filing, context: _Context, territory: Territory | None, ledger: Ledger) -> Filing:
    new: dict[str, Any] = {}
    if row.pos is None:
        new["pos"] = _pos(row, context, ledger)
    if row.submission_lag is None:
        prior = reviews.submission_lag(row.territory in context.home)
        new["submission_lag"] = ledger.spread((Filing.table, row.key, "submission_lag"), prior)
    if row.review is None:
        new["review"] = _review(row, context, territory, ledger)
    if row.response is None and row.complete_response > 0:
        new["response"] = ledger.spread((Filing.table, row.key, "response"), inspections.delay())
    return row.model_copy(update=new) if new else row


def _pos(row: Filing, context: _Context, ledger: Ledger) -> float | None:
    stage, cell = context.stage, (Filing.table, row.key, "pos")
    if stage is None or stage.pos is None:
        ledger.error("filings", "E397", f"filing `{row.key}` needs `pos`: its chain has no filing stage")
        return None
    origin = ledger.found((Stage.table, stage.key, "pos"))
    source = origin.source if origin else stage.source or COMPANY
    n = origin.n if origin else None
    mark = origin.confidence if origin else stage.confidence or "derived"
    value, how = stage.pos, f"The PoS of its filing stage, {stage.pos:g}."
    if context.approved or context.program.stage == "marketed":
        value = round(transitions.given_approval_elsewhere(stage.pos, context.correlation), 4)
        where = ", ".join(context.approved) or "a market already"
        how = (
            f"Approved in {where}, so the filing PoS {stage.pos:g} becomes {value:g}, P(approved here | there), "
            f"under a Gaussian copula with the filing correlation {context.correlation:g}."
        )
        mark = "derived" if mark == "read" else mark
    if row.status == "planned" and row.accepts_data < 1:
        bridged = row.accepts_data + (1 - row.accepts_data) * row.bridging_pos
        value, before = rounded(value * bridged), value
        how += f" Times the chance that the data are taken or bridged, {bridged:.4g}: {before:g} becomes {value:g}."
        mark = "derived" if mark == "read" else mark
    if row.status == "planned" and row.territory not in context.home:
        made = reviews.filing_made()
        value = rounded(value * made.value)
        how += f" Times the chance that a filing planned abroad is made at all, {made.value:g}: {value:g}."
        mark = "assumed"
    ledger.add(cell, value, source, mark, how, n)
    return value


def _review(row: Filing, context: _Context, territory: Territory | None, ledger: Ledger) -> Uncertain:
    cell = (Filing.table, row.key, "review")
    authority = territory.authority if territory else ""
    prior = reviews.review(authority, row.pathway) if authority else None
    if prior is not None:
        return ledger.spread(cell, prior)
    stage = context.stage
    whose = f"No review time is published for {authority}" if authority else "The territory names no authority"
    if stage is None or stage.duration is None:
        fallback = durations.duration("filing", context.program.area or "other")
        return ledger.spread(cell, fallback)
    origin = ledger.found((Stage.table, stage.key, "duration"))
    source = origin.source if origin else stage.source or COMPANY
    how = f"{whose}; the length of its filing stage is used."
    ledger.add(cell, stage.duration, source, "assumed", how, origin.n if origin else None)
    return stage.duration
