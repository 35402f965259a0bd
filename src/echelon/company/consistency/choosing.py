"""Checks that what may be chosen is there, fits, and has its days and numbers."""

from echelon.company.choices import EVERY, LARGEST, NEEDS, STAGED, TARGETS, WITH_CANDIDATES
from echelon.company.diagnostics import Log, nearest
from echelon.company.rows.choosing import Option
from echelon.company.rows.market import Deal
from echelon.company.rows.supply import Expansion, Recipe
from echelon.company.view import View

NUMBERED = frozenset(action for action, column in NEEDS.items() if column == "value")
"""Actions that need a number; the others, but for `start`, need a day."""


def check(view: View, log: Log) -> None:
    """Log every option that cannot be offered."""
    for option in view.rows(Option):
        _target(view, option, log)
        _numbers(view, option, log)
        place = view.place("options", option.key, "last")
        if option.first and option.last and option.last < option.first:
            log.wrong(place, "E314", f"the last day, {option.last}, lies before the first, {option.first}")
        if view.settings and option.first and option.first < view.as_of:
            place = view.place("options", option.key, "first")
            log.wrong(place, "E318", f"the first day, {option.first}, lies before `as_of`, {view.as_of}")


def _target(view: View, option: Option, log: Log) -> None:
    tables = [*TARGETS.get(option.action, ("programs",))]
    known = {name for table in tables for name in view.known(table)}
    if option.action in ("build", "build_above"):
        known |= {row.project for row in view.rows(Expansion) if row.project}
    if option.action == "start" or option.action in WITH_CANDIDATES:
        known |= set(view.known("discovery"))
        tables.append("discovery")
    if option.stage and option.action not in STAGED - {"fund", "delay"}:
        place = view.place("options", option.key, "stage")
        log.wrong(place, "E318", f"`{option.action}` is offered for a program, not for a stage", "leave `stage` blank")
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
