"""Facilities: one step, products in kilograms made in whole batches by facilities that differ in rate, yield and cost.

The rules are those of Lakhdar K, Savery J, Papageorgiou LG, Farid SS (2007) Multiobjective long-term planning of
biopharmaceutical manufacturing facilities. Biotechnol Prog 23(6):1383-1393.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from echelon.supply.campaign.bars import Bar
from echelon.supply.campaign.fields import MOST_CELLS, Fields
from echelon.supply.campaign.jsonfile import Node

ZERO, ONE = Fraction(0), Fraction(1)
Pair = tuple[str, str]

SCALARS = (
    "days_per_period", "production_lead_time_days", "product_lifetime_periods", "sales_price_per_kg",
    "storage_cost_per_kg_period", "lateness_penalty", "changeover_cost", "backlog_decay", "min_campaign_days",
    "release_periods",
)  # fmt: skip
YES, NO = ("y", "yes", True), ("n", "no", "", False, None)
FREE = ("source", "units", "expected", "notes", "name", "description", "comment", "title", "kind", "equations")
TOP = (
    *FREE, "sets", "scalars", "availability", "demand_kg", "can_make", "rate_batches_per_day", "yield_kg_per_batch",
    "batch_cost", "initial_stock_kg", "max_backlog_kg", "sites", "lead_time_days", "arriving_kg",
    "waste_cost_per_kg", "storage_capacity_kg",
)  # fmt: skip


@dataclass(frozen=True)
class Facilities:
    """An instance.

    rate, kilograms, cost : batches a day, kilograms a batch and money a batch of each (facility, product) that can be.
    opens : first period of a facility. lead : days from a start to the first batch. least : days. lifetime : periods
    that stock may be kept, None for ever. price, storage, late, waste : money a kilogram (and period). changeover :
    money a start. decay : share of what is late that stays wanted a period later. release : periods from a batch's end
    to its release. stock : kilograms before the first period. arriving : kilograms made before it, by the period in
    which they are released. most_late, capacity : kilograms, None for any. site : of each facility.
    """

    name: str
    facilities: tuple[str, ...]
    products: tuple[str, ...]
    periods: tuple[str, ...]
    days: Fraction
    rate: Mapping[Pair, Fraction]
    kilograms: Mapping[Pair, Fraction]
    cost: Mapping[Pair, Fraction]
    opens: Mapping[str, int]
    lead: Mapping[Pair, Fraction]
    least: Fraction
    lifetime: Mapping[str, int | None]
    price: Mapping[str, Fraction]
    storage: Mapping[str, Fraction]
    late: Mapping[str, Fraction]
    waste: Mapping[str, Fraction]
    changeover: Fraction
    decay: Fraction
    release: Mapping[str, int]
    demand: Mapping[str, tuple[Fraction, ...]]
    stock: Mapping[str, Fraction]
    arriving: Mapping[str, tuple[Fraction, ...]]
    most_late: Mapping[str, Fraction | None]
    capacity: Mapping[str, Fraction | None]
    site: Mapping[str, str]

    def batches(self, pair: Pair, started: bool) -> tuple[int, int]:
        """Fewest and most whole batches of a period; the second is under the first where none is possible."""
        if self.least > self.days:
            return 1, 0
        rate, lead = self.rate[pair], self.lead[pair]
        if started:
            few, many = 1 + rate * (self.least - lead), 1 + rate * (self.days - lead)
        else:
            few, many = rate * self.least, rate * self.days
        return max(math.ceil(few), 0), math.floor(many)


@dataclass(frozen=True)
class Run:
    """One product in one facility in one period."""

    site: str
    facility: str
    product: str
    period: str
    batches: int
    kilograms: float
    days: float
    started: bool


@dataclass(frozen=True)
class Line:
    """One product in one period, kilograms; stock and what is late at its end."""

    product: str
    period: str
    made: float
    stock: float
    sold: float
    waste: float
    late: float


@dataclass(frozen=True)
class Timetable:
    """Runs and balances of a facilities instance."""

    runs: tuple[Run, ...]
    lines: tuple[Line, ...]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {"campaigns": [asdict(row) for row in self.runs], "balances": [asdict(row) for row in self.lines]}

    def bars(self) -> tuple[Bar, ...]:
        """For the table and the chart."""
        return tuple(
            Bar(row.site, row.facility, "production", row.product, row.period, row.batches, row.days, row.started)
            for row in self.runs
        )


def facilities(root: Node, fields: Fields, name: str) -> Facilities | None:
    """The instance, or None after logging why it is none."""
    top = fields.members(root, "the instance")
    fields.unknown(top, TOP, "an instance of facilities")
    for key in ("sets", "scalars", "demand_kg", "rate_batches_per_day", "yield_kg_per_batch"):
        if key not in top:
            fields.missing(root.place, key, "the instance", top)
    if fields.bad():
        return None
    sets = fields.members(top["sets"], "sets")
    for key in ("facilities", "products", "periods"):
        if key not in sets:
            fields.missing(top["sets"].place, key, "sets", sets)
    if fields.bad():
        return None
    sites = fields.names(sets["facilities"], "facilities")
    products = fields.names(sets["products"], "products")
    periods = fields.names(sets["periods"], "periods", "t")
    cells = len(sites) * len(products) * len(periods)
    if cells > MOST_CELLS:
        message = f"facilities × products × periods make {cells:,}; at most {MOST_CELLS:,} are planned"
        fields.log.wrong(top["sets"].place, "E657", message)
    if fields.bad():
        return None
    return _filled(top, sites, products, periods, fields, name)


def _filled(
    top: dict[str, Node], sites: tuple[str, ...], products: tuple[str, ...], periods: tuple[str, ...],
    fields: Fields, name: str,
) -> Facilities | None:  # fmt: skip
    scalars = fields.members(top["scalars"], "scalars")
    fields.unknown(scalars, SCALARS, "scalars")

    def one(key: str, default: Fraction, above: bool = False, whole: bool = False) -> Fraction:
        node = scalars.get(key)
        if node is None:
            fields.log.warn(top["scalars"].place, "W651", f"scalars does not give `{key}`: {float(default):g}")
            return default
        return fields.number(node, key, above=above, whole=whole) or ZERO

    def each(key: str, default: Fraction | None) -> dict[str, Fraction]:
        node = scalars.get(key)
        if node is None:
            return {} if default is None else dict.fromkeys(products, default)
        return fields.by_name(
            node,
            key,
            "product",
            products,
            default=default,
            none=default is None,
            whole="lifetime" in key or key == "release_periods",
        )

    if "days_per_period" not in scalars:
        fields.missing(top["scalars"].place, "days_per_period", "scalars", scalars)
    if "sales_price_per_kg" not in scalars:
        fields.missing(top["scalars"].place, "sales_price_per_kg", "scalars", scalars)
    rate = _pairs(top["rate_batches_per_day"], "rate_batches_per_day", sites, products, fields, above=True)
    kilograms = _pairs(top["yield_kg_per_batch"], "yield_kg_per_batch", sites, products, fields, above=True)
    cost = _pairs(top["batch_cost"], "batch_cost", sites, products, fields) if "batch_cost" in top else {}
    for pair in sorted(set(rate) - set(kilograms)):
        fields.log.wrong(
            top["yield_kg_per_batch"].place, "E653", f"yield_kg_per_batch says nothing of {' of '.join(pair[::-1])}"
        )
    may = _may(top.get("can_make"), sites, products, fields)
    wanted = fields.members(top["demand_kg"], "demand_kg")
    demand = {
        p: fields.profile(item, f"demand of {p}", periods)
        for p, item in wanted.items()
        if fields.known(p, item.key_place or item.place, "product", products)
    }
    lifetime = each("product_lifetime_periods", None)
    stock = (
        fields.by_name(top["initial_stock_kg"], "initial_stock_kg", "product", products, default=ZERO)
        if "initial_stock_kg" in top
        else {}
    )
    limits = {
        key: fields.by_name(top[key], key, "product", products, none=True) if key in top else {}
        for key in ("max_backlog_kg", "storage_capacity_kg")
    }
    waste = (
        fields.by_name(top["waste_cost_per_kg"], "waste_cost_per_kg", "product", products, default=ZERO)
        if "waste_cost_per_kg" in top
        else {}
    )
    price, storage, late = (
        each("sales_price_per_kg", ZERO),
        each("storage_cost_per_kg_period", ZERO),
        each("lateness_penalty", ZERO),
    )
    arriving = {
        p: fields.profile(item, f"what arrives of {p}", periods)
        for p, item in (fields.members(top["arriving_kg"], "arriving_kg") if "arriving_kg" in top else {}).items()
        if fields.known(p, item.key_place or item.place, "product", products)
    }
    release = each("release_periods", ZERO)
    lead = one("production_lead_time_days", ZERO)
    own = _pairs(top["lead_time_days"], "lead_time_days", sites, products, fields) if "lead_time_days" in top else {}
    made = Facilities(
        name, sites, products, periods, one("days_per_period", ONE, above=True),
        {pair: r for pair, r in rate.items() if pair in may}, kilograms, {pair: cost.get(pair, ZERO) for pair in rate},
        _opens(top.get("availability"), sites, periods, fields),
        {pair: own.get(pair, lead) for pair in rate}, one("min_campaign_days", ZERO),
        {p: int(lifetime[p]) if p in lifetime else None for p in products}, price, storage, late,
        {p: waste.get(p, ZERO) for p in products}, one("changeover_cost", ZERO), one("backlog_decay", ONE),
        {p: int(release.get(p, ZERO)) for p in products},
        {p: demand.get(p, (ZERO,) * len(periods)) for p in products},
        {p: stock.get(p, ZERO) for p in products},
        {p: arriving.get(p, (ZERO,) * len(periods)) for p in products},
        {p: limits["max_backlog_kg"].get(p) for p in products},
        {p: limits["storage_capacity_kg"].get(p) for p in products},
        _sites(top.get("sites"), sites, fields),
    )  # fmt: skip
    return None if fields.bad() else made


def _pairs(
    node: Node, what: str, sites: Sequence[str], products: Sequence[str], fields: Fields, above: bool = False
) -> dict[Pair, Fraction]:
    found: dict[Pair, Fraction] = {}
    for site, item in fields.members(node, what).items():
        if not fields.known(site, item.key_place or item.place, "facility", sites):
            continue
        values = fields.by_name(item, f"{what} of {site}", "product", products, above=above, none=True)
        found |= {(site, p): value for p, value in values.items()}
    return found


def _may(node: Node | None, sites: Sequence[str], products: Sequence[str], fields: Fields) -> set[Pair]:
    every = {(site, p) for site in sites for p in products}
    if node is None or node.value == "all":
        return every
    found: set[Pair] = set()
    for site, item in fields.members(node, "can_make").items():
        if not fields.known(site, item.key_place or item.place, "facility", sites):
            continue
        if isinstance(item.value, list):
            named = [(one.value if isinstance(one.value, str) else "", one.place) for one in item.value]
        else:
            inner = fields.members(item, f"can_make of {site}")
            named = [(p, one.key_place or one.place) for p, one in inner.items() if _yes(one, site, p, fields)]
        found |= {(site, p) for p, place in named if fields.known(p, place, "product", products)}
    return found


def _yes(node: Node, site: str, product: str, fields: Fields) -> bool:
    word = node.value.strip().casefold() if isinstance(node.value, str) else node.value
    if word in YES + NO:
        return word in YES
    fields.log.wrong(node.place, "E652", f"can_make of {product} at {site} is {node.kind}; it should be `Y` or `N`")
    return False


def _opens(node: Node | None, sites: Sequence[str], periods: Sequence[str], fields: Fields) -> dict[str, int]:
    found: dict[str, int] = dict.fromkeys(sites, 0)
    if node is None:
        return found
    for site, item in fields.members(node, "availability").items():
        if not fields.known(site, item.key_place or item.place, "facility", sites):
            continue
        text = item.value if isinstance(item.value, str) else ""
        word = next((word for word in text.replace(";", " ").replace(",", " ").split() if word in periods), None)
        if word is None:
            fields.log.wrong(item.place, "E655", f"availability of {site} names no period; it should be the first one")
            continue
        if word != text:
            fields.log.warn(item.place, "W652", f"availability of {site} is read as: from {word} on")
        found[site] = periods.index(word)
    return found


def _sites(node: Node | None, names: Sequence[str], fields: Fields) -> dict[str, str]:
    found = {name: name for name in names}
    if node is None:
        return found
    for site, item in fields.members(node, "sites").items():
        if not isinstance(item.value, list):
            fields.wrong_type(item, f"site {site}", "a list of facilities")
            continue
        for one in item.value:
            word = one.value if isinstance(one.value, str) else ""
            if fields.known(word, one.place, "facility", names):
                found[word] = site
    return found
