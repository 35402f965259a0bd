"""A schedule: who makes what when, and what comes of it; the same form for every way of planning."""

from dataclasses import asdict, dataclass
from typing import Any

from echelon.supply.campaign.bars import Bar


@dataclass(frozen=True)
class Campaign:
    """One product in one suite in one period.

    batches : whole batches made. days : that it needs of the period. started : a new campaign. delayed : its first
    batch comes only after the lead time (upstream that is every start).
    """

    site: str
    suite: str
    step: str
    product: str
    period: str
    batches: int
    days: float
    started: bool
    delayed: bool


@dataclass(frozen=True)
class Balance:
    """One product in one period, in batches; stocks at its end. Crude stock and waste are by site."""

    product: str
    period: str
    crude: tuple[float, ...]
    crude_waste: tuple[float, ...]
    final: float
    final_waste: float
    sold: float
    late: float


@dataclass(frozen=True)
class Schedule:
    """Campaigns and balances of a two-step instance."""

    campaigns: tuple[Campaign, ...]
    balances: tuple[Balance, ...]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        balances = []
        for row in self.balances:
            one = asdict(row)
            one |= {"crude": sum(row.crude), "crude_waste": sum(row.crude_waste), "crude_by_site": list(row.crude)}
            balances.append(one)
        return {"campaigns": [asdict(row) for row in self.campaigns], "balances": balances}

    def bars(self) -> tuple[Bar, ...]:
        """For the table and the chart."""
        return tuple(
            Bar(row.site, row.suite, row.step, row.product, row.period, row.batches, row.days, row.started)
            for row in self.campaigns
        )
