"""The rows that say what may be chosen, for `echelon decide`."""

from datetime import date
from typing import ClassVar, Literal

from echelon.company.rows.base import Row, column

Rule = Literal["may", "must", "never"]


class Option(Row):
    """What a plan may choose; without any row everything that is open may be chosen (see docs/guide-decide.md)."""

    table: ClassVar[str] = "options"

    action: Literal[
        "start",
        "at_risk",
        "stop_below",
        "cover",
        "license",
        "own",
        "build",
        "build_above",
        "transfer",
        "accept_cut",
        "audit",
    ] = column(
        "start: a program (or platform) goes on, waits until a day, or is stopped; the others as in a plan, on days "
        "from `first` to `last` (license, own, build, transfer) or with one of `values`.",
        key=True,
    )
    target: str = column(
        "What it acts on, as in a plan, for `build` also a project; * for all that are open. `stop_below` and `cover` "
        "with * are one rule for every program.",
        key=True,
    )
    stage: str = column("Stage, for at_risk, stop_below and cover; blank for every stage.", default="", key=True)
    rule: Rule = column(
        "may: is chosen or not; must: is chosen (a program goes on, whatever the cash); never: is not (a program is "
        "stopped).",
        default="may",
    )
    first: date | None = column("Earliest day of the choice, a start included; blank: `as_of`.", default=None)
    last: date | None = column("Latest day; blank: three years later, six for `build`.", default=None)
    step: float = column("Years between the days tried.", default=1.0, unit="years", low=0.25, high=20)
    values: tuple[str, ...] = column(
        "Numbers that are tried, for the actions that need one, separated by semicolons.", default=()
    )
    one_of: str = column("Of the options with the same word here at most one is chosen.", default="")
