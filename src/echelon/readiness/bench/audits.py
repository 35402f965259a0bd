"""Rounds of mock audits and their blind logs: an auditor sees own findings only, until the round is closed."""

import json
from typing import Any, Final

from sqlalchemy import select

from echelon.readiness.bench import audit_fields as forms
from echelon.readiness.bench.steps import Body, Way, step
from echelon.readiness.records import schema
from echelon.readiness.records.canonical import stamp
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Record, Writing, current_actor, record_of
from echelon.readiness.room.items import open_inspection, role_for
from echelon.readiness.room.room import Room, checked, key_of

HEAD: Final = frozenset({"quality_head"})
MOST_AUDITORS: Final = 26
MOST_FINDINGS: Final = 500
"""Of one auditor in one round."""

PUBLIC: Final = ("id", "round", "letter", "wording", "grade", "system", "clause", "evidence", "state", "at")
"""What auditors of a closed round see of each other's findings."""


def open_round(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Enter a round of a mock audit: for a quality head, in a mock inspection."""
    asked = checked(forms.NewRound, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, HEAD, "enter a round of a mock audit")
        if not open_inspection(writing, asked.inspection).body["mock"]:
            msg = f"{asked.inspection} is a real inspection; a round belongs to a mock one"
            raise ConflictError(msg)
        number = writing.next_number("round")
        body = asked.model_dump() | {"id": f"A{number}", "state": "open", "auditors": [], "owner": ""}
        body |= {"opened_at": stamp(writing.now), "closed_at": "", "repaired": False, "planted_found": 0}
        return _round(body, role, number)

    return room.store.write(Order(actor, "round_open", once=key_of(actor, once)), work)


def log(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """
    Log a finding: for an auditor of the round, while it is open.

    Its id counts the auditor's own findings, so that it tells nothing of what others found.
    """
    asked = checked(forms.NewFinding, values)

    def work(writing: Writing) -> Draft:
        who = writing.actor
        role = role_for(who, frozenset({"mock_auditor"}), "log findings")
        found = _own_round(writing, who, asked.round)
        if found.body["state"] != "open":
            msg = f"round {asked.round} is closed; nothing more is logged in it"
            raise ConflictError(msg)
        letter = chr(ord("A") + found.body["auditors"].index(who.account))
        mine = len(_findings_of(writing, who.account, asked.round)) + 1
        if mine > MOST_FINDINGS:
            msg = f"one auditor logs {MOST_FINDINGS} findings in a round at most"
            raise InvalidError(msg)
        body = asked.model_dump() | {"id": f"{asked.round}-{letter}{mine}", "auditor": who.account, "letter": letter}
        body |= {"inspection": found.body["inspection"], "owner": who.account, "state": "logged"}
        body |= {"at": stamp(writing.now)}
        return _finding(body, role, writing.next_number("finding"))

    return room.store.write(Order(actor, "finding_log", once=key_of(actor, once)), work)


def rounds_of(room: Room, actor: Actor) -> list[Record]:
    """Rounds: all of them for those who run the room, for an auditor those that he or she is named in, in short."""
    if "mock_auditor" not in actor.roles:
        return room.board(actor, kinds=("round",))[1]
    names = ("id", "name", "mode", "first_day", "scope", "state", "inspection")
    return [
        Record("round", one.id, one.version, {name: one.body[name] for name in names})
        for one in all_of(room, "round")
        if actor.account in one.body["auditors"]
    ]


def findings_of(
    room: Room,
    actor: Actor,
    *,
    round_: str = "",
    search: str = "",
) -> list[Record]:
    """
    Findings that an actor may see, oldest first.

    A quality head sees all; an auditor the own ones and, of a closed round that he or she was named in, those of the
    others in `PUBLIC`; nobody else sees any: what the room works with are gaps.
    """
    table, roles = schema.current, actor.roles
    wanted = select(table).where(table.c.kind == "finding").order_by(table.c.number)
    if search:
        wanted = wanted.where(table.c.words.contains(search.casefold()[:200], autoescape=True))
    closed: frozenset[str] = frozenset()
    if "quality_head" not in roles:
        if "mock_auditor" not in roles:
            role_for(actor, HEAD | {"mock_auditor"}, "read the auditors' logs")
        closed = frozenset(one.id for one in rounds_of(room, actor) if one.body["state"] == "closed")
    with room.store.database.reading() as connection:
        found = [record_of(row) for row in connection.execute(wanted).mappings()]
    shown = []
    for one in found:
        if round_ and one.body["round"] != round_:
            continue
        if "quality_head" in roles or one.body["auditor"] == actor.account:
            shown.append(one)
        elif one.body["round"] in closed and one.body["state"] != "withdrawn":
            shown.append(Record("finding", one.id, one.version, {name: one.body[name] for name in PUBLIC}))
    return shown


def all_of(room: Room, kind: str) -> list[Record]:
    """Every record of a kind, whoever asks; for other modules, which check who asks."""
    table = schema.current
    with room.store.database.reading() as connection:
        rows = connection.execute(select(table).where(table.c.kind == kind).order_by(table.c.number)).mappings()
        return [record_of(row) for row in rows]


def _own_round(writing: Writing, who: Actor, name: str) -> Record:
    try:
        found = writing.load("round", name)
    except NotThereError:
        found = None
    # Whoever is not of a round does not learn whether it is there.
    if found is None or who.account not in found.body["auditors"]:
        msg = f"you are not an auditor of a round {name[:60]}"
        raise RefusedError(msg)
    return found


def _findings_of(writing: Writing, auditor: str, round_: str) -> list[Body]:
    table = schema.current
    wanted = select(table.c.body).where(table.c.kind == "finding", table.c.owner == auditor)
    bodies = [json.loads(row.body) for row in writing.connection.execute(wanted)]
    return [body for body in bodies if body["round"] == round_]


def _invite(writing: Writing, body: Body, asked: forms.Invite) -> None:
    try:
        person = current_actor(writing.connection, Actor(asked.auditor, "", "", frozenset()), writing.now)
    except RefusedError:
        person = None
    if person is None or "mock_auditor" not in person.roles or person.inspection != body["inspection"]:
        msg = f"auditor {asked.auditor!r} is no mock auditor of {body['inspection']}; make such an account first"
        raise InvalidError(msg)
    if asked.auditor in body["auditors"]:
        msg = f"{asked.auditor} takes part already"
        raise ConflictError(msg)
    if len(body["auditors"]) >= MOST_AUDITORS:
        msg = f"a round has {MOST_AUDITORS} auditors at most"
        raise InvalidError(msg)
    body["auditors"] = [*body["auditors"], asked.auditor]


def _excuse(writing: Writing, body: Body, asked: forms.Invite) -> None:
    if asked.auditor not in body["auditors"]:
        msg = f"{asked.auditor} does not take part"
        raise NotThereError(msg)
    # Letters stand in the ids of findings, so only the last can go, and only without a log.
    if body["auditors"][-1] != asked.auditor or _findings_of(writing, asked.auditor, body["id"]):
        msg = "only the auditor named last can be taken off, and only before logging anything"
        raise ConflictError(msg)
    body["auditors"] = body["auditors"][:-1]


def _close(writing: Writing, body: Body, asked: forms.CloseRound) -> None:
    if not body["auditors"]:
        msg = f"{body['id']} has no auditors; name them first"
        raise ConflictError(msg)
    if asked.planted_found > body["planted"]:
        msg = f"planted_found: {asked.planted_found} of {body['planted']} planted errors cannot be found"
        raise InvalidError(msg)
    body |= {"repaired": asked.repaired, "planted_found": asked.planted_found, "closed_at": stamp(writing.now)}


def _need_open(writing: Writing, body: Body, asked: Any) -> None:
    if writing.load("round", body["round"]).body["state"] != "open":
        msg = f"round {body['round']} is closed; what was logged stays as it was"
        raise ConflictError(msg)
    if isinstance(asked, forms.Reword):
        body |= asked.model_dump(exclude_none=True)


def _dismiss(writing: Writing, body: Body, asked: forms.Reason) -> None:
    need_closed(writing, body["round"])
    if gap_with(writing, body["id"]):
        msg = f"{body['id']} is matched to a gap; take it out there first"
        raise ConflictError(msg)
    body["why"] = asked.reason


def need_closed(writing: Writing, name: str) -> Record:
    """A round that is closed; `ConflictError` while its auditors still look: matching would break their blindness."""
    found = writing.load("round", name)
    if found.body["state"] != "closed":
        msg = f"round {name} is still open; its findings are matched when it is closed"
        raise ConflictError(msg)
    return found


def gap_with(writing: Writing, finding: str) -> str:
    """Id of the gap that a finding is matched to; empty without one."""
    table = schema.current
    wanted = select(table.c.id).where(table.c.kind == "gap", table.c.involved.contains(f"|{finding}|", autoescape=True))
    return str(writing.connection.execute(wanted).scalar() or "")


def _round(body: Body, role: str, number: int) -> Draft:
    words = f"{body['id']} {body['name']} {body['scope']}"
    return Draft(
        "round", body["id"], body, number, body["inspection"], body["state"],
        involved=tuple(body["auditors"]), words=words, role=role,
    )  # fmt: skip


def _finding(body: Body, role: str, number: int) -> Draft:
    words = " ".join(body[key] for key in ("id", "wording", "clause", "system", "grade", "evidence"))
    return Draft(
        "finding", body["id"], body, number, body["inspection"], body["state"], body["owner"], words=words, role=role
    )


ROUNDS: Final = Way(
    "round",
    ("open", "closed"),
    {
        one.name: one
        for one in (
            step("invite", "Name an auditor", "open", "", "quality_head", forms.Invite),
            step("excuse", "Take an auditor off", "open", "", "quality_head", forms.Invite),
            step("close-round", "Close the round", "open", "closed", "quality_head", forms.CloseRound),
        )
    },
    {"invite": _invite, "excuse": _excuse, "close-round": _close},
    _round,
)

FINDINGS: Final = Way(
    "finding",
    ("logged", "withdrawn", "dismissed"),
    {
        one.name: one
        for one in (
            step("reword", "Put better", "logged", "", "", forms.Reword, owner=True),
            step("withdraw", "Withdraw", "logged", "withdrawn", "", forms.Nothing, owner=True),
            step("dismiss", "Not a gap", "logged", "dismissed", "quality_head", forms.Reason),
        )
    },
    {"reword": _need_open, "withdraw": _need_open, "dismiss": _dismiss},
    _finding,
)
