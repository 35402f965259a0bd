"""Gaps: findings matched to them, their class, cause, repair, and the recheck by somebody else."""

from datetime import date
from typing import Any, Final

from echelon.readiness.bench import audit_fields as forms
from echelon.readiness.bench.audits import gap_with, need_closed
from echelon.readiness.bench.steps import Body, Way, step
from echelon.readiness.records.canonical import stamp
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Writing
from echelon.readiness.room.items import known_account, role_for
from echelon.readiness.room.room import Room, checked, key_of

HEAD: Final = frozenset({"quality_head"})

COPIED: Final = ("round", "letter", "wording", "grade", "system")
"""What a gap keeps of each finding that shows it."""

UNREPAIRED: Final = ("open", "planned", "repaired")
"""States in which an inspector would still find the gap, or nobody has looked whether it is gone."""


def match(room: Room, actor: Actor, finding: str, values: dict[str, Any], once: str = "") -> Entry:
    """
    Match a finding to a known gap or to a new one: for a quality head, once the round is closed.

    A new gap takes class and system of the finding; a known one becomes worse where the finding is, and a closed one
    is open again. The finding itself stays as its auditor wrote it.
    """
    asked = checked(forms.Match, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, HEAD, "match findings to gaps")
        found = writing.load("finding", finding).body
        need_closed(writing, found["round"])
        if found["state"] != "logged":
            msg = f"{finding} is {found['state']}; only logged findings are matched"
            raise ConflictError(msg)
        if other := gap_with(writing, finding):
            msg = f"{finding} is matched to {other} already"
            raise ConflictError(msg)
        kept = {"finding": finding} | {name: found[name] for name in COPIED}
        if asked.gap:
            return _matched(writing, dict(writing.load("gap", asked.gap).body), kept, role)
        number = writing.next_number("gap")
        body = {name: found[name] for name in ("inspection", "grade", "system", "clause")}
        body |= {"id": f"G{number}", "title": asked.title or _title(found["wording"]), "findings": [kept]}
        body |= {"state": "open", "found_at": stamp(writing.now), "owner": "", "people": [], "returns": 0}
        body |= dict.fromkeys(("cause", "action", "due", "proof", "repaired_on", "repaired_by"), "")
        body |= dict.fromkeys(("rechecked_by", "rechecked_at", "recheck"), "")
        return _gap(body, role, number)

    return room.store.write(Order(actor, "match", once=key_of(actor, once)), work)


def _title(wording: str) -> str:
    line = " ".join(wording.split())
    return line if len(line) <= 100 else f"{line[:99].rstrip()}…"


def _matched(writing: Writing, body: Body, kept: Body, role: str) -> Draft:
    body["findings"] = [*body["findings"], kept]
    if forms.GRADES.index(kept["grade"]) < forms.GRADES.index(body["grade"]):
        body["grade"] = kept["grade"]
    # It was found again by those who looked after its repair: then the repair did not hold.
    if body["state"] == "void":
        body["state"] = "open"
    elif body["state"] == "closed" and writing.load("round", kept["round"]).body["closed_at"] > body["rechecked_at"]:
        body |= {"state": "open", "returns": body["returns"] + 1}
    return _gap(body, role, 0)


def _unmatch(writing: Writing, body: Body, asked: forms.Unmatch) -> None:
    del writing
    left = [one for one in body["findings"] if one["finding"] != asked.finding]
    if len(left) == len(body["findings"]):
        msg = f"finding {asked.finding} is not matched to {body['id']}"
        raise NotThereError(msg)
    body["findings"] = left
    if not left:
        body["state"] = "void"


def _regrade(writing: Writing, body: Body, asked: forms.Regrade) -> None:
    del writing
    body |= asked.model_dump(exclude_none=True, exclude={"reason"})


def _plan(writing: Writing, body: Body, asked: forms.Plan) -> None:
    _day("due", asked.due)
    owner = known_account(writing, asked.owner)
    body |= {"cause": asked.cause, "action": asked.action, "due": asked.due, "owner": owner}
    if owner not in body["people"]:
        body["people"] = [*body["people"], owner]


def _repaired(writing: Writing, body: Body, asked: forms.Repaired) -> None:
    done = _day("on", asked.on)
    if done > writing.now.date():
        msg = f"on: {asked.on} is still to come; write down what has happened"
        raise InvalidError(msg)
    body |= {"proof": asked.proof, "repaired_on": asked.on, "repaired_by": writing.actor.account}


def _recheck(writing: Writing, body: Body, asked: forms.Recheck) -> None:
    who = writing.actor.account
    if who in {body["owner"], body["repaired_by"]}:
        msg = f"you repaired {body['id']}; somebody else has to look at it again"
        raise RefusedError(msg)
    body |= {"rechecked_by": who, "rechecked_at": stamp(writing.now), "recheck": asked.note}
    body["state"] = "closed" if asked.effective else "planned"
    body["returns"] += int(not asked.effective)


def _reopen(writing: Writing, body: Body, asked: forms.Reason) -> None:
    del writing, asked
    body["returns"] += 1


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{name}: {text} is no day; write 2026-03-02"
        raise InvalidError(msg) from None


def _gap(body: Body, role: str, number: int) -> Draft:
    found = [one["finding"] for one in body["findings"]]
    words = [body[key] for key in ("id", "title", "grade", "system", "clause", "cause", "action")]
    words += [one["wording"] for one in body["findings"]]
    return Draft(
        "gap", body["id"], body, number, body["inspection"], body["state"], body["owner"],
        involved=(*found, *body["people"]), due=body["due"], words=" ".join(words), role=role,
    )  # fmt: skip


GAPS: Final = Way(
    "gap",
    (*UNREPAIRED, "closed", "void"),
    {
        one.name: one
        for one in (
            step("plan", "Plan repair", "open planned", "planned", "quality_head back_room", forms.Plan, owner=True),
            step("repaired", "Repaired", "planned", "repaired", "quality_head", forms.Repaired, owner=True),
            step("recheck", "Recheck", "repaired", "", "quality_head back_room", forms.Recheck),
            step("regrade", "Class and system", "open planned repaired closed", "", "quality_head", forms.Regrade),
            step("unmatch", "Take a finding out", "open planned repaired closed", "", "quality_head", forms.Unmatch),
            step("reopen-gap", "Open again", "closed", "open", "quality_head", forms.Reason),
        )
    },
    {
        "plan": _plan, "repaired": _repaired, "recheck": _recheck, "regrade": _regrade, "unmatch": _unmatch,
        "reopen-gap": _reopen,
    },
    _gap,
)  # fmt: skip
