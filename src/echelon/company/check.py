"""Checks that a company's tables agree: every reference, every chain and circle; then consistency and plausibility."""

from collections.abc import Callable, Collection, Iterable

from echelon.company import circles, consistency, plausibility
from echelon.company.cells import Cell, cells
from echelon.company.choices import check_plan
from echelon.company.company import Company
from echelon.company.diagnostics import Diagnostic, Hint, Log, Place, nearest
from echelon.company.rows import TABLES
from echelon.company.rows.money import Source
from echelon.company.rows.science import Asset, Discovery, Program
from echelon.company.settings import sections
from echelon.company.view import View


def check(company: Company, place: Callable[[str, str, str], Place] | None = None) -> tuple[Diagnostic, ...]:
    """Everything that is wrong or implausible in a company whose rows are sound one by one.

    Parameters
    ----------
    company : the company.
    place : place of (table, key, column); without it, messages name table and key.
    """
    log = Log()
    check_view(View.of(company, place or _by_name), log)
    for name, choices in company.plans.items():
        check_plan(View.of(company, place or _by_name), name, choices, log)
    return log.diagnostics()


def _by_name(table: str, key: str, column: str) -> Place:
    return Place("/".join(part for part in (table, key, column) if part))


def check_view(view: View, log: Log) -> None:
    """Log whatever is wrong or implausible, plans and scenarios apart."""
    _references(view, log)
    _chains(view, log)
    circles.check(view, log)
    _sources(view, log)
    consistency.check(view, log)
    plausibility.check(view, log)


def _references(view: View, log: Log) -> None:
    for table, model in TABLES.items():
        for cell in cells(model):
            if cell.info.ref:
                _column_references(view, table, cell, log)
    if view.settings and "territories" not in view.unread:
        known = view.known("territories")
        for territory in view.settings.company.home:
            if territory not in known:
                place = view.place("company", "", "company.home")
                log.wrong(place, "E201", *_missing("territories", territory, known))


def _column_references(view: View, table: str, cell: Cell, log: Log) -> None:
    target = cell.info.ref or ""
    if target in view.unread:
        return
    known = view.known(target)
    name = cell.attribute
    if (table, name) == ("stages", "program"):  # a discovery platform may have stages of its own, too
        known = {*known, *view.known("discovery")}
    for key, row in view.tables[table].items():
        value = getattr(row, name)
        if not value:
            continue
        for word in value if isinstance(value, tuple) else (value,):
            if word not in known:
                log.wrong(view.place(table, key, name), "E201", *_missing(target, word, known))


def _missing(table: str, word: str, known: Collection[str]) -> tuple[str, Hint]:
    if not known:
        return f"`{word}` is not in `{table}`, which has no rows", f"add it to the table `{table}`"
    return f"`{word}` is not in `{table}`", _near(word, known)


def _near(word: str, known: Iterable[str]) -> Hint:
    return lambda: nearest(word, known)


def _chains(view: View, log: Log) -> None:
    """Every program, asset and platform is in a stage that its chain has."""
    chains = view.chains
    for program in view.rows(Program):
        if program.chain not in chains:
            _no_chain(view, "programs", program.key, program.chain, log)
        elif program.stage not in (*chains[program.chain], "marketed"):
            _no_stage(view, "programs", program.key, "stage", program.stage, program.chain, log)
    for platform in view.rows(Discovery):
        if platform.chain not in chains:
            _no_chain(view, "discovery", platform.key, platform.chain, log)
        elif platform.entry_stage not in chains[platform.chain]:
            _no_stage(view, "discovery", platform.key, "entry_stage", platform.entry_stage, platform.chain, log)
    every = {stage for chain in chains.values() for stage in chain} | {"marketed"}
    for asset in view.rows(Asset):
        if asset.stage and asset.stage not in every:
            message = f"`{asset.stage}` is a stage of no chain"
            log.wrong(view.place("assets", asset.key, "stage"), "E204", message, nearest(asset.stage, every))


def _no_chain(view: View, table: str, key: str, chain: str, log: Log) -> None:
    message = f"no chain `{chain}` in `stages`"
    log.wrong(view.place(table, key, "chain"), "E205", message, nearest(chain, view.chains))


def _no_stage(view: View, table: str, key: str, column: str, stage: str, chain: str, log: Log) -> None:
    options = [*view.chains[chain], *(["marketed"] if table == "programs" else [])]
    message = f"`{stage}` is no stage of chain `{chain}`: {', '.join(options)}"
    log.wrong(view.place(table, key, column), "E204", message, nearest(stage, options))


def _sources(view: View, log: Log) -> None:
    """Every row of `sources` points at a cell that exists."""
    tables = {**{name: cells(model) for name, model in TABLES.items()}, "company": ()}
    for row in view.rows(Source):
        if row.table_name not in tables:
            place = view.place("sources", row.key, "table_name")
            log.wrong(place, "E206", f"no table `{row.table_name}`", _near(row.table_name, tables))
            continue
        if row.table_name == "company":
            known: set[str] = {f"{name}.{key}" for name, model in sections().items() for key in model.model_fields}
        else:
            known = {name for cell in tables[row.table_name] for name in (cell.name, cell.attribute)}
            keys = view.known(row.table_name)
            if row.id not in keys and row.table_name not in view.unread:
                place = view.place("sources", row.key, "id")
                log.wrong(place, "E206", f"`{row.table_name}` has no row `{row.id}`", _near(row.id, keys))
        if row.column and row.column not in known:
            place = view.place("sources", row.key, "column")
            message = f"`{row.table_name}` has no column `{row.column}`"
            log.wrong(place, "E206", message, _near(row.column, known))
