"""Warns of what cannot be meant in a network of plants, and of numbers far from those of published plants."""

from collections.abc import Iterator

from echelon.company.diagnostics import Log
from echelon.company.making import lined, makes
from echelon.company.rows.base import Row, Uncertain
from echelon.company.rows.market import Filing, FxRate
from echelon.company.rows.science import Program
from echelon.company.rows.supply import STAGES, Certificate, Expansion, Inspection, Line, Recipe, RecipeStep
from echelon.company.view import View
from echelon.priors.base import rounded
from echelon.priors.manufacturing import Span, span

DAYS_PER_QUARTER = 365.25 / 4
MONTHS_PER_QUARTER = 3
GOES = {"planned", "filed", "approved"}
"""Status of filings that may sell."""


def check(view: View, log: Log) -> None:
    """Log what the tables of supply say that cannot be meant."""
    _steps(view, log)
    _certified(view, log)
    _transfers(view, log)
    _triggers(view, log)
    _stops(view, log)
    _shelves(view, log)
    _changeovers(view, log)
    _published(view, log)


def _steps(view: View, log: Log) -> None:
    """A step that is named has a line; else it takes no capacity and loses nothing."""
    if not view.whole("lines", "expansions"):
        return
    lines = lined(view)
    for row in view.rows(Recipe):
        missing = [step for step in row.steps if (row.site, step) not in lines]
        if missing:
            message = f"`{row.site}` has no line of {', '.join(missing)}, so that takes no capacity there"
            hint = "add one to `lines`, or leave the step out"
            log.warn(view.place("recipes", row.key, "steps"), "W418", message, hint)
    for step in view.rows(RecipeStep):
        if (step.site, step.step) not in lines and view.get(Recipe, f"{step.asset}/{step.site}"):
            message = f"`{step.site}` has no line of {step.step}, so the row changes nothing"
            log.warn(view.place("recipe_steps", step.key, "step"), "W418", message)


def _certified(view: View, log: Log) -> None:
    """Where certificates are kept, every stage of an asset has a certified site in each territory that it goes to."""
    if not view.whole("certificates", "recipes", "lines", "expansions", "filings", "programs"):
        return
    held = {(row.site, row.territory) for row in view.rows(Certificate)}
    if not held:
        return
    places: dict[str, list[set[str]]] = {}
    first: dict[str, Recipe] = {}
    for recipe in view.rows(Recipe):
        first.setdefault(recipe.asset, recipe)
        found = places.setdefault(recipe.asset, [set() for _ in STAGES])
        for stage, steps in zip(found, makes(view, recipe), strict=True):
            if steps:
                stage.add(recipe.site)
    for asset, territories in _goes_to(view).items():
        stages = [sites for sites in places.get(asset, ()) if sites]
        bare = [t for t in territories if any(all((site, t) not in held for site in sites) for sites in stages)]
        if bare:
            names = ", ".join(f"`{territory}`" for territory in bare)
            message = f"no site certified for {names} makes every stage of `{asset}`, so nothing can be sold there"
            hint = "add the site and the territory to `certificates`; a blank `from_date` comes with the approval"
            log.warn(view.place("recipes", first[asset].key, "site"), "W419", message, hint)


def _goes_to(view: View) -> dict[str, list[str]]:
    # Territories in which an asset is filed; at home where a program names none.
    filed: dict[str, list[str]] = {}
    for row in view.rows(Filing):
        if row.status in GOES:
            filed.setdefault(row.program, []).append(row.territory)
    home = view.settings.company.home if view.settings else ()
    found: dict[str, list[str]] = {}
    for program in view.rows(Program):
        if program.status == "active":
            found.setdefault(program.asset, []).extend(filed.get(program.key, home))
    return {asset: list(dict.fromkeys(territories)) for asset, territories in found.items()}


def _transfers(view: View, log: Log) -> None:
    for row in view.rows(Recipe):
        if row.transfer is None:
            continue
        if row.transfer_cost == 0:
            message = "the technology transfer costs nothing"
            log.warn(view.place("recipes", row.key, "transfer_cost"), "W420", message, "give `transfer_cost`")
        if view.settings and row.transfer_starts and row.transfer_starts < view.as_of:
            message = f"the transfer starts before `as_of`, {view.as_of}, and its whole length is still drawn"
            hint = "for one that runs, give what is left of it from `as_of` on"
            log.warn(view.place("recipes", row.key, "transfer_starts"), "W420", message, hint)


def _triggers(view: View, log: Log) -> None:
    for row in view.rows(Expansion):
        place = view.place("expansions", row.key, "trigger")
        if row.trigger is not None and row.starts is not None:
            log.warn(place, "W421", f"the decision has its day, {row.starts}, so the trigger is not looked at")
        elif row.trigger == 0:
            message = "a trigger of nought is reached by any demand at all"
            log.warn(place, "W421", message, "0.8 decides at four fifths of the capacity; blank never does")


def _stops(view: View, log: Log) -> None:
    if view.settings is None or view.settings.couplings.inspections:
        return
    for row in view.rows(Inspection):
        if row.supply_stop > 0:
            message = "`supply_stop` has no effect while `couplings.inspections` is off"
            log.warn(view.place("inspections", row.key, "supply_stop"), "W422", message)


def _shelves(view: View, log: Log) -> None:
    """Stock that is kept as long as it lasts is thrown away."""
    if view.settings is None:
        return
    for row in view.rows(Recipe):
        for what in ("substance", "product"):
            shelf, release = getattr(row, f"{what}_shelf"), getattr(row, f"{what}_release")
            cover = getattr(view.settings.supply, f"{what}_cover")
            if shelf is not None and MONTHS_PER_QUARTER * (shelf // MONTHS_PER_QUARTER) < release + cover:
                message = (
                    f"`{what}_shelf` is {shelf:g} months, less than release ({release:g}) and `{what}_cover` "
                    f"({cover:g}) together, so stock expires; it counts in whole quarters"
                )
                log.warn(view.place("recipes", row.key, f"{what}_shelf"), "W423", message)


def _changeovers(view: View, log: Log) -> None:
    for row in view.rows(Line):
        if row.changeover_days > DAYS_PER_QUARTER:
            message = f"a change of product takes {row.changeover_days:g} days, longer than a quarter"
            log.warn(view.place("lines", row.key, "changeover_days"), "W424", message)


def _numbers(view: View) -> Iterator[tuple[Row, str, str, float]]:
    """Row, attribute, name of its span, value: what is compared with published plants."""
    for recipe in view.rows(Recipe):
        grown = recipe.titer is not None
        for name in ("recovery", "batch_success", "working_volume", "batch_days") if grown else ():
            if name in recipe.model_fields_set:
                yield recipe, name, name, getattr(recipe, name)
        for name in ("titer", "transfer"):
            yield from _ends(recipe, name, name)
        for what in ("substance", "product"):
            release, shelf = getattr(recipe, f"{what}_release"), getattr(recipe, f"{what}_shelf")
            if release > span(f"{what}_release").high:
                yield recipe, f"{what}_release", f"{what}_release", release
            if shelf is not None:
                yield recipe, f"{what}_shelf", "shelf", shelf
    for step in view.rows(RecipeStep):
        if step.step in ("conjugation", "filling") and "recovery" in step.model_fields_set:
            yield step, "recovery", step.step, step.recovery
    for expansion in view.rows(Expansion):
        culture = expansion.step == "cell-culture"
        yield from _ends(expansion, "build", "build_culture" if culture else "build_other")
        dollars = _in_dollars(view, expansion.capital)
        if culture and expansion.litres and dollars:
            yield expansion, "capital", "capital_per_litre", dollars * 1e6 / expansion.litres


def _ends(row: Row, name: str, of: str) -> Iterator[tuple[Row, str, str, float]]:
    # The end of an uncertain value that lies farther out.
    value: Uncertain | None = getattr(row, name)
    if value is not None:
        yield row, name, of, value.low if not span(of).holds(value.low) else value.high


def _in_dollars(view: View, amount: float) -> float:
    # Million dollars, 0 where no rate is known.
    if view.settings is None or view.settings.company.currency == "USD":
        return amount
    rate = view.get(FxRate, "USD")
    return amount / rate.rate if rate else 0.0


def _published(view: View, log: Log) -> None:
    for row, name, of, value in _numbers(view):
        known = span(of)
        if not known.holds(value):
            log.warn(
                view.place(row.table, row.key, name),
                "W425",
                _far(name, of, value, known),
                f"published in {known.source}",
            )


def _far(name: str, of: str, value: float, known: Span) -> str:
    what = f"`{name}` a litre" if of == "capital_per_litre" else f"`{name}`"
    unit = f" {known.unit}" if known.unit else ""
    return (
        f"{what} {_short(value)}{unit} lies far outside the published {_short(known.low)} to {_short(known.high)}{unit}"
    )


def _short(value: float) -> str:
    return f"{rounded(value, 3):,g}"
