"""Deals of a SimPy future: when they run, who sells, and what passes between the partner and us."""

import math
from types import SimpleNamespace

from benchmarks.books import Books
from benchmarks.luck import Luck, short_uniform

SELLS, PROMOTES, VENTURE = range(3)
SOLD, ROYALTY, SUPPLIED, SUPPLY_COST, PROFIT, PAID, COMMISSION, KEPT = range(8)


class Deals:
    """Deals that run, what has been sold under them, and what is still to be earned."""

    def __init__(self, company: SimpleNamespace, luck: Luck, books: Books) -> None:
        self.company = company
        self.terms = company.deals
        self.books = books
        count = len(company.deals.route)
        self.runs = [self.span(d, luck) for d in range(count)]
        self.sold_this_year = [0.0] * count
        self.earned: set[int] = set()
        self.flows = [[[0.0] * company.calendar.quarters for _ in range(8)] for _ in range(count)]
        for d, (after, until) in enumerate(self.runs):
            if after < until:
                self.paid(d, after, self.terms.upfront[d])

    def span(self, d: int, luck: Luck) -> tuple[float, float]:
        """Between which times a deal runs: an option may not be exercised, an end may be put off."""
        terms = self.terms
        after, until = terms.after[d], terms.until[d]
        if terms.stream[d] >= 0:
            first, second, _, _ = luck.words(terms.stream[d])
            if short_uniform(first) >= terms.option_chance[d]:
                return math.inf, math.inf
            if short_uniform(second) < terms.extension_chance[d]:
                until += terms.extension[d]
        return after, until

    def on(self, d: int, time: float) -> bool:
        """Whether a deal runs at a time."""
        return d >= 0 and self.runs[d][0] <= time < self.runs[d][1]

    def paid(self, d: int, time: float, amount: float) -> float:
        """Book a payment of the partner; return its present value."""
        if 0.0 <= time < self.company.calendar.quarters / 4.0:
            self.flows[d][PAID][int(time * 4.0)] += amount
        return self.books.receive("milestones", time, amount)

    def happened(self, milestones: list[int], p: int, time: float) -> None:
        """An event of a program may earn milestones, each once."""
        programs = self.company.programs
        for o in milestones:
            d = self.terms.mile_deal[o]
            if o in self.earned or not self.on(d, time):
                continue
            self.earned.add(o)
            amount = self.terms.mile_amount[o]
            value = self.paid(d, time, amount)
            value -= self.books.receive("partner_share", time, amount * (1.0 - programs.economic_share[p]))
            self.books.worth[programs.report[p]] += value

    def settle(self, column: int, sold: list[float]) -> tuple[list[dict[int, float]], float]:
        """By deal, what is paid for each unit that the partner sells in this column; and milestones on sales."""
        terms = self.terms
        if self.company.calendar.year_start[column]:
            self.sold_this_year = [0.0] * len(sold)
        found: list[dict[int, float]] = []
        milestones = 0.0
        for d, value in enumerate(sold):
            before, after = self.sold_this_year[d], self.sold_this_year[d] + value
            self.sold_this_year[d] = after
            rates = dict.fromkeys(range(8), 0.0)
            found.append(rates)
            if value <= 0.0:
                continue
            rates[SOLD] = 1.0
            rates[ROYALTY] = (self.royalty(d, after) - self.royalty(d, before)) / value
            rates[KEPT] = rates[ROYALTY] * (1.0 - terms.pass_on[d])
            rates[SUPPLIED] = terms.supply_share[d]
            rates[SUPPLY_COST] = terms.supply_cost[d]
            if terms.route[d] == VENTURE:
                left = 1.0 - terms.partner_cost[d] - rates[ROYALTY] - rates[SUPPLIED]
                rates[PROFIT] = terms.profit_share[d] * left
            for o in terms.sale[terms.sale_from[d] : terms.sale_from[d + 1]]:
                if o not in self.earned and after >= terms.mile_sales[o]:
                    self.earned.add(o)
                    milestones += terms.mile_amount[o]
                    if column < self.company.calendar.quarters:
                        self.flows[d][PAID][column] += terms.mile_amount[o]
            self.note(d, column, value, rates)
        return found, milestones

    def note(self, d: int, column: int, value: float, rates: dict[int, float]) -> None:
        """Note the flows of a deal in a quarter."""
        if column < self.company.calendar.quarters:
            for flow, rate in rates.items():
                self.flows[d][flow][column] += value * rate

    def royalty(self, d: int, sales: float) -> float:
        """Royalty on a year's sales so far: each tier's rate on what lies in it."""
        terms = self.terms
        tiers = range(terms.tier_from[d], terms.tier_from[d + 1])
        ends = [*(terms.tier_sales[i] for i in tiers[1:]), math.inf]
        due = 0.0
        for i, end in zip(tiers, ends, strict=True):
            due += max(0.0, min(sales, end) - terms.tier_sales[i]) * terms.tier_rate[i]
        return due
