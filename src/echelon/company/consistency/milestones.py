"""Checks that the milestones of deals fit their kind and their deal, and that none is counted twice."""

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Deal, DealMilestone
from echelon.company.rows.science import Program
from echelon.company.view import View

FOREIGN = {
    "development": ("territory", "at_sales"),
    "regulatory": ("stage", "at_sales"),
    "sales": ("program", "stage", "territory"),
}
"""Columns that do not belong to a kind."""

OLD = {"regulatory": "approval_milestone", "sales": "sales_milestone"}
"""Column of `deals` that pays for the same events as a kind."""


def check(view: View, log: Log) -> None:
    """Log every milestone that does not fit, and every event that is paid for twice."""
    seen: dict[tuple[object, ...], str] = {}
    for row in view.rows(DealMilestone):
        _columns(view, row, log)
        _program(view, row, log)
        deal = view.get(Deal, row.deal)
        if deal and row.territory and row.territory not in deal.territories and row.kind == "regulatory":
            message = f"`{row.territory}` is not among the territories of `{deal.key}`: {', '.join(deal.territories)}"
            log.wrong(view.place("deal_milestones", row.key, "territory"), "E341", message)
        event = (row.deal, row.kind, row.program, row.stage, row.territory, row.at_sales)
        other = seen.setdefault(event, row.id)
        if other != row.id:
            message = f"`{row.id}` is paid for the same event as `{other}`"
            log.wrong(
                view.place("deal_milestones", row.key, "id"), "E342", message, "one row with the sum says the same"
            )
        old = OLD.get(row.kind, "")
        amount = getattr(deal, old) if deal and old else 0.0
        if amount > 0:
            message = f"`{row.deal}` has `{old}` {amount:g} in `deals` as well, so the event is counted twice"
            log.wrong(view.place("deal_milestones", row.key, "kind"), "E342", message, "keep one or the other")


def _columns(view: View, row: DealMilestone, log: Log) -> None:
    for name in FOREIGN[row.kind]:
        if getattr(row, name) not in ("", None):
            message = f"`{name}` does not belong to a milestone of kind `{row.kind}`"
            log.wrong(view.place("deal_milestones", row.key, name), "E341", message, "leave it blank")
    if row.kind == "sales" and not row.at_sales:
        place = view.place("deal_milestones", row.key, "at_sales")
        log.wrong(place, "E341", "a sales milestone needs `at_sales` above 0", "the partner's net sales of a year")


def _program(view: View, row: DealMilestone, log: Log) -> None:
    deal, program = view.get(Deal, row.deal), view.get(Program, row.program) if row.program else None
    if deal and program and program.asset != deal.asset:
        message = f"`{program.key}` is of `{program.asset}`, and the deal is about `{deal.asset}`"
        log.wrong(view.place("deal_milestones", row.key, "program"), "E341", message)
    if row.kind != "development" or deal is None:
        return
    place = view.place("deal_milestones", row.key, "stage")
    if not row.stage:
        log.wrong(place, "E341", "a development milestone needs the `stage` that is passed")
        return
    meant = [program] if program else [other for other in view.rows(Program) if other.asset == deal.asset]
    chains = {other.chain for other in meant if other.chain in view.chains}
    # The last stage of a chain is filing: its success is an approval.
    stages = dict.fromkeys(stage for chain in sorted(chains) for stage in view.chains[chain][:-1])
    if chains and row.stage not in stages and view.whole("programs"):
        message = f"`{row.stage}` is no stage of {f'`{program.key}`' if program else f'a program of `{deal.asset}`'}"
        hint = f"it has {', '.join(stages)}; an approval is `regulatory`"
        log.wrong(place, "E341", message, hint)
