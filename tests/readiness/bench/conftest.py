"""A stocked room, and a mock audit with three blind auditors, in the rooms of the other tests."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.readiness.bench.test_roles_a import PROFILE
from tests.readiness.conftest import MOCK, PASSWORD, Stage

from echelon.readiness.bench import audits, questions, repairs, standards
from echelon.readiness.bench.steps import take
from echelon.readiness.bench.work import WORK
from echelon.readiness.records.store import MACHINE, Actor


@dataclass
class Audit:
    """A round and its auditors."""

    stage: Stage
    round: str
    auditors: list[Actor]

    def log(self, auditor: int, wording: str = "a door without a seal", **values: object) -> str:
        told = {"round": self.round, "wording": wording} | values
        return audits.log(self.stage.room, self.auditors[auditor], told).id

    def do(self, actor: Actor, step: str, name: str, values: dict[str, object] | None = None) -> int:
        return take(self.stage.room, actor, WORK[step][0], step, name, values or {}).version

    def close(self, repaired: bool = False) -> None:
        self.do(self.stage["quality_head"], "close-round", self.round, {"repaired": repaired})

    def match(self, finding: str, gap: str = "") -> str:
        return repairs.match(self.stage.room, self.stage["quality_head"], finding, {"gap": gap}).id

    def plan(self, gap: str, owner: Actor) -> None:
        told = {"cause": "nobody's task", "action": "give it to someone", "owner": owner.account, "due": "2026-02-01"}
        self.do(self.stage["quality_head"], "plan", gap, told)


def invited(stage: Stage, round_: str, names: tuple[str, ...], kept: str) -> Audit:
    head = stage["quality_head"]
    people = []
    for name in names:
        stage.room.accounts.create(MACHINE, name, name.title(), "", frozenset({"mock_auditor"}), MOCK, kept=kept)
        people.append(stage.room.accounts.actor(stage.room.accounts.sign_in(name, PASSWORD)))
    audit = Audit(stage, round_, people)
    for one in people:
        audit.do(head, "invite", round_, {"auditor": one.account})
    return audit


def begun(stage: Stage) -> str:
    told = {"inspection": MOCK, "name": "First mock audit", "first_day": "2026-01-12"}
    return audits.open_round(stage.room, stage["quality_head"], told).id


@pytest.fixture
def audit(here: Stage, kept_hash: str) -> Audit:
    """A round with three auditors, on SQLite."""
    return invited(here, begun(here), ("aud1", "aud2", "aud3"), kept_hash)


@pytest.fixture
def make_audit(kept_hash: str) -> Callable[[Stage], Audit]:
    return lambda stage: invited(stage, begun(stage), ("aud1", "aud2", "aud3"), kept_hash)


@pytest.fixture
def stocked(here: Stage) -> Stage:
    """A room with a profile and the shipped bank."""
    standards.set_profile(here.room, here["quality_head"], PROFILE)
    questions.adopt_shipped(here.room, here["quality_head"])
    return here
