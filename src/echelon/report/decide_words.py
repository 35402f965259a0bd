"""Words of the page of a found plan: how each figure is meant, and what it does not say."""

ACTIONS = {
    "start": "start",
    "at_risk": "start at risk",
    "license": "license",
    "own": "sell ourselves:",
    "build": "build",
    "transfer": "transfer",
    "accept_cut": "accept a cut:",
    "stop_below": "stop below a belief:",
    "cover": "cover of cash before",
    "build_above": "build when asked for:",
    "audit": "audit",
}
"""Actions before the target of a lever."""

AHEAD = """Ahead: the plan less the other in the same futures, so that only the choices differ. At least: the lower end
of its one-sided 95 % interval. Do nothing stops all that is not on the market; fund everything starts every stage
whatever the cash. None of the others is held to the rules of the table of options, so where these bind it may be
ahead."""

AGAINST = "Against leaving it undone, or the best other where the plan does that. Whiskers: ± 2 standard errors."

WHY = """Worth: the plan as it is less the plan with this one choice changed, all else kept. Against: leaving it undone
(for a start, to stop), or the best other alternative where the plan does that. The best other is the best of several on
the same futures, so what it costs is, if anything, a little too low. Sure: beyond two standard errors."""

PAIRED_AGAIN = """Differences are paired, on futures that the plan was neither searched nor judged on; ± is one standard
error. Close alternatives are looked at on more futures."""

FIRM = """Plans are drawn evenly among those whose losses, choice by choice, add up to no more than the tolerance. Firm:
the same in at least 95 % of them; free: in under 60 %. Losses need not add up, so some of the plans are lived."""

GAPS = "Whiskers: ± 2 standard errors of the paired difference to the found plan."

FRONTIER = """Each point is a plan of its own: linear programmes solved anew and a short search from there, judged on
fresh futures, the same for all; the table has the standard error of each mean by itself. A dominated point has another
with at least as much of both; a short search leaves some, and they are shown."""

CASH = """The limit is scaled in all years alike. Kept: the found plan, unchanged, under the other limit. Bands: ± 2
standard errors of each mean; the difference between the two is surer, and stands in the table."""

KNOWING = """Worth of information: the mean of the best alternative for each answer less that of the best without an
answer, other choices kept. Success: every trial before filing passes. The answer is taken to come at once, before
anything is decided, and to cost nothing. Every part of the futures is decided on by the others, so that noise does not
look like knowledge."""
