"""The door of the inspection room: options of its verbs, who acts, fields of an order, and what it is answered with."""

import json
import os
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.errors import VerbError
from echelon.cli.output import out, print_json

if TYPE_CHECKING:
    from echelon.readiness.records.store import Actor
    from echelon.readiness.room.room import Room

PASSWORD = "ECHELON_READINESS_PASSWORD"  # noqa: S105 - the name of a variable
"""Environment variable that holds the password of `--as`, where nobody can be asked."""

RoomPath = Annotated[Path, typer.Option("--room", metavar="DIR", help="Folder of the room.")]
DatabaseUrl = Annotated[
    str, typer.Option("--database", metavar="URL", help="PostgreSQL instead of a file: postgresql://user@host/name.")
]
As = Annotated[str, typer.Option("--as", metavar="USER", help=f"Who acts; the password is asked for, or ${PASSWORD}.")]
ROOM = Path("readiness")


def entered(folder: Path, database: str, user: str) -> "tuple[Room, Actor]":
    """A room that is there, and who acts in it; the password is asked for or taken from the environment."""
    from echelon.readiness.web.serve import open_room

    opened = open_room(folder, database, create=False, pooled=False)
    password = os.environ.get(PASSWORD) or asked(f"password of {user}: ")
    return opened, opened.accounts.actor(opened.accounts.sign_in(user, password, "command line"))


def asked(question: str) -> str:
    """What somebody types, unseen; `VerbError` where nobody can be asked."""
    if not sys.stdin.isatty():
        msg = "nobody can be asked for the password here"
        raise VerbError(msg, hint=f"put it into the environment variable {PASSWORD}")
    return getpass(question)


def values_of(pairs: list[str]) -> dict[str, Any]:
    """Fields of an order from FIELD=VALUE pairs."""
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            msg = f"--set {pair!r} is no FIELD=VALUE"
            raise VerbError(msg, hint="write --set 'wording=Show us the procedure for deviations'")
        values[name.strip()] = json.loads(text) if text in {"true", "false"} else text
    return values


def tell(entry: Any, as_json: bool) -> None:
    """Say what was done."""
    if as_json:
        print_json({"seq": entry.seq, "kind": entry.kind, "id": entry.id, "version": entry.version, "at": entry.at})
        return
    out(f"{entry.id}: {entry.action.replace('_', ' ')}, entry {entry.seq} of the trail at {entry.at}")
