"""`echelon readiness` afterwards: reviewing the trail, and handing an inspection over as a readable file."""

import os
from pathlib import Path
from typing import Annotated

import typer

from echelon.cli.door import ROOM, As, DatabaseUrl, RoomPath, entered, tell
from echelon.cli.errors import VerbError
from echelon.cli.options import Json
from echelon.cli.output import out, print_json, show_table


def review(
    as_: As,
    who: Annotated[str, typer.Option("--who", metavar="USER", help="Of one person, or machine.")] = "",
    record: Annotated[str, typer.Option("--record", metavar="ID", help="Of one record: R1, Q2, D3.")] = "",
    order: Annotated[str, typer.Option("--order", help="A step, a kind of record, or corrections, people ...")] = "",
    first: Annotated[str, typer.Option("--first", metavar="DAY", help="From this day (UTC), 2026-03-02.")] = "",
    last: Annotated[str, typer.Option("--last", metavar="DAY", help="To this day (UTC).")] = "",
    after: Annotated[int, typer.Option("--after", min=0, help="Entries after this one.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 50,
    unreviewed: Annotated[bool, typer.Option("--unreviewed", help="Only what has not been reviewed.")] = False,
    mark: Annotated[bool, typer.Option("--mark", help="Mark what is shown as reviewed, but for your own.")] = False,
    remarks: Annotated[str, typer.Option("--remarks", help="What the review found.")] = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Look through the trail, and mark entries as reviewed: for a quality head."""
    from echelon.readiness.room import review as reviewing

    opened, actor = entered(room, database, as_)
    account = opened.accounts.find(who).id if who and who != "machine" else who
    wanted = {"who": account, "record": record, "order": order, "first": first, "last": last}
    found = reviewing.look(opened, actor, wanted | {"unreviewed": unreviewed or mark}, after, limit)
    if mark:
        chosen = [one.seq for one in found.entries if one.actor != actor.account]
        if not chosen:
            msg = "nothing here is left for you to review; another quality head reviews what you did"
            raise VerbError(msg)
        tell(reviewing.mark(opened, actor, {"entries": chosen, "remarks": remarks}), json_)
        return
    if json_:
        print_json([{**one.body, "reviewed": found.reviewed[one.seq]} for one in found.entries])
        return
    names = opened.people(actor)
    rows = [
        (str(one.seq), one.at, names.get(one.actor, one.actor), one.action, one.id, found.reviewed[one.seq])
        for one in found.entries
    ]
    show_table(("entry", "at", "who", "action", "what", "reviewed"), rows, left=6)
    if found.more:
        out(f"there are more; --after {found.entries[-1].seq} shows them")


def handover(
    inspection: Annotated[str, typer.Argument(metavar="INSPECTION", help="Its id.")],
    as_: As,
    to: Annotated[Path, typer.Option("--to", metavar="FILE.zip", help="The file to write; it must not exist.")],
    released: Annotated[bool, typer.Option("--released", help="Only what its inspectors were given.")] = False,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Write an inspection as one .zip that is read without this program: for a quality head."""
    from echelon.readiness.handover.pack import handed_over

    if to.exists():
        msg = f"{to} is there already"
        raise VerbError(msg, hint="--to names a new file; nothing was overwritten")
    opened, actor = entered(room, database, as_)
    made = to.with_name(f".{to.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            packed = handed_over(opened, actor, inspection, file, part="released" if released else "all")
            file.flush()
            os.fsync(file.fileno())
        made.rename(to)
    finally:
        made.unlink(missing_ok=True)
    if json_:
        print_json({"file": str(to), "files": packed.files, "sha256": packed.sha256})
        return
    out(f"{to}: {packed.files} files, SHA-256 {packed.sha256}; index.html is where to begin")


TRAIL = (("review", review), ("handover", handover))
