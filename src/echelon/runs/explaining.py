"""Explaining: what the spread of a company's value comes from, and what a portfolio adds to one drug."""

import numpy as np
import polars as pl

from echelon.futures.arrays import F8
from echelon.futures.build.build import Built
from echelon.futures.rules.replay import uniforms
from echelon.runs.detail import Detail
from echelon.runs.results import Results

GRID = tuple(np.round(np.arange(0.01, 1.0, 0.01), 2))
DRIVEN_BY = ("price/", "epidemiology/", "indication/", "recipe/", "competitor/", "expansion/", "inspection/")
"""Streams whose draws a reader would call an assumption; outcomes of programs are looked at by launch."""

MARKETED, FILING = 2, 2
"""Status of a marketed program, and kind of a filing stage, as in the rules."""

SHUFFLE_SEED = 20_240_101
"""Seed of the shuffles that break the link between assets; any other gives the same within sampling error."""


def attribution(results: Results) -> pl.DataFrame:
    """Share of the company's variance by asset (discovery by platform): cov(asset, company) over the variance.

    The shares, with the rest (overheads, tax, capital, shared milestones), add up to one.
    """
    reports = results.reports()
    named = reports.with_columns(
        pl.when(pl.col("kind") == "slot").then(pl.col("group")).otherwise(pl.col("asset")).alias("name")
    )
    frame = (
        named.group_by("name", maintain_order=True)
        .agg(pl.col("variance_share").sum(), pl.col("rnpv").sum().alias("value"))
        .sort("variance_share", "name", descending=[True, False])
    )
    rest = {
        "name": "overheads, tax, capital",
        "variance_share": 1.0 - float(frame["variance_share"].sum()),
        "value": float(results.measures[:, 0].mean()) - float(frame["value"].sum()),
    }
    return pl.concat([frame, pl.DataFrame([rest])])


def drivers(detail: Detail, built: Built, limit: int = 40) -> pl.DataFrame:
    """Tornado: mean company value where a driver came out low and where it came out high.

    For a program the two sides are "not launched" and "launched"; for an assumption the lowest and highest tenth of
    its draws. Sorted by the swing; each side with its standard error.
    """
    rows = []
    for i, program in enumerate(detail.programs):
        launched = detail.launched[:, i] == 1
        if 30 <= launched.sum() <= len(launched) - 30:
            rows.append(_row("launch", program, detail.enpv[~launched], detail.enpv[launched]))
    uniform = np.empty(len(detail.enpv))
    for index, name in enumerate(built.labels.streams):
        market = name.endswith("/market") and name.startswith("program/")
        if not (market or name.startswith(DRIVEN_BY)) or len(uniform) < 300:
            continue
        uniforms(built.model.streams, index, np.uint64(0), uniform)
        low, high = detail.enpv[uniform < 0.1], detail.enpv[uniform > 0.9]
        rows.append(_row("assumption", _plain(name), low, high))
    frame = pl.DataFrame(
        rows,
        schema=["kind", "driver", "low", "low_se", "high", "high_se"],
        orient="row",
        infer_schema_length=None,
    )
    if frame.is_empty():
        return frame.cast(dict.fromkeys(("low", "low_se", "high", "high_se"), pl.Float64))
    return (
        frame.with_columns((pl.col("high") - pl.col("low")).alias("swing"))
        .filter(pl.col("swing").abs() > 2.0 * (pl.col("low_se") ** 2 + pl.col("high_se") ** 2).sqrt())
        .sort(pl.col("swing").abs(), descending=True)
        .head(limit)
    )


def _row(kind: str, name: str, low: F8, high: F8) -> tuple[object, ...]:
    return (
        kind,
        name,
        float(low.mean()),
        float(low.std(ddof=1) / np.sqrt(len(low))),
        float(high.mean()),
        float(high.std(ddof=1) / np.sqrt(len(high))),
    )


def _plain(name: str) -> str:
    parts = name.split("/")
    if parts[-1] == "market":
        return f"peak sales of {parts[1]}"
    if parts[0] == "epidemiology":
        return f"patients: {parts[1]}, {parts[2]}"
    if parts[0] == "price":
        return f"price: {parts[1]}, {parts[2]}"
    if parts[0] == "indication":
        return f"{'time on therapy' if parts[2] == 'months' else 'share of patients'}: {parts[1]}"
    if parts[0] == "competitor":
        return f"entry of {parts[1]}: {parts[2]}, {parts[3]}"
    return " ".join(parts)


def pipeline(detail: Detail, built: Built) -> list[str]:
    """Assets named in tables that are before filing at as_of, most valuable first.

    Marketed ones are luck no more, and those under review hardly; where nothing is left, all not yet marketed count.
    """
    labels = built.labels
    programs, stages = built.model.programs, built.model.stages
    marketed, reviewed = set(), set()
    for p, r in enumerate(programs.report):
        first = programs.stage_from[p]
        if programs.status[p] == MARKETED:
            marketed.add(labels.report_assets[r])
        elif first < programs.stage_from[p + 1] and stages.kind[first] == FILING:
            reviewed.add(labels.report_assets[r])
    named = {asset for asset, kind in zip(labels.report_assets, labels.report_kind, strict=True) if kind != "slot"}
    mean = dict(zip(detail.groups, detail.values.mean(axis=0), strict=True))
    left = named - marketed - reviewed or named - marketed
    return sorted(left, key=lambda asset: (-mean[asset], asset))


def platform(detail: Detail, built: Built) -> pl.DataFrame:
    """Value of one drug against the pipeline: quantiles of three distributions with the same expected drugs in them.

    lead: the most valuable asset still before filing, alone. independent: all such assets with each one's values
    shuffled over futures, which keeps every asset's distribution and breaks the links. coupled: as simulated.
    company: the whole company's value, marketed drugs, discovery, overheads and tax included.
    """
    assets = pipeline(detail, built)
    if not assets or not len(detail.enpv):
        return pl.DataFrame(
            schema={"case": pl.String, "assets": pl.Int64, "probability": pl.Float64, "value": pl.Float64}
        )
    columns = [detail.groups.index(asset) for asset in assets]
    values = detail.values[:, columns]
    cases = {
        f"lead drug ({assets[0]})": (1, values[:, 0]),
        "pipeline, independent": (len(assets), shuffled(values).sum(axis=1)),
        "pipeline, coupled": (len(assets), values.sum(axis=1)),
        "company": (len(detail.groups), detail.enpv),
    }
    frames = [
        pl.DataFrame({"case": name, "assets": count, "probability": GRID, "value": np.quantile(of, GRID)})
        for name, (count, of) in cases.items()
    ]
    return pl.concat(frames)


def growth(detail: Detail, built: Built) -> pl.DataFrame:
    """What breadth buys: for the k most valuable pipeline assets, chance of a launch, of a loss, and the spread."""
    assets = pipeline(detail, built)
    asset_of = dict(zip(built.labels.reports, built.labels.report_assets, strict=True))
    rows = []
    columns = [detail.groups.index(asset) for asset in assets]
    apart = shuffled(detail.values[:, columns]) if columns else np.empty((0, 0))
    any_launch = np.zeros(len(detail.enpv), bool)
    together = np.zeros(len(detail.enpv))
    alone = np.zeros(len(detail.enpv))
    for k, asset in enumerate(assets, start=1):
        mine = [i for i, program in enumerate(detail.programs) if asset_of[program] == asset]
        any_launch |= (detail.launched[:, mine] == 1).any(axis=1)
        together += detail.values[:, columns[k - 1]]
        alone += apart[:, k - 1]
        mean = together.mean()
        rows.append(
            {
                "assets": k,
                "asset": asset,
                "p_any_launch": any_launch.mean(),
                "p_loss": (together < 0).mean(),
                "p_loss_independent": (alone < 0).mean(),
                "mean": mean,
                "sd": together.std(),
                "sd_independent": alone.std(),
            }
        )
    schema = {"assets": pl.Int64, "asset": pl.String} | dict.fromkeys(
        ("p_any_launch", "p_loss", "p_loss_independent", "mean", "sd", "sd_independent"), pl.Float64
    )
    return pl.DataFrame(rows, schema=schema)


def shuffled(values: F8) -> F8:
    """Columns of f8[future, asset], each in an order of its own."""
    generator = np.random.default_rng(SHUFFLE_SEED)
    return np.column_stack([generator.permutation(values[:, i]) for i in range(values.shape[1])])


def couplings(built: Built) -> pl.DataFrame:
    """Every loading: one row per unit and factor, with the share of the latent variance it explains."""
    rows = []
    for p, unit in enumerate(built.units):
        if unit.kind == "extension" or not unit.ahead:
            continue
        for k in np.flatnonzero(built.outcomes.loadings[p]):
            loading = float(built.outcomes.loadings[p, k])
            kind, name = built.outcomes.names[k].split("/", 1)
            rows.append((unit.report, unit.asset, kind, name, loading, loading**2))
        if built.outcomes.private[p] > 0:
            loading = float(built.outcomes.private[p])
            rows.append((unit.report, unit.asset, "asset", unit.asset, loading, loading**2))
    schema = {
        "program": pl.String,
        "asset": pl.String,
        "factor": pl.String,
        "name": pl.String,
        "loading": pl.Float64,
        "variance": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
