"""`echelon readiness`: the inspection room, and what can be done with it from the command line."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon.cli.door import PASSWORD, ROOM, As, DatabaseUrl, RoomPath, asked, entered, tell, values_of
from echelon.cli.errors import NO, Verb, VerbError
from echelon.cli.options import Json
from echelon.cli.output import out, print_json, say, show_table
from echelon.cli.readiness_bench import BENCH
from echelon.cli.readiness_trail import TRAIL
from echelon.cli.readiness_work import WORK

if TYPE_CHECKING:
    from echelon.readiness.web.serve import Place

RECEIVED = (
    "inspection", "request", "question", "commitment", "note", "wrapup", "profile", "slot", "practice", "procedure",
    "answer", "duty",
    "round", "finding", "translation", "team",
)  # fmt: skip


def make_readiness() -> typer.Typer:
    """The verb with its own verbs."""
    app = typer.Typer(
        help="Inspection room: requests and questions, live; without a verb of its own it starts.",
        no_args_is_help=False,
        rich_markup_mode=None,
        add_completion=False,
    )
    app.callback(invoke_without_command=True)(start)
    for name, verb in (
        ("account", account),
        ("receive", receive),
        ("do", do),
        ("sign", sign),
        ("upload", upload),
        ("items", items),
        ("trail", trail),
        ("verify", verify),
        ("anchor", anchor),
        ("restore", restore),
        *BENCH,
        *TRAIL,
        *WORK,
    ):
        app.command(name, cls=Verb)(verb)
    return app


def start(
    ctx: typer.Context,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8450,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen at.")] = "127.0.0.1",
    host_name: Annotated[
        list[str] | None,
        typer.Option("--host-name", metavar="NAME", help="A further name of this machine; repeatable."),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="A filled example in a folder of its own, made anew.")] = False,
    behind_tls: Annotated[bool, typer.Option("--behind-tls", help="A proxy encrypts the connections.")] = False,
) -> None:
    """Start the inspection room on this machine; Ctrl-C stops it."""
    if ctx.invoked_subcommand:
        return
    from echelon.readiness.web.serve import Place, open_room, serve

    if demo:
        _show_demo(Place(host, port, tuple(host_name or ()), behind_tls))
        return
    opened = open_room(room, database)
    if not opened.accounts.everyone():
        say("nobody can sign in yet; make the first account, in another window:")
        say(f"  echelon readiness account USER --room {room} --name 'First Last' --role quality_head")
    place = Place(host, port, tuple(host_name or ()), behind_tls)
    serve(opened, place, ready=lambda url: say(f"the room is open at {url}; Ctrl-C closes it"))


def _show_demo(place: "Place") -> None:
    import secrets
    import tempfile

    from echelon.readiness.records.anchors import key_in
    from echelon.readiness.records.database import Database, url_of
    from echelon.readiness.records.store import Store
    from echelon.readiness.room.demo import fill
    from echelon.readiness.room.room import Room
    from echelon.readiness.web.serve import open_room, serve

    password = f"demo-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="echelon-readiness-") as name:
        folder = Path(name)
        say("filling an example: 150 people, 300 requests and questions; all of it is made up")
        # Nothing is lost if this is cut off, so it need not wait for the disk.
        filling = Room(Store(Database(url_of(folder), durable=False)), key_in(folder), folder)
        filling.store.open()
        users = fill(filling, password)
        filling.store.database.close()

        def ready(url: str) -> None:
            say(f"the room is open at {url}; Ctrl-C closes it and removes the example")
            say(f"sign in as one of {', '.join(users.values())}; the password of all is {password}")

        serve(open_room(folder), place, notice="A demo: people, requests and answers are made up.", ready=ready)


def account(
    username: Annotated[str, typer.Argument(metavar="USER", help="User name.")],
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    role: Annotated[list[str], typer.Option("--role", help="Role; repeatable.")],
    inspection: Annotated[str, typer.Option("--inspection", help="The inspection that an outsider sees.")] = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Make an account; the first password is asked for."""
    from echelon.readiness.records.store import MACHINE
    from echelon.readiness.web.serve import open_room

    opened = open_room(room, database, pooled=False)
    password = os.environ.get(PASSWORD) or asked(f"first password of {username}: ")
    made = opened.accounts.create(MACHINE, username, name, password, frozenset(role), inspection)
    if json_:
        print_json({"id": made.id, "username": made.username})
        return
    out(f"{made.name} can sign in as {made.username}: {', '.join(sorted(made.roles))}")


def receive(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"{', '.join(RECEIVED)}.")],
    as_: As,
    set_: Annotated[list[str], typer.Option("--set", metavar="FIELD=VALUE", help="A field; repeatable.")],
    once: Annotated[str, typer.Option("--once", metavar="KEY", help="The same order is done once.")] = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Take down something new, set a profile, procedure or duty, or keep how a drill was answered."""
    from echelon.readiness.room.orders import take_down

    opened, actor = entered(room, database, as_)
    tell(take_down(opened, actor, kind, values_of(set_), once), json_)


def do(
    step: Annotated[str, typer.Argument(metavar="STEP", help="assign, start, write, submit, approve, release ...")],
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of what it is done with: R1, Q2, C3, N4.")],
    as_: As,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A field; repeatable.")] = None,
    once: Annotated[str, typer.Option("--once", metavar="KEY", help="The same order is done once.")] = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Take a step with an item, commitment, sheet of notes, inspection, slot, practice question, library or deck."""
    from echelon.readiness.room.orders import step_with

    opened, actor = entered(room, database, as_)
    tell(step_with(opened, actor, step, item, values_of(set_ or []), once), json_)


def items(
    as_: As,
    inspection: Annotated[str, typer.Option("--inspection", help="Of one inspection.")] = "",
    state: Annotated[str, typer.Option("--state", help="In one state.")] = "",
    search: Annotated[str, typer.Option("--search", help="With these words.")] = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """List the requests and questions that you may see."""
    opened, actor = entered(room, database, as_)
    found = opened.board(actor, inspection=inspection, state=state, search=search)[1]
    if json_:
        print_json([dict(one.body) for one in found])
        return
    names = opened.people(actor)
    rows = [
        (one.id, one.body["state"], names.get(one.body.get("owner", ""), ""), one.body["wording"][:80]) for one in found
    ]
    show_table(("item", "state", "owner", "wording"), rows, left=4)


def trail(
    as_: As,
    after: Annotated[int, typer.Option("--after", min=0, help="Entries after this one.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 50,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Show the trail: for a quality head."""
    opened, actor = entered(room, database, as_)
    found = opened.trail(actor, after, limit)
    if json_:
        print_json([dict(one.body) for one in found])
        return
    names = opened.people(actor)
    rows = [(str(one.seq), one.at, names.get(one.actor, one.actor), one.action, one.id) for one in found]
    show_table(("entry", "at", "who", "action", "what"), rows, left=5)


def sign(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="request, question, practice, wrapup, gap, ...")],
    record: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    as_: As,
    meaning: Annotated[str, typer.Option("--meaning", help="authored, reviewed, approved or responsible.")],
    version: Annotated[int, typer.Option("--version", min=1, help="The version that you read.")],
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Sign a record; the password is asked for once more."""
    from echelon.readiness.room.signing import sign as seal

    opened, actor = entered(room, database, as_)
    again = os.environ.get(PASSWORD) or asked(f"password of {as_}, to sign as {meaning}: ")
    values = {"meaning": meaning, "version": version, "password": again}
    tell(seal(opened, opened.key, actor, kind, record, values), json_)


def upload(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document.")],
    as_: As,
    language: Annotated[str, typer.Option("--language", help="Its language.")] = "en",
    translation_of: Annotated[str, typer.Option("--translation-of", help="Id of what it translates.")] = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Bring a document."""
    from echelon.readiness.room.documents import upload as keep

    opened, actor = entered(room, database, as_)
    values = {"name": file.name, "language": language, "translation_of": translation_of}
    tell(keep(opened, actor, values, file.read_bytes()), json_)


def verify(
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    anchors: Annotated[
        list[Path] | None, typer.Option("--anchors", metavar="FILE", help="Anchors kept elsewhere; repeatable.")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", metavar="HEX", help="Public key known to be the room's; repeatable.")
    ] = None,
    json_: Json = False,
) -> None:
    """Look through all records without writing; exit status 1 where something is wrong."""
    from echelon.readiness.records.anchors import FILE, anchors_in
    from echelon.readiness.verifier import PostgresqlReader, SqliteReader
    from echelon.readiness.verifier import verify as look

    file = room / "readiness.sqlite"
    if not database and not file.exists():
        msg = f"there is no {file}"
        raise VerbError(msg, hint="--room DIR is the folder of the room, --database URL its PostgreSQL database")
    known = [one for path in (room / FILE, *(anchors or [])) for one in anchors_in(path)]
    reader = PostgresqlReader(database) if database else SqliteReader(file)
    found = look(reader, known, frozenset(key or []))
    reader.close()
    if json_:
        print_json({**vars(found), "whole": found.whole})
    else:
        for finding in found.findings:
            out(finding)
        for epoch in found.epochs:
            out(f"restored: {epoch}")
        out(
            f"{found.entries} entries, {found.versions} versions, {found.documents} documents, "
            f"{found.signatures} signatures, {found.anchors} anchors; the last entry is {found.head}, {found.hash}"
        )
        out("the records are whole" if found.whole else f"{len(found.findings)} findings: the records are not whole")
    if not found.whole:
        raise typer.Exit(NO)


def anchor(room: RoomPath = ROOM, database: DatabaseUrl = "", json_: Json = False) -> None:
    """Sign where the trail stands; keep the line it prints where nobody can change it."""
    from echelon.readiness.web.serve import open_room

    made = open_room(room, database, create=False, pooled=False).anchor()
    if json_:
        print_json(made)
        return
    out(json.dumps(made))


def restore(
    name: Annotated[str, typer.Option("--name", help="Name of the restore.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it was needed, and from which backup.")],
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Name a restore from a backup: a new epoch that says which entries were lost."""
    from echelon.readiness.records.anchors import restore as begin
    from echelon.readiness.web.serve import open_room

    opened = open_room(room, database, create=False, restored=False, pooled=False)
    entry = begin(opened.store, room, name, reason)
    lost = entry.body["change"]["lost"]
    if json_:
        print_json({"epoch": entry.epoch, "seq": entry.seq, "lost": lost})
        return
    out(f"epoch {entry.epoch} begins at entry {entry.seq}; entries {lost[0]} to {lost[1]} are named as lost")
