"""Checks that every program has a market, and that patients, rivals, sales and listings agree."""

from datetime import date

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Competitor, Epidemiology, Indication, Listing, Price, Sales
from echelon.company.rows.money import Actual
from echelon.company.rows.science import Program
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement of markets, rivals, sales and listings."""
    _markets(view, log)
    _competitors(view, log)
    _sales(view, log)
    _actuals(view, log)
    _listings(view, log)


def _markets(view: View, log: Log) -> None:
    """Every program that runs has sales, or patients and a price somewhere, or reported sales."""
    if not view.whole("sales", "epidemiology", "prices", "indications", "actuals"):
        return
    direct = {row.program for row in view.rows(Sales)}
    patients: dict[str, set[str]] = {}
    for epidemiology in view.rows(Epidemiology):
        patients.setdefault(epidemiology.disease, set()).add(epidemiology.territory)
    prices: dict[str, set[str]] = {}
    for price in view.rows(Price):
        prices.setdefault(price.asset, set()).add(price.territory)
    reported = {row.asset for row in view.rows(Actual) if row.item == "sales"}
    for row in view.rows(Program):
        if row.status != "active" or row.key in direct or (row.stage == "marketed" and row.asset in reported):
            continue
        indication = view.get(Indication, row.indication) if row.indication else None
        treated = patients.get(indication.disease, set()) if indication else set()
        if treated & prices.get(row.asset, set()):
            continue
        if row.indication and indication is None:
            continue  # the missing indication is reported as a reference
        lack = "a row in `sales`"
        if indication and not treated:
            lack += f", or patients of `{indication.disease}` in `epidemiology`"
        elif indication:
            lack += f", or a price of `{row.asset}` in a territory that has patients"
        else:
            lack += ", or an `indication` with patients and prices"
        log.wrong(view.place("programs", row.key, "id"), "E301", f"`{row.key}` has no market; it needs {lack}")


def _competitors(view: View, log: Log) -> None:
    for row in view.rows(Competitor):
        if (row.entry is None) == (row.entry_years is None):
            said = "both `entry` and `entry_years`" if row.entry else "neither `entry` nor `entry_years`"
            log.wrong(view.place("competitors", row.key, "entry"), "E319", f"the rival has {said}; it needs one")


def _sales(view: View, log: Log) -> None:
    split = {row.program for row in view.rows(Sales) if row.territory}
    for row in view.rows(Sales):
        if not row.territory and row.program in split:
            message = f"`{row.program}` has sales of all territories together and of single ones"
            log.wrong(view.place("sales", row.key, "program"), "E321", message, "keep one or the other")


def _actuals(view: View, log: Log) -> None:
    as_of = view.as_of
    for row in view.rows(Actual):
        place = view.place("actuals", row.key, "quarter")
        first_month = 3 * int(row.quarter[5]) - 2
        if date(int(row.quarter[:4]), first_month, 1) > as_of:
            log.wrong(place, "E322", f"{row.quarter} is after `as_of` {as_of}, so nothing of it is reported yet")
        if row.item == "sales" and not row.asset:
            log.wrong(view.place("actuals", row.key, "asset"), "E322", "reported sales need their `asset`")


def _listings(view: View, log: Log) -> None:
    for row in view.rows(Listing):
        if row.status == "listed" and row.listed and row.listed > view.as_of:
            place = view.place("listings", row.key, "listed")
            hint = "a listing still to come is `planned`"
            log.wrong(place, "E325", f"listed on {row.listed}, after `as_of`", hint)
        if row.status == "planned" and row.listed:
            place = view.place("listings", row.key, "listed")
            log.wrong(place, "E325", "the listing has a day but its status is `planned`")
