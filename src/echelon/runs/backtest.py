"""Backtest: a company as known on an earlier day, replayed, and scored against what happened since."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from echelon.company.company import Company
from echelon.company.rows.science import Program
from echelon.futures.arrays import F8
from echelon.futures.build.calendar import years_from
from echelon.runs import scores
from echelon.runs.naive import Point, Spreadsheet
from echelon.runs.outcomes import Outcome
from echelon.runs.replay import Asked, Seen, open_pairs, replay
from echelon.runs.run import RunError
from echelon.runs.scores import HALF, MOST, Interval, covered, crps_sample, crps_time, pit, pit_time, wilson
from echelon.runs.simulate import Order, prepare

FUTURES = 4_096
MONTHS = 12.0
LEVELS = (0.10, 0.25, 0.50, 0.75, 0.90)
TELLING = 0.1
"""Chance within the window from which an approval or listing is told apart as one the model expected at all."""

Progress = Callable[[int, int], None]

SCORES: dict[str, Any] = {
    "company": pl.String,
    "kind": pl.String,
    "what": pl.String,
    "territory": pl.String,
    "year": pl.Int64,
    "window": pl.Float64,
    "happened": pl.Float64,
    "amount": pl.Float64,
    "chance": pl.Float64,
    **{f"q{round(100 * level):02d}": pl.Float64 for level in LEVELS},
    "if_10": pl.Float64,
    "if_50": pl.Float64,
    "if_90": pl.Float64,
    "pit_low": pl.Float64,
    "pit_high": pl.Float64,
    "in_50": pl.Float64,
    "in_80": pl.Float64,
    "crps": pl.Float64,
    "crps_naive": pl.Float64,
    "naive": pl.Float64,
    "naive_chance": pl.Float64,
    "confidence": pl.String,
    "note": pl.String,
}
"""Columns of the scores: times in years from as_of (null where never), CRPS of events in months, of sales in money.

q.. are quantiles over all futures, if_.. over those in which it ever comes; chance is that of coming within the window.
"""

CHANCES: dict[str, Any] = {
    "company": pl.String,
    "kind": pl.String,
    "what": pl.String,
    "territory": pl.String,
    "year": pl.Int64,
    "chance": pl.Float64,
    "naive": pl.Float64,
    "came": pl.Boolean,
}


SUMMARY: dict[str, Any] = {
    "company": pl.String,
    "kind": pl.String,
    "n": pl.Int64,
    "expected": pl.Int64,
    "cover_50": pl.Float64,
    "cover_50_low": pl.Float64,
    "cover_50_high": pl.Float64,
    "cover_80": pl.Float64,
    "cover_80_low": pl.Float64,
    "cover_80_high": pl.Float64,
    "crps": pl.Float64,
    "crps_naive": pl.Float64,
    "skill": pl.Float64,
    "brier": pl.Float64,
    "brier_naive": pl.Float64,
    "came": pl.Int64,
    "foretold": pl.Float64,
}


@dataclass(frozen=True)
class Backtest:
    """Scores of one or several companies.

    info : what was scored, how. tables : scores (one row per outcome), chances (per event and year's end), summary,
    calibration, pit, unforeseen (outcomes for which the company has no open filing, or no listing).
    """

    info: dict[str, Any]
    tables: dict[str, pl.DataFrame]

    def write(self, folder: Path) -> list[Path]:
        """Write every table as Parquet and CSV into a folder, which is made."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for name, frame in self.tables.items():
            frame.write_parquet(folder / f"{name}.parquet")
            frame.write_csv(folder / f"{name}.csv")
            files += [folder / f"{name}.parquet", folder / f"{name}.csv"]
        return files


def backtest(
    cases: Sequence[tuple[Company, Sequence[Outcome]]],
    futures: int = FUTURES,
    seed: int = 1,
    progress: Progress | None = None,
) -> Backtest:
    """Replay companies as known on their day and score what happened since.

    Parameters
    ----------
    cases : companies, each with its outcomes.
    futures : how many of each. seed : of every draw.
    progress : called with (futures done, futures in all).

    Raises
    ------
    RunError
        If an order cannot be met, or a year lies outside a company's horizon.
    CompanyError
        If a company cannot be resolved.
    """
    if futures < 2:
        msg = f"a distribution needs at least 2 futures, not {futures}"
        raise RunError(msg)
    made, chances, missed, about = [], [], [], []
    for index, (company, outcomes) in enumerate(cases):
        case = Case(company, outcomes, futures, seed)
        done = index * futures

        def count(ours: int, _: int, done: int = done) -> None:
            if progress:
                progress(done + ours, futures * len(cases))

        case.run(count)
        made += case.scores()
        chances += case.chances()
        missed += [(case.day, row.kind, row.program, row.territory) for row in case.unforeseen]
        about.append(case.about())
    table = pl.DataFrame(made, schema=SCORES, orient="row")
    yearly = pl.DataFrame(chances, schema=CHANCES, orient="row")
    names = ("company", "kind", "what", "territory")
    tables = {
        "scores": table,
        "chances": yearly,
        "summary": summary(table, yearly),
        "calibration": calibration(yearly),
        "pit": histogram(table),
        "unforeseen": pl.DataFrame(missed, schema=dict.fromkeys(names, pl.String), orient="row"),
    }
    return Backtest({"futures": futures, "seed": seed, "companies": about}, tables)


class Case:
    """One company and what happened to it."""

    def __init__(self, company: Company, outcomes: Sequence[Outcome], futures: int, seed: int) -> None:
        self.prepared = prepare(Order(company, futures, seed))
        self.futures = futures
        self.general = company.settings.company
        self.day = self.general.as_of.isoformat()
        self._naive = Spreadsheet(self.prepared.company)
        known = open_pairs(self.prepared.built)
        planned = {key for key, row in company.tables["listings"].items() if getattr(row, "status", "") == "planned"}
        self._names = {row.id: row.name or row.id for row in company.rows(Program)}
        self.unforeseen = [
            row
            for row in outcomes
            if (row.kind == "approval" and (row.program, row.territory) not in known)
            or (row.kind == "listing" and f"{row.program}/{row.territory}" not in planned)
        ]
        left = [row for row in outcomes if row not in self.unforeseen]
        self.approvals = [row for row in left if row.kind == "approval"]
        self.listings = [row for row in left if row.kind == "listing"]
        self.sales = [row for row in left if row.kind == "sales"]
        self.silent = sorted(known.keys() - {(row.program, row.territory) for row in self.approvals})
        self._check_years()
        self._seen: Seen | None = None

    def _check_years(self) -> None:
        last = self.general.as_of.year + self.general.horizon_years
        late = sorted({row.year for row in self.sales if row.year is not None and row.year > last})
        if late:
            msg = f"sales of {late[0]} lie after the horizon, {last}; lengthen horizon_years in company.toml"
            raise RunError(msg)

    def run(self, progress: Progress) -> None:
        """Replay the company."""
        pairs = tuple(dict.fromkeys((row.asset, row.territory) for row in self.sales))
        years = tuple(sorted({row.year for row in self.sales if row.year is not None}))
        asked = Asked(
            tuple((row.program, row.territory) for row in self.approvals),
            tuple((row.program, row.territory) for row in self.listings),
            pairs,
            years,
        )
        self._seen = replay(self.prepared.built, asked, self.futures, progress)

    def about(self) -> dict[str, Any]:
        """What was scored."""
        return {
            "name": self.general.name,
            "as_of": self.day,
            "currency": self.general.currency,
            "notice": self.general.notice,
            "digest": self.prepared.digest,
            "approvals": len(self.approvals),
            "listings": len(self.listings),
            "sales": len(self.sales),
            "unforeseen": len(self.unforeseen),
            "without_outcome": [f"{program}/{territory}" for program, territory in self.silent],
        }

    def scores(self) -> list[tuple[Any, ...]]:
        """One row per outcome."""
        return [*self._events(self.approvals), *self._events(self.listings), *self._sales()]

    def _window(self, row: Outcome) -> float:
        assert row.until is not None, "outcomes of events have it"
        return years_from(self.general.as_of, row.until)

    def _times(self, row: Outcome) -> tuple[F8, float, Point]:
        # Predicted times, the time it came (infinite if not within the window), and the spreadsheet's day.
        assert self._seen is not None
        came = years_from(self.general.as_of, row.happened) if row.happened else math.inf
        if row.kind == "approval":
            at = self._seen.asked.approvals.index((row.program, row.territory))
            return self._seen.approved[:, at], came, self._naive.approval(row.program, row.territory)
        at = self._seen.asked.listings.index((row.program, row.territory))
        return self._seen.listed[:, at], came, self._naive.listing(row.program, row.territory)

    def _events(self, rows: Sequence[Outcome]) -> list[tuple[Any, ...]]:
        made = []
        for row in rows:
            times, came, point = self._times(row)
            window = self._window(row)
            place = pit_time(times, came, window)
            crps = MONTHS * crps_time(times, 1.0 / self.futures, came, window)
            naive = MONTHS * crps_time(np.array([point.at]), np.array([point.chance]), came, window)
            levels = np.quantile(times, LEVELS, method="inverted_cdf")
            made.append(
                (
                    self.day,
                    row.kind,
                    self._names.get(row.program, row.program),
                    row.territory,
                    None,
                    window,
                    _finite(came),
                    None,
                    float((times <= window).mean()),
                    *(_finite(float(level)) for level in levels),
                    *_if_ever(times),
                    *place,
                    covered(place, HALF),
                    covered(place, MOST),
                    crps,
                    naive,
                    _finite(point.at),
                    point.chance,
                    row.confidence,
                    row.note,
                )
            )
        return made

    def _sales(self) -> list[tuple[Any, ...]]:
        assert self._seen is not None
        made = []
        for row in sorted(self.sales, key=lambda row: (row.asset, row.territory, row.year or 0)):
            assert row.year is not None
            assert row.amount is not None
            pair = self._seen.asked.sales.index((row.asset, row.territory))
            values = self._seen.sales[:, pair, self._seen.asked.years.index(row.year)]
            place = pit(values, row.amount)
            flat = self._naive.sales(row.asset, row.territory)
            made.append(
                (
                    self.day,
                    row.kind,
                    row.asset,
                    row.territory,
                    row.year,
                    None,
                    None,
                    row.amount,
                    None,
                    *(float(level) for level in np.quantile(values, LEVELS)),
                    *(None, None, None),
                    *place,
                    covered(place, HALF),
                    covered(place, MOST),
                    crps_sample(values, row.amount),
                    abs(flat - row.amount),
                    flat,
                    None,
                    row.confidence,
                    row.note,
                )
            )
        return made

    def chances(self) -> list[tuple[Any, ...]]:
        """Chance of every event by the end of every year of its window, and whether it had come."""
        made = []
        for row in [*self.approvals, *self.listings]:
            times, came, point = self._times(row)
            for year in range(self.general.as_of.year + 1, self.general.as_of.year + 100):
                end = years_from(self.general.as_of, date(year, 12, 31))
                if end > self._window(row):
                    break
                made.append(
                    (
                        self.day,
                        row.kind,
                        self._names.get(row.program, row.program),
                        row.territory,
                        year,
                        float((times <= end).mean()),
                        point.chance if point.at <= end else 0.0,
                        came <= end,
                    )
                )
        return made


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _if_ever(times: F8) -> tuple[float | None, ...]:
    ever = times[np.isfinite(times)]
    return tuple(float(q) for q in np.quantile(ever, (0.1, 0.5, 0.9))) if ever.size else (None, None, None)


def telling(part: pl.DataFrame) -> pl.DataFrame:
    """Outcomes whose band says something: all sales; events with at least `TELLING` chance within the window."""
    return part.filter((pl.col("kind") == "sales") | (pl.col("chance") >= TELLING))


def _groups(frame: pl.DataFrame) -> list[tuple[str, str, pl.DataFrame]]:
    found = []
    days = frame["company"].unique(maintain_order=True).to_list()
    for day in [*days, "all"] if len(days) > 1 else days:
        mine = frame if day == "all" else frame.filter(pl.col("company") == day)
        found += [(day, kind, part) for (kind,), part in mine.group_by("kind", maintain_order=True)]
    return [(day, str(kind), part) for day, kind, part in found]


def summary(table: pl.DataFrame, yearly: pl.DataFrame) -> pl.DataFrame:
    """Coverage, CRPS, skill and Brier score by company and kind.

    Coverage is of the `expected` outcomes: of approvals and listings with less than `TELLING` chance within the window,
    "not yet" says next to nothing of a band. Its intervals are Wilson's, as if outcomes were independent, which those
    of one drug are not.
    """
    rows = []
    for day, kind, part in _groups(table):
        sure = telling(part)
        n = len(sure)
        events = yearly.filter((pl.col("kind") == kind) & ((pl.col("company") == day) | pl.lit(day == "all")))
        mean, naive = (float(np.mean(part[name].to_numpy())) for name in ("crps", "crps_naive"))
        cover = {level: float(sure[f"in_{level}"].sum()) for level in (50, 80)}
        came, plain = events["came"].to_list(), events["naive"].to_list()
        rows.append(
            {
                "company": day,
                "kind": kind,
                "n": len(part),
                "expected": n,
                "cover_50": cover[50] / n if n else None,
                "cover_50_low": wilson(cover[50], n)[0],
                "cover_50_high": wilson(cover[50], n)[1],
                "cover_80": cover[80] / n if n else None,
                "cover_80_low": wilson(cover[80], n)[0],
                "cover_80_high": wilson(cover[80], n)[1],
                "crps": mean,
                "crps_naive": naive,
                "skill": 1.0 - mean / naive if naive > 0.0 else None,
                "brier": _finite(scores.brier(events["chance"].to_list(), came)),
                "brier_naive": _finite(scores.brier(plain, came)),
                "came": int(part["happened"].is_not_null().sum()) if kind != "sales" else None,
                "foretold": float(part["chance"].sum()) if kind != "sales" else None,
            }
        )
    return pl.DataFrame(rows, schema=SUMMARY)


def calibration(yearly: pl.DataFrame) -> pl.DataFrame:
    """Reliability of the chances by company and kind, in ten bins."""
    nothing = scores.reliability([], [])
    parts = [nothing.select(*(pl.lit("").alias(name) for name in ("company", "kind")), pl.all()).clear()]
    for day, kind, part in _groups(yearly):
        found = scores.reliability(part["chance"].to_list(), part["came"].to_list())
        parts.append(found.select(pl.lit(day).alias("company"), pl.lit(kind).alias("kind"), pl.all()))
    return pl.concat(parts)


def histogram(table: pl.DataFrame) -> pl.DataFrame:
    """PIT histogram by company and kind, in ten bins, of the outcomes whose band says something."""
    rows = []
    for day, kind, part in _groups(telling(table)):
        places: list[Interval] = list(part.select("pit_low", "pit_high").iter_rows())
        for b, count in enumerate(scores.pit_histogram(places)):
            rows.append((day, kind, b / 10, (b + 1) / 10, float(count), len(part)))
    names = {
        "company": pl.String,
        "kind": pl.String,
        "low": pl.Float64,
        "high": pl.Float64,
        "count": pl.Float64,
        "n": pl.Int64,
    }
    return pl.DataFrame(rows, schema=names, orient="row")
