"""Checks the choices of a plan: that what each acts on is there and fits, and that its day and number are given."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from echelon.company.diagnostics import Log, nearest
from echelon.company.rows.market import Deal, Listing
from echelon.company.rows.money import Choice
from echelon.company.rows.supply import Recipe
from echelon.company.view import View

TARGETS: Mapping[str, str] = MappingProxyType(
    {"build": "expansions", "transfer": "recipes", "license": "deals", "own": "deals"}
)
"""Table of what an action acts on, where that is not a program."""

WITH_CANDIDATES = frozenset({"fund", "delay", "stop", "at_risk", "stop_below"})
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
    }
)
"""Column that an action cannot do without."""


def check_plan(view: View, name: str, choices: Iterable[Choice], log: Log) -> None:
    """Log choices whose target does not exist or does not fit, or that lack their day or number."""
    table = f"plans/{name}"
    for choice in choices:
        target = TARGETS.get(choice.action, "programs")
        known = {*view.known(target), *(view.known("discovery") if choice.action in WITH_CANDIDATES else ())}
        if choice.target not in known and target not in view.unread:
            other = next(
                (t for t in ("programs", "expansions", "recipes", "deals") if choice.target in view.known(t)), ""
            )
            message = f"`{choice.action}` acts on `{target}`, and `{choice.target}` is not there"
            hint = f"`{choice.target}` is in `{other}`" if other else nearest(choice.target, known)
            log.wrong(view.place(table, choice.key, "target"), "E207", message, hint)
        needed = NEEDS.get(choice.action)
        if needed and getattr(choice, needed) is None:
            place = view.place(table, choice.key, needed)
            log.wrong(place, "E318", f"`{choice.action}` needs `{needed}`")
        if needed == "value" and choice.value is not None and not 0 <= choice.value <= 1:
            place = view.place(table, choice.key, "value")
            log.wrong(place, "E318", f"`value` of `{choice.action}` must be between 0 and 1, not {choice.value:g}")
        if view.settings and choice.on and choice.on < view.as_of:
            place = view.place(table, choice.key, "on")
            log.warn(place, "W408", f"the choice is dated before `as_of`, {view.as_of}")
        _fits(view, table, choice, log)


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
