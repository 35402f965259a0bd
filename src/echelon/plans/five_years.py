"""Five years: what a plan does year by year, beside doing nothing and funding everything, in the same futures."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from echelon.company.company import Company
from echelon.company.rows.base import columns
from echelon.company.rows.money import Choice
from echelon.futures.arrays import F8
from echelon.futures.build.build import Labels, build
from echelon.futures.rules import numbers as n
from echelon.plans.happenings import KINDS, TOTALS
from echelon.plans.yardsticks import AS_IT_STANDS, DO_NOTHING, FUND_EVERYTHING, do_nothing, fund_everything
from echelon.plans.yearly import Yearly, live
from echelon.runs.results import worst_mean
from echelon.runs.run import RunError
from echelon.runs.simulate import Order, Prepared, info_of, prepare

YEARS = 5
SURE = 0.95
"""Confidence of the one-sided bound under a difference."""
WORST = 0.05
"""Share of futures that CVaR is the mean of."""

Plans = Mapping[str, Sequence[Choice]]
Progress = Callable[[int, int], None]

USUAL = (DO_NOTHING, FUND_EVERYTHING)
"""What a plan is measured against unless said otherwise."""

COUNTS = {
    "trials": "clinical stages started",
    "readouts": "clinical stages read out",
    "positive": "of them positive",
    "first_launch": "programs launched for the first time",
    "approved": "approvals of a program in a territory",
    "launches": "launches of a program in a territory",
    "licensed": "expansions licensed",
    "signed": "deals signed",
}
"""Kinds of events whose number in a year is told, candidates of discovery included."""

VALUES: dict[str, Any] = {"plan": pl.String, "futures": pl.Int64} | dict.fromkeys(
    ("enpv", "se", "sd", "q05", "q10", "q50", "q90", "q95", "cvar_5", "p_loss",
     "p_under_floor", "p_under_floor_se", "lowest_cash", "lowest_cash_q10", "launches", "launches_se"),
    pl.Float64,
)  # fmt: skip
DIFFERENCES: dict[str, Any] = {"plan": pl.String, "against": pl.String} | dict.fromkeys(
    ("mean", "se", "low_95", "p_better"), pl.Float64
)
EVENTS: dict[str, Any] = {
    "plan": pl.String, "kind": pl.String, "subject": pl.String, "what": pl.String, "year": pl.Int64,
    "mean": pl.Float64, "se": pl.Float64, "probability": pl.Float64,
}  # fmt: skip
BANDS: dict[str, Any] = dict.fromkeys(("mean", "se", "q10", "q50", "q90"), pl.Float64)
PER_YEAR: dict[str, Any] = {"plan": pl.String, "what": pl.String, "year": pl.Int64} | BANDS
FLOOR: dict[str, Any] = {"plan": pl.String, "year": pl.Int64} | dict.fromkeys(
    ("p_under_floor", "p_under_floor_se", "p_under_floor_by", "p_under_floor_by_se"), pl.Float64
)
CASH: dict[str, Any] = {"plan": pl.String, "quarter": pl.String} | BANDS

MONEY_IN, MONEY_OUT = "money in", "money out"


@dataclass(frozen=True)
class FiveYears:
    """Plans year by year, on the same futures.

    info : as of a run, its plan the first of `plans`. company : resolved. years : calendar years told of, all whole.
    plans : names, the plan itself first, the others what it is measured against. futures : lived under each.

    values : one row per plan: value with standard error, quantiles, CVaR of the worst 5 %, P(loss); within the years
    P(cash under its floor at a quarter's end), lowest cash, programs launched.
    differences : plan less each other, paired future by future, with the bound that it lies above with 95 %.
    events : one row per plan, kind of event (`plans.happenings.KINDS`), whose it is, what (stage or territory) and
    year: mean number, its standard error, and the probability of at least one. Candidates of a platform are told
    together. What never happens has no row.
    counts : number of events of `COUNTS` by plan and year. money : every ledger line by plan and year (cash: at its
    end), and what comes in and goes out in all. cash : by plan and quarter end. floor : by plan and year.
    choices : rows of every plan. Money in millions of the company's currency.
    """

    info: dict[str, Any]
    company: Company
    years: tuple[int, ...]
    plans: tuple[str, ...]
    futures: int
    values: pl.DataFrame
    differences: pl.DataFrame
    events: pl.DataFrame
    counts: pl.DataFrame
    money: pl.DataFrame
    cash: pl.DataFrame
    floor: pl.DataFrame
    choices: pl.DataFrame

    @property
    def plan(self) -> str:
        """The plan itself."""
        return self.plans[0]


def five_years(
    order: Order,
    plans: Plans | None = None,
    against: Sequence[str] = USUAL,
    threads: int | None = None,
    progress: Progress | None = None,
) -> FiveYears:
    """Live the same futures under several plans and tell the first five whole calendar years after as_of.

    Parameters
    ----------
    order : company, scenario, seed and number of futures, and the plan where `plans` is not given.
    plans : name -> choices; the first is the plan. None: the order's plan, or the company as it stands without one.
    against : what else it is measured against: the company's plans and the yardsticks, by name.
    threads : all cores when None; results do not depend on it. progress : called with futures lived and in all.

    Raises
    ------
    RunError
        If there is no such plan, no plan at all, or no whole calendar year in the horizon.
    CompanyError
        If the company cannot be resolved or the scenario does not apply.
    """
    prepared = prepare(order)
    asked = {order.plan or AS_IT_STANDS: order.choices()} if plans is None else plans
    named: dict[str, Sequence[Choice]] = dict(asked)
    for name, rows in measured_against(prepared.company, against).items():
        named.setdefault(name, rows)
    if not named:
        msg = "there is no plan to tell of; give at least one"
        raise RunError(msg)
    years = first_years(prepared.built.labels)
    done = 0

    def seen(lived: int) -> None:
        nonlocal done
        done += lived
        if progress:
            progress(done, order.futures * len(named))

    tables = _Tables(prepared, years)
    for name, choices in named.items():
        built = build(prepared.company, tuple(choices), order.seed)
        tables.add(name, choices, live(built, years, order.futures, threads or os.cpu_count() or 1, seen))
    return tables.done()


def measured_against(company: Company, names: Sequence[str]) -> dict[str, tuple[Choice, ...]]:
    """Plans of a company and yardsticks by name; a yardstick's words may be joined by hyphens.

    Raises
    ------
    RunError
        If there is none of that name.
    """
    yardsticks: dict[str, tuple[Choice, ...]] = {
        AS_IT_STANDS: (),
        DO_NOTHING: do_nothing(company),
        FUND_EVERYTHING: fund_everything(company),
    }
    short = {name.replace(" ", "-"): name for name in yardsticks}
    found = {}
    for name in names:
        known = name if name in company.plans else short.get(name, name)
        if known not in company.plans and known not in yardsticks:
            msg = f"there is no plan `{name}` to measure against; there are {', '.join([*company.plans, *short])}"
            raise RunError(msg)
        found[known] = company.plans[known] if known in company.plans else yardsticks[known]
    return found


def first_years(labels: Labels) -> tuple[int, ...]:
    """The first five calendar years of which all four quarters are simulated.

    Raises
    ------
    RunError
        If there is none.
    """
    year = [int(label[:4]) for label in labels.quarters]
    whole = tuple(y for y in labels.years if year.count(y) == 4)[:YEARS]
    if not whole:
        msg = f"the horizon, {labels.quarters[0]} to {labels.quarters[-1]}, holds no whole year; make it longer"
        raise RunError(msg)
    return whole


class _Tables:
    # Gathers the rows of every plan.
    def __init__(self, prepared: Prepared, years: tuple[int, ...]) -> None:
        self._prepared, self._years = prepared, years
        self._floor = prepared.company.settings.money.cash_floor
        self._values: dict[str, F8] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("values", "events", "counts", "money", "cash", "floor", "choices")
        }

    def add(self, plan: str, choices: Sequence[Choice], lived: Yearly) -> None:
        """Add a plan's futures."""
        self._values[plan] = lived.measures[:, n.ENPV]
        under = self._under(lived)
        self._rows["values"].append({"plan": plan} | _value(lived, under))
        self._rows["events"] += [{"plan": plan} | row for row in _events(lived, self._years)]
        self._rows["counts"] += [{"plan": plan} | row for row in _counts(lived, self._years)]
        self._rows["money"] += [{"plan": plan} | row for row in _money(lived, self._years)]
        labels = self._prepared.built.labels.quarters
        self._rows["cash"] += [
            {"plan": plan, "quarter": labels[q]} | band(lived.cash[:, q]) for q in range(lived.cash.shape[1])
        ]
        self._rows["floor"] += [{"plan": plan} | row for row in self._by_year(lived, under)]
        self._rows["choices"] += [{"plan": plan} | _shown(row) for row in choices]

    def _under(self, lived: Yearly) -> np.ndarray | None:
        return None if self._floor is None else lived.cash < self._floor

    def _by_year(self, lived: Yearly, under: np.ndarray | None) -> list[dict[str, Any]]:
        year = np.array([int(label[:4]) for label in self._prepared.built.labels.quarters[: lived.cash.shape[1]]])
        rows: list[dict[str, Any]] = []
        for one in self._years:
            row: dict[str, Any] = {"year": one}
            if under is not None:
                row |= share("p_under_floor", np.any(under[:, year == one], axis=1))
                row |= share("p_under_floor_by", np.any(under[:, year <= one], axis=1))
            rows.append(row)
        return rows

    def done(self) -> FiveYears:
        """All tables."""
        names = tuple(self._values)
        first = names[0]
        info = info_of(self._prepared, "complete", self._prepared.order.futures)
        schemas = (
            ("values", VALUES), ("events", EVENTS), ("counts", PER_YEAR), ("money", PER_YEAR), ("cash", CASH),
            ("floor", FLOOR), ("choices", _choice_schema()),
        )  # fmt: skip
        differences = [
            {"plan": first, "against": other} | difference(self._values[first] - self._values[other])
            for other in names[1:]
        ]
        return FiveYears(
            info=info | {"plan": "" if first == AS_IT_STANDS else first},
            company=self._prepared.company,
            years=self._years,
            plans=names,
            futures=self._prepared.order.futures,
            differences=pl.DataFrame(differences, DIFFERENCES),
            **{name: pl.DataFrame(self._rows[name], schema) for name, schema in schemas},
        )


def difference(values: F8) -> dict[str, float]:
    """Mean of paired differences f8[future], its standard error, and its one-sided lower 95 % bound (Student's t)."""
    count = len(values)
    mean = float(values.mean())
    se = float(values.std(ddof=1)) / count**0.5 if count > 1 else float("nan")
    low = mean - float(stats.t.ppf(SURE, count - 1)) * se if count > 1 else float("nan")
    return {"mean": mean, "se": se, "low_95": low, "p_better": float((values > 0.0).mean())}


def band(values: F8) -> dict[str, float]:
    """Mean of f8[future] with its standard error, and its 10, 50 and 90 % quantiles."""
    count = len(values)
    found = np.quantile(values, (0.1, 0.5, 0.9))
    se = float(values.std(ddof=1)) / count**0.5 if count > 1 else float("nan")
    return {"mean": float(values.mean()), "se": se} | dict(zip(("q10", "q50", "q90"), map(float, found), strict=True))


def share(name: str, happened: np.ndarray) -> dict[str, float]:
    """How often something happened, b[future], with its standard error."""
    p = float(happened.mean())
    return {name: p, f"{name}_se": (p * (1.0 - p) / len(happened)) ** 0.5}


def _value(lived: Yearly, under: np.ndarray | None) -> dict[str, Any]:
    values = lived.measures[:, n.ENPV]
    quantiles = np.quantile(values, (0.05, 0.10, 0.50, 0.90, 0.95))
    lowest = lived.cash.min(axis=1)
    row = {"futures": lived.futures, "enpv": float(values.mean())} | {
        name: float(value) for name, value in zip(("q05", "q10", "q50", "q90", "q95"), quantiles, strict=True)
    }
    sd = float(values.std(ddof=1)) if lived.futures > 1 else float("nan")
    row |= {"sd": sd, "se": sd / lived.futures**0.5, "cvar_5": worst_mean(values, WORST)}
    row |= {"p_loss": float((values < 0.0).mean())}
    row |= {"lowest_cash": float(lowest.mean()), "lowest_cash_q10": float(np.quantile(lowest, 0.1))}
    launched = band(lived.counts[:, KINDS.index("first_launch")].sum(axis=1).astype(float))
    row |= {"launches": launched["mean"], "launches_se": launched["se"]}
    return row | (share("p_under_floor", np.any(under, axis=1)) if under is not None else {})


def _events(lived: Yearly, years: tuple[int, ...]) -> list[dict[str, Any]]:
    futures = lived.futures
    mean = lived.times / futures
    spread = np.maximum(lived.squares / futures - mean**2, 0.0)
    rows = []
    for place, year in np.argwhere(lived.times > 0):
        kind, subject, what = lived.happenings.places[place]
        if kind in TOTALS:
            continue
        rows.append(
            {
                "kind": kind,
                "subject": subject,
                "what": what,
                "year": years[year],
                "mean": float(mean[place, year]),
                "se": float(np.sqrt(spread[place, year] / futures)),
                "probability": float(lived.any_[place, year] / futures),
            }
        )
    return rows


def _counts(lived: Yearly, years: tuple[int, ...]) -> list[dict[str, Any]]:
    return [
        {"what": kind, "year": year} | band(lived.counts[:, KINDS.index(kind), y].astype(float))
        for kind in COUNTS
        for y, year in enumerate(years)
    ]


def _money(lived: Yearly, years: tuple[int, ...]) -> list[dict[str, Any]]:
    lines = {name: lived.money[:, i] for i, name in enumerate(n.LINE_NAMES)}
    lines |= {MONEY_IN: lived.money[:, list(n.INFLOWS)].sum(axis=1)}
    lines |= {MONEY_OUT: lived.money[:, list(n.OUTFLOWS)].sum(axis=1)}
    return [
        {"what": name, "year": year} | band(flows[:, y])
        for name, flows in lines.items()
        for y, year in enumerate(years)
    ]


def _choice_schema() -> dict[str, Any]:
    kinds = {"value": pl.Float64, "years": pl.Float64}
    return {"plan": pl.String} | {name: kinds.get(name, pl.String) for name in columns(Choice)}


def _shown(row: Choice) -> dict[str, Any]:
    return row.model_dump(mode="json")
