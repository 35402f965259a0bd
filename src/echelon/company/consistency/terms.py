"""Checks that the terms of a deal agree: its route, its option, its extension, and the deal it is a sub-licence of."""

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Deal, Filing, Price, Sales
from echelon.company.rows.science import Asset, Program
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement within a deal, and between a sub-licence and its parent.

    Deals that have ended are kept for the record, with as much of their terms as is known.
    """
    for row in view.rows(Deal):
        if row.status == "ended":
            continue
        _route(view, row, log)
        _option(view, row, log)
        _extension(view, row, log)
        _sublicense(view, row, log)
    _promoted(view, log)


def _route(view: View, row: Deal, log: Log) -> None:
    asset = view.get(Asset, row.asset)
    nothing_ours = asset is not None and asset.economic_share == 0  # then no term of the deal matters to us
    for route, name, what in (
        ("promotion", "commission", "the share of our net sales that the partner is paid"),
        ("venture", "profit_share", "our share of the venture's profit"),
    ):
        value = getattr(row, name)
        place = view.place("deals", row.key, name)
        if row.route == route and value == 0 and not nothing_ours:
            log.wrong(place, "E337", f"the route `{route}` needs `{name}`", f"{what}, above 0 and at most 1")
        elif row.route != route and value > 0:
            message = f"`{name}` {value:g} belongs to the route `{route}`, and the route is `{row.route}`"
            log.wrong(place, "E337", message, f"write `{route}` as the route, or leave `{name}` blank")


def _promoted(view: View, log: Log) -> None:
    """A partner promotes where we sell: where a program of the asset files, or has sales or a price."""
    if not view.settings or not view.whole("programs", "filings", "sales", "prices"):
        return
    asset_of = {row.key: row.asset for row in view.rows(Program)}
    sold: dict[str, set[str]] = {}
    for filing in view.rows(Filing):
        sold.setdefault(asset_of.get(filing.program, ""), set()).add(filing.territory)
    for sales in view.rows(Sales):
        where = {sales.territory} if sales.territory else set(view.settings.company.home)
        sold.setdefault(asset_of.get(sales.program, ""), set()).update(where)
    for price in view.rows(Price):
        sold.setdefault(price.asset, set()).add(price.territory)
    for row in view.rows(Deal):
        known = [name for name in row.territories if name in view.known("territories")]
        nowhere = [name for name in known if name not in sold.get(row.asset, set())]
        if row.route == "promotion" and row.status != "ended" and nowhere:
            message = f"`{row.partner}` promotes `{row.asset}` in `{nowhere[0]}`, where we do not sell it"
            hint = "a program of the asset needs a filing, sales or a price there"
            log.wrong(view.place("deals", row.key, "territories"), "E337", message, hint)


def _option(view: View, row: Deal, log: Log) -> None:
    if row.status == "option":
        if row.option_chance == 0:
            hint = "the probability that it is exercised; an option that has lapsed is `ended`"
            log.wrong(view.place("deals", row.key, "option_chance"), "E338", "an option needs `option_chance`", hint)
        if row.option_on is None:
            hint = "the day by which it is exercised, or lapses"
            log.wrong(view.place("deals", row.key, "option_on"), "E338", "an option needs `option_on`", hint)
        elif row.option_on < view.as_of:
            message = f"the option was to be exercised by {row.option_on}, before `as_of` {view.as_of}"
            hint = "an option that was exercised is `active`, one that lapsed is `ended`"
            log.wrong(view.place("deals", row.key, "option_on"), "E338", message, hint)
        return
    given = [name for name in ("option_chance", "option_on") if getattr(row, name)]
    if given:
        message = f"`{given[0]}` belongs to an option, and the deal is `{row.status}`"
        hint = f"write `option` as the status, or leave `{given[0]}` blank"
        log.wrong(view.place("deals", row.key, given[0]), "E338", message, hint)


def _extension(view: View, row: Deal, log: Log) -> None:
    if row.extension_chance == 0:
        return
    if row.ends is None:
        message = f"the deal is extended with a chance of {row.extension_chance:g}, and has no end"
        log.wrong(view.place("deals", row.key, "ends"), "E339", message, "give the day it ends in `ends`")
    if row.extension_years == 0:
        message = f"the deal is extended with a chance of {row.extension_chance:g}, by no years"
        log.wrong(view.place("deals", row.key, "extension_years"), "E339", message, "give `extension_years`")


def _sublicense(view: View, row: Deal, log: Log) -> None:
    if not row.sublicense_of:
        if row.pass_on != 1:
            message = f"`pass_on` {row.pass_on:g} belongs to a sub-licence, and the deal is under no other"
            hint = "name the deal that it is under in `sublicense_of`, or leave `pass_on` blank"
            log.wrong(view.place("deals", row.key, "pass_on"), "E340", message, hint)
        return
    parent = view.get(Deal, row.sublicense_of)
    if parent is None or parent.key == row.key:
        return  # reported as a reference, or as a circle
    place = view.place("deals", row.key, "sublicense_of")
    for message, hint in _misfits(row, parent):
        log.wrong(place, "E340", message, hint)
    outside = [name for name in row.territories if name not in parent.territories]
    if outside:
        message = f"`{outside[0]}` is not among the territories of `{parent.key}`: {', '.join(parent.territories)}"
        hint = "a sub-licence lies within the deal that it is under"
        log.wrong(view.place("deals", row.key, "territories"), "E340", message, hint)
    if row.signed and parent.signed and row.signed < parent.signed:
        message = f"signed on {row.signed}, before `{parent.key}`, which it is under, on {parent.signed}"
        log.wrong(view.place("deals", row.key, "signed"), "E340", message)


def _misfits(row: Deal, parent: Deal) -> list[tuple[str, str]]:
    # What makes `parent` no deal to be under, each with what would be right.
    found: list[tuple[str, str]] = []
    if parent.sublicense_of not in ("", row.key):  # a circle is reported as such
        hint = f"name the licence that we gave, `{parent.sublicense_of}`"
        found.append((f"`{parent.key}` is a sub-licence itself, of `{parent.sublicense_of}`", hint))
    if parent.asset != row.asset:
        found.append((f"`{parent.key}` is about `{parent.asset}`, not `{row.asset}`", "a sub-licence is of the asset"))
    if "in" in (parent.direction, row.direction):
        found.append(("a sub-licence is under a deal in which we license out", "`direction` is `out` for both"))
    if parent.status == "ended":
        hint = "a sub-licence of an ended deal is `ended`, or a deal of its own"
        found.append((f"`{parent.key}` has ended, so nothing is under it any more", hint))
    elif row.status == "active" and parent.status != "active":
        hint = "an active sub-licence is under an active deal"
        found.append((f"`{parent.key}` is `{parent.status}`, so nothing active is under it yet", hint))
    return found
