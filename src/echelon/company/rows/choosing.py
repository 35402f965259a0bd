"""The rows that say what may be chosen, for `echelon decide`."""

from datetime import date
from typing import ClassVar, Literal

from echelon.company.rows.base import Row, column

Rule = Literal["may", "must", "never"]


class Option(Row):
    """What a plan may choose; without any row everything that is open may be chosen (see docs/guide-decide.md)."""

    table: ClassVar[str] = "options"

    action: Literal["start", "at_risk", "license", "own", "build", "transfer", "accept_cut", "stop_below"] = column(
        "start: a program (or platform) goes on, waits until a day, or is stopped; at_risk: it starts its next stage "
        "`values` of the way before the readout; license: an offered deal is taken; own: an active deal is ended; "
        "build: an expansion or a project of them is decided; transfer: a technology transfer (asset/site) begins; "
        "accept_cut: a planned listing accepts a cut of at most `values`; stop_below: it stops where the believed PoS "
        "is under `values`.",
        key=True,
    )
    target: str = column(
        "Program, platform of `discovery`, deal, expansion or project, or recipe (asset/site); * for all of them "
        "that are open.",
        key=True,
    )
    rule: Rule = column(
        "may: is chosen or not; must: is chosen (a program goes on, whatever the cash); never: is not (a program is "
        "stopped).",
        default="may",
    )
    first: date | None = column("Earliest day of the choice; blank: `as_of`.", default=None)
    last: date | None = column("Latest day; blank: three years later, six for `build`.", default=None)
    step: float = column("Years between the days tried.", default=1.0, unit="years", low=0.25, high=20)
    values: tuple[str, ...] = column(
        "Numbers from 0 to 1 that are tried, for the actions that need one, separated by semicolons.", default=()
    )
    one_of: str = column("Of the options with the same word here at most one is chosen.", default="")
