"""Answers: for each question of the page, one plain sentence from the run's tables."""

from collections import Counter

import polars as pl

from echelon.report.format import count, day, listed, money, money_with_error, number, percent, percent_with_error
from echelon.report.names import Names, capital, plan_years
from echelon.report.reshape import expected_approvals, pipeline
from echelon.runs.run import Run

TIMES = {
    "mid_quarter": "in the middle of its quarter",
    "end_of_year": "at the end of its year",
    "continuous": "when spent",
}


def worth(run: Run) -> str:
    """What the company is worth and how sure that is."""
    row, currency = run.measure("enpv"), run.info["currency"]
    return (
        f"In this model the company is worth {money_with_error(row['mean'], row['se'], currency)} (mean of "
        f"{run.info['futures']:,} futures ± standard error); in nine futures of ten its value lies between "
        f"{money(row['q05'], currency)} and {money(row['q95'], currency)}, and {loses(run)}."
    )


def loses(run: Run) -> str:
    """How often the value is below nought, in words."""
    share, futures = run.measure("enpv")["below_nought"], run.info["futures"]
    if share == 0:
        return f"in none of the {futures:,} is it below zero"
    return f"in {percent(share, 2 if share < 0.01 else 1)} of futures it is below zero"


def valued(run: Run) -> str:
    """Of what, at which rate and in which prices the value is."""
    money_settings, general = run.company.settings.money, run.company.settings.company
    rate = percent(money_settings.discount_rate, 1 if money_settings.discount_rate * 100 % 1 else 0)
    when = TIMES[money_settings.discounting]
    after = (
        f"programs launched by then are valued for up to {general.terminal_years} more years, and nothing else is"
        if general.terminal_years
        else "nothing after that counts"
    )
    return (
        f"The value of a future is the sum of the whole company's net cash flows after tax from {day(general.as_of)}, "
        f"in {general.price_year} prices, discounted at {rate} a year (real; money counts {when}). "
        f"Everything is simulated for {general.horizon_years} years by quarter; {after}. Cash held on that day "
        f"({money(money_settings.opening_cash, general.currency)}) and debt are not in the value."
    )


def stand(run: Run) -> str:
    """What the pipeline holds."""
    placed = pipeline(run)
    if not placed:
        return "The company has no active asset."
    kinds = Counter(one.kind for one in placed)
    words = {"marketed": "on the market", "filing": "under review", "clinic": "in the clinic", "reserve": "in reserve"}
    parts = [f"{kinds[kind]} {text}" for kind, text in words.items() if kinds[kind]]
    programs = sum(one.programs for one in placed)
    areas = len({one.area for one in placed})
    return (
        f"{capital(count(len(placed), 'active asset'))} with {count(programs, 'program')} in "
        f"{count(areas, 'therapeutic area')}: {listed(parts)}, each asset counted once, at its most advanced stage."
    )


def stay(run: Run) -> str:
    """Whether the echelons stay filled."""
    years = plan_years(run)
    table = run.table("echelons").filter(pl.col("year").is_in(years))
    if table.is_empty():
        return "The horizon holds no whole calendar year, so no year end is looked at."
    goal = run.company.settings.echelons
    goals = f"{goal.marketed} marketed, {goal.clinic} in the clinic, {goal.reserve} in reserve"
    every = table.filter(pl.col("echelon") == "all three")["p_filled"]
    means = table.filter(pl.col("echelon") != "all three").group_by("echelon").agg(pl.col("p_filled").mean())
    name, share = means.sort("p_filled", "echelon").row(0)
    weakest = "" if share > 0.999 else f"; the weakest is {'the ' if name != 'marketed' else ''}{name}"
    low, high = percent(every.min(), 0), percent(every.max(), 0)  # type: ignore[arg-type]
    between = f"with probability {low}" if low == high else f"with probabilities between {low} and {high}"
    return f"At the year ends {years[0]}–{years[-1]} all three echelons are filled ({goals}) {between}{weakest}."


def always(run: Run) -> str:
    """How often the echelons are filled at every one of the first five year ends, which the engine counts itself."""
    row = run.measure("filled_five_years")
    years = run.table("echelons")["year"].unique().sort().to_list()[:5]
    if not years:
        return ""
    span = f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0])
    return f"At every one of the year ends {span} alike: {percent_with_error(row['mean'], row['se'])} of futures."


def broad(run: Run, names: Names) -> str:
    """One drug against the platform."""
    table = run.table("growth")
    if table.is_empty():
        return "No asset is still on its way to market, so there is no pipeline to set against one drug."
    first, last = table.row(0, named=True), table.row(-1, named=True)
    lead = names.asset(first["asset"])
    if len(table) == 1:
        return (
            f"The company has one drug on its way, {lead}: it is launched in {percent(first['p_any_launch'])} of "
            f"futures and loses money in {percent(first['p_loss'])}; there is no platform to compare it with."
        )
    return (
        f"{capital(lead)} alone is launched in {percent(first['p_any_launch'])} of futures and loses money in "
        f"{percent(first['p_loss'])}; the pipeline of {count(len(table), 'asset')} has at least one launch in "
        f"{percent(last['p_any_launch'])} and loses money in {percent(last['p_loss'])}."
    )


def launched(run: Run) -> str:
    """How many launches, and by when one."""
    row = run.measure("programs_launched")
    if not row["mean"]:
        return "No program is launched within the horizon in any future."
    years = run.company.settings.company.horizon_years
    table = run.table("launches").filter(pl.col("p_any_launch_by") >= 0.9).sort("year")
    first = f" At least one comes by the end of {table['year'][0]} in nine futures of ten." if len(table) else ""
    return (
        f"{number(row['mean'], 1)} new programs are launched in {years} years on average "
        f"(5–95 %: {number(row['q05'])} to {number(row['q95'])}).{first}"
    )


def approved(run: Run) -> str:
    """Approvals held and expected."""
    table = run.table("approvals")
    if table.is_empty():
        return "No program is filed or planned to be filed anywhere."
    now = table.filter(pl.col("held")).select("program", "territory").unique()
    years = plan_years(run)
    expected = expected_approvals(run)
    place = now["territory"].n_unique()
    start = (
        f"Today {count(len(now), 'approval')} {'is' if len(now) == 1 else 'are'} held (one program in one territory "
        f"counts one), in {count(place, 'territory', 'territories')}"
        if len(now)
        else "No approval is held today"
    )
    if not years:
        return f"{start}."
    total = float(expected.filter(pl.col("year") == years[-1])["programs"].sum())
    return f"{start}; by the end of {years[-1]} {number(total, 1)} are expected."


def short(run: Run, names: Names) -> str:
    """Whether and when capacity is short."""
    if run.fans().filter(pl.col("measure") == "utilisation").is_empty():
        return "The company has no lines, so capacity is not modelled."
    if not run.company.settings.couplings.supply:
        return "In this run capacity limits nothing (the coupling `supply` is off); the chart shows demand only."
    row, lost = run.measure("first_short"), run.measure("unserved_share")
    if row["happens"] == 0:
        return f"Capacity is enough in all {run.info['futures']:,} futures."
    often = percent_with_error(row["happens"], row["happens_se"])
    from_to = f"{names.quarter_at(row['q05'])} to {names.quarter_at(row['q95'])}"
    return (
        f"Some sales cannot be made at some time in {often} of futures, first in {names.quarter_at(row['q50'])} "
        f"(median of those futures; 5–95 %: {from_to}); over all futures {percent(lost['mean'], 2)} of own sales "
        "cannot be served."
    )


def solvent(run: Run, names: Names) -> str:
    """Whether the cash lasts."""
    floor, currency = run.company.settings.money.cash_floor, run.info["currency"]
    row, lowest = run.measure("first_under_floor"), run.measure("lowest_cash")
    least = (
        f"its lowest point is {money(lowest['q50'], currency)} in the median future and "
        f"{money(lowest['q05'], currency)} or less in one of twenty"
    )
    if floor is None:
        below = percent(lowest["below_nought"])
        return f"No cash floor is set; cash falls below zero in {below} of futures, and {least}."
    if row["happens"] == 0:
        return f"Cash never ends a quarter under the floor of {money(floor, currency)} in this run; {least}."
    when = names.quarter_at(row["q50"] - 0.25)
    return (
        f"Cash ends a quarter under the floor of {money(floor, currency)} in "
        f"{percent_with_error(row['happens'], row['happens_se'])} of futures, "
        f"first in {when} (median of those); {least}."
    )


def spread(run: Run, names: Names) -> str:
    """What drives the spread."""
    if run.measure("enpv")["sd"] in (None, 0.0):
        return "Every future has the same value, so there is no spread to explain."
    table = run.table("attribution").filter(pl.col("variance_share").is_finite())
    top = table.sort("variance_share", descending=True).head(3)
    parts = [f"{capital(names.asset(name))} ({percent(share, 0)})" for name, share, _ in top.iter_rows()]
    text = f"Most of the variance of value comes from {listed(parts)}."
    drivers = run.table("drivers")
    if drivers.is_empty():
        return text
    row = drivers.row(0, named=True)
    swing = money(abs(row["swing"]), run.info["currency"])
    between = "where it is launched and where it is not" if row["kind"] == "launch" else "at its high and its low end"
    driver = names.driver(row["kind"], row["driver"])
    return f"{text} The largest single driver is “{driver}”: mean value differs by {swing} between futures {between}."


def best(run: Run, names: Names) -> str:
    """Which programs are worth most, on the market and still to come."""
    table = run.programs().filter(pl.col("kind") == "program").sort("rnpv", "program", descending=[True, False])
    if table.is_empty():
        return "The run has no program."
    parts = []
    for marketed, words in ((True, "on the market"), (False, "still to come")):
        some = table.filter(pl.col("marketed") == marketed)
        if not some.is_empty():
            row = some.row(0, named=True)
            parts.append(f"{names.program(row['program'])} ({words}, {money(row['rnpv'], run.info['currency'])})")
    negative = len(table.filter(pl.col("rnpv") < 0))
    return (
        f"{'The most valuable is' if len(parts) == 1 else 'The most valuable are'} {listed(parts)}; "
        f"{negative} of {count(len(table), 'program')} cost more than they bring on average."
    )


def linked(run: Run) -> str:
    """What outcomes share."""
    table = run.table("couplings")
    if table.is_empty():
        return "No outcome shares anything with another in this run: asset, target and platform couplings are all off."
    by = dict(table.group_by("factor").agg(pl.col("name").n_unique()).iter_rows())
    parts = [count(by[factor], factor) for factor in ("asset", "target", "platform") if factor in by]
    return (
        f"Trial outcomes are linked through {listed(parts)} (discovery candidates included); the rest of each outcome "
        f"is its own luck, and every stated PoS holds with the couplings on."
    )


def known(run: Run) -> str:
    """How the numbers are known."""
    table = run.table("assumptions")
    counts = dict(table.group_by(pl.col("confidence").fill_null("unmarked")).len().iter_rows())
    words = {
        "read": "read in a source",
        "derived": "derived from one",
        "remembered": "remembered and not looked up",
        "assumed": "assumed",
        "unmarked": "without a mark",
    }
    parts = [f"{counts[key]:,} {text}" for key, text in words.items() if counts.get(key)]
    filled = len(table.filter(pl.col("given") == "filled"))
    return f"{len(table):,} numbers and dates stand behind this page: {listed(parts)}. {filled:,} filled a blank cell."
