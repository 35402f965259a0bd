"""Compare: two runs that share their luck: paired differences, by program, and step by step from one to the other."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from echelon.company.company import Company
from echelon.company.rows import TABLES, Choice
from echelon.futures.build.build import build
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n
from echelon.runs.run import Run, RunError

STEP_FUTURES = 4_096
SECTIONS = ("company", "money", "echelons", "couplings")


@dataclass(frozen=True)
class Comparison:
    """What changed from run A to run B, and what it did.

    measures : one row per measure: mean in A and B, paired difference with its standard error, the standard error
    that unpaired runs would have, and the probability that B is above A. programs : difference in value by program.
    waterfall : value from A to B, one step per group of changed inputs. changes : every changed cell.
    paired : whether the runs share seed and generator; if not, only means are compared.
    """

    info: dict[str, Any]
    measures: pl.DataFrame
    programs: pl.DataFrame
    waterfall: pl.DataFrame
    changes: pl.DataFrame
    paired: bool
    notes: tuple[str, ...] = field(default=())


def compare(a: Run, b: Run, steps: bool = True, progress: Callable[[int, int], None] | None = None) -> Comparison:
    """Compare two runs.

    Parameters
    ----------
    a, b : finished runs; B is the later or the changed one.
    steps : whether to simulate the steps of the waterfall (4,096 futures each).
    progress : called with (steps done, steps in all).

    Raises
    ------
    RunError
        If the runs are in different currencies.
    """
    if a.info["currency"] != b.info["currency"]:
        msg = f"the runs are in {a.info['currency']} and {b.info['currency']}; compare runs in one currency"
        raise RunError(msg)
    notes = []
    paired = a.info["seed"] == b.info["seed"] and a.info["generator"] == b.info["generator"]
    if not paired:
        notes.append("the runs do not share their luck (other seed or generator): differences carry both runs' noise")
    if a.info["as_of"] != b.info["as_of"]:
        notes.append(
            f"the runs start on other days ({a.info['as_of']} and {b.info['as_of']}): each value is as of its run's day"
        )
    count = min(a.info["futures"], b.info["futures"])
    changes = changed_cells(a, b)
    return Comparison(
        info={"a": a.info, "b": b.info, "futures": count},
        measures=measure_differences(a, b, count, paired),
        programs=program_differences(a, b),
        waterfall=waterfall(a, b, changes, count, progress) if steps else pl.DataFrame(),
        changes=changes,
        paired=paired,
        notes=tuple(notes),
    )


def measure_differences(a: Run, b: Run, count: int, paired: bool) -> pl.DataFrame:
    """Differences of every measure over the futures that both runs have; times only where both have the event."""
    rows = []
    left, right = a.futures().head(count), b.futures().head(count)
    for name, unit in n.MEASURES:
        x = left[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        y = right[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        both = np.isfinite(x) & np.isfinite(y)
        x, y = x[both], y[both]
        if len(x) < 2:
            continue
        apart = float(np.sqrt(x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y)))
        gap = y - x
        rows.append(
            {
                "measure": name,
                "unit": unit,
                "a": x.mean(),
                "b": y.mean(),
                "difference": gap.mean(),
                "se": gap.std(ddof=1) / np.sqrt(len(gap)) if paired else apart,
                "se_unpaired": apart,
                "p_b_above": float((gap > 0).mean()) if paired else None,
                "p_equal": float((gap == 0).mean()) if paired else None,
                "futures": len(x),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def program_differences(a: Run, b: Run) -> pl.DataFrame:
    """Difference in value and in chance of launch by program (discovery by platform); blank where one run lacks it."""
    keep = ["program", "rnpv", "p_launch"]
    joined = (
        a.programs().select(keep).join(b.programs().select(keep), on="program", how="full", coalesce=True, suffix="_b")
    )
    return (
        joined.with_columns((pl.col("rnpv_b").fill_null(0.0) - pl.col("rnpv").fill_null(0.0)).alias("difference"))
        .sort(pl.col("difference").abs(), "program", descending=[True, False])
        .rename({"rnpv": "rnpv_a", "p_launch": "p_launch_a"})
    )


def changed_cells(a: Run, b: Run) -> pl.DataFrame:
    """Every cell that differs between the resolved companies and plans: table, id, column, value in A, value in B."""
    rows: list[tuple[str, str, str, str, str]] = []
    for section in SECTIONS:
        old, new = getattr(a.company.settings, section), getattr(b.company.settings, section)
        for name in type(old).model_fields:
            x, y = getattr(old, name), getattr(new, name)
            if x != y:
                rows.append(("company", "", f"{section}.{name}", str(x), str(y)))
    skip = {"source", "confidence", "note"}
    for table in TABLES:
        if table == "sources":
            continue
        old_rows, new_rows = a.company.tables[table], b.company.tables[table]
        for key in sorted(old_rows.keys() | new_rows.keys()):
            x_row, y_row = old_rows.get(key), new_rows.get(key)
            if x_row is None or y_row is None:
                rows.append((table, key, "", "" if x_row is None else "present", "" if y_row is None else "present"))
                continue
            if x_row == y_row:
                continue
            for name in type(x_row).model_fields:
                x, y = getattr(x_row, name), getattr(y_row, name)
                if name not in skip and x != y:
                    rows.append((table, key, name, str(x), str(y)))
    for key, x_text, y_text in _plan_changes(a, b):
        rows.append(("plan", key, "", x_text, y_text))
    return pl.DataFrame(rows, schema=["table", "id", "column", "a", "b"], orient="row", infer_schema_length=None)


def choices_of(run: Run) -> tuple[Choice, ...]:
    """Choices of the run's plan."""
    return run.company.plans.get(run.info["plan"], ()) if run.info["plan"] else ()


def _plan_changes(a: Run, b: Run) -> list[tuple[str, str, str]]:
    old = {row.key: row for row in choices_of(a)}
    new = {row.key: row for row in choices_of(b)}
    found = []
    for key in sorted(old.keys() | new.keys()):
        x, y = old.get(key), new.get(key)
        shown = ["" if row is None else _shown(row) for row in (x, y)]
        if x != y:
            found.append((key, shown[0], shown[1]))
    return found


def _shown(row: Choice) -> str:
    # A choice in a few words.
    ahead = f"{row.years:g} years ahead" if row.years is not None else ""
    value = "" if row.value is None else f"{row.value:g}"
    return " ".join(str(part) for part in (row.action, row.stage, row.on or "", value, ahead) if part)


def waterfall(
    a: Run, b: Run, changes: pl.DataFrame, count: int, progress: Callable[[int, int], None] | None = None
) -> pl.DataFrame:
    """Mean value from A to B, one step per table (or settings section, or plan) that changed, in the tables' order.

    Each step is simulated on A's seed over the same futures as the steps before it, so a step's difference is paired.
    What a step does depends on the order when changes interact; the order is always the same.
    """
    groups = _groups(changes)
    count = min(count, STEP_FUTURES)
    schema = {"step": pl.String, "changed": pl.Int64, "value": pl.Float64, "difference": pl.Float64, "se": pl.Float64}
    company, choices = a.company, choices_of(a)
    before = _values(company, choices, a.info["seed"], count)
    rows: list[tuple[str, int, float, float | None, float | None]] = [("A", 0, float(before.mean()), None, None)]
    skipped: list[str] = []
    for done, (group, cells) in enumerate(groups.items(), start=1):
        tried = _step(company, b, [*skipped, group])
        wanted = choices_of(b) if group == "plan" else choices
        try:
            after = _values(tried, wanted, a.info["seed"], count)
        except (KeyError, ValueError, IndexError):
            # Half a change can name rows that come with a later step; then the two are one step.
            skipped.append(group)
            continue
        label = " + ".join([*skipped, group])
        gap = after - before
        rows.append((label, cells, float(after.mean()), float(gap.mean()), float(gap.std() / np.sqrt(len(gap)))))
        company, choices, before, skipped = tried, wanted, after, []
        if progress:
            progress(done, len(groups))
    last = _values(b.company, choices_of(b), b.info["seed"], count)
    rest = float(last.mean() - before.mean())
    if b.info["seed"] != a.info["seed"] or skipped:
        label = " + ".join([*skipped, "other seed"] if b.info["seed"] != a.info["seed"] else skipped)
        rows.append((label, 0, float(last.mean()), rest, None))
    rows.append(("B", 0, float(last.mean()), None, None))
    return pl.DataFrame(rows, schema=schema, orient="row")


def _groups(changes: pl.DataFrame) -> dict[str, int]:
    counted: dict[str, int] = {}
    for table, column in changes.select("table", "column").iter_rows():
        group = f"settings: {column.split('.')[0]}" if table == "company" else table
        counted[group] = counted.get(group, 0) + 1
    return counted


def _step(company: Company, b: Run, groups: list[str]) -> Company:
    for group in groups:
        if group.startswith("settings: "):
            section = group.removeprefix("settings: ")
            changed = company.settings.model_copy(update={section: getattr(b.company.settings, section)})
            company = company.with_settings(changed)
        elif group != "plan":
            company = company.with_rows(TABLES[group], b.company.tables[group].values())
    return replace(company)


def _values(company: Company, choices: tuple[Choice, ...], seed: int, count: int) -> np.ndarray:
    engine = Engine(build(company, choices, seed).model, 1)
    return np.concatenate([measures[:, n.ENPV] for measures, _ in engine.blocks(count)])
