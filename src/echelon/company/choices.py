"""Checks the choices of a plan: that what each acts on is there and fits, and that its cells are those it takes."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from echelon.company import limits
from echelon.company.diagnostics import Log, nearest
from echelon.company.rows.market import Deal, Listing
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Discovery, Program
from echelon.company.rows.supply import Expansion, Inspection, Recipe, Site
from echelon.company.view import View

TARGETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "build": ("expansions",),
        "build_above": ("expansions",),
        "transfer": ("recipes",),
        "license": ("deals",),
        "own": ("deals",),
        "audit": ("inspections", "sites"),
    }
)
"""Tables of what an action acts on, where that is not a program."""

EVERY = "*"
"""Target that stands for every program."""

STAGED = frozenset({"fund", "delay", "at_risk", "stop_below", "cover"})
"""Actions that may name a stage."""

WITH_CANDIDATES = frozenset({"fund", "delay", "stop", "at_risk", "stop_below", "cover"})
"""Actions on a program that a row of `discovery` may stand for: all its candidates."""

NEEDS: Mapping[str, str] = MappingProxyType(
    {
        "delay": "on",
        "stop": "on",
        "build": "on",
        "transfer": "on",
        "license": "on",
        "own": "on",
        "at_risk": "value",
        "accept_cut": "value",
        "stop_below": "value",
        "cover": "value",
        "build_above": "value",
        "audit": "value",
    }
)
"""Column that an action cannot do without."""

LARGEST: Mapping[str, float] = MappingProxyType({"cover": 400.0, "build_above": 10.0, "audit": 100.0})
"""Largest `value` of an action, where that is not 1."""


def check_plan(view: View, name: str, choices: Iterable[Choice], log: Log) -> None:
    """Log choices whose target does not exist or does not fit, or that lack their day or number."""
    table = f"plans/{name}"
    rows = tuple(choices)
    for choice in rows:
        _target(view, table, choice, log)
        _number(view, table, choice, log)
        _cells(view, table, choice, log)
        if view.settings and choice.on and choice.on < view.as_of:
            place = view.place(table, choice.key, "on")
            log.warn(place, "W408", f"the choice is dated before `as_of`, {view.as_of}")
        _fits(view, table, choice, log)
    limits.check_funded(view, table, rows, log)


def _target(view: View, table: str, choice: Choice, log: Log) -> None:
    targets = TARGETS.get(choice.action, ("programs",))
    known = [name for target in targets for name in view.known(target)]
    if choice.action == "build_above":
        known += [row.project for row in view.rows(Expansion) if row.project]
    if targets == ("programs",):
        known.append(EVERY)
    if choice.action in WITH_CANDIDATES:
        known += view.known("discovery")
    if choice.target in known or not view.unread.isdisjoint(targets):
        return
    others = ("programs", "expansions", "recipes", "deals", "sites", "inspections")
    other = next((t for t in others if choice.target in view.known(t)), "")
    place = view.place(table, choice.key, "target")
    if choice.target == EVERY:
        message = f"`*` stands for every program, and `{choice.action}` acts on `{targets[0]}`"
        log.wrong(place, "E207", message, "name each in a row of its own")
        return
    message = f"`{choice.action}` acts on {' and '.join(f'`{t}`' for t in targets)}, and `{choice.target}` is not there"
    hint = f"`{choice.target}` is in `{other}`" if other else nearest(choice.target, known)
    log.wrong(place, "E207", message, hint)


def _number(view: View, table: str, choice: Choice, log: Log) -> None:
    needed = NEEDS.get(choice.action)
    if needed and getattr(choice, needed) is None:
        log.wrong(view.place(table, choice.key, needed), "E318", f"`{choice.action}` needs `{needed}`")
    if needed != "value" or choice.value is None:
        return
    most, place = LARGEST.get(choice.action, 1.0), view.place(table, choice.key, "value")
    if not 0 <= choice.value <= most:
        message = f"`value` of `{choice.action}` must be between 0 and {most:g}, not {choice.value:g}"
        log.wrong(place, "E318", message)
    elif choice.action == "audit" and choice.value != int(choice.value):
        log.wrong(place, "E318", f"`value` of `audit` is a whole number of audits, not {choice.value:g}")


def _cells(view: View, table: str, choice: Choice, log: Log) -> None:
    """A choice gives no cell that its action does not take, and names a stage that there is."""
    if choice.years is not None and choice.action != "build_above":
        place = view.place(table, choice.key, "years")
        log.wrong(
            place, "E349", f"`{choice.action}` takes no `years`; only `build_above` looks ahead", "leave it blank"
        )
    if choice.on is not None and choice.action in ("audit", "build_above", "cover", "stop_below"):
        log.wrong(view.place(table, choice.key, "on"), "E349", f"`{choice.action}` takes no day", "leave `on` blank")
    if not choice.stage:
        return
    place = view.place(table, choice.key, "stage")
    if choice.action not in STAGED:
        message = f"`{choice.action}` takes no stage; {', '.join(sorted(STAGED))} do"
        log.wrong(place, "E349", message, "leave `stage` blank")
        return
    stages = stages_of(view, choice.target)
    if stages and choice.stage not in stages:
        whose = "any chain" if choice.target == EVERY else f"the chain of `{choice.target}`"
        message = f"`{choice.stage}` is no stage of {whose}: {', '.join(stages)}"
        log.wrong(place, "E349", message, nearest(choice.stage, stages))


def stages_of(view: View, target: str) -> tuple[str, ...]:
    """Stages of what is chosen, of every chain for `*`; none where they are not known."""
    if not view.whole("stages", "programs"):
        return ()
    if target == EVERY:
        every = dict.fromkeys(stage for chain in view.chains.values() for stage in chain)
        return (*(("discovery",) if view.rows(Discovery) else ()), *every)
    platform = view.get(Discovery, target)
    if platform:
        return ("discovery", *view.chains.get(platform.chain, ()))
    program = view.get(Program, target)
    return view.chains.get(program.chain, ()) if program else ()


def _fits(view: View, table: str, choice: Choice, log: Log) -> None:
    place = view.place(table, choice.key, "target")
    if choice.action == "own":
        deal = view.get(Deal, choice.target)
        if deal and deal.status != "active":
            message = f"`own` ends an active deal, and `{deal.key}` is `{deal.status}`"
            log.wrong(place, "E343", message, "a territory without an active deal is our own already")
        elif deal and deal.direction == "in":
            message = f"`own` ends a deal in which a partner sells, and `{deal.key}` is a licence that we took in"
            log.wrong(place, "E343", message)
    if choice.action == "audit":
        _audit(view, table, choice, log)
    if choice.action == "transfer":
        recipe = view.get(Recipe, choice.target)
        if recipe and recipe.transfer is None:
            message = f"`transfer` starts a technology transfer, and the recipe `{recipe.key}` has none"
            log.wrong(place, "E343", message, "give it `transfer` in months; a recipe without is made already")
    if choice.action == "accept_cut" and view.whole("listings") and choice.target in view.known("programs"):
        planned = {row.program for row in view.rows(Listing) if row.status == "planned"}
        if choice.target not in planned:
            message = f"`accept_cut` acts on a planned listing, and `{choice.target}` has none"
            log.wrong(place, "E343", message, f"add one with status `planned` for `{choice.target}` to `listings`")


def _audit(view: View, table: str, choice: Choice, log: Log) -> None:
    """Warn of audits that nobody comes after, or that cost nothing because no cost is known."""
    place, site = view.place(table, choice.key, "target"), choice.target.split("/")[0]
    if not view.whole("inspections", "sites", "fx") or site not in view.known("sites"):
        return
    if all(row.site != site for row in view.rows(Inspection)):
        message = f"no authority inspects `{site}`, so the audits change nothing"
        log.warn(place, "W427", message, f"add `{site}` to `inspections`, or take the choice out")
        return
    row = view.get(Site, site)
    dollars = view.settings is not None and (view.settings.company.currency == "USD" or "USD" in view.known("fx"))
    if row and row.audit_cost is None and not dollars:
        message = f"`{site}` has no `audit_cost`, and `fx` has no USD to fill it from, so the audits cost nothing"
        log.warn(place, "W427", message, "give `audit_cost` in `sites`, or add USD to `fx`")
    if row and row.audit_effect == 0:
        log.warn(place, "W427", f"`audit_effect` of `{site}` is nought, so the audits change nothing")
