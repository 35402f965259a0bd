"""A year's campaign plan of a company: an instance of facilities from a quantile of the demand of its own futures."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.build.build import Built
from echelon.futures.build.orders import SUBSTANCE, Leg
from echelon.futures.build.supply import NEVER
from echelon.runs.demand import Asked, asked, built_again, quarters_from
from echelon.runs.run import Run, RunError
from echelon.supply.campaign.trains import MONTH, Train, trains_of

MONTHS = 12
TIE = 0.01
"""What a new campaign costs, as a share of the least that a batch earns: of equal plans the one with fewer is found."""


@dataclass(frozen=True)
class Product:
    """An asset whose substance is made at a site, kilograms of substance.

    year : f8[future] asked for in the year. wanted : of it, the quantile. by_month : f8[period]. stock, arriving :
    before the first period, and released later. closing : kept at the end. price, cost : money (million) a kilogram.
    release : months. life : months, None for ever. batch_days : as the recipe has it. uses : capacity of each line
    (its place) that a gram takes. per_litre : grams out of a litre of reactor.
    """

    name: str
    asset: str
    leg: Leg
    year: F8
    wanted: float
    by_month: F8
    stock: float
    arriving: float
    closing: float
    price: float
    cost: float
    release: int
    life: int | None
    uses: tuple[tuple[int, float], ...]
    per_litre: float

    @property
    def site(self) -> str:
        """Where it is made."""
        return self.leg.recipe.site


@dataclass(frozen=True)
class Year:
    """A year's instance as a JSON document, its products and trains, and the products of which nothing is wanted."""

    document: dict[str, Any]
    products: tuple[Product, ...]
    trains: tuple[Train, ...]
    futures: int
    left_out: tuple[str, ...]


def plan_year(
    run: Run,
    year: int,
    quantile: float,
    site: str = "",
    trains: int = 6,
    progress: Callable[[int, int], None] | None = None,
) -> Year:
    """The instance of a year.

    Parameters
    ----------
    run : a finished run. year : a whole year of it. quantile : of each product's demand over the year, over futures.
    site : one site only. trains : most trains into which the reactors of a line are grouped.

    Raises
    ------
    RunError
        If the run models no supply that could be planned, or does not hold the year.
    """
    built = built_again(run)
    _refuse(built, site)
    firsts = _first_legs(built, quarters_from(built, year), site)
    if not firsts:
        where = f"at {site}" if site else "anywhere"
        msg = (
            f"no asset of the run is made in a line of step cell-culture {where}: recipes.csv should say how and where"
        )
        raise RunError(msg)
    release = max(_release(built, j) for j, _ in firsts.values())
    found = asked(built, quarters_from(built, year, -(-release // 3)), run.info["futures"], progress)
    products, left_out = _products(run, built, found, firsts, quantile)
    if not products:
        msg = f"nothing is wanted in {year} at quantile {quantile:g} of the run's futures: there is nothing to plan"
        raise RunError(msg)
    periods = _months(year, min(MONTHS + release, 3 * len(found.quarters)))
    made = trains_of(built, found, [p.leg.recipe.site for p in products], periods, trains, _longest(products))
    if not made:
        msg = f"no line of step cell-culture is open in {year} where something is wanted"
        raise RunError(msg)
    return Year(_document(run, year, quantile, periods, products, made), products, made, found.futures, left_out)


def _refuse(built: Built, site: str) -> None:
    if not built.labels.lines:
        msg = "the run has no lines: supply is not modelled (lines.csv and recipes.csv of the company say what is)"
        raise RunError(msg)
    sites = sorted({where for where, step in built.labels.lines if step == "cell-culture"})
    if not sites:
        msg = "the run has no line of step cell-culture, and only those are planned in batches"
        raise RunError(msg)
    if site and site not in sites:
        msg = f"there is no line of step cell-culture at `{site}`; there is at: {', '.join(sites)}"
        raise RunError(msg)
    if not built.labels.orders:
        msg = "no asset of the run has a recipe that uses its lines: recipes.csv should say how it is made, and where"
        raise RunError(msg)


def _first_legs(built: Built, quarters: tuple[int, ...], site: str) -> dict[int, tuple[int, Leg]]:
    # Order -> its substance stage and the site asked first of those that may supply when the year begins.
    book, supply = built.network, built.model.supply
    moved = {row.key: at for row, at in zip(book.lines.transfers, book.lines.transfer_at, strict=True)}
    begins = quarters[0] * 0.25
    found = {}
    for k, place in enumerate(book.arranged()):
        stages = book.orders[place].stages
        if not stages or not stages[0] or stages[0][0].stage != SUBSTANCE:
            continue
        open_ = [leg for leg in stages[0] if leg.after <= begins and _moved(leg, moved) <= begins]
        leg = (open_ or stages[0])[0]
        if "cell-culture" in leg.steps and (not site or leg.recipe.site == site):
            found[k] = int(supply.order_from[k]), leg
    return found


def _moved(leg: Leg, moved: dict[str, float]) -> float:
    # Years to the end of a technology transfer, at its mode.
    transfer = leg.recipe.transfer
    return -math.inf if transfer is None else moved[leg.recipe.key] + transfer.mode / 12


def _release(built: Built, stage: int) -> int:
    # Whole months to release, never too few.
    return math.ceil(float(built.model.supply.stage_lag[stage]) * 3 - 1e-9)


def _products(
    run: Run, built: Built, found: Asked, firsts: dict[int, tuple[int, Leg]], quantile: float
) -> tuple[tuple[Product, ...], tuple[str, ...]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for k, (_, leg) in firsts.items():
        groups.setdefault((leg.recipe.asset, leg.recipe.site), []).append(k)
    several = {asset for asset, _ in groups if sum(a == asset for a, _ in groups) > 1}
    products, left_out = [], []
    for (asset, site), orders in groups.items():
        name = f"{asset}/{site}" if asset in several else asset
        made = _product(run, built, found, [(k, *firsts[k]) for k in orders], name, quantile)
        if made.wanted > 0.0:
            products.append(made)
        else:
            left_out.append(name)
    return tuple(products), tuple(left_out)


def _product(
    run: Run, built: Built, found: Asked, orders: list[tuple[int, int, Leg]], name: str, quantile: float
) -> Product:
    book, supply = built.network, built.model.supply
    leg, stage = orders[0][2], orders[0][1]
    asked_for = np.zeros((found.futures, len(found.quarters)))
    stock = arriving = closing = worth = weight = 0.0
    for k, j, _ in orders:
        later = float(np.prod(supply.stage_yield[j + 1 : supply.order_from[k + 1]]))
        grams = found.grams[:, k, :] / later
        asked_for += grams / 1000
        held = _held(run, built, found, k, j, found.first[k] / later)
        stock, arriving, closing = stock + held[0], arriving + held[1], closing + held[2]
        prices = [price for price in book.orders[book.arranged()[k]].worth if math.isfinite(price)]
        share = float(grams.mean())
        if prices and share > 0.0:
            worth, weight = worth + share * later * float(np.mean(prices)) / 1000, weight + share
    year = asked_for[:, :4].sum(axis=1)
    wanted, mean = float(np.quantile(year, quantile)), float(year.mean())
    shape = asked_for.mean(axis=0) / mean if mean > 0.0 else np.zeros(len(found.quarters))
    recipe, life = leg.recipe, int(supply.stage_life[stage])
    assert recipe.titer is not None, "checked on reading"
    return Product(
        name, recipe.asset, leg, year, wanted, np.repeat(wanted * shape / 3, 3), stock, arriving, closing,
        worth / weight if weight > 0.0 else 0.0, recipe.substance_cost / 1000, _release(built, stage),
        None if life >= NEVER else 3 * life, tuple((line, use) for line, use, _ in book.uses(leg)),
        recipe.working_volume * recipe.titer.mode * book.leg_yield(leg),
    )  # fmt: skip


def _held(run: Run, built: Built, found: Asked, k: int, j: int, first: float) -> tuple[float, float, float]:
    # Mean kilograms of an order in stock and under way when the year begins, and in stock at the end.
    labels, supply = built.labels, built.model.supply
    table = run.table("stocks")
    rows = {
        row["quarter"]: row
        for row in table.to_dicts()
        if (row["asset"], row["territories"], row["stage"])
        == (labels.orders[k][0], ";".join(labels.orders[k][1]), "substance")
    }
    begin = found.quarters[0]
    last = rows[labels.quarters[found.quarters[-1]]]["stock"] / 1000
    if begin == 0:  # what is sold already begins with its cover, see `futures.rules.supply.lay_in`
        return first * float(supply.stage_cover[j]) / 1000, first * float(supply.stage_lag[j]) / 1000, last
    before = rows[labels.quarters[begin - 1]]
    return before["stock"] / 1000, before["waiting"] / 1000, last


def _months(year: int, count: int) -> tuple[str, ...]:
    return tuple(f"{year + t // 12}-{t % 12 + 1:02d}" for t in range(count))


def _longest(products: tuple[Product, ...]) -> dict[str, float]:
    # Reactor-days that the longest batch of each site takes.
    found: dict[str, float] = {}
    for p in products:
        days = p.uses[0][1] * p.per_litre  # litre-days a litre of reactor
        found[p.site] = max(found.get(p.site, 0.0), days)
    return found


def _document(
    run: Run, year: int, quantile: float, periods: tuple[str, ...], products: tuple[Product, ...],
    trains: tuple[Train, ...],
) -> dict[str, Any]:  # fmt: skip
    info, money = run.info, run.company.settings.money
    months = len(periods)
    batch = {(t.name, p.name): t.litres * p.per_litre / 1000 for t in trains for p in products if t.site == p.site}
    value = {p.name: p.cost or money.cogs * p.price for p in products}
    price = {p.name: p.price for p in products}
    least = min(price[name] * kilograms for (_, name), kilograms in batch.items())

    def by_train(number: Callable[[Train, Product], float]) -> dict[str, dict[str, float]]:
        return {t.name: {p.name: _short(number(t, p)) for p in products if p.site == t.site} for t in trains}

    under = f", scenario {info['scenario']}" if info["scenario"] else ""
    under += f", plan {info['plan']}" if info["plan"] else ""
    rate = by_train(lambda t, p: t.rate(p.uses, p.per_litre))
    changeover = {t.name: t.changeover for t in trains}
    # A start costs its changeover and no more: batches of a first month are rate × (days − changeover).
    lead = {t: {p: float(f"{changeover[t] + 1 / r:.9g}") for p, r in row.items()} for t, row in rate.items()}
    return {
        "name": f"{info['company']} {year}, quantile {quantile:g} of demand",
        "source": f"a run of {info['company']} as of {info['as_of']}{under}, seed {info['seed']}",
        "units": f"kilograms of drug substance; million {info['currency']}; months",
        "notes": [f"{t.name}: {t.reactors} × {t.litres:,.6g} L at {t.site}" for t in trains],
        "sets": {"facilities": [t.name for t in trains], "products": [p.name for p in products], "periods": [*periods]},
        "sites": {site: [t.name for t in trains if t.site == site] for site in dict.fromkeys(t.site for t in trains)},
        "availability": {t.name: periods[t.opens] for t in trains if t.opens},
        "scalars": {
            "days_per_period": MONTH,
            "production_lead_time_days": 0,
            "min_campaign_days": 0,
            "product_lifetime_periods": {p.name: p.life for p in products},
            "release_periods": {p.name: p.release for p in products},
            "sales_price_per_kg": {name: _short(x) for name, x in price.items()},
            "storage_cost_per_kg_period": {name: _short(x * money.discount_rate / 12) for name, x in value.items()},
            "lateness_penalty": 0,
            "backlog_decay": 0,
            "changeover_cost": _short(TIE * least),
        },
        "rate_batches_per_day": rate,
        "lead_time_days": lead,
        "yield_kg_per_batch": by_train(lambda t, p: batch[t.name, p.name]),
        "batch_cost": by_train(lambda t, p: p.cost * batch[t.name, p.name]),
        "demand_kg": {p.name: [_short(x) for x in _due(p, months)] for p in products},
        "initial_stock_kg": {p.name: _short(p.stock) for p in products},
        "arriving_kg": {p.name: [_short(x) for x in _arriving(p, months)] for p in products if p.arriving > 0.0},
    }


def _due(product: Product, months: int) -> F8:
    # Demand of each month; at the end, what the run itself keeps in stock then.
    due = product.by_month[:months].copy()
    due[-1] += product.closing
    return due


def _arriving(product: Product, months: int) -> F8:
    found = np.zeros(months)
    found[: max(product.release, 1)] = product.arriving / max(product.release, 1)
    return found


def _short(value: float) -> float:
    """Six digits, as people write them."""
    return float(f"{value:.6g}")
