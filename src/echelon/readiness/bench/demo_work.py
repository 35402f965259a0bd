"""The filled example's year before: five mock audits, their gaps and repairs, ten million words; all of it made up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Any, Final, Protocol

from echelon.readiness.bench import audits, repairs, translation
from echelon.readiness.bench.audit_fields import GRADES
from echelon.readiness.bench.steps import take
from echelon.readiness.bench.work import WORK
from echelon.readiness.records.canonical import stamp
from echelon.readiness.records.store import MACHINE, Actor, Entry
from echelon.readiness.room.room import Room

YEAR: Final = timedelta(days=330)
"""How long before the inspection the example begins."""

ROUNDS: Final = ((300, "on-site"), (240, "remote"), (185, "on-site"), (130, "remote"), (80, "on-site"))
"""Days before today, and how the auditors came."""

AUDITORS: Final = 4
GAPS: Final = 84
CLASSES: Final = (0.04, 0.3, 0.66)
"""Shares of critical, major and other among all gaps there are."""

DOCUMENTS: Final = 130
FAMILY: Final = ("Adler", "Brandt", "Costa", "Duval", "Eriksen", "Ferrer", "Gallo", "Holm", "Ivens", "Jansen")
GIVEN: Final = ("Ada", "Bruno", "Clara", "Dirk", "Elsa", "Franz", "Greta", "Hugo", "Irene", "Jonas")

TEXTS: Final[Mapping[str, Sequence[str]]] = {
    "Quality": (
        "deviation {b} was closed before its effectiveness check",
        "the trend of deviations of line {n} was not assessed for a year",
        "change {n} was released without the assessment of its risk",
        "the annual review of product {n} lacks the rejected batches",
        "the training record of an operator of step {n} has no proof of what was learnt",
        "complaint {b} was not linked to the batch it belongs to",
    ),
    "Facilities and Equipment": (
        "a floor seal of room {n} is broken",
        "the pressure alarm of airlock {n} was acknowledged without an entry",
        "the cleaning of vessel {n} was validated with another load than is used",
        "preventive maintenance of filler {n} was twice late without an assessment",
        "the status label of tank {n} does not agree with its log",
    ),
    "Materials": (
        "resin lot {b} was used before its release was signed",
        "a supplier of filter {n} was not audited in the time that the procedure asks for",
        "the warehouse's cold spot {n} is not among the monitored points",
        "the identity test of raw material {b} was taken from the certificate",
    ),
    "Production": (
        "batch record {b} has a correction without a reason",
        "the hold time of step {n} was exceeded without a deviation",
        "an intervention at filler {n} is not among those of the media fills",
        "the yield of step {n} was out of its limit and not explained",
        "the reconciliation of batch {b} was signed before the count",
    ),
    "Packaging and Labeling": (
        "labels of batch {b} were counted by one person only",
        "line clearance of packaging line {n} does not list the printer",
        "the approved text of label {n} differs from the one in use by a line",
    ),
    "Laboratory Control": (
        "the audit trail of chromatography system {n} is not reviewed before release",
        "out-of-specification result {b} was averaged with its repeat",
        "the reference standard {n} was used past its retest day",
        "integration of a peak of run {b} was changed by hand without a reason",
        "the sampling plan of water point {n} was not followed in a week",
    ),
}
"""Gaps as a mock auditor might word them, in our own words."""

SAID: Final = ("{x}.", "We saw that {x}.", "{x}; the procedure does not cover it.", "On asking for the record: {x}.")

KINDS: Final = (
    ("Batch records", 70_000, 60), ("Validation reports", 130_000, 40), ("Procedures", 25_000, 50),
    ("Deviation files", 50_000, 45), ("Stability reports", 100_000, 25), ("Equipment qualification", 150_000, 20),
    ("Method validation", 90_000, 30), ("Supplier files", 60_000, 15),
)  # fmt: skip
"""Kind of document, its words, and the chance in per cent that it is asked for."""


class Clock(Protocol):
    """A clock that the example puts forward."""

    now: datetime


@dataclass(frozen=True, slots=True)
class _Gap:
    system: str
    grade: str
    text: str
    chance: float


@dataclass
class Year:
    """The year, as what is still to be entered of it, in order of time."""

    room: Room
    crew: dict[str, list[Actor]]
    clock: Clock
    rng: Random
    today: datetime
    kept: str
    coming: list[tuple[float, int, Callable[[], None]]]
    gaps: Sequence[_Gap]
    known: dict[str, str]
    moment: datetime

    def plan(self, days_ago: float, work: Callable[[], None]) -> None:
        """Do something so many days before today: audits, repairs and translation go on side by side."""
        heappush(self.coming, (-days_ago, len(self.coming) + self.room.store.head()[0] * 1_000, work))

    def run(self, until: timedelta = timedelta(0)) -> None:
        """
        Enter all that happened up to so long before today.

        What happened while the clock stood later already is entered with the time at which it happened.
        """
        while self.coming and self.coming[0][0] < -until / timedelta(days=1):
            ago, _, work = heappop(self.coming)
            self.moment = self.today + timedelta(days=ago)
            self.clock.now = max(self.clock.now + timedelta(milliseconds=1), self.moment)
            work()

    def do(self, actor: Actor, name: str, id: str, values: dict[str, Any] | None = None) -> Entry:  # noqa: A002
        """One step."""
        return take(self.room, actor, WORK[name][0], name, id, values or {}, happened=stamp(self.moment))


def year_of(room: Room, crew: dict[str, list[Actor]], clock: Clock, kept: str) -> Year:
    """
    A room's year before its inspection: rounds of mock audits, repairs, translation.

    Parameters
    ----------
    room
        With its people, and a clock at least `YEAR` back.
    crew
        People by role.
    clock
        The room's.
    kept
        The hash of everyone's password.
    """
    rng, today = Random(23), datetime.now(UTC)  # noqa: S311 - an example, no secret
    made = Year(room, crew, clock, rng, today, kept, [], _truth(rng), {}, today)
    made.plan(YEAR.days - 2, lambda: _documents(made))
    for number, (days, mode) in enumerate(ROUNDS, start=1):
        made.plan(days, partial(_round, made, number, days, mode))
    return made


def _truth(rng: Random) -> list[_Gap]:
    found: list[_Gap] = []
    seen: set[str] = set()
    systems = list(TEXTS)
    while len(found) < GAPS:
        system = rng.choice(systems)
        text = rng.choice(TEXTS[system]).format(b=f"B-{rng.randint(101, 160)}", n=rng.randint(1, 9))
        if text in seen:
            continue
        seen.add(text)
        grade = rng.choices(GRADES, CLASSES)[0]
        found.append(_Gap(system, grade, text, rng.betavariate(1.2, 4.0)))
    return found


def _round(made: Year, number: int, days: int, mode: str) -> None:
    room, rng, head = made.room, made.rng, made.crew["quality_head"][0]
    inspection = f"mock-{number}"
    name = f"{('First', 'Second', 'Third', 'Fourth', 'Fifth')[number - 1]} mock audit"
    day = made.clock.now.date().isoformat()
    room.open_inspection(head, {"id": inspection, "name": name, "first_day": day, "days": 4, "mock": True})
    auditors = _auditors(made, inspection, number)
    told = {"inspection": inspection, "name": name, "mode": mode, "first_day": day, "scope": "All six systems"}
    round_ = audits.open_round(room, head, told).id
    for one in auditors:
        made.do(head, "invite", round_, {"auditor": one.account})
    logged: list[tuple[str, _Gap]] = []
    for one in auditors:
        for gap in made.gaps:
            if rng.random() < gap.chance and not _gone(made, gap):
                made.plan(days - rng.uniform(0.1, 3.5), partial(_log, made, one, round_, gap, logged))
    made.plan(days - 4, partial(_close, made, number, round_, logged, days))


def _log(made: Year, auditor: Actor, round_: str, gap: _Gap, logged: list[tuple[str, _Gap]]) -> None:
    told = {"round": round_, "wording": _said(made.rng, gap.text), "grade": _graded(made.rng, gap.grade)}
    logged.append((audits.log(made.room, auditor, told | {"system": gap.system}).id, gap))


def _close(made: Year, number: int, round_: str, logged: list[tuple[str, _Gap]], days: int) -> None:
    head, known = made.crew["quality_head"][0], made.known
    made.do(head, "close-round", round_, {"repaired": False})
    for finding, gap in logged:
        told = {"gap": known.get(gap.text, ""), "title": gap.text[0].upper() + gap.text[1:]}
        known[gap.text] = repairs.match(made.room, head, finding, told).id
    if number < len(ROUNDS):
        made.room.close_inspection(head, f"mock-{number}")
    for place, id_ in enumerate(dict.fromkeys(known[gap.text] for _, gap in logged)):
        if made.room.store.read("gap", id_).body["state"] in {"open", "planned"}:
            _repair(made, days, place, id_, last=number == len(ROUNDS))


def _auditors(made: Year, inspection: str, number: int) -> list[Actor]:
    # Those of the last audit are the ones to sign in as: theirs is still open.
    last = number == len(ROUNDS)
    here = made.crew.setdefault("mock_auditor", []) if last else []
    while len(here) < AUDITORS:
        name = f"{GIVEN[(3 * number + len(here)) % 10]} {FAMILY[(7 * number + 3 * len(here)) % 10]}"
        username = f"mock.auditor.{len(here) + 1}" if last else f"auditor.{number}.{len(here) + 1}"
        roles = frozenset({"mock_auditor"})
        account = made.room.accounts.create(MACHINE, username, name, "", roles, inspection, kept=made.kept)
        here.append(Actor(account.id, username, name, roles, "", inspection))
    return here


def _gone(made: Year, gap: _Gap) -> bool:
    id_ = made.known.get(gap.text)
    return id_ is not None and made.room.store.read("gap", id_).body["state"] == "closed"


def _said(rng: Random, text: str) -> str:
    words = rng.choice(SAID).format(x=text)
    return words[0].upper() + words[1:]


def _graded(rng: Random, grade: str) -> str:
    """Auditors do not always agree on the class."""
    place = GRADES.index(grade)
    return GRADES[min(2, place + 1)] if rng.random() < 0.15 else grade


def _repair(made: Year, days: int, place: int, id_: str, *, last: bool) -> None:
    """How far one gap is repaired: most after the early rounds, some after the last one."""
    rng, head = made.rng, made.crew["quality_head"][1]
    # After the last round some gaps are in every state, however few were new in it.
    steps = place % 4 if last else rng.choices((0, 1, 2, 3), (0.02, 0.05, 0.05, 0.88))[0]
    owner, back = rng.choice(made.crew["subject_expert"]), made.crew["back_room"][place % 12]
    due = (made.today - timedelta(days=days - 40)).date().isoformat()
    told = {"cause": rng.choice(CAUSES), "action": rng.choice(ACTIONS), "owner": owner.account, "due": due}
    effective = rng.random() < 0.93
    note = "Looked at three records made since." if effective else "Two of three records are as before."

    def done() -> None:
        proof = "Done; the record is in the file of this gap."
        made.do(owner, "repaired", id_, {"proof": proof, "on": made.moment.date().isoformat()})

    if steps > 0:
        made.plan(days - 6 - 0.1 * place, partial(_step, made, back, "plan", id_, told))
    if steps > 1:
        made.plan(days - 14 - 0.3 * place, done)
    if steps > 2:
        check = {"effective": effective, "note": note}
        made.plan(days - 18 - 0.3 * place, partial(_step, made, head, "recheck", id_, check))


CAUSES: Final = (
    "The procedure leaves open who does it.", "The step was moved when the line was rebuilt.",
    "New staff were trained on the older version.", "The system does not force the entry.",
)  # fmt: skip
ACTIONS: Final = (
    "Change the procedure and train everyone on it.", "Let the system refuse to go on without the entry.",
    "Repair it, and put it on the monthly round.", "Look at all batches since, and add a second check.",
)  # fmt: skip


def _documents(made: Year) -> None:
    """Documents entered at the beginning, and when each is worked on."""
    rng, room, back = made.rng, made.room, made.crew["back_room"][0]
    translators = made.crew["translator"]
    deadline = (made.today + timedelta(days=45)).date().isoformat()
    team = {"translators": len(translators), "words_a_day": 2_600, "deadline": deadline, "at_once": 3, "minutes": 45}
    translation.set_team(room, made.crew["quality_head"][0], team)
    for number in range(DOCUMENTS):
        kind, words, asked = KINDS[number % len(KINDS)]
        size = round(words * rng.lognormvariate(0.0, 0.45))
        told = {
            "title": f"{kind} {100 + number}",
            "source": "zh",
            "target": "en" if number % 9 else "de",
            "words": size,
        }
        told |= {"asked": max(2, min(95, asked + rng.randint(-12, 12))), "cost": rng.choice((1, 1, 2, 4))}
        told |= {"reuse": rng.choice((0, 0, 10, 30, 60)), "topic": kind.lower()}
        id_ = translation.new_translation(room, back, told).id
        # The last ones are begun only after today: they wait.
        begins = (YEAR.days - 30) * (1 - number / (DOCUMENTS * 0.93))
        _work_on(made, id_, size, begins, translators[number % len(translators)])


def _work_on(made: Year, id_: str, words: int, begins: float, writer: Actor) -> None:
    rng, readers = made.rng, made.crew["translator"]
    took, parts = rng.uniform(14, 30), 6 if begins < 55 else 1
    reader = rng.choice([one for one in readers if one.account != writer.account])
    steps: list[tuple[float, Actor, str, dict[str, Any]]] = [
        (begins, made.crew["back_room"][1], "give", {"owner": writer.account})
    ]
    steps += [
        (begins - took * part / parts, writer, "progress", {"translated": round(words * part / parts)})
        for part in range(1, parts + 1)
    ]
    end = begins - took
    steps += [(end - 4, reader, "review", {"reviewed": words}), (end - 7, made.crew["quality_head"][1], "finish", {})]
    before = begins + 1
    for days, actor, name, values in steps:
        before = min(_weekday(made.today, days), before - 0.001)
        made.plan(before, partial(_step, made, actor, name, id_, values))


def _weekday(today: datetime, days: float) -> float:
    """A day of work: what falls on a weekend is done on the Monday after."""
    while days > 0 and (today - timedelta(days=days)).weekday() > 4:
        days -= 1
    return days


def _step(made: Year, actor: Actor, name: str, id_: str, values: dict[str, Any]) -> None:
    made.do(actor, name, id_, values)
