"""Books of a SimPy future: the ledger by quarter, what each program is worth, tax and cash."""

import math
from types import SimpleNamespace

INCOME = ("sales", "royalties", "milestones", "reimbursed")
OUTGO = ("cogs", "selling", "partner_share", "research", "discovery", "overhead", "capital")
SPREAD, AT_START, AT_MIDDLE, AT_END = 0, 1, 2, 3


class Books:
    """Ledger of one future. Flows are positive, on named lines; what books them returns their present value."""

    def __init__(self, company: SimpleNamespace) -> None:
        self.calendar = company.calendar
        self.money = company.money
        self.quarters: int = company.calendar.quarters
        names = (*INCOME, *OUTGO, "tax", "net", "cash", "partner_sales", "unserved")
        self.lines = {name: [0.0] * self.quarters for name in names}
        self.worth = [0.0] * company.reports
        self.losses: float = company.money.losses
        self.value = 0.0
        self.closed: list[float] = []  # net flow of each quarter closed

    def receive(self, line: str, time: float, amount: float) -> float:
        """Book an amount at a time between as_of and the horizon; return its present value."""
        if not 0.0 <= time < self.quarters / 4.0:
            return 0.0
        quarter = int(time * 4.0)
        self.lines[line][quarter] += amount
        booked = amount * self.calendar.discount[quarter]
        return self._timed(line, booked, amount * math.exp(-self.calendar.rate * time))

    def spend(self, line: str, span: tuple[float, float], amount: float, profile: int, until: float) -> float:
        """Book an amount over a span of time by its profile, no further than `until`; return its present value."""
        start, end = span
        if profile != SPREAD or end <= start:
            when = {AT_MIDDLE: (start + end) / 2.0, AT_END: end}.get(profile, start)
            return self.receive(line, when, amount) if when < until else 0.0
        first, last = max(start, 0.0), min(end, until, self.quarters / 4.0)
        if last <= first:
            return 0.0
        rate = amount / (end - start)
        account = self.lines[line]
        discount = self.calendar.discount
        booked = 0.0
        for quarter in range(int(first * 4.0), math.ceil(last * 4.0)):
            portion = rate * (min(last, (quarter + 1) / 4.0) - max(first, quarter / 4.0))
            account[quarter] += portion
            booked += portion * discount[quarter]
        interest = self.calendar.rate
        exact = booked
        if interest > 0.0:
            exact = rate * (math.exp(-interest * first) - math.exp(-interest * last)) / interest
        return self._timed(line, booked, exact)

    def _timed(self, line: str, booked: float, exact: float) -> float:
        # A company may discount spending from the moment it is spent; the ledger stays by quarter.
        if not self.calendar.exact:
            return booked
        self.value += (exact - booked) * (1.0 if line in INCOME else -1.0)
        return exact

    def tax_on(self, profit: float) -> float:
        """Tax after losses carried forward."""
        used = min(self.losses, profit)
        self.losses -= used
        return self.money.tax * (profit - used) if profit > 0.0 else 0.0

    def committed(self, year: int) -> float:
        """Research and discovery booked so far on the quarters of a calendar year."""
        research, discovery = self.lines["research"], self.lines["discovery"]
        return sum(research[q] + discovery[q] for q in range(self.quarters) if self.calendar.year[q] == year)

    def close(self, quarter: int) -> float:
        """Close a quarter; return the cash at its end."""
        lines = self.lines
        lines["overhead"][quarter] += self.money.overhead[quarter]
        profit = sum(lines[name][quarter] for name in INCOME) - sum(lines[name][quarter] for name in OUTGO)
        lines["tax"][quarter] = self.tax_on(profit)
        net = profit - lines["tax"][quarter]
        lines["net"][quarter] = net
        self.closed.append(net)
        lines["cash"][quarter] = net + (lines["cash"][quarter - 1] if quarter else self.money.opening)
        self.value += net * self.calendar.discount[quarter]
        return lines["cash"][quarter]
