"""The handful of numbers that matter, of a run."""

from typing import TYPE_CHECKING, Any

from echelon.cli.output import number, out, percent, show_table

if TYPE_CHECKING:
    from echelon.runs.run import Run

PLAN_YEARS = 5


def headline(run: "Run") -> list[tuple[str, str]]:
    """What is shown first: (what, how much), each with how sure it is."""
    currency = run.info["currency"]
    value = run.measure("enpv")
    loss = value["below_nought"]
    launched = run.measure("programs_launched")
    rows = [
        ("value (eNPV)", f"{number(value['mean'], 4)} ± {number(value['se'], 2)} million {currency}"),
        ("90 % of futures within", f"{number(value['q05'])} to {number(value['q95'])} million {currency}"),
        ("mean of the worst 5 %", f"{number(value['cvar_5'])} million {currency}"),
        ("chance that value is lost", percent(loss) if loss else "none seen"),
        ("programs launched", f"{number(launched['mean'])} ({launched['q05']:.0f} to {launched['q95']:.0f})"),
    ]
    rows += _echelons(run)
    rows.append(("chance that capacity falls short", _when(run, "first_short")))
    if run.company.settings.money.cash_floor is not None:
        rows.append(("chance that cash falls under the floor", _when(run, "first_under_floor")))
    return rows


def _echelons(run: "Run") -> list[tuple[str, str]]:
    table = run.table("echelons")
    years = [year for year in sorted(set(table["year"])) if year > int(run.info["as_of"][:4])][:PLAN_YEARS]
    if not years:
        return []
    last = {row["echelon"]: row["p_filled"] for row in table.to_dicts() if row["year"] == years[-1]}
    parts = ", ".join(f"{name} {percent(last[name])}" for name in ("marketed", "clinic", "reserve") if name in last)
    return [
        (f"echelons filled at the end of {years[-1]}", parts),
        ("all three at once", percent(last.get("all three"))),
    ]


def _when(run: "Run", measure: str) -> str:
    row = run.measure(measure)
    if not row["happens"]:
        return "none seen"
    when = f"; where it does, first after {number(row['q50'], 2)} years (median)" if row["q50"] is not None else ""
    return f"{percent(row['happens'])}{when}"


def show_headline(run: "Run") -> None:
    """Print the handful of numbers."""
    info = run.info
    under = [f"scenario {info['scenario']}"] if info["scenario"] else []
    under += [f"plan {info['plan']}"] if info["plan"] else []
    seed = f"{info['futures']:,} futures, seed {info['seed']}"
    out(f"{info['company']}, as of {info['as_of']} ({', '.join([*under, seed])})")
    show_table(("", ""), headline(run), left=2)


def run_json(run: "Run") -> dict[str, Any]:
    """A run under its documented keys."""
    return {"run": run.folder, "info": run.info, "measures": run.measures().to_dicts()}
