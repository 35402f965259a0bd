"""Checks that what may be chosen is there, fits, and has its days and numbers."""

from echelon.company.choices import EVERY, LARGEST, NEEDS, STAGED, TARGETS, WITH_CANDIDATES, stages_of
from echelon.company.diagnostics import Log, nearest
from echelon.company.limits import forbidden, years
from echelon.company.rows.choosing import Option
from echelon.company.rows.market import Deal
from echelon.company.rows.science import Program
from echelon.company.rows.supply import Expansion, Recipe
from echelon.company.view import View

NUMBERED = frozenset(action for action, column in NEEDS.items() if column == "value")
"""Actions that need a number; the others, but for `start`, need a day."""


ONE_RULE = frozenset({"stop_below", "cover"})
"""Actions of which a row for * is one rule, not one for each."""


def check(view: View, log: Log) -> None:
    """Log every option that cannot be offered."""
    for option in view.rows(Option):
        _target(view, option, log)
        _stage(view, option, log)
        _numbers(view, option, log)
        _days(view, option, log)
        _startable(view, option, log)
    _exclusive(view, log)
    _built_twice(view, log)
    _year(view, log)


def _target(view: View, option: Option, log: Log) -> None:
    tables = [*TARGETS.get(option.action, ("programs",))]
    known = {name for table in tables for name in view.known(table)}
    if option.action in ("build", "build_above"):
        known |= {row.project for row in view.rows(Expansion) if row.project}
    if option.action == "start" or option.action in WITH_CANDIDATES:
        known |= set(view.known("discovery"))
        tables.append("discovery")
    if option.target == EVERY or not view.unread.isdisjoint(tables) or not view.whole(*tables):
        return
    place = view.place("options", option.key, "target")
    if option.target not in known:
        message = f"`{option.action}` is offered for `{option.target}`, which is not in {' or '.join(tables)}"
        log.wrong(place, "E207", message, nearest(option.target, known))
        return
    deal = view.get(Deal, option.target) if tables == ["deals"] else None
    wanted = "offered" if option.action == "license" else "active"
    if deal and deal.status != wanted:
        log.wrong(place, "E343", f"`{option.action}` needs a deal that is {wanted}, and it is {deal.status}")
    recipe = view.get(Recipe, option.target) if option.action == "transfer" else None
    if recipe and recipe.transfer is None:
        message = f"`transfer` starts a technology transfer, and the recipe `{recipe.key}` has none"
        log.wrong(place, "E343", message, "give it `transfer` in months; a recipe without is made already")


def _stage(view: View, option: Option, log: Log) -> None:
    place = view.place("options", option.key, "stage")
    if option.stage and option.action not in STAGED - {"fund", "delay"}:
        log.wrong(place, "E318", f"`{option.action}` is offered for a program, not for a stage", "leave `stage` blank")
        return
    stages = stages_of(view, option.target)
    if option.stage and stages and option.stage not in stages:
        whose = "any chain" if option.target == EVERY else f"the chain of `{option.target}`"
        message = f"`{option.stage}` is no stage of {whose}: {', '.join(stages)}"
        log.wrong(place, "E349", message, nearest(option.stage, stages))


def _days(view: View, option: Option, log: Log) -> None:
    if option.first and option.last and option.last < option.first:
        place = view.place("options", option.key, "last")
        log.wrong(place, "E314", f"the last day, {option.last}, lies before the first, {option.first}")
        return
    for name, day in (("first", option.first), ("last", option.last)):
        if view.settings and day and day < view.as_of:
            place = view.place("options", option.key, name)
            log.wrong(place, "E318", f"the {name} day, {day}, lies before `as_of`, {view.as_of}")


def _startable(view: View, option: Option, log: Log) -> None:
    """Log a must-have that a limit on people or starts forbids in every year."""
    program = view.get(Program, option.target) if option.action == "start" and option.rule == "must" else None
    whole = view.settings is not None and view.whole("resources", "stages", "programs")
    if program is None or program.status != "active" or not whole:
        return
    for stage, why in forbidden(view, program):
        message = f"`{program.key}` is a must-have, and its stage `{stage}` never can start: {why}"
        hint = "raise the limit of one year at least, or let it be no must-have"
        log.wrong(view.place("options", option.key, "rule"), "E350", message, hint)
        break


def _exclusive(view: View, log: Log) -> None:
    """Log must-haves that exclude each other."""
    first: dict[str, str] = {}
    for option in view.rows(Option):
        if option.rule != "must" or not option.one_of:
            continue
        place = view.place("options", option.key, "one_of")
        hint = "make one of them a `may`, or give them different words"
        if option.target == EVERY and option.action not in ONE_RULE:
            message = f"`{option.key}` makes all of them must-haves, and `{option.one_of}` allows one"
            log.wrong(place, "E351", message, "name the one that is a must-have")
        elif option.one_of in first:
            message = f"`{first[option.one_of]}` and `{option.key}` are must-haves, and `{option.one_of}` allows one"
            log.wrong(place, "E351", message, hint)
        first.setdefault(option.one_of, option.key)


def _built_twice(view: View, log: Log) -> None:
    """Log an expansion that is offered by itself and with its project."""
    offered = {(row.action, row.target): row.key for row in view.rows(Option)}
    for row in view.rows(Expansion):
        for action in ("build", "build_above"):
            own = offered.get((action, row.key))
            whole = offered.get((action, row.project)) or offered.get((action, EVERY)) if row.project else None
            if own and whole and row.project != row.key:
                message = f"`{own}` offers an expansion that `{whole}` offers with its project `{row.project}`"
                hint = "offer the project or its expansions, one by one"
                log.wrong(view.place("options", own, "target"), "E351", message, hint)


def _year(view: View, log: Log) -> None:
    by = view.settings.objective.launches_by if view.settings else None
    if view.settings is None or by is None:
        return
    told = years(view.settings.company)
    if by not in told:
        message = f"launches are asked for by the end of {by}, and the horizon holds {told[0]} to {told[-1]}"
        log.wrong(view.place("company", "", "objective.launches_by"), "E352", message)


def _numbers(view: View, option: Option, log: Log) -> None:
    place = view.place("options", option.key, "values")
    if option.action in NUMBERED and not option.values and option.rule != "never":
        log.wrong(place, "E318", f"`{option.action}` needs `values`", "such as 0.25;0.5")
    if option.action not in NUMBERED and option.values:
        log.wrong(place, "E318", f"`{option.action}` takes no `values`", "it takes days: first, last and step")
    most = LARGEST.get(option.action, 1.0)
    for text in option.values:
        number = as_number(text)
        if number is None or not 0.0 <= number <= most:
            log.wrong(place, "E318", f"`{text[:40]}` is not a number from 0 to {most:g}")
        elif option.action == "audit" and number != int(number):
            log.wrong(place, "E318", f"audits come in whole numbers, not {number:g}")


def as_number(text: str) -> float | None:
    """A cell's number, or None."""
    try:
        return float(text)
    except ValueError:
        return None
