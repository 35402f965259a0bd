"""The page of benchmarks: tables of what was measured, beside what was aimed at, missed or not."""

import math

from benchmarks.plain import LEFT_OUT
from benchmarks.run import COMPARED, ENGINE, NUMPY, SIMPY, Found, middle

UNITS = {
    "enpv": "eNPV, CNY m",
    "peak_sales": "peak sales, CNY m a year",
    "programs_launched": "programs launched",
    "final_cash": "cash at the horizon, CNY m",
    "years_filled": "years with all three echelons filled",
    "live_program_quarters": "live program-quarters",
}


def page(found: Found) -> str:
    """Markdown of everything measured."""
    parts = [_head(found), _targets(found), _side(found), _agreement(found), _scale(found), _method(found)]
    return "\n\n".join(parts) + "\n"


def rows(head: tuple[str, ...], body: list[tuple[str, ...]]) -> str:
    """A table; all columns but the first are numbers."""
    lines = [head, ("---", *("---:" for _ in head[1:])), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _head(found: Found) -> str:
    machine, company = found.machine, found.company
    packages = ", ".join(f"{name} {machine[name]}" for name in ("numpy", "numba", "scipy", "simpy", "polars"))
    quick = "\n\n**Quick measurement: few rounds, small runs. Not for quoting.**" if found.size.quick else ""
    return (
        "# Benchmarks\n\n"
        "Written by `make bench`. The company is Top Alliance, the worked example: "
        f"{company['programs']} programs, {company['candidates']} places for candidates of its discovery, "
        f"{company['filings']} program-territory pairs, 20 years by quarter and 15 more by year, every coupling on, "
        f"{found.live:,.0f} live program-quarters in a future.\n\n"
        f"Machine: {machine['processor']}, {machine['cores']} cores; Python {machine['Python']}; {packages}.{quick}"
    )


def _targets(found: Found) -> str:
    side = {name: middle(times) for name, times in found.side.items()}
    two = 1.0 / middle(found.threads.get(2, found.threads[1]))
    steps = sorted(found.programs)
    growth = found.programs[steps[-1]] / found.programs[steps[0]]
    whole = not found.size.quick
    seconds, peak = found.large["seconds"], found.large["peak_bytes"] / 1e9
    over = {name: time / side[ENGINE] for name, time in side.items()}
    goals = [
        ("SimPy over Echelon, time per future on one core", "at least 150", over[SIMPY], "{:,.0f}", 150, 1),
        ("NumPy over Echelon, time per future on one core", "at least 5", over[NUMPY], "{:.1f}", 5, 1),
        ("futures a second, two threads", "at least 15,000", two, "{:,.0f}", 15_000, 1),
        (f"{found.size.large:,} futures, seconds", "under 120", seconds, "{:.1f}", 120, -1),
        (f"{found.size.large:,} futures, peak memory in GB", "under 2", peak, "{:.2f}", 2, -1),
        ("time per program, 1,000 programs over 10", "at most 1.5", growth, "{:.2f}", 1.5, -1),
        ("first start, compiling all rules, seconds", "under 15", found.first_start, "{:.1f}", 15, -1),
        ("later start to first results, seconds", "under 1.5", middle(found.later_starts), "{:.2f}", 1.5, -1),
        ("`echelon --help`, seconds", "under 0.3", middle(found.help), "{:.2f}", 0.3, -1),
    ]  # fmt: skip
    body = []
    for name, aim, value, form, goal, sign in goals:
        verdict = "met" if sign * (value - goal) >= 0 else "**missed**"
        if "futures, seconds" in name and not whole:
            verdict = "not measured at 1,000,000"
        body.append((name, aim, form.format(value), verdict))
    return "## Aims\n\n" + rows(("what", "aim", "measured", ""), body)


def _side(found: Found) -> str:
    body = []
    fastest, usual = min(found.side[ENGINE]), middle(found.side[ENGINE])
    for name, times in found.side.items():
        body.append(
            (
                name,
                f"{1e6 * min(times):,.0f}",
                f"{1e6 * middle(times):,.0f}",
                f"{1.0 / middle(times):,.0f}",
                f"{min(times) / fastest:,.1f}",
                f"{middle(times) / usual:,.1f}",
            )
        )
    head = ("implementation", "µs a future, least", "median", "futures a second", "over Echelon, least", "median")
    return (
        "## Three implementations of the same rules, one core each\n\n"
        + rows(head, body)
        + f"\n\n{len(found.side[ENGINE])} rounds, the three in turn in one process, one thread each, after a "
        "round that does not count. All read the same arrays and the same named draws. Echelon also adds up "
        "histograms, sums by program and stage, and approvals by territory, which the other two do not. The "
        "NumPy model works on blocks of 2,048 futures; what it has is not approximated, but it does not have every "
        f"rule, so all three run a plainer Top Alliance here, without {LEFT_OUT} (`benchmarks/plain.py`). The SimPy "
        "model has all rules, and agrees with Echelon on Top Alliance as it is "
        "(`tests/benchmarks/test_simpy_model.py`)."
    )


def _agreement(found: Found) -> str:
    body = []
    for measure in COMPARED:
        mean, error = found.means[ENGINE][measure]
        line = [UNITS[measure], f"{mean:,.2f} ± {error:,.2f}"]
        for name in (NUMPY, SIMPY):
            other, spread = found.means[name][measure]
            both = math.hypot(error, spread)
            z = (other - mean) / both if both > 0.0 else 0.0
            line += [f"{other:,.2f} ± {spread:,.2f}", f"{z:+.1f}", f"{found.same[name][measure]:.0e}"]
        body.append(tuple(line))
    head = ("measure", ENGINE, NUMPY, "z", "same futures", SIMPY, "z", "same futures")
    counts = ", ".join(f"{name} {count:,}" for name, count in found.counts.items())
    return (
        "## Agreement\n\n"
        + rows(head, body)
        + f"\n\nMean ± standard error, each over futures of its own ({counts}), and z of its difference from "
        'Echelon\'s. "Same futures": the largest relative difference over futures that both ran, draw for draw. '
        "The tests compare many more lines of more companies (`tests/benchmarks`)."
    )


def _scale(found: Found) -> str:
    threads = [
        (f"{count}", f"{1.0 / middle(times):,.0f}", f"{1.0 / min(times):,.0f}")
        for count, times in found.threads.items()
    ]
    least = min(found.programs)
    programs = [
        (f"{count:,}", f"{1e9 * time:,.0f}", f"{time / found.programs[least]:.2f}")
        for count, time in found.programs.items()
    ]
    first = min(found.futures)
    futures = [
        (f"{count:,}", f"{1e6 * time:,.1f}", f"{time / found.futures[first]:.2f}")
        for count, time in found.futures.items()
    ]
    large = found.large
    return (
        "## Scale\n\n"
        + rows(("threads", "futures a second, median", "best"), threads)
        + f"\n\n{found.size.large:,} futures on all cores, in a process of its own: {large['seconds']:.1f} s and "
        f"{large['peak_bytes'] / 1e9:.2f} GB at most; mean eNPV {large['enpv']:,.0f}.\n\n"
        + rows(("programs", "ns a future and program", "over the first"), programs)
        + "\n\nThe one-drug example, its program copied; one thread, least of three.\n\n"
        + rows(("futures", "µs a future", "over the first"), futures)
        + "\n\nTop Alliance, one thread."
    )


def _method(found: Found) -> str:
    later, shown = found.later_starts, found.help
    return (
        "## Starting\n\n"
        + rows(
            ("from the start of Python to its end", "seconds, least", "median"),
            [
                ("first results, nothing compiled yet", f"{found.first_start:.1f}", f"{found.first_start:.1f}"),
                ("first results, rules compiled before", f"{min(later):.2f}", f"{middle(later):.2f}"),
                ("`echelon --help`", f"{min(shown):.2f}", f"{middle(shown):.2f}"),
            ],
        )
        + "\n\nFresh processes; 1,000 futures of the one-drug example; the first with an empty cache folder."
    )
