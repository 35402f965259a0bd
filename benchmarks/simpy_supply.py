"""Supply of a SimPy future: what is made of each order, at which site, and how much of it is there in time."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

from benchmarks.books import Books
from benchmarks.luck import Luck, inverse, short_uniform
from benchmarks.simpy_inspections import Inspections
from benchmarks.simpy_stocks import Stock

Ahead = Callable[[int, int], float]
"""Grams of an order that launched products ask for in a quarter, this one or a later one."""

Pipeline = Callable[[float, int], list[float]]
"""By order, grams that what is not launched yet is expected to ask for in a quarter, as seen at a time."""

FLOWS = ("made", "released", "used", "expired", "stock", "waiting")
ROUNDING = 1e-12
"""Of what is made, asked for or served: less than that is nothing."""


@dataclass
class Stage:
    """A stage of an order: the sites that may do it, in turn, and what it has made."""

    number: int
    legs: range
    made_of: float  # grams out for a gram in
    cover: float
    lag: float
    stock: Stock
    ask: float = 0.0


@dataclass
class Order:
    """An asset for the territories that the same sites may supply."""

    number: int
    asset: int
    rank: int
    stages: list[Stage]
    launched: bool = False
    begun: int = -1  # quarter in which something was first asked for
    held_up_by: int = -1


@dataclass
class Shared:
    """What lines gave: by stage its grams and their cost, by line what was asked of it, changes of product too."""

    got: dict[int, float]
    cost: dict[int, float]
    loads: list[float]
    held_up: dict[int, int] = field(default_factory=dict)


class Supply:
    """Lines, what is built, orders and their stocks."""

    def __init__(self, company: SimpleNamespace, luck: Luck, books: Books) -> None:
        self.company, self.terms = company, company.supply
        self.luck, self.books = luck, books
        self.lines = len(self.terms.capacity)
        self.quarters: int = company.calendar.quarters
        self.titers = [
            inverse(shape, luck.long(s)) for shape, s in zip(self.terms.titer, self.terms.titer_stream, strict=True)
        ]
        self.built: list[list[tuple[float, float]]] = [[] for _ in range(self.lines)]
        self.undecided = set(range(len(self.terms.expand_at)))
        for x, start in enumerate(self.terms.expand_at):
            if math.isfinite(start):
                self.build(x, start)
        self.ready = [self.transferred(i) for i in range(len(self.terms.transfer_at))]
        inspections = Inspections(company, luck)
        stops = zip(self.terms.stop_visit, self.terms.stop_chance, strict=True)
        self.stops = [inspections.stops(u, chance) for u, chance in stops]
        self.orders = [self.order(k) for k in range(len(self.terms.order_asset))]
        self.first_short = math.nan
        self.released = 0.0
        self.use = self.blank(self.lines)
        self.lost = self.blank(self.lines + 1)
        self.stocks = self.blank(self.terms.assets)
        self.flows = [self.blank(len(FLOWS)) for _ in self.terms.stage_yield]
        self.served = [self.blank(2) for _ in self.orders]

    def blank(self, rows: int) -> list[list[float]]:
        """Rows of nought for every quarter."""
        return [[0.0] * self.quarters for _ in range(rows)]

    def order(self, k: int) -> Order:
        """An order with nothing in stock."""
        terms = self.terms
        stages = [
            Stage(
                number=j,
                legs=range(terms.leg_from[j], terms.leg_from[j + 1]),
                made_of=terms.stage_yield[j],
                cover=terms.stage_cover[j],
                lag=terms.stage_lag[j],
                stock=Stock(terms.stage_lag[j], terms.stage_life[j]),
            )
            for j in range(terms.order_from[k], terms.order_from[k + 1])
        ]
        return Order(k, terms.order_asset[k], terms.order_class[k], stages, held_up_by=self.lines)

    # --- what there is ---------------------------------------------------------------------------------------

    def build(self, x: int, start: float) -> None:
        """Build what adds to a line: capital while it is built, capacity once it is licensed."""
        self.undecided.discard(x)
        if start >= self.quarters / 4.0:
            return
        terms = self.terms
        _, _, third, fourth = self.luck.words(terms.expand_stream[x])
        built = start + inverse(terms.expand_build[x], short_uniform(third))
        licensed = built + inverse(terms.expand_licence[x], short_uniform(fourth))
        self.books.spend("capital", (start, built), terms.expand_capital[x], 0, math.inf)
        self.built[terms.expand_line[x]].append((licensed, terms.expand_size[x]))

    def transferred(self, i: int) -> float:
        """When a process has come to a site: never, where that is not decided."""
        start = self.terms.transfer_at[i]
        if math.isinf(start):
            return math.inf
        first, _, _, _ = self.luck.words(self.terms.transfer_stream[i])
        end = start + inverse(self.terms.transfer_length[i], short_uniform(first))
        self.books.spend("capital", (start, end), self.terms.transfer_cost[i], 0, math.inf)
        return float(end)

    def decide(self, quarter: int, funds: float, ahead: Ahead, pipeline: Pipeline) -> None:
        """Decide to build what its trigger, or the plan with the pipeline, asks for, unless cash is at its floor."""
        if self.company.switches.cash and funds <= 0.0:
            return
        terms = self.terms
        for x in sorted(self.undecided):
            if x not in self.undecided:
                continue  # decided with another of its project
            line = terms.expand_line[x]
            if math.isfinite(terms.expand_trigger[x]):
                then = quarter + terms.expand_ahead[x]
                there = self.capacity(line, min(then, self.quarters - 1))
                if self.pull(line, then, ahead) > terms.expand_trigger[x] * there:
                    self.build(x, quarter / 4.0)
                    continue
            if math.isfinite(terms.expand_above[x]):
                then = quarter + terms.expand_sight[x]
                there = self.capacity(line, min(then, self.quarters - 1))
                asked = self.pull(line, then, ahead) + self.expected(line, pipeline(quarter / 4.0, then))
                if asked > terms.expand_above[x] * there:
                    for y in sorted(self.undecided):
                        if terms.expand_group[y] == terms.expand_group[x]:
                            self.build(y, quarter / 4.0)

    def expected(self, line: int, grams: list[float]) -> float:
        """What a pipeline asks of a line for grams by order, each made at its first sites at the usual titer."""
        total, terms = 0.0, self.terms
        for order in self.orders:
            for stage, later in self.with_later_yields(order):
                if stage.legs:
                    uses = range(terms.use_from[stage.legs[0]], terms.use_from[stage.legs[0] + 1])
                    each = sum(self.company.outlook.use[i] for i in uses if terms.use_line[i] == line)
                    total += grams[order.number] / later * each
        return total

    def capacity(self, line: int, quarter: int) -> float:
        """Capacity of a line in a quarter, with what is licensed by its end."""
        end = (quarter + 1) / 4.0
        added = [min(1.0, max(0.0, (end - licensed) * 4.0)) * size for licensed, size in self.built[line]]
        return float(self.terms.capacity[line][quarter] + sum(added))

    def pull(self, line: int, quarter: int, ahead: Ahead) -> float:
        """What launched products will ask of a line in a quarter, each order made at its first sites."""
        total = 0.0
        for order in self.launched():
            for stage, later in self.with_later_yields(order):
                if stage.legs:
                    total += ahead(order.number, quarter) / later * self.takes(stage.legs[0]).get(line, 0.0)
        return total

    def takes(self, g: int) -> dict[int, float]:
        """What a gram made at a site takes of each of its lines, in the order of the steps."""
        terms = self.terms
        found: dict[int, float] = {}
        for i in range(terms.use_from[g], terms.use_from[g + 1]):
            r = terms.use_titer[i]
            found[terms.use_line[i]] = terms.use[i] / (self.titers[r] if r >= 0 else 1.0)
        return found

    def open(self, g: int, column: int) -> bool:
        """Whether a site may be asked in a period."""
        terms, start = self.terms, self.company.calendar.start[column]
        if terms.leg_after[g] > start:
            return False
        if terms.leg_transfer[g] >= 0 and self.ready[terms.leg_transfer[g]] > start:
            return False
        stopped = self.stops[terms.leg_stop[g]] if terms.leg_stop[g] >= 0 and column < self.quarters else []
        return not any(since <= start < until for since, until in stopped)

    def launch(self, k: int) -> None:
        """An order has something to sell."""
        self.orders[k].launched = True

    def launched(self) -> list[Order]:
        """Orders with a product that is launched."""
        return [order for order in self.orders if order.launched]

    def with_later_yields(self, order: Order) -> Iterator[tuple[Stage, float]]:
        """Stages, last one first, each with the grams of product that a gram of it becomes."""
        later = 1.0
        for stage in reversed(order.stages):
            yield stage, later
            later *= stage.made_of

    # --- a period --------------------------------------------------------------------------------------------

    def period(self, column: int, grams: list[float], ahead: Ahead) -> tuple[list[float], float]:
        """By order, the share of what is asked for that is served; and what making it all costs."""
        if not self.company.switches.supply or column >= self.quarters:
            return self.at_once(column, grams)
        for order in self.launched():
            if order.begun < 0 and grams[order.number] > 0.0:
                order.begun = column
                if column == 0:
                    self.lay_in(order, grams[order.number])
            if order.begun >= 0:
                self.plan(order, column, grams[order.number], ahead)
        shared = self.share_out(column)
        shares = [1.0] * len(self.orders)
        cost = 0.0
        for order in self.launched():
            cost += self.make(order, column, shared)
            shares[order.number] = self.serve(order, column, grams[order.number])
        self.note(column, shared)
        return shares, cost

    def at_once(self, column: int, grams: list[float]) -> tuple[list[float], float]:
        """A period without stocks: each stage asks for what patients do."""
        for order in self.launched():
            for stage, later in self.with_later_yields(order):
                stage.ask = grams[order.number] / later
        shared = self.share_out(column)
        shares = [1.0] * len(self.orders)
        cost = 0.0
        for order in self.launched():
            if self.company.switches.supply:
                served = [shared.got[s.number] / s.ask if s.ask > 0.0 else 1.0 for s in order.stages]
                shares[order.number] = whole(min(served, default=0.0))
            each = sum(self.mean_cost(stage, shared) * stage.ask for stage in order.stages)
            cost += each * shares[order.number]
        if column < self.quarters:
            self.note(column, shared)
        return shares, cost

    def mean_cost(self, stage: Stage, shared: Shared) -> float:
        """Mean cost of a gram at the sites that make it, at the first one where none does."""
        got = shared.got[stage.number]
        if got > 0.0:
            return shared.cost[stage.number] / got
        return float(self.terms.leg_cost[stage.legs[0]]) if stage.legs else 0.0

    def lay_in(self, order: Order, grams: float) -> None:
        """Stock and product under way of what is sold at as_of already, or in the first quarter."""
        for stage, later in self.with_later_yields(order):
            stage.stock.begin(stage.cover * grams / later, grams / later)
            self.released += stage.cover * grams / later

    def plan(self, order: Order, quarter: int, grams: float, ahead: Ahead) -> None:
        """What each stage should make: what is used, and what must be there by the end of the quarter."""
        use, from_now = grams, quarter + 1.0
        for stage, later in self.with_later_yields(order):
            under_way = from_now + stage.lag
            wanted = between(ahead, order.number, from_now, under_way)
            wanted += stage.cover * between(ahead, order.number, under_way, under_way + 1.0)
            need = use + wanted / later
            lacking = need - stage.stock.position()
            stage.ask = lacking if lacking > ROUNDING * (need + stage.stock.made) else 0.0
            use, from_now = stage.ask / stage.made_of, under_way

    def share_out(self, column: int) -> Shared:
        """Share lines out: first sites before second ones, and among them class by class."""
        stages = [(order, stage) for order in self.launched() for stage in order.stages]
        wanted = {stage.number: stage.ask for _, stage in stages}
        left, lost = self.room(column)
        nothing = dict.fromkeys(wanted, 0.0)
        found = Shared(nothing.copy(), nothing, lost)
        for turn in range(self.terms.passes):
            turns: dict[int, list[tuple[float, int]]] = {}
            for rank in range(self.terms.classes):
                asking = [
                    (order, stage, stage.legs[turn])
                    for order, stage in stages
                    if order.rank == rank
                    and turn < len(stage.legs)
                    and wanted[stage.number] > 0.0
                    and self.open(stage.legs[turn], column)
                ]
                loads = [0.0] * self.lines
                for _, stage, g in asking:
                    for line, each in self.takes(g).items():
                        loads[line] += wanted[stage.number] * each
                shares = [
                    has / load if load > has * (1.0 + ROUNDING) else 1.0 for has, load in zip(left, loads, strict=True)
                ]
                for order, stage, g in asking:
                    least, line = min(((shares[x], i, x) for i, x in enumerate(self.takes(g))))[::2]
                    grams = wanted[stage.number] * least
                    found.got[stage.number] += grams
                    found.cost[stage.number] += grams * self.terms.leg_cost[g]
                    wanted[stage.number] -= grams
                    if wanted[stage.number] <= ROUNDING * stage.ask:
                        wanted[stage.number] = 0.0
                    turns.setdefault(order.number, []).append((least, line))
                for line, load in enumerate(loads):
                    left[line] = left[line] - load if load < left[line] * (1.0 - ROUNDING) else 0.0
                    found.loads[line] += load
            for k, given in turns.items():
                least, line = min(given, key=lambda one: one[0])
                if least < 1.0:
                    found.held_up[k] = line
        for order, stage in stages:
            if wanted[stage.number] > 0.0 and not any(self.open(g, column) for g in stage.legs):
                found.held_up[order.number] = self.lines
        for order in self.launched():
            order.held_up_by = found.held_up.get(order.number, order.held_up_by)
        return found

    def room(self, column: int) -> tuple[list[float], list[float]]:
        """Capacity of each line in a period, and what changing over between products takes of it."""
        quarters = self.company.calendar.length[column] * 4.0
        products: list[set[int]] = [set() for _ in range(self.lines)]
        for order in self.launched():
            for stage in order.stages:
                if stage.ask > 0.0 and stage.legs:
                    for line in self.takes(stage.legs[0]):
                        products[line].add(order.asset)
        quarter = min(column, self.quarters - 1)
        there = [quarters * self.capacity(line, quarter) for line in range(self.lines)]
        lost = [
            min(has, quarters * setup * max(0, len(made) - 1))
            for has, setup, made in zip(there, self.terms.setup, products, strict=True)
        ]
        return [has - gone for has, gone in zip(there, lost, strict=True)], lost

    def make(self, order: Order, quarter: int, shared: Shared) -> float:
        """Make what lines gave and the stage before yields; return what it costs."""
        cost, before = 0.0, None
        ahead_of_launch = quarter == order.begun > 0
        for stage in order.stages:
            got = shared.got[stage.number]
            made = got
            if before is not None:
                made = min(got, before.stock.there() * stage.made_of)
                self.flow(before, "used", quarter, before.stock.take(made / stage.made_of))
            cost += shared.cost[stage.number] * (made / got if got > 0.0 else 0.0)
            self.flow(stage, "made", quarter, made)
            stage.stock.add(quarter, made, ahead_of_launch)
            self.flow(stage, "released", quarter, stage.stock.release(quarter))
            before = stage
        return cost

    def serve(self, order: Order, quarter: int, grams: float) -> float:
        """Serve patients from the last stock, then write off what is too old; return the share served."""
        served = 0.0
        if order.stages:
            last = order.stages[-1]
            served = last.stock.take(min(grams, last.stock.there()))
            self.flow(last, "used", quarter, served)
        for stage in order.stages:
            self.flow(stage, "expired", quarter, stage.stock.expire(quarter))
            self.flow(stage, "stock", quarter, stage.stock.there())
            self.flow(stage, "waiting", quarter, stage.stock.waiting())
        return whole(served / grams) if grams > 0.0 else 1.0

    # --- what is noted ---------------------------------------------------------------------------------------

    def flow(self, stage: Stage, name: str, quarter: int, grams: float) -> None:
        """Note grams of a stage."""
        self.flows[stage.number][FLOWS.index(name)][quarter] += grams

    def note(self, quarter: int, shared: Shared) -> None:
        """Note what was asked of lines and what is in stock at a quarter's end."""
        for line, load in enumerate(shared.loads):
            has = self.capacity(line, quarter)
            self.use[line][quarter] = load / has if has > 0.0 else 10.0 * (load > 0.0)
        for order in self.orders:
            for stage in order.stages:
                self.stocks[order.asset][quarter] += stage.stock.there()

    def sold(self, k: int, quarter: int, grams: float, share: float, lost: float) -> None:
        """Note what was served of an order, and which line the sales lost count against."""
        if self.company.switches.supply:
            self.served[k][0][quarter] += grams
            self.served[k][1][quarter] += grams * share
        if share < 1.0:
            self.lost[self.orders[k].held_up_by][quarter] += lost
            if math.isnan(self.first_short):
                self.first_short = quarter / 4.0

    def shortages(self) -> list[list[int]]:
        """By line, and for no site at all, 1 in the quarter in which it first held sales up, or past the last."""
        found = [[0] * (self.quarters + 1) for _ in self.lost]
        for line, lost in enumerate(self.lost):
            found[line][next((q for q, amount in enumerate(lost) if amount > 0.0), self.quarters)] = 1
        return found

    def expired_share(self) -> float:
        """Share of the grams released, of substance and product, that expire; what there was at as_of included."""
        released = self.released + sum(sum(flows[FLOWS.index("released")]) for flows in self.flows)
        return sum(sum(flows[FLOWS.index("expired")]) for flows in self.flows) / released if released > 0.0 else 0.0


def whole(share: float) -> float:
    """A share of which only rounding is missing is one."""
    return 1.0 if share >= 1.0 - ROUNDING else share


def between(ahead: Ahead, k: int, start: float, end: float) -> float:
    """Grams of an order asked for between two times, in quarters: evenly within each."""
    quarters = range(math.floor(start), math.ceil(end))
    return sum(ahead(k, q) * (min(end, q + 1.0) - max(start, float(q))) for q in quarters)
