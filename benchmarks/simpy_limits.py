"""What holds back the starts of a SimPy future beside cash: quarters that cash covers, trial starts, people at work."""

from types import SimpleNamespace

from benchmarks.books import Books

CLINIC = 1
ROUNDING = 1e-9


class Limits:
    """The plan's cover and the limits of each year, by what has started and who is at work."""

    def __init__(self, company: SimpleNamespace, books: Books) -> None:
        self.company, self.books = company, books
        self.stages, self.money, self.calendar = company.stages, company.money, company.calendar
        self.cash = 0.0
        self.started: list[int] = []  # year of each start of a stage of the clinic
        self.tasks: list[tuple[float, float, float]] = []  # people, from, to

    def covered(self, s: int) -> bool:
        """Whether cash covers the quarters of spending that the plan asks for."""
        wanted = self.stages.cover[s]
        if not self.company.switches.cash or self.stages.always[s] or wanted <= 0.0:
            return True
        last = self.books.closed[-4:]
        spent = -sum(last) / len(last) if last else 0.0
        return spent <= 0.0 or max(self.cash, 0.0) / spent >= wanted

    def room(self, s: int, now: float) -> bool:
        """Whether the year's limits leave room for a start in the quarter that has just opened."""
        quarter = int(now * 4.0)
        year = self.calendar.year[quarter]
        if self.stages.kind[s] == CLINIC:
            known = self.money.trials_begun if year == 0 else 0.0
            if known + self.started.count(year) + 1 > self.money.trial_starts[year]:
                return False
        people = self.stages.people[s]
        busy = self.money.at_work if quarter == 0 else 0.0
        busy += sum(many for many, start, end in self.tasks if start < (quarter + 1) / 4.0 and end > quarter / 4.0)
        return bool(people == 0.0 or busy + people <= self.money.headcount[year] + ROUNDING)

    def begin(self, s: int, now: float) -> None:
        """A stage starts."""
        if self.stages.kind[s] == CLINIC:
            self.started.append(self.calendar.year[int(now * 4.0)])

    def work(self, s: int, start: float, end: float) -> None:
        """A stage's people are at work; who was at as_of is counted by the company in the first quarter."""
        if self.stages.people[s] > 0.0:
            since = start if start >= 0.0 else 0.25
            self.tasks.append((self.stages.people[s], since, end))
