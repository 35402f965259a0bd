"""Markets of a SimPy future: what is sold in a quarter, by whom, and what is left of it."""

import math
from dataclasses import dataclass
from types import SimpleNamespace

from benchmarks.books import Books
from benchmarks.luck import Luck, average, inverse, long_uniform, short_uniform, typical
from benchmarks.simpy_deals import COMMISSION, KEPT, PROFIT, PROMOTES, ROYALTY, SUPPLIED, SUPPLY_COST, Deals
from benchmarks.simpy_listings import Reimbursed, Reimbursement
from benchmarks.simpy_supply import Supply

REPORTED_FADE = 3.0


@dataclass
class Climb:
    """Uptake of something launched: its first sale, and its years to peak."""

    start: float
    years: float


@dataclass
class Product:
    """A pair on the market."""

    pair: int
    climb: Climb
    usual: Climb
    weight: float
    yearly: float
    factor: float
    grams: float
    loss: float
    reimbursed: Reimbursed | None
    known: bool
    withdrawn: float = math.inf


@dataclass
class Entrant:
    """A rival, or a product of our own, that entered a class after as_of."""

    weight: float
    climb: Climb


class Markets:
    """All products on the market, and the classes they compete in."""

    def __init__(self, company: SimpleNamespace, luck: Luck, books: Books) -> None:
        self.company = company
        self.luck = luck
        self.books = books
        self.supply = Supply(company, luck, books)
        self.deals = Deals(company, luck, books)
        self.reimbursement = Reimbursement(company, luck)
        self.products: dict[int, Product] = {}
        self.entrants: list[list[Entrant]] = [[] for _ in company.markets.entered]
        self.entered = list(company.markets.entered)
        self.rival_since = list(company.markets.rival_since)
        self.first_sale = list(company.asset_territory_launch)
        self.sizes = self.draw_sizes()
        self.teams: set[int] = set()
        self.foreseen: dict[int, list[float]] = {}
        self.served = 0.0
        self.unserved = 0.0

    # --- entering --------------------------------------------------------------------------------------------

    def launch(self, f: int, time: float, approved: float) -> float:
        """Bring a pair and the other parts of its combination to the market; return when it loses exclusivity."""
        company, pairs, luck = self.company, self.company.pairs, self.luck
        m = pairs.market[f]
        held = bool(pairs.held[f])
        _, _, third, fourth = luck.words(company.programs.peak_stream[pairs.program[f]])
        climb = Climb(time, inverse(pairs.to_peak[f], short_uniform(third)))
        weight = 1.0
        if m >= 0:
            if not company.switches.competition:
                weight = pairs.static_share[f]
            elif held:
                weight = pairs.weight[f]
            else:
                strength = inverse(company.programs.strength[pairs.program[f]], short_uniform(fourth))
                weight = self.rank_weight(m, strength)
                self.entrants[m].append(Entrant(weight, climb))
        usual = Climb(time, average(pairs.to_peak[f])) if held else climb
        for g in [f, *self.parts(f)]:
            self.add(g, approved, climb, usual, weight)
        self.foreseen.clear()
        return self.products[f].loss

    def parts(self, f: int) -> list[int]:
        """Pairs that sell the other own parts of a combination."""
        pairs = self.company.pairs
        found: list[int] = pairs.part[pairs.part_from[f] : pairs.part_from[f + 1]]
        return found

    def add(self, f: int, approved: float, climb: Climb, expected: Climb, weight: float) -> None:
        """Put a pair among the products."""
        company, pairs, luck = self.company, self.company.pairs, self.luck
        p, m, g = pairs.program[f], pairs.market[f], pairs.asset_territory[f]
        self.first_sale[g] = min(self.first_sale[g], climb.start)
        loss = pairs.loss[f]
        if math.isnan(loss):
            loss = self.first_sale[g] + pairs.exclusivity[f]
        if pairs.order[f] >= 0:
            self.supply.launch(pairs.order[f])
        first, second, _, _ = luck.words(company.programs.peak_stream[p])
        level = luck.long(pairs.value_stream[f]) if pairs.value_stream[f] >= 0 else long_uniform(first, second)
        yearly = inverse(pairs.value[f], level)
        usual = typical(pairs.value[f])
        dearer = yearly / usual if m >= 0 and usual > 0.0 else 1.0
        factor = self.sizes[m] if m >= 0 else 1.0
        known = bool(pairs.held[f]) and bool(pairs.reported[f])
        if known:  # reported sales are known; what is drawn sets in over the first years
            factor *= yearly / usual if usual > 0.0 else 1.0
            yearly = usual
        self.products[f] = Product(
            pair=f,
            climb=climb,
            usual=expected,
            weight=weight,
            yearly=yearly * pairs.scale[f],
            factor=factor,
            grams=pairs.grams[f] / dearer,
            loss=loss,
            reimbursed=self.reimbursement.open(pairs.listing[f], climb.start, approved),
            known=known,
        )

    def withdraw(self, f: int, time: float) -> None:
        """Sell a pair and the other parts of its combination no more; its place in the class stays."""
        for g in [f, *self.parts(f)]:
            if g in self.products:
                self.products[g].withdrawn = time
        self.foreseen.clear()

    def listings(self) -> dict[int, float]:
        """By pair, the day of its listing, unless it is withdrawn before."""
        leads = [x for f, x in self.products.items() if self.company.pairs.leader[f] < 0 and x.reimbursed]
        return {x.pair: x.reimbursed.listed for x in leads if x.reimbursed and x.reimbursed.listed < x.withdrawn}

    def enter(self, v: int, time: float) -> None:
        """Let a rival into its class."""
        markets, calendar = self.company.markets, self.company.calendar
        m = markets.rival_market[v]
        first = next(c for c, start in enumerate(calendar.start) if time < start + calendar.length[c])
        self.rival_since[m] = min(self.rival_since[m], first)
        if self.company.switches.competition:
            weight = self.rank_weight(m, markets.rival_strength[v])
            self.entrants[m].append(Entrant(weight, Climb(time, markets.rival_to_peak)))
        self.foreseen.clear()

    def rank_weight(self, m: int, strength: float) -> float:
        """Weight of the next entrant of a class: its strength by its rank of entry."""
        self.entered[m] += 1
        powers = self.company.markets.order_power
        return float(strength * powers[min(self.entered[m], len(powers) - 1)])

    def draw_sizes(self) -> list[float]:
        """By market: patients, share of them and months on therapy, over their modes; shares of all drawn at once."""
        markets, luck = self.company.markets, self.luck
        shapes = [*markets.counts, *markets.lines, *markets.months][: len(markets.early_stream)]
        drawn = [inverse(shape, luck.long(s)) for shape, s in zip(shapes, markets.early_stream, strict=True)]
        lines = len(markets.line_mode)
        first = len(drawn) - 2 * lines
        shares = drawn[first : first + lines]
        total = [0.0] * markets.groups
        for j, share in enumerate(shares):
            total[markets.line_group[j]] += share * markets.line_mode[j]
        reached: list[float] = []
        for j, share in enumerate(shares):
            before = reached[markets.line_parent[j]] if markets.line_parent[j] >= 0 else 1.0
            reached.append(before * share / max(1.0, total[markets.line_group[j]]))
        months = drawn[first + lines :]
        return [drawn[e] * reached[j] * months[j] for e, j in zip(markets.count_of, markets.line_of, strict=True)]

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
        """Mean uptake in a column."""
        start, length = self.company.calendar.start[column], self.company.calendar.length[column]
        return (self.peak_years(climb, start + length) - self.peak_years(climb, start)) / float(length)

    def demand(self, column: int) -> list[float]:
        """Sales that each product would make if enough could be made, as far as launches and entries are known."""
        if column not in self.foreseen:
            self.foreseen[column] = self.foresee(column)
        return self.foreseen[column]

    def foresee(self, column: int) -> list[float]:
        """Sales of a column, worked out."""
        company, pairs = self.company, self.company.pairs
        length = company.calendar.length[column]
        middle = company.calendar.start[column] + length / 2.0
        climbs = {id(climb): climb for product in self.products.values() for climb in (product.climb, product.usual)}
        uptakes = {key: self.uptake(climb, column) for key, climb in climbs.items()}
        pulls = self.pulls(column, uptakes)
        found = []
        for f, product in self.products.items():
            m = pairs.market[f]
            won = product.weight * uptakes[id(product.climb)]
            value = product.yearly * length * won
            value *= 1.0 + (product.factor - 1.0) * (min(1.0, middle / REPORTED_FADE) if product.known else 1.0)
            rivalled = False
            if m >= 0:
                value *= company.markets.patients[m][column]
                if company.switches.competition:
                    rivalled = column >= self.rival_since[m]
                    others = pulls[m] - product.weight * uptakes[id(product.usual)]
                    value /= product.weight + others if product.weight > 0.0 else math.inf
            value *= math.exp(pairs.growth[f] * middle)
            value *= self.reimbursement.factor(product.reimbursed, middle, rivalled)
            if middle > product.loss:
                value *= math.exp(-pairs.decline[f] * (middle - product.loss)) if pairs.decline[f] < 1e9 else 0.0
            found.append(value if middle <= product.withdrawn else 0.0)
        return found

    def pulls(self, column: int, uptakes: dict[int, float]) -> list[float]:
        """By class: what all in it pull together, each its weight as far as it is taken up."""
        found = []
        for m, entrants in enumerate(self.entrants):
            pull = self.company.markets.pull[m][column]
            for entrant in entrants:
                uptake = uptakes.get(id(entrant.climb))
                pull += entrant.weight * (self.uptake(entrant.climb, column) if uptake is None else uptake)
            found.append(pull)
        return found

    def sell(self, column: int) -> float:
        """Sell a column: make, share out, book; return our margin before tax."""
        company, pairs, money = self.company, self.company.pairs, self.company.money
        middle = company.calendar.start[column] + company.calendar.length[column] / 2.0
        asked = dict(zip(self.products, self.demand(column), strict=True))
        sold, goods = self.supplied(column, asked)
        theirs = [(f, value) for f, value in sold.items() if self.partner_sells(f, middle)]
        own = [(f, value) for f, value in sold.items() if not self.partner_sells(f, middle)]
        names = ("sales", "cogs", "selling", "partner_share", "royalties", "milestones", "partner_sales")
        flows = dict.fromkeys(names, 0.0)
        flows["cogs"] += goods
        for f, value in own:
            cogs = company.channels.cogs[pairs.channel[f]]
            away = pairs.paid_away[f] + self.commission(f, middle, value, column)
            flows["sales"] += value
            flows["cogs"] += value * cogs
            flows["selling"] += value * money.selling
            margin = value * (1.0 - cogs - money.selling - away)
            flows["partner_share"] += value * away + self.credit(f, margin, column)
        by_deal = [sum(value for f, value in theirs if pairs.deal[f] == d) for d in range(len(self.deals.runs))]
        rates, flows["milestones"] = self.deals.settle(column, by_deal)
        for f, value in theirs:
            rate = rates[pairs.deal[f]]
            paid = value * (rate[ROYALTY] - rate[KEPT] + rate[SUPPLIED] + rate[PROFIT])
            flows["partner_sales"] += value
            flows["royalties"] += paid
            flows["cogs"] += value * rate[SUPPLY_COST]
            flows["partner_share"] += self.credit(f, paid - value * rate[SUPPLY_COST], column)
        if column < company.calendar.quarters:
            flows["selling"] += self.own_teams(column, own)
            flows["cogs"] += company.supply.fixed_cost[column]
            self.book(column, flows, sum(asked.values()) - sum(sold.values()))
        income = flows["sales"] + flows["royalties"] + flows["milestones"]
        return income - flows["cogs"] - flows["selling"] - flows["partner_share"]

    # --- supply ----------------------------------------------------------------------------------------------

    def supplied(self, column: int, asked: dict[int, float]) -> tuple[dict[int, float], float]:
        """What can be sold of what is asked for, and what making it costs."""
        pairs, calendar = self.company.pairs, self.company.calendar
        grams = self.grams(column)
        orders = [sum(grams[f] for f in self.products if pairs.order[f] == k) for k in range(len(self.supply.orders))]
        shares, goods = self.supply.period(column, orders, self.ahead)
        sold = {}
        for f, value in asked.items():
            k = pairs.order[f]
            sold[f] = value * (shares[k] if k >= 0 else 1.0)
            cost = pairs.unit_cost[f] * grams[f] * (shares[k] if k >= 0 else 1.0)
            self.books.worth[self.company.programs.report[pairs.program[f]]] -= cost * calendar.discount[column]
        if column < calendar.quarters:
            for k, share in enumerate(shares):
                lost = sum(asked[f] - sold[f] for f in asked if pairs.order[f] == k)
                self.supply.sold(k, column, orders[k], share, lost)
        return sold, goods

    def grams(self, column: int) -> dict[int, float]:
        """Grams that each product's sales of a column would take, if enough could be made."""
        middle = self.company.calendar.start[column] + self.company.calendar.length[column] / 2.0
        found = {}
        for x, value in zip(self.products.values(), self.demand(column), strict=True):
            price = math.exp(self.company.pairs.growth[x.pair] * middle)  # over that of as_of, as is the next
            price *= self.reimbursement.price(x.reimbursed, middle)
            found[x.pair] = value / price * x.grams
        return found

    def ahead(self, k: int, quarter: int) -> float:
        """Grams of an order that what is launched by now asks for in a quarter, also one past the horizon."""
        calendar = self.company.calendar
        past = quarter - calendar.quarters
        column = quarter if past < 0 else calendar.quarters + past // 4
        if column >= calendar.columns:
            return 0.0
        orders = self.company.pairs.order
        found = sum(grams for f, grams in self.grams(column).items() if orders[f] == k)
        return found if past < 0 else found / (4.0 * calendar.length[column])

    def partner_sells(self, f: int, time: float) -> bool:
        """Whether a partner sells a pair at a time."""
        d = self.company.pairs.deal[f]
        return self.deals.on(d, time) and self.company.deals.route[d] != PROMOTES

    def commission(self, f: int, time: float, value: float, column: int) -> float:
        """Share of own sales that a partner gets who promotes them."""
        d = self.company.pairs.deal[f]
        if not self.deals.on(d, time):
            return 0.0
        rate: float = self.company.deals.commission[d]
        self.deals.note(d, column, value, {COMMISSION: rate})
        return rate

    def own_teams(self, column: int, own: list[tuple[int, float]]) -> float:
        """Cost of the teams in territories where we have begun to sell ourselves."""
        pairs = self.company.pairs
        self.teams |= {pairs.territory[f] for f, value in own if value > 0.0}
        costs = dict(zip(pairs.territory, pairs.team, strict=True))
        return float(sum(costs[t] for t in self.teams) * self.company.calendar.length[column])

    def credit(self, f: int, margin: float, column: int) -> float:
        """Credit our part of a margin to its program's worth; return the part that is another's."""
        ours = margin * self.company.pairs.economic_share[f]
        report = self.company.programs.report[self.company.pairs.program[f]]
        self.books.worth[report] += ours * self.company.calendar.discount[column]
        return float(margin - ours)

    def book(self, quarter: int, flows: dict[str, float], unserved: float) -> None:
        """Book a quarter's sales."""
        for name, amount in flows.items():
            self.books.lines[name][quarter] += amount
        self.books.lines["unserved"][quarter] += unserved
        self.unserved += unserved
        self.served += flows["sales"] + flows["partner_sales"]
