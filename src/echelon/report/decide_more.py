"""Decide, more: what is firm in a found plan, its frontiers, and what knowing outcomes would be worth."""

from collections.abc import Callable

from echelon.plans.firm import Agreement, Checked, Firm
from echelon.plans.frontier import Frontier, Path, Point
from echelon.plans.information import Information, Worth
from echelon.report import charts_decide as charts
from echelon.report.charts_decide import Axes, point_said
from echelon.report.decide_words import CASH, FIRM, FRONTIER, GAPS, KNOWING
from echelon.report.format import MISSING, count, listed, money, money_with_error, number, percent
from echelon.report.sheet import Cell, Grid, Part, drawn

SHARP = 1e-4
"""Share of an amount under which its error is not worth showing."""

Name = Callable[[str, str, str], str]

SURE = 2.0
"""Standard errors beyond which something is said to be better."""

MOST_NAMED = 6
"""Choices named in a sentence before the others are counted."""


def amount(value: float, error: float, currency: str) -> str:
    """An amount with its standard error, where there is one to speak of."""
    return money_with_error(value, error, currency) if error > SHARP * abs(value) else money(value, currency)


def sure_part(found: Firm, currency: str, name: Name) -> Part:
    """Which choices nearly all good plans share."""
    words = [one.word for one in found.rows]
    firm, free = words.count("firm"), [one for one in found.rows if one.word == "free"]
    shared = (
        f"{firm} of {count(len(found.rows), 'choice')} are the same in at least 95 % of {found.sampled:,} sampled "
        f"plans that give up at most {percent(found.tolerance, 0)} of the value ({money(found.allowed, currency)})."
    )
    said = [shared]
    said += _free(free, name)
    if found.checked:
        worst = max(found.checked, key=lambda one: one.loss)
        said.append(
            f"{found.good} of {len(found.checked)} sampled plans, lived on fresh futures, are as good as that; the "
            f"worst of them loses {amount(worst.loss, worst.se, currency)}."
        )
    columns = (("What", True), ("Choice", True), ("Same in", False), ("Otherwise mostly", True), ("", True))
    lived = (("Choices that differ", False), ("Loss if losses add up", False), ("Loss in fact ± SE", False), ("", True))
    grids = [
        Grid("Choices by how many good plans share them", columns, [_agreement(one, name) for one in found.rows], True)
    ]
    if found.checked:
        grids.append(
            Grid("Sampled plans on fresh futures", lived, [_checked(one, currency) for one in found.checked], True)
        )
    return Part("firm", "Which choices are the same in nearly all good plans?", said, [], grids, [FIRM])


def _free(free: list[Agreement], name: Name) -> list[str]:
    """What good plans differ on: how something is done, or whether it is done at all."""
    how = [name(one.action, one.target, one.stage) for one in free if one.undone == 0.0]
    whether = [name(one.action, one.target, one.stage) for one in free if one.undone > 0.0]
    said = []
    if whether:
        said.append(f"Hardly anything hangs on {listed(whether, MOST_NAMED)}: good plans differ there.")
    if how:
        said.append(f"No good plan leaves {listed(how, MOST_NAMED)} undone, but when or how hardly matters.")
    return said


def _agreement(one: Agreement, name: Name) -> list[Cell]:
    what = name(one.action, one.target, one.stage)
    other = f"{one.other} ({percent(one.other_share, 0)})" if one.other else ""
    return [
        Cell(what, what),
        Cell(one.taken, one.taken),
        Cell(percent(one.agree), one.agree),
        Cell(other, other),
        Cell(one.word, one.word),
    ]


def _checked(one: Checked, currency: str) -> list[Cell]:
    return [
        Cell(str(one.differs), one.differs),
        Cell(money(one.expected, currency), one.expected),
        Cell(amount(one.loss, one.se, currency), one.loss),
        Cell("as good" if one.good else "worse"),
    ]


def frontier_parts(traced: Frontier, currency: str, name: Name) -> list[Part]:
    """What more weight on bad futures, more launches, and another cash limit would change."""
    by = charts.LAUNCHES.x_title.format(year=traced.year)
    launches = Axes("launches", by, "mean", charts.LAUNCHES.y_title, False)
    parts = [
        _path(traced, "tail", charts.TAIL, "What would better bad futures cost?", currency, name),
        _path(traced, "launches", launches, "What would more launches cost?", currency, name),
    ]
    parts = [part for part in parts if part.answers]
    if traced.of("cash"):
        parts.append(_cash(traced, currency, name))
    return parts


def _path(traced: Frontier, path: Path, axes: Axes, question: str, currency: str, name: Name) -> Part:
    points = traced.of(path)
    if not points:
        return Part(path, question)
    title = f"{axes.y_title} against {axes.x_title[0].lower()}{axes.x_title[1:]}"
    figure = drawn(f"frontier-{path}", title, lambda size: charts.frontier(points, axes, currency, point_said, size))
    return Part(path, question, _said(traced, path, currency, name), [(figure, GAPS)],
                [_points(traced, path, currency)], [FRONTIER])  # fmt: skip


def _said(traced: Frontier, path: Path, currency: str, name: Name) -> list[str]:
    points = traced.of(path)
    if path == "tail":
        far = max(points, key=lambda one: one.tail)
        gain, se, what = far.tail - far.kept_tail, far.tail_gap_se, "mean of the worst 5 % of futures"
        more = f"The best {what} that was found is {amount(gain, se, currency)} above the found plan’s"
    else:
        far = max(points, key=lambda one: one.launches)
        gain, se, what = far.launches - far.kept_launches, far.launches_gap_se, f"number of launches by {traced.year}"
        more = (
            f"The most launches by the end of {traced.year} that were found are {number(far.launches, 2)}, against "
            f"{number(far.kept_launches, 2)} of the found plan"
        )
    if gain <= SURE * se:
        said = f"No plan was found with a {what} that is better by more than two standard errors."
    elif -far.lead > SURE * far.lead_se:
        said = f"{more}; it costs {amount(-far.lead, far.lead_se, currency)} of the mean."
    else:
        said = f"{more}; its mean is not told from the found plan’s."
    return [said, _switching(traced, path, name)]


def _switching(traced: Frontier, path: Path, name: Name) -> str:
    changed, points = traced.switching(path), len(traced.of(path))
    if not changed:
        return "Not one choice changes along the way."
    named = listed(
        [f"{name(action, target, stage)} (at {times} of {points})" for action, target, stage, times in changed],
        MOST_NAMED,
    )
    return f"Along the way these change: {named}."


def _points(traced: Frontier, path: Path, currency: str) -> Grid:
    first = {"tail": "Weight of the worst 5 %", "launches": "Launches asked for", "cash": "Limit"}[path]
    columns = (
        (first, True), ("Mean ± SE", False), ("Worst 5 % ± SE", False), ("Launches", False),
        ("Cash under floor", False), ("Against the found plan ± SE", False), ("Choices that differ", False), ("", True),
    )  # fmt: skip
    rows = [_point(one, currency) for one in traced.of(path)]
    return Grid(f"Points on the same {traced.futures:,} fresh futures", columns, rows)


def _point(one: Point, currency: str) -> list[Cell]:
    same = not one.switches
    words = ["dominated"] if one.dominated else []
    words += ["misses what is asked for"] if one.missed > 0.0 else []
    return [
        Cell(point_said(one), one.at if one.at == one.at else -1.0),
        Cell(amount(one.mean, one.mean_se, currency), one.mean),
        Cell(amount(one.tail, one.tail_se, currency), one.tail),
        Cell(charts.launches_said(one), one.launches),
        Cell(percent(one.floor_chance), one.floor_chance),
        Cell(MISSING if same else amount(one.lead, one.lead_se, currency), one.lead),
        Cell("the found plan" if same else str(len(one.switches)), len(one.switches)),
        Cell(", ".join(words)),
    ]


def _cash(traced: Frontier, currency: str, name: Name) -> Part:
    points = traced.of("cash")
    what = "yearly research budgets" if traced.limit == "rd_budget" else "opening cash"
    if traced.binds:
        low, high = points[0], points[-1]
        said = (
            f"With {percent(low.at, 0)} of today’s {what} the plan is worth {money(low.mean, currency)}, with "
            f"{percent(high.at, 0)} {money(high.mean, currency)}; cash is under its floor in "
            f"{percent(low.floor_chance)} and {percent(high.floor_chance)} of futures."
        )
    else:
        said = "No cash floor or budget holds starts back in this company, so cash limits nothing."
    replanned = max(points, key=lambda one: one.lead)
    gain = (
        f"Planning anew gains most at {percent(replanned.at, 0)}: "
        f"{amount(replanned.lead, replanned.lead_se, currency)} over the found plan kept."
        if replanned.lead > 2 * replanned.lead_se > 0.0
        else "The found plan is as good as any found for the other limits: planning anew gains nothing sure."
    )
    figure = drawn("cash", "Value and the cash limit", lambda size: charts.cash(traced, currency, size))
    return Part("cash", "How do plan and value change with cash?", [said, gain, _switching(traced, "cash", name)],
                [(figure, "")], [_points(traced, "cash", currency)], [CASH])  # fmt: skip


def information_part(found: Information, currency: str, name: Name) -> Part:
    """What knowing each program's outcome before deciding would be worth."""
    some = [one for one in found.rows if one.perfect.value > 2 * one.perfect.se > 0.0]
    said = ["For no single program is knowing its outcome worth anything by two standard errors."]
    if some:
        top = some[0]
        which = name("start", top.program, "")
        most = (
            f"Knowing beforehand whether {which} will succeed technically would be worth most: "
            f"{amount(top.perfect.value, top.perfect.se, currency)}; an answer that is right with "
            f"{percent(found.sharp, 0)} {amount(top.partial.value, top.partial.se, currency)}."
        )
        said = [
            most,
            f"For {count(len(some), 'program')} of {len(found.rows)} it is worth something by two standard errors.",
        ]
    columns = (
        ("Program", True), ("Choice", True), ("Technical success", False), ("Known for sure ± SE", False),
        (f"At {percent(found.sharp, 0)} accuracy ± SE", False), ("If success", True), ("If failure", True),
        ("Futures", False),
    )  # fmt: skip
    figure = drawn("knowing", "Worth of knowing an outcome", lambda size: charts.knowing(found, currency, name, size))
    return Part("knowing", "What would it be worth to know an outcome first?", said,
                [(figure, "Whiskers: ± 2 standard errors.")],
                [Grid("Programs", columns, [_known(one, currency, name) for one in found.rows], True)],
                [KNOWING])  # fmt: skip


def _known(one: Worth, currency: str, name: Name) -> list[Cell]:
    what = name("start", one.program, "")
    return [
        Cell(what, what),
        Cell(one.taken, one.taken),
        Cell(percent(one.success), one.success),
        Cell(amount(one.perfect.value, one.perfect.se, currency), one.perfect.value),
        Cell(amount(one.partial.value, one.partial.se, currency), one.partial.value),
        Cell(one.if_success, one.if_success),
        Cell(one.if_failure, one.if_failure),
        Cell(f"{one.futures:,}", one.futures),
    ]
