"""Checks that stages, programs and discovery agree."""

from echelon.company.diagnostics import Log
from echelon.company.rows.science import Discovery, Program, Stage
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement of stages, programs and discovery platforms."""
    _stages(view, log)
    _programs(view, log)
    _discovery(view, log)


def _stages(view: View, log: Log) -> None:
    places: dict[tuple[str, int], str] = {}
    for row in view.rows(Stage):
        if bool(row.chain) == bool(row.program):
            said = "both a chain and a program" if row.chain else "neither a chain nor a program"
            log.wrong(view.place("stages", row.key, "stage"), "E315", f"the stage has {said}; it needs one")
            continue
        if row.program:
            _program_stage(view, row, log)
            continue
        for column in ("order", "kind"):
            if getattr(row, column) is None:
                place = view.place("stages", row.key, column)
                log.wrong(place, "E315", f"a stage of a chain needs `{column}`")
        if row.stage == "marketed":
            place = view.place("stages", row.key, "stage")
            log.wrong(place, "E316", "`marketed` follows every chain and is no stage of one")
        if row.order is not None:
            other = places.setdefault((row.chain, row.order), row.stage)
            if other != row.stage:
                place = view.place("stages", row.key, "order")
                log.wrong(place, "E316", f"`{other}` of chain `{row.chain}` has the same `order`, {row.order}")
    for chain in {row.chain for row in view.rows(Stage) if row.chain}:
        _filing_last(view, chain, log)


def _filing_last(view: View, chain: str, log: Log) -> None:
    rows = sorted((row for row in view.rows(Stage) if row.chain == chain), key=lambda row: row.order or 0)
    filings = [row for row in rows if row.kind == "filing"]
    if len(filings) > 1 or (filings and rows[-1].kind != "filing"):
        names = ", ".join(row.stage for row in filings)
        message = f"chain `{chain}` needs one filing stage, its last; it has {names}"
        log.wrong(view.place("stages", filings[0].key, "kind"), "E316", message)
    elif not filings and view.whole("stages") and all(row.kind for row in rows):
        message = f"chain `{chain}` has no stage of kind `filing`; it needs one, its last"
        log.wrong(view.place("stages", rows[-1].key, "kind"), "E316", message)


def _program_stage(view: View, row: Stage, log: Log) -> None:
    program = view.get(Program, row.program)
    if program is None or program.chain not in view.chains:
        return
    stages = view.chains[program.chain]
    if row.stage not in stages:
        message = f"`{row.stage}` is no stage of `{row.program}`, whose chain `{program.chain}` has {', '.join(stages)}"
        log.wrong(view.place("stages", row.key, "stage"), "E204", message)


def _programs(view: View, log: Log) -> None:
    for row in view.rows(Program):
        if row.stage == "marketed" and row.stage_since and row.stage_since > view.as_of:
            message = f"a marketed program cannot start on {row.stage_since}, after `as_of`"
            log.wrong(view.place("programs", row.key, "stage_since"), "E306", message)
        if row.depends_stage and not row.depends_on:
            place = view.place("programs", row.key, "depends_stage")
            log.wrong(place, "E317", "`depends_stage` is given without `depends_on`")
        first = view.get(Program, row.depends_on) if row.depends_on else None
        if first and row.depends_stage and row.depends_stage not in view.chains.get(first.chain, ()):
            place = view.place("programs", row.key, "depends_stage")
            log.wrong(place, "E317", f"`{row.depends_stage}` is no stage of `{first.key}`")


def _discovery(view: View, log: Log) -> None:
    for row in view.rows(Discovery):
        if row.starts and row.ends and row.ends < row.starts:
            place = view.place("discovery", row.key, "ends")
            log.wrong(place, "E314", f"ends on {row.ends}, before it starts on {row.starts}")
        if row.candidates_per_year is None and (row.budget_per_year is None or row.cost_per_candidate == 0):
            place = view.place("discovery", row.key, "candidates_per_year")
            message = "needs `candidates_per_year`, or `budget_per_year` and a `cost_per_candidate` above 0"
            log.wrong(place, "E320", message)
