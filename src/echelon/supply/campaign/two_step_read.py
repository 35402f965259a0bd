"""A two-step instance out of its JSON: every field, its range and its default."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from echelon.supply.campaign.fields import MOST_CELLS, Fields
from echelon.supply.campaign.jsonfile import Node
from echelon.supply.campaign.two_step import Step, TwoStep

ZERO, ONE = Fraction(0), Fraction(1)
FREE = ("source", "units", "expected", "notes", "name", "description", "comment", "title", "kind")
"""Keys for people; nothing of them is an input."""

STARTS = "at_most_one_new_campaign_flag_W_per_dsp_suite_period"
DAYS = "horizon_days_per_period"
TOP = (
    *FREE, "sets", DAYS, "allowed_usp", "allowed_dsp", STARTS, "upstream", "downstream", "demand_batches", "sites",
    "initial_crude_batches", "initial_final_batches", "max_backlog_batches",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A parameter of a step, by product: its range, and its default, told where `said` says it."""

    name: str
    default: Fraction | None = None
    needed: bool = False
    above: bool = False
    whole: bool = False
    said: str = "0"


COMMON = (
    Field("rate_batches_per_day", needed=True, above=True),
    Field("lead_time_days", needed=True),
    Field("lifetime_periods", whole=True, said="stock keeps for ever"),
    Field("storage_capacity_batches", said="any amount can be stored"),
    Field("min_campaign_days", ZERO),
    Field("max_campaign_days", said="the whole period"),
    Field("storage_cost", ZERO),
    Field("batch_cost", ZERO),
    Field("waste_cost", ZERO),
)
UP = (*COMMON, Field("sales_price", needed=True), Field("changeover_cost", said=""))
DOWN = (
    *COMMON,
    Field("lateness_penalty_per_batch_per_period", ZERO),
    Field("changeover_cost", ZERO),
    Field("conversion_factor_final_per_crude", ONE, above=True, said="1"),
)


def two_step(root: Node, fields: Fields, name: str) -> TwoStep | None:
    """The instance, or None after logging why it is none."""
    top = fields.members(root, "the instance")
    fields.unknown(top, TOP, "a two-step instance")
    for key in ("sets", DAYS, "upstream", "downstream", "demand_batches"):
        if key not in top:
            fields.missing(root.place, key, "the instance", top)
    if "sets" not in top:
        return None
    sets = fields.members(top["sets"], "sets")
    fields.unknown(sets, ("usp_suites", "dsp_suites", "products", "periods"), "sets")
    names = {}
    for key, prefix in (("usp_suites", ""), ("dsp_suites", ""), ("products", ""), ("periods", "t")):
        if key in sets:
            names[key] = fields.names(sets[key], key, prefix)
        else:
            fields.missing(top["sets"].place, key, "sets", sets)
    if fields.bad() or len(names) < 4:
        return None
    usp, dsp, products, periods = (names[key] for key in ("usp_suites", "dsp_suites", "products", "periods"))
    for suite in set(usp) & set(dsp):
        fields.log.wrong(sets["dsp_suites"].place, "E655", f"`{suite}` is an upstream and a downstream suite")
    cells = (len(usp) + len(dsp)) * len(products) * len(periods)
    if cells > MOST_CELLS:
        message = f"suites × products × periods make {cells:,}; at most {MOST_CELLS:,} are planned"
        fields.log.wrong(top["sets"].place, "E657", message)
        return None
    days = fields.number(top[DAYS], DAYS, above=True) or ONE
    up = _step(top["upstream"], "upstream", UP, products, fields)
    down = _step(top["downstream"], "downstream", DOWN, products, fields)
    may = [
        fields.allowed(top.get(key), key, suites, products)
        for key, suites in (("allowed_usp", usp), ("allowed_dsp", dsp))
    ]
    demand = _demand(top["demand_batches"], products, periods, fields)
    final = (
        fields.by_name(top["initial_final_batches"], "initial_final_batches", "product", products, default=ZERO)
        if "initial_final_batches" in top
        else {}
    )
    late = (
        fields.by_name(top["max_backlog_batches"], "max_backlog_batches", "product", products, none=True)
        if "max_backlog_batches" in top
        else {}
    )
    starts = fields.truth(top[STARTS], STARTS) if STARTS in top else False
    site = _sites(top.get("sites"), (*usp, *dsp), name, fields)
    crude = _crude(top.get("initial_crude_batches"), tuple(dict.fromkeys(site.values())), products, fields)
    if fields.bad():
        return None
    changeover = up["changeover_cost"] or down["changeover_cost"]
    return TwoStep(
        name, products, periods, days,
        _made(usp, may[0], up, changeover, days), _made(dsp, may[1], down, down["changeover_cost"], days),
        up["sales_price"], down["lateness_penalty_per_batch_per_period"], down["conversion_factor_final_per_crude"],
        demand, crude, {p: final.get(p, ZERO) for p in products}, {p: late.get(p) for p in products}, site,
        bool(starts),
    )  # fmt: skip


def _step(
    node: Node, where: str, wanted: Sequence[Field], products: Sequence[str], fields: Fields
) -> dict[str, dict[str, Fraction]]:
    members = fields.members(node, where)
    fields.unknown(members, [field.name for field in wanted], where)
    found: dict[str, dict[str, Fraction]] = {}
    blank: list[str] = []
    for field in wanted:
        item = members.get(field.name)
        if item is not None and item.value is not None:
            what = f"{field.name} of {where}"
            found[field.name] = fields.by_name(
                item, what, "product", products, above=field.above, whole=field.whole, default=field.default,
                none=not field.needed and field.default is None,
            )  # fmt: skip
        elif field.needed:
            fields.missing(node.place, field.name, where, members)
            found[field.name] = {}
        else:
            if field.said:
                blank.append(f"`{field.name}` ({field.said})")
            found[field.name] = {} if field.default is None else dict.fromkeys(products, field.default)
    if blank:
        fields.log.warn(node.key_place or node.place, "W651", f"{where} does not give {', '.join(blank)}")
    return found


def _made(
    suites: tuple[str, ...], allowed: dict[str, frozenset[str]], found: dict[str, dict[str, Fraction]],
    changeover: dict[str, Fraction], days: Fraction,
) -> Step:  # fmt: skip
    rate = found["rate_batches_per_day"]
    life = found["lifetime_periods"]
    capacity = found["storage_capacity_batches"]
    return Step(
        suites, allowed, rate, found["lead_time_days"],
        {p: int(life[p]) if p in life else None for p in rate}, {p: capacity.get(p) for p in rate},
        found["min_campaign_days"], {p: found["max_campaign_days"].get(p, days) for p in rate},
        found["storage_cost"], found["batch_cost"], found["waste_cost"], {p: changeover.get(p, ZERO) for p in rate},
    )  # fmt: skip


def _demand(
    node: Node, products: Sequence[str], periods: Sequence[str], fields: Fields
) -> dict[str, tuple[Fraction, ...]]:
    members = fields.members(node, "demand_batches")
    found = {}
    for name, item in members.items():
        if fields.known(name, item.key_place or item.place, "product", products):
            found[name] = fields.profile(item, f"demand of {name}", periods)
    for product in products:
        if product not in members and isinstance(node.value, dict):
            fields.log.warn(
                node.key_place or node.place, "W651", f"demand_batches says nothing of {product}: no demand"
            )
    return {p: found.get(p, (ZERO,) * len(periods)) for p in products}


def _sites(node: Node | None, suites: Sequence[str], name: str, fields: Fields) -> dict[str, str]:
    if node is None or node.value is None:
        return dict.fromkeys(suites, name)
    found: dict[str, str] = {}
    for site, item in fields.members(node, "sites").items():
        for suite in item.value if isinstance(item.value, list) else ():
            word = suite.value if isinstance(suite.value, str) else ""
            if not fields.known(word, suite.place, "suite", suites):
                continue
            if word in found:
                fields.log.wrong(suite.place, "E655", f"`{word}` is at two sites, {found[word]} and {site}")
            found[word] = site
        if not isinstance(item.value, list):
            fields.wrong_type(item, f"site {site}", "a list of suites")
    for left in suites:
        if left not in found:
            fields.log.wrong(node.place, "E653", f"no site is given for the suite {left}")
    return found


def _crude(
    node: Node | None, sites: Sequence[str], products: Sequence[str], fields: Fields
) -> dict[str, dict[str, Fraction]]:
    none = {site: dict.fromkeys(products, ZERO) for site in sites}
    if node is None or node.value is None:
        return none
    what = "initial_crude_batches"
    if len(sites) == 1:
        return {sites[0]: fields.by_name(node, what, "product", products, default=ZERO)}
    for site, item in fields.members(node, what).items():
        if fields.known(site, item.key_place or item.place, "site", sites):
            none[site] = fields.by_name(item, f"{what} of {site}", "product", products, default=ZERO)
    return none
