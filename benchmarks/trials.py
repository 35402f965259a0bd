"""How long trial planning takes, and how near the planner comes: `python -m benchmarks.trials [NAME ...]`."""

import os
import sys
import time
from pathlib import Path

from echelon.examples import example
from echelon.plans.trial_table import read_instances
from echelon.plans.trials import EXACT_STATES, estimated_states, solve

LARGE = Path(__file__).parent / "trials_large.csv"


def main(names: list[str]) -> None:
    """Print a Markdown table: each problem exactly, where that ends, and by the planner."""
    problems = read_instances(example("published/paul2010").parent / "trials.csv") | read_instances(LARGE)
    solve(problems["modeldatac"], "exact")  # compiles, or loads what was compiled
    solve(problems["modeldatac"], "planner", moves=1)
    sys.stdout.write(f"{os.cpu_count()} cores, seconds of the clock after compiling\n\n")
    sys.stdout.write("| instance | products | exact | states | s | planner | 95 % | below exact | bound | s |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|---|---|---|\n")
    for name, problem in problems.items():
        if names and name not in names:
            continue
        exact, gone = None, 0.0
        if estimated_states(problem) <= EXACT_STATES:
            began = time.perf_counter()
            exact = solve(problem, "exact")
            gone = time.perf_counter() - began
        found = solve(problem, "planner")
        cells = [name, str(len(problem.products))]
        cells += [f"{exact.enpv:,.4f}", f"{exact.states:,}", f"{gone:.2f}"] if exact else ["-", "-", "-"]
        spread = f"± {1.96 * found.se:,.1f}" if found.futures else "exact"
        below = f"{1 - found.enpv / exact.enpv:.2%}" if exact else "-"
        cells += [f"{found.enpv:,.1f}", spread, below, f"{found.bound:,.1f}", f"{found.seconds:.1f}"]
        sys.stdout.write(f"| {' | '.join(cells)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
