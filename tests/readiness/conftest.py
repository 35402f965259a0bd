"""Rooms with one person in each role, on SQLite and on a real PostgreSQL server that the tests start themselves."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
import uvicorn
from argon2 import PasswordHasher

from echelon.readiness.records.anchors import key_in
from echelon.readiness.records.database import Database, url_of
from echelon.readiness.records.roles import OUTSIDERS, ROLES
from echelon.readiness.records.store import MACHINE, Actor, Store
from echelon.readiness.room.room import Room
from echelon.readiness.web.app import make_app

PASSWORD = "a long enough phrase"
REAL, MOCK = "pli-2026", "mock-1"


class Clock:
    """A clock that tests can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Stage:
    """A room, its clock, and who is in it."""

    room: Room
    clock: Clock
    url: str
    people: dict[str, Actor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        return self.people[name]

    def asked(self, **values: object) -> str:
        given = {"inspection": REAL, "wording": "The procedure for deviations, please"} | values
        return self.room.receive(self["front_room"], "request", given).id

    def until(self, state: str, kind: str = "request", **values: object) -> str:
        """An item that was brought to a state by those whose work it is."""
        given = {"inspection": REAL, "wording": "The procedure for deviations, please"} | values
        item = self.room.receive(self["front_room"], kind, given).id
        expert = self["subject_expert"]
        path = (
            ("received", None, "", {}),
            ("assigned", self["back_room"], "assign", {"owner": expert.account}),
            ("preparing", expert, "start", {}),
            ("preparing", expert, "write", {"answer": "SOP-014, version 7, in force since March"}),
            ("review", expert, "submit", {}),
            ("staged", self["back_room"], "approve", {}),
            ("released", self["front_room"], "release", {"form": "copy"}),
            ("closed", self["front_room"], "close", {}),
        )
        states = [step[0] for step in path]
        last = len(states) - 1 - states[::-1].index(state)
        for _, actor, action, told in path[1 : last + 1]:
            assert actor is not None
            self.room.do(actor, action, item, told)
        return item


@pytest.fixture(scope="session")
def kept_hash() -> str:
    """One cheap hash for all accounts of the tests: hashing is slow on purpose."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class Cluster:
    """A PostgreSQL server of the tests: its tools, its user, its folder, its port."""

    tools: Path
    user: tuple[str, ...]
    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"postgresql://echelon@127.0.0.1:{self.port}"

    def call(self, tool: str, *arguments: str | Path) -> None:
        command = [*self.user, self.tools / tool, "-D", self.folder / "data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.call("pg_ctl", "-o", options, "-l", self.folder / "log", "-w", "start")

    def stop(self) -> None:
        self.call("pg_ctl", "-m", "immediate", "stop")


def cluster() -> Iterator[Cluster]:
    """A server that is made, started, and removed afterwards; or the reason why there is none."""
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = str(tools[0]) if tools else shutil.which("initdb")
    if found is None:
        reason = "there is no PostgreSQL server on this machine (apt-get install postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(f"the records must be tested on PostgreSQL here: {reason}")
        pytest.skip(reason)
    # The server refuses to run as root, and its own user cannot reach the folders of these tests.
    folder = Path(tempfile.mkdtemp(prefix="echelon-pg-"))
    user: tuple[str, ...] = ()
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        user = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    made = Cluster(Path(found).parent, user, folder, free_port())
    made.call("initdb", "-A", "trust", "-U", "echelon", "-N")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    for made in cluster():
        yield made.address


@pytest.fixture
def postgresql_of_its_own() -> Iterator[Cluster]:
    """A PostgreSQL server that a test may stop and start."""
    yield from cluster()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return url_of(tmp_path)
    return new_database(request.getfixturevalue("postgresql"))


def new_database(server: str) -> str:
    # A schema of its own is as good as a database of its own, and costs no seven megabytes.
    name = f"t{time.monotonic_ns()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return url_of(Path(), f"{server}/postgres?options=-csearch_path%3D{name}")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


def _inspections(stage: Stage) -> None:
    for name, mock in ((REAL, False), (MOCK, True)):
        told = {"id": name, "name": name, "first_day": "2026-03-02", "mock": mock}
        stage.room.open_inspection(stage["quality_head"], told)


@pytest.fixture
def make_stage(kept_hash: str, keys: Path) -> Iterator[Callable[[str], Stage]]:
    opened: list[Stage] = []

    def make(url: str) -> Stage:
        clock = Clock()
        room = Room(Store(Database(url, durable=False), clock), key_in(keys))
        room.store.open()
        stage = Stage(room, clock, url)
        opened.append(stage)
        for role in ROLES:
            if role in OUTSIDERS and not stage.room.board(stage["quality_head"], kinds=("inspection",))[1]:
                _inspections(stage)
            inspection = {"inspector": REAL, "mock_auditor": MOCK}.get(role, "")
            assert bool(inspection) == (role in OUTSIDERS)
            name = f"{role.replace('_', ' ').title()}"
            room.accounts.create(MACHINE, role, name, "", frozenset({role}), inspection, kept=kept_hash)
            stage.people[role] = room.accounts.actor(room.accounts.sign_in(role, PASSWORD))
        return stage

    yield make
    for stage in opened:
        stage.room.store.database.close()


@pytest.fixture
def stage(make_stage: Callable[[str], Stage], database_url: str) -> Stage:
    """A room on either database."""
    return make_stage(database_url)


@pytest.fixture
def here(make_stage: Callable[[str], Stage], tmp_path: Path) -> Stage:
    """A room on SQLite."""
    return make_stage(url_of(tmp_path))


@contextmanager
def served(room: Room, notice: str = "") -> Iterator[str]:
    """A room behind a real server on a free port; its address."""
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(room, notice=notice), port=0, log_level="warning", access_log=False, timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def address(here: Stage) -> Iterator[str]:
    with served(here.room) as found:
        yield found


@contextmanager
def client(address: str, username: str) -> Iterator[httpx.Client]:
    """A program signed in to the API."""
    with httpx.Client(base_url=address, timeout=10) as opened:
        reply = opened.post("/api/sign-in", json={"username": username, "password": PASSWORD})
        assert reply.status_code == 200, reply.text
        opened.headers["authorization"] = f"Bearer {reply.json()['token']}"
        yield opened
