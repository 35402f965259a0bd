"""Words of the page of a five-year plan: how its figures are meant, and what the plans beside it are."""

from collections.abc import Mapping
from types import MappingProxyType

from echelon.plans.yardsticks import AS_IT_STANDS, DO_NOTHING, FUND_EVERYTHING

BAND = "Points: mean of futures. Bars: 10 to 90 % of futures."

CANDIDATES = "Candidates of discovery are counted with the programs."

YEARS = """Years are calendar years, the first {count} that lie whole after the company’s day; what happens before
{first} begins is in the value and in the cash, and in no year here. An event counts in the year of its quarter of the
model; quarters begin the day after the company’s."""

BOUND = """“At least” is the one-sided 95 % lower bound of the mean difference; where it lies under nought the plan is
not shown to be better."""

YARDSTICKS: Mapping[str, str] = MappingProxyType(
    {
        DO_NOTHING: """Do nothing: research and discovery stop on the company’s day; what is on the market goes on
under the deals that stand, and nothing is built that is not decided.""",
        FUND_EVERYTHING: """Fund everything: every stage starts as soon as it can whatever the cash and the year’s
budget (limits on trial starts and people hold), nothing is stopped or delayed, no offered deal is taken, and nothing
is built that is not decided. Money that it needs beyond what there is costs nothing in its value; P(cash under floor)
says how often it would not be there.""",
        AS_IT_STANDS: "As it stands: the company’s tables with no plan.",
    }
)
"""What each yardstick does."""
