"""Making: what a run says of stocks, flows and lines that are short."""

from typing import Any

import numpy as np
import polars as pl

from echelon.futures.rules import numbers as n
from echelon.runs.results import Results


def stocks(results: Results) -> pl.DataFrame:
    """Mean grams by asset, territories, stage and quarter: flows of `futures.rules.numbers.STOCK_FLOWS`, asked, served.

    `asked` and `served` are those of the order; they stand on its last stage and are null on the others.
    """
    labels = results.labels
    sums = results.sums["stock_sums"] / results.futures
    orders = results.sums["order_sums"] / results.futures
    quarters, stages = len(labels.quarters), len(labels.order_stages)
    last = [j + 1 == stages or labels.order_stages[j + 1][0] != k for j, (k, _) in enumerate(labels.order_stages)]
    columns: dict[str, Any] = {
        "asset": np.repeat(np.array([labels.orders[k][0] for k, _ in labels.order_stages], str), quarters),
        "territories": np.repeat(
            np.array([";".join(labels.orders[k][1]) for k, _ in labels.order_stages], str), quarters
        ),
        "stage": np.repeat(np.array([stage for _, stage in labels.order_stages], str), quarters),
        "quarter": list(labels.quarters) * stages,
    }
    for i, (name, _) in enumerate(n.STOCK_FLOWS):
        columns[name] = sums[:, i, :].ravel()
    for i, name in enumerate(("asked", "served")):
        rows = [orders[k, i] if last[j] else np.full(quarters, np.nan) for j, (k, _) in enumerate(labels.order_stages)]
        columns[name] = np.concatenate(rows) if rows else []
    return pl.DataFrame(columns).with_columns(pl.col("asked", "served").cast(pl.Float64).fill_nan(None))


def shortages(results: Results) -> pl.DataFrame:
    """One row per line and quarter: chance that it has held up sales by the quarter's end, with its standard error.

    The last line, with no site or step, stands for sales that no site may supply.
    """
    labels = results.labels
    by = results.counts["shortages"][:, :-1].cumsum(axis=1) / results.futures
    places = [*labels.lines, ("", "")]
    quarters = len(labels.quarters)
    return pl.DataFrame(
        {
            "site": np.repeat(np.array([site for site, _ in places], str), quarters),
            "step": np.repeat(np.array([step for _, step in places], str), quarters),
            "quarter": list(labels.quarters) * len(places),
            "p_short_by": by.ravel(),
            "p_short_by_se": np.sqrt(by * (1 - by) / results.futures).ravel(),
        }
    )
