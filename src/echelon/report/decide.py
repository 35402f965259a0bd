"""Decide: the page of a found plan: what it does, why, what it costs to deviate, and what other wishes would change."""

from collections import Counter

from echelon import __version__
from echelon.company.company import Company
from echelon.company.rows.market import Deal
from echelon.company.rows.supply import Expansion
from echelon.plans.deciding import Decision
from echelon.plans.explaining import Explained
from echelon.plans.judging import ONE_SIDED_95, Judged
from echelon.plans.why import Reason, Rival
from echelon.report import charts_decide as charts
from echelon.report.decide_more import amount, frontier_parts, information_part, sure_part
from echelon.report.decide_words import ACTIONS, AGAINST, AHEAD, PAIRED_AGAIN, WHY
from echelon.report.format import MISSING, count, day, listed, money, number, percent, with_error
from echelon.report.names import Names, names_of
from echelon.report.sheet import Cell, Grid, Part, Sheet, drawn


class Named:
    """What a page of a plan calls levers and their alternatives."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.currency = company.settings.company.currency
        self._names: Names = names_of(company)

    def target(self, action: str, target: str) -> str:
        """A lever's target as people call it."""
        if action in ("license", "own") and (deal := self.company.get(Deal, target)):
            return f"{self._names.asset(deal.asset)}, {deal.partner}" if deal.asset else deal.partner
        if action == "build" and (row := self.company.get(Expansion, target)):
            return f"{row.id}, {self._names.site(row.site)}"
        return self._names.program(target)

    def lever(self, action: str, target: str, stage: str = "") -> str:
        """Action, target and, where a lever is for one, stage."""
        said = self.target(action, target) + (f", {stage}" if stage else "")
        return said if action == "start" else f"{ACTIONS.get(action, action)} {said}"


def decide_sheet(found: Decision, explained: Explained, command: str) -> Sheet:
    """The page of a found plan.

    found : the plan, judged. explained : why; parts that were not looked at are left out. command : makes the page
    again.
    """
    general = found.company.settings.company
    named = Named(found.company)
    parts = [_worth(found, named), _choices(found, explained, named)]
    if explained.firm is not None:
        parts.append(sure_part(explained.firm, named.currency, named.lever))
    if explained.frontier is not None:
        parts += frontier_parts(explained.frontier, named.currency, named.lever)
    if explained.information is not None:
        parts.append(information_part(explained.information, named.currency, named.lever))
    facts = (
        ("Company", general.name),
        ("As of", day(general.as_of)),
        ("Objective", _objective(found.company)),
        ("Seed", str(found.seed)),
        ("Money", f"{general.currency}, real"),
    )
    return Sheet(
        "What to fund, delay, stop, license and build",
        _lead(found, named),
        {"notice": general.notice, "versions": {"echelon": __version__}},
        parts,
        command,
        facts,
        f"{general.name}, {day(general.as_of)}",
        "The same company, seed and effort give this very plan, on any number of threads.",
    )


def _objective(company: Company) -> str:
    weight = company.settings.objective.tail
    return "mean value" if weight == 0.0 else f"mean value, {percent(weight, 0)} of it the worst 5 %’s"


def _lead(found: Decision, named: Named) -> str:
    best, currency = found.verdict, named.currency
    behind = [one for one in found.judged[1:] if one.least > 0.0]
    said = f"The found plan is worth {amount(best.objective, best.se, currency)} on futures it was not chosen by"
    before = [one for one in found.judged[1:] if -one.lead > ONE_SIDED_95 * one.lead_se]
    if before:
        names = listed([f"{one.name} by {amount(-one.lead, one.lead_se, currency)}" for one in before])
        said += f", behind {names} (held to no rule of the options and no limit of the objective)"
    if not behind:
        return f"{said}; no yardstick is surely behind it."
    ahead = listed([f"{one.name} by {amount(one.lead, one.lead_se, currency)}" for one in behind])
    return f"{said}, ahead of {ahead}."


def _worth(found: Decision, named: Named) -> Part:
    currency, best = named.currency, found.verdict
    seemed = money(found.searched.value, currency)
    inside = (
        f"On the {found.searched.futures:,} futures it was searched on it seemed worth {seemed}: it was fitted to "
        "these, so that tends to flatter. All else here is on fresh ones."
    )
    bound = found.bound
    above = (
        f"No plan can be worth more than {amount(bound.value, bound.se, currency)}: {bound.why}."
        if bound.value is not None
        else f"There is {bound.why}."
    )
    columns = (
        ("Plan", True), ("Objective ± SE", False), ("95 % interval", False), ("Mean", False), ("Worst 5 %", False),
        ("Cash under floor", False), ("Launches", False), ("The plan is ahead by ± SE", False), ("At least", False),
    )  # fmt: skip
    rows = [_yardstick(one, best, currency) for one in found.judged]
    figure = drawn("lead", "How far the plan is ahead", lambda size: charts.leads(found.judged, currency, size))
    return Part("worth", "What is the plan worth?", [inside, *_limits(found), above],
                [(figure, "Whiskers: ± 2 standard errors of the paired difference.")],
                [Grid("The plan and what it is measured against, on the same fresh futures", columns, rows)],
                [AHEAD])  # fmt: skip


def _yardstick(one: Judged, best: Judged, currency: str) -> list[Cell]:
    mine = one is best
    return [
        Cell(one.name, one.name),
        Cell(amount(one.objective, one.se, currency), one.objective),
        Cell(f"{money(one.low, currency)} to {money(one.high, currency)}", one.objective),
        Cell(money(one.mean, currency), one.mean),
        Cell(money(one.tail, currency), one.tail),
        Cell(percent(one.floor_chance), one.floor_chance),
        Cell(number(one.launches, 1), one.launches),
        Cell(MISSING if mine else amount(one.lead, one.lead_se, currency), one.lead),
        Cell(MISSING if mine else money(one.least, currency), one.least),
    ]


def _limits(found: Decision) -> list[str]:
    """What was asked for besides worth, and whether the plan keeps it."""
    wanted, best = found.company.settings.objective, found.verdict
    said = []
    if wanted.floor_chance is not None:
        said.append(_kept("cash under its floor in at most " + percent(wanted.floor_chance), percent(best.floor_chance),
                          best.floor_chance <= wanted.floor_chance))  # fmt: skip
    if wanted.launches is not None:
        asked = f"at least {number(wanted.launches, 1)} programs launched"
        if wanted.launches_chance is not None:
            reached, kept = percent(best.launches_chance), best.launches_chance >= wanted.launches_chance
            said.append(_kept(f"{asked} with {percent(wanted.launches_chance)}", reached, kept))
        else:
            said.append(_kept(asked, number(best.launches, 1), best.launches >= wanted.launches))
    if best.missed > 0.0 and all("is kept" in line for line in said):
        said.append("Another limit of the objective is missed on these futures.")
    return said or ["The objective asks for no limit; those of the table of resources, if any, hold starts back."]


def _kept(asked: str, reached: str, kept: bool) -> str:
    return f"Asked for: {asked}; on fresh futures {reached}: it {'is kept' if kept else 'is missed'}."


def _choices(found: Decision, explained: Explained, named: Named) -> Part:
    reasons, currency = explained.why.reasons, named.currency
    stood = {
        (lever.action, lever.target, lever.stage): found.levers.stood(i) for i, lever in enumerate(found.levers.rows)
    }
    rows = [_choice(one, stood[one.action, one.target, one.stage], named) for one in reasons]
    columns = (
        ("What", True), ("Choice", True), ("As it stood", True), ("Against", True), ("Worth ± SE", False),
        ("Better in", False), ("Best other", True), ("Costs ± SE", False), ("How sure", True),
    )  # fmt: skip
    figure = drawn(
        "worths",
        "The choices that most hangs on",
        lambda size: charts.worths(reasons, currency, named.lever, size),
    )
    cost = Grid("What deviating to any alternative would cost", (
        ("What", True), ("Choice", True), ("Alternative", True), ("Costs ± SE", False), ("Choice is better in", False),
        ("Futures", False), ("Limits", True)), _regrets(reasons, named), True)  # fmt: skip
    return Part("why", "What does it choose, and why?", [_in_words(found), _sure(reasons)],
                [(figure, AGAINST)],
                [Grid("Every choice", columns, rows), cost], [WHY, PAIRED_AGAIN])  # fmt: skip


def _in_words(found: Decision) -> str:
    """How many of what, and what differs from how things stood."""
    kinds: Counter[str] = Counter()
    for lever, one in found.levers.of(found.plan):
        if lever.action == "start":
            kinds["stopped" if one.name == "stop" else "waiting" if one.name[:2] == "20" else "going on"] += 1
        elif found.levers.rows and one.choices:
            kinds[f"{ACTIONS.get(lever.action, lever.action)}"] += 1
    told = listed([f"{number} {kind}" for kind, number in sorted(kinds.items(), key=lambda item: -item[1])])
    moved = len(found.levers.differing(found.plan))
    return f"Of {count(len(found.plan), 'choice')}: {told}. {moved} differ from how things stood."


def _sure(reasons: tuple[Reason, ...]) -> str:
    verdicts = Counter(one.verdict for one in reasons)
    said = [f"{verdicts['sure']} choices are sure", f"{verdicts['toss-up']} are toss-ups"]
    if verdicts["how is open"]:
        said.append(f"{verdicts['how is open']} are sure to be made, while how is open")
    if verdicts["no difference"]:
        said.append(f"{verdicts['no difference']} make no difference in any future")
    if verdicts["limit"]:
        said.append(f"{verdicts['limit']} are held by a limit")
    text = f"By two standard errors, {listed(said)}."
    if verdicts["better seen"]:
        tried = sum(len(one.rivals) for one in reasons)
        text += (
            f" For {count(verdicts['better seen'], 'choice')} another alternative did better on these futures; of "
            f"{tried} alternatives some {max(1, round(0.023 * tried))} would by luck alone: look twice before a change."
        )
    return text


def _choice(one: Reason, stood: str, named: Named) -> list[Cell]:
    other, best, currency = one.without or one.best, one.best, named.currency
    what = named.lever(one.action, one.target, one.stage)
    second = best if best is not other else None
    return [
        Cell(what, what, "" if one.target in what else one.target),
        Cell(_whole(one.taken), one.taken, "must-have" if one.must else ""),
        Cell(_whole(stood) if stood != one.taken else "", stood),
        Cell(_whole(other.name) if other else "", other.name if other else ""),
        Cell(amount(other.loss, other.se, currency) if other else MISSING, other.loss if other else None),
        Cell(percent(other.p_better, 0) if other else MISSING, other.p_better if other else None),
        Cell(_whole(second.name) if second else "", second.name if second else ""),
        Cell(amount(second.loss, second.se, currency) if second else "", second.loss if second else None),
        Cell(one.verdict, one.verdict),
    ]


def _whole(name: str) -> str:
    """A day on one line; other names as they are."""
    return name.replace("-", "\N{NON-BREAKING HYPHEN}") if name[:2] == "20" else name


def _regrets(reasons: tuple[Reason, ...], named: Named) -> list[list[Cell]]:
    return [_regret(one, rival, named) for one in reasons for rival in one.rivals]


def _regret(one: Reason, rival: Rival, named: Named) -> list[Cell]:
    what = named.lever(one.action, one.target, one.stage)
    return [
        Cell(what, what),
        Cell(one.taken, one.taken),
        Cell(rival.name, rival.name),
        Cell(with_error(rival.loss, rival.se), rival.loss),
        Cell(percent(rival.p_better, 0), rival.p_better),
        Cell(f"{rival.futures:,}", rival.futures),
        Cell("breaks one" if rival.missed > 0.0 else "", rival.missed),
    ]
