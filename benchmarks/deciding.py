"""Deciding: how near a plan found in the usual effort comes to that of ten times the effort.

``python -m benchmarks.deciding [COMPANY PLAN]`` searches twice and judges both plans on the same fresh futures.
"""

import sys
import time

from echelon.company.read import load
from echelon.examples import example
from echelon.plans.deciding import EFFORT, Asked, Decision, decide
from echelon.plans.judging import judge
from echelon.plans.lives import Lives, space
from echelon.runs.simulate import Order

TIMES = 10
FUTURES = 16_384
SEED = 1


def measured(company: str, plan: str, effort: int) -> tuple[Decision, float]:
    """A decision, and the seconds it took."""
    began = time.perf_counter()
    found = decide(Order(load(example(company)), 1, SEED, "", plan), Asked(SEED, effort))
    return found, time.perf_counter() - began


def main(company: str = "top_alliance", plan: str = "base") -> None:
    """Measure and print."""
    measured(company, plan, 0)  # compiles
    usual, seconds = measured(company, plan, EFFORT)
    longer, long_seconds = measured(company, plan, TIMES * EFFORT)
    fresh = Lives(usual.company, usual.levers, space(SEED, "benchmark"))
    one, other = judge(fresh, {"longer": longer.choices, "usual": usual.choices}, FUTURES)
    differ = sum(a != b for a, b in zip(usual.plan, longer.plan, strict=True))
    lived = f"{usual.searched.lived:,} and {longer.searched.lived:,} futures searched on"
    print(f"{company}: {len(usual.levers.rows)} levers, {lived}")
    print(f"usual effort: {seconds:.0f} s, {other.objective:,.1f}")
    print(f"{TIMES} times the effort: {long_seconds:.0f} s, {one.objective:,.1f}; {differ} choices differ")
    share = 100 * other.lead / abs(one.objective)
    print(f"the usual effort's plan is behind by {other.lead:,.1f} ± {other.lead_se:.1f}, that is {share:.2f} %")
    for verdict in usual.judged[1:]:
        told = f"{verdict.lead:,.0f} ± {verdict.lead_se:.0f}, at least {verdict.least:,.0f}"
        print(f"ahead of {verdict.name} by {told}")


if __name__ == "__main__":
    main(*sys.argv[1:])
