"""Markets, supply and deals of a SimPy future: what is sold in a quarter, by whom, and what is left of it."""

import math
from dataclasses import dataclass
from types import SimpleNamespace

from benchmarks.books import Books
from benchmarks.luck import Luck, average, inverse, long_uniform, short_uniform, typical

REPORTED_FADE = 3.0


@dataclass
class Climb:
    """Uptake of something launched: sales so far in years at peak."""

    start: float
    years: float
    so_far: float = 0.0


@dataclass
class Product:
    """A pair on the market."""

    pair: int
    climb: Climb
    weight: float
    yearly: float
    factor: float
    load: float
    loss: float
    listed: float
    listed_from: float
    known: bool


@dataclass
class Entrant:
    """A rival, or a product of our own, that entered a class after as_of."""

    weight: float
    climb: Climb


class Supply:
    """Sites: reactor time by quarter, and who goes short."""

    def __init__(self, company: SimpleNamespace, luck: Luck) -> None:
        self.company = company
        self.luck = luck
        self.capacity: list[list[float]] = company.supply.capacity
        self.built: list[list[tuple[float, float]]] = [[] for _ in self.capacity]
        self.titers: dict[int, float] = {}
        self.use: list[list[float]] = [[] for _ in self.capacity]
        self.first_short = math.nan

    def add(self, site: int, licensed: float, litre_days: float) -> None:
        """Add reactor time a quarter to a site from a time on."""
        self.built[site].append((licensed, litre_days))

    def titer(self, recipe: int) -> float:
        """Titer of a recipe over its mode."""
        if recipe not in self.titers:
            u = self.luck.long(self.company.supply.titer_stream[recipe])
            self.titers[recipe] = inverse(self.company.supply.titer[recipe], u)
        return self.titers[recipe]

    def shares(self, column: int, loads: list[float]) -> list[float]:
        """Share of what is asked of each site that it can make: pro rata when reactor time is short."""
        calendar = self.company.calendar
        quarter = min(column, calendar.quarters - 1)
        end = (quarter + 1) / 4.0
        found = []
        for site, load in enumerate(loads):
            extra = sum(min(1.0, (end - licensed) * 4.0) * days for licensed, days in self.built[site])
            capacity = (self.capacity[site][quarter] + extra) * calendar.length[column] * 4.0
            short = self.company.switches.supply and load > capacity
            found.append(capacity / load if short else 1.0)
            if column < calendar.quarters:
                self.use[site].append(load / capacity if capacity > 0.0 else 10.0 * (load > 0.0))
                if short and math.isnan(self.first_short):
                    self.first_short = column / 4.0
        return found


class Markets:
    """All products on the market, the classes they compete in, and the deals under which partners sell them."""

    def __init__(self, company: SimpleNamespace, luck: Luck, books: Books) -> None:
        self.company = company
        self.luck = luck
        self.books = books
        self.supply = Supply(company, luck)
        self.products: list[Product] = []
        self.entrants: list[list[Entrant]] = [[] for _ in company.markets.entered]
        self.entered = list(company.markets.entered)
        self.first_sale = list(company.asset_territory_launch)
        self.sizes: dict[int, float] = {}
        self.sold_this_year = [0.0] * len(company.deals.supply_share)
        self.milestone_due = [True] * len(company.deals.supply_share)
        self.served = 0.0
        self.unserved = 0.0

    # --- entering --------------------------------------------------------------------------------------------

    def launch(self, f: int, time: float) -> float:
        """Bring a pair to the market; return when it loses exclusivity."""
        company, pairs, luck = self.company, self.company.pairs, self.luck
        p, m, g = pairs.program[f], pairs.market[f], pairs.asset_territory[f]
        held = bool(pairs.held[f])
        self.first_sale[g] = min(self.first_sale[g], time)
        loss = pairs.loss[f]
        if math.isnan(loss):
            loss = self.first_sale[g] + pairs.exclusivity[f]
        first, second, third, fourth = luck.words(company.programs.peak_stream[p])
        climb = Climb(time, inverse(pairs.to_peak[f], short_uniform(third)))
        level = luck.long(pairs.value_stream[f]) if pairs.value_stream[f] >= 0 else long_uniform(first, second)
        yearly = inverse(pairs.value[f], level)
        usual = typical(pairs.value[f])
        dearer = yearly / usual if m >= 0 and usual > 0.0 else 1.0
        weight, factor = 1.0, 1.0
        if m >= 0:
            factor = self.size(m)
            if not company.switches.competition:
                weight = pairs.static_share[f]
            elif held:
                weight = pairs.weight[f]
            else:
                weight = self.rank_weight(m, inverse(company.programs.strength[p], short_uniform(fourth)))
                self.entrants[m].append(Entrant(weight, climb))
        known = held and bool(pairs.reported[f])
        if known:  # reported sales are known; what is drawn sets in over the first years
            factor *= yearly / usual if usual > 0.0 else 1.0
            yearly = usual
        if time < 0.0:
            climb.so_far = self.peak_years(climb, 0.0)
        self.products.append(
            Product(
                pair=f,
                climb=climb,
                weight=weight,
                yearly=yearly * pairs.scale[f],
                factor=factor,
                load=pairs.load[f] / dearer,
                loss=loss,
                listed=self.listing(f),
                listed_from=time + pairs.list_lag[f],
                known=known,
            )
        )
        return float(loss)

    def enter(self, v: int, time: float) -> None:
        """Let a rival into its class."""
        markets = self.company.markets
        if self.company.switches.competition:
            m = markets.rival_market[v]
            weight = self.rank_weight(m, markets.rival_strength[v])
            self.entrants[m].append(Entrant(weight, Climb(time, markets.rival_to_peak)))

    def rank_weight(self, m: int, strength: float) -> float:
        """Weight of the next entrant of a class: its strength by its rank of entry."""
        self.entered[m] += 1
        powers = self.company.markets.order_power
        return float(strength * powers[min(self.entered[m], len(powers) - 1)])

    def size(self, m: int) -> float:
        """Patients, share of patients and months on therapy of a market, over their modes."""
        if m not in self.sizes:
            markets = self.company.markets
            draws = zip(markets.spread[m], markets.stream[m], strict=True)
            self.sizes[m] = math.prod(inverse(shape, self.luck.long(stream)) for shape, stream in draws)
        return self.sizes[m]

    def listing(self, f: int) -> float:
        """Factor on sales once reimbursed: cheaper, for more patients."""
        pairs = self.company.pairs
        chance = pairs.list_chance[f]
        if chance < 0.0:
            return 1.0
        _, second, third, _ = self.luck.words(pairs.other_stream[f])
        if not self.company.switches.listing:
            return float(1.0 - chance + chance * (1.0 - average(pairs.list_cut[f])) * pairs.list_volume[f])
        if short_uniform(second) >= chance:
            return 1.0
        return float((1.0 - inverse(pairs.list_cut[f], short_uniform(third))) * pairs.list_volume[f])

    # --- selling ---------------------------------------------------------------------------------------------

    def peak_years(self, climb: Climb, time: float) -> float:
        """Sales from launch to a time, in years at peak: the published curve, stretched to its climb."""
        since = time - climb.start
        if since <= 0.0 or climb.years <= 0.0:
            return max(0.0, since)
        markets = self.company.markets
        stretch = climb.years / markets.uptake_years
        place = since / stretch / markets.uptake_step
        last = len(markets.uptake) - 1
        if place >= last:
            return float((markets.uptake[last] - last * markets.uptake_step) * stretch + since)
        cell = int(place)
        low, high = markets.uptake[cell], markets.uptake[cell + 1]
        return float((low + (place - cell) * (high - low)) * stretch)

    def uptake(self, climb: Climb, column: int) -> float:
        """Mean uptake in a column; columns are asked for in turn."""
        calendar = self.company.calendar
        length = calendar.length[column]
        total = self.peak_years(climb, calendar.start[column] + length)
        gained = total - climb.so_far
        climb.so_far = total
        return float(gained / length)

    def demand(self, column: int) -> list[float]:
        """Sales that each product would make if enough could be made."""
        company, pairs = self.company, self.company.pairs
        length = company.calendar.length[column]
        middle = company.calendar.start[column] + length / 2.0
        competing = company.switches.competition
        uptakes = {id(product.climb): self.uptake(product.climb, column) for product in self.products}
        crowded = self.crowding(column, uptakes) if competing else []
        found = []
        for product in self.products:
            f = product.pair
            m = pairs.market[f]
            value = product.yearly * length * product.weight * uptakes[id(product.climb)]
            value *= 1.0 + (product.factor - 1.0) * (min(1.0, middle / REPORTED_FADE) if product.known else 1.0)
            if m >= 0:
                value *= company.markets.patients[m][column]
                if competing:
                    value *= crowded[m]
            value *= math.exp(pairs.growth[f] * middle)
            if middle > product.listed_from:
                value *= product.listed
            if middle > product.loss:
                value *= math.exp(-pairs.decline[f] * (middle - product.loss)) if pairs.decline[f] < 1e9 else 0.0
            found.append(value)
        return found

    def crowding(self, column: int, uptakes: dict[int, float]) -> list[float]:
        """By class: what one unit of pull wins, so that shares add up to the furthest uptake in the class."""
        markets = self.company.markets
        found = []
        for m, entrants in enumerate(self.entrants):
            pull, reach = markets.pull[m][column], markets.reach[m][column]
            for entrant in entrants:
                uptake = uptakes.get(id(entrant.climb))
                if uptake is None:
                    uptake = self.uptake(entrant.climb, column)
                pull += entrant.weight * uptake
                reach = max(reach, uptake)
            found.append(reach / pull if pull > 0.0 else 0.0)
        return found

    def sell(self, column: int) -> float:
        """Sell a column: make, share out, book; return our margin before tax."""
        company, pairs, money = self.company, self.company.pairs, self.company.money
        calendar = company.calendar
        asked = self.demand(column)
        loads = [0.0] * len(self.supply.capacity)
        for product, value in zip(self.products, asked, strict=True):
            if (site := pairs.site[product.pair]) >= 0:
                loads[site] += value * product.load / self.supply.titer(pairs.titer[product.pair])
        shares = self.supply.shares(column, loads)
        sold = [
            value * (shares[pairs.site[product.pair]] if pairs.site[product.pair] >= 0 else 1.0)
            for product, value in zip(self.products, asked, strict=True)
        ]
        middle = calendar.start[column] + calendar.length[column] / 2.0
        own = [(product.pair, value) for product, value in zip(self.products, sold, strict=True)]
        theirs = [(f, value) for f, value in own if self.with_partner(f, middle)]
        own = [(f, value) for f, value in own if not self.with_partner(f, middle)]
        flows = dict.fromkeys(("sales", "partner_share", "royalties", "milestones", "partner_sales"), 0.0)
        for f, value in own:
            flows["sales"] += value
            margin = value * (1.0 - money.cogs - money.selling - pairs.paid_away[f])
            flows["partner_share"] += value * pairs.paid_away[f] + self.credit(f, margin, column)
        rates, flows["milestones"] = self.settle(column, theirs)
        for f, value in theirs:
            flows["partner_sales"] += value
            paid = value * rates[pairs.deal[f]]
            flows["royalties"] += paid
            flows["partner_share"] += self.credit(f, paid, column)
        if column < calendar.quarters:
            self.book(column, flows, sum(asked) - sum(sold))
        kept: float = flows["sales"] * (1.0 - money.cogs - money.selling)
        return kept - flows["partner_share"] + flows["royalties"] + flows["milestones"]

    def credit(self, f: int, margin: float, column: int) -> float:
        """Credit our part of a margin to its program's worth; return the part that is another's."""
        p = self.company.pairs.program[f]
        ours = margin * self.company.programs.economic_share[p]
        self.books.worth[self.company.programs.report[p]] += ours * self.company.calendar.discount[column]
        return float(margin - ours)

    def book(self, quarter: int, flows: dict[str, float], unserved: float) -> None:
        """Book a quarter's sales."""
        lines, money = self.books.lines, self.company.money
        for name, amount in flows.items():
            lines[name][quarter] += amount
        lines["cogs"][quarter] += flows["sales"] * money.cogs
        lines["selling"][quarter] += flows["sales"] * money.selling
        lines["unserved"][quarter] += unserved
        self.unserved += unserved
        self.served += flows["sales"] + flows["partner_sales"]

    def with_partner(self, f: int, time: float) -> bool:
        """Whether a partner sells a pair at a time."""
        pairs = self.company.pairs
        return bool(pairs.deal[f] >= 0 and pairs.deal_after[f] <= time < pairs.deal_until[f])

    def settle(self, column: int, theirs: list[tuple[int, float]]) -> tuple[list[float], float]:
        """Share of its sales that each partner pays us for this column, and sales milestones that fall due."""
        deals, pairs = self.company.deals, self.company.pairs
        if self.company.calendar.year_start[column]:
            self.sold_this_year = [0.0] * len(self.sold_this_year)
        rates, milestones = [0.0] * len(self.sold_this_year), 0.0
        for d in range(len(rates)):
            sold = sum(value for f, value in theirs if pairs.deal[f] == d)
            if sold <= 0.0:
                continue
            before, after = self.sold_this_year[d], self.sold_this_year[d] + sold
            self.sold_this_year[d] = after
            rates[d] = deals.supply_share[d] + (self.royalty(d, after) - self.royalty(d, before)) / sold
            if self.milestone_due[d] and after >= deals.sales_milestone_at[d]:
                self.milestone_due[d] = False
                milestones += deals.sales_milestone[d]
        return rates, milestones

    def royalty(self, d: int, sales: float) -> float:
        """Royalty on a year's sales so far: each tier's rate on what lies in it."""
        deals = self.company.deals
        tiers = range(deals.tier_from[d], deals.tier_from[d + 1])
        ends = [*(deals.tier_sales[i] for i in tiers[1:]), math.inf]
        due = 0.0
        for i, end in zip(tiers, ends, strict=True):
            due += max(0.0, min(sales, end) - deals.tier_sales[i]) * deals.tier_rate[i]
        return due
