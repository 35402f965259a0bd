"""`echelon readiness` before an inspection: standards, evidence, question bank, drills and decks by command."""

from pathlib import Path
from typing import Annotated, Any

import typer

from echelon.cli.door import ROOM, As, DatabaseUrl, RoomPath, entered, tell
from echelon.cli.errors import VerbError
from echelon.cli.options import Json
from echelon.cli.output import out, print_json, show_table

ProfileName = Annotated[str, typer.Option("--profile", metavar="ID", help="Profile; the first one if left out.")]
Search = Annotated[str, typer.Option("--search", help="With these words.")]
Topic = Annotated[str, typer.Option("--topic", metavar="ID", help="Of one subject class.")]
Table = Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .xlsx.")]


def standards(
    as_: As,
    profile: ProfileName = "",
    authority: Annotated[str, typer.Option("--authority", help="FDA, EMA, ICH, PIC/S, NMPA.")] = "",
    search: Search = "",
    counting: Annotated[bool, typer.Option("--counting", help="Only what counts for the profile.")] = False,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """List clauses, which of them count for a profile, and why."""
    from echelon.readiness.bench.reading import clauses_of

    opened, actor = entered(room, database, as_)
    found = clauses_of(opened, actor, profile=profile, authority=authority, search=search, counting=counting)
    if json_:
        print_json(found)
        return
    rows = [
        (one["id"], "yes" if one["counts"] and one["assessable"] else "no", one["confidence"], one["topic"],
         one["title"][:60], one["why"][:60])
        for one in found["clauses"]
    ]  # fmt: skip
    show_table(("clause", "counts", "mark", "subject", "title", "why"), rows, left=6)
    told = found["figures"]
    out(
        f"{told['counting']} of {told['clauses']} clauses count ({told['remembered']} of them remembered), "
        f"{told['subjects']} matters counted once; {told['slots_owned']} of {told['slots']} slots have an owner"
    )


def slots(
    as_: As,
    profile: ProfileName = "",
    state: Annotated[str, typer.Option("--state", help="open, located, translating, ready or missing.")] = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """List the evidence that a profile asks for: owner, language, target, state."""
    from echelon.readiness.bench.reading import slots_of

    opened, actor = entered(room, database, as_)
    found = slots_of(opened, actor, profile=profile, state=state)
    if json_:
        print_json(found)
        return
    names = opened.people(actor)
    rows = [
        (one["id"], one["state"], names.get(one["owner"], ""), one["language"], str(one["minutes"]), one["title"][:60])
        for one in found
    ]
    show_table(("slot", "state", "owner", "language", "minutes", "title"), rows, left=6)


def bank(
    as_: As,
    profile: ProfileName = "",
    topic: Topic = "",
    state: Annotated[str, typer.Option("--state", help="draft, approved, retired or stale.")] = "",
    search: Search = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """List practice questions, those likeliest to be cited first."""
    from echelon.readiness.bench.reading import questions_of

    opened, actor = entered(room, database, as_)
    found = questions_of(opened, actor, profile=profile, topic=topic, state=state, search=search)
    if json_:
        print_json(found)
        return
    rows = [
        (one["id"], f"{one['chance']:.1%}", "stale" if one["stale"] else one["state"], one["question"][:90])
        for one in found
    ]
    show_table(("question", "cited", "state", "wording"), rows, left=4)


def import_bank(
    as_: As,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help=".csv or .xlsx; left out: what is shipped.")
    ] = None,
    approved: Annotated[bool, typer.Option("--approved", help="You approve them by bringing them.")] = False,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Bring practice questions: all of a table or nothing; without a file the shipped ones."""
    from echelon.readiness.bench import questions

    opened, actor = entered(room, database, as_)
    if file is None:
        done = questions.adopt_shipped(opened, actor)
    else:
        done = questions.import_bank(opened, actor, file.name, _content(file), approved=approved)
    if json_:
        print_json({"new": done.new, "changed": done.changed, "same": done.same, "seq": done.entry.seq})
        return
    out(f"{len(done.new)} new, {len(done.changed)} changed, {done.same} the same; entry {done.entry.seq} of the trail")


def export_bank(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to write: .csv or .xlsx.")],
    as_: As,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
) -> None:
    """Write the question bank as a table; no cell of it can be a formula."""
    from echelon.readiness.bench.reading import bank_table

    ending = file.suffix.lower().lstrip(".")
    if ending not in {"csv", "xlsx"}:
        msg = f"{file} is neither .csv nor .xlsx"
        raise VerbError(msg, hint="name the file questions.xlsx")
    _free(file)
    opened, actor = entered(room, database, as_)
    text = bank_table(opened, actor, ending, file)
    if ending == "csv":
        file.write_text(text, encoding="utf-8")
    out(f"wrote {file}")


def import_library(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Short name of the library.")],
    file: Table,
    as_: As,
    name: Annotated[str, typer.Option("--name", help="Its name.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="FILE", help="What clause belongs to which subject class.")
    ] = None,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Join a further library of clauses to the shipped one."""
    from echelon.readiness.bench.standards import import_library as join

    opened, actor = entered(room, database, as_)
    second = (mapping.name, _content(mapping)) if mapping else None
    tell(join(opened, actor, {"id": id_, "name": name}, (file.name, _content(file)), second), json_)


def drills(
    as_: As,
    person: Annotated[str, typer.Option("--person", metavar="USER", help="Whose; your own if left out.")] = "",
    everyone: Annotated[bool, typer.Option("--everyone", help="The best drills of all people.")] = False,
    topic: Topic = "",
    most: Annotated[int, typer.Option("--most", min=1, max=60, help="How many.")] = 10,
    profile: ProfileName = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """List the next best drills: what brings most on the day for a minute spent."""
    from echelon.readiness.bench.recall import next_of

    opened, actor = entered(room, database, as_)
    who = "" if everyone else opened.accounts.find(person).id if person else actor.account
    found = next_of(opened, actor, person=who, profile=profile, topic=topic, most=most)
    if json_:
        print_json(found)
        return
    names = opened.people(actor)
    rows = [
        (names.get(one["person"], ""), one["question"], f"{one['gain']:.4f}", one["last"], one["wording"][:80])
        for one in found
    ]
    show_table(("person", "question", "gain", "last", "wording"), rows, left=5)


def recall(
    as_: As,
    profile: ProfileName = "",
    calibration: Annotated[
        bool, typer.Option("--calibration", help="How well recall was predicted so far, instead.")
    ] = False,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Show the expected share of right answers on the day, by person and topic."""
    from echelon.readiness.bench.calibration import calibration_of
    from echelon.readiness.bench.recall import map_of

    opened, actor = entered(room, database, as_)
    if calibration:
        _calibration(calibration_of(opened, actor), json_)
        return
    found = map_of(opened, actor, profile=profile)
    if json_:
        print_json(found)
        return
    names = opened.people(actor)
    rows = [
        (names.get(one["person"], ""), one["topic"], f"{one['mean']:.0%}", f"± {one['error']:.0%}",
         str(one["questions"]))
        for one in found["cells"]
    ]  # fmt: skip
    show_table(("person", "topic", "right on the day", "error", "questions"), rows, left=2)
    told = found["figures"]
    out(f"aimed at {found['day'] or 'no day yet'}; {told['answers']} answers, {told['right']} of them right")


def _calibration(found: dict[str, Any], json_: bool) -> None:
    if json_:
        print_json(found)
        return
    rows = [
        (f"{one['low']:.0%} to {one['high']:.0%}", str(one["count"]), f"{one['predicted']:.0%}" if one["count"] else "",
         f"{one['right'] / one['count']:.0%}" if one["count"] else "", f"{one['least']:.0%} to {one['most']:.0%}",
         one["says"])
        for one in [*found["bands"], found["all"]]
    ]  # fmt: skip
    show_table(("predicted", "answers", "mean", "right", "95 %", "says"), rows, left=1)
    first = found["first"]
    out(f"{found['words']} First answers, which no drill came before: {first['count']}, {first['right']} of them right")


def cover(
    as_: As,
    sure: Annotated[
        float, typer.Option("--sure", min=0.01, max=0.99, help="Chance from which one can stand in.")
    ] = 0.8,
    profile: ProfileName = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Show who can stand in for whom, and which topics hang on one person."""
    from echelon.readiness.bench.recall import cover_of

    opened, actor = entered(room, database, as_)
    found = cover_of(opened, actor, profile=profile, sure=sure)
    if json_:
        print_json(found)
        return
    names = opened.people(actor)
    rows = [
        (one["topic"], str(len(one["able"])), names.get(found["roster"].get(one["topic"], ""), ""),
         ", ".join(f"{names.get(best['person'], '')} {best['chance']:.0%}" for best in one["best"][:3]))
        for one in found["topics"]
    ]  # fmt: skip
    show_table(("topic", "able", "roster", "best"), rows, left=4)
    lone = sum(one["lone"] for one in found["topics"])
    out(f"{lone} of {len(rows)} topics hang on one person or none; the roster's weakest link is {found['weakest']:.0%}")


def deck(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to write, a .pptx.")],
    as_: As,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", metavar="ID", help="Topic; repeatable; else all.")
    ] = None,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
) -> None:
    """Write a slide deck for drills, one page per topic."""
    from echelon.readiness.bench.decks import deck_file

    if file.suffix.lower() != ".pptx":
        msg = f"{file} is no .pptx"
        raise VerbError(msg, hint="name the file drill.pptx")
    _free(file)
    opened, actor = entered(room, database, as_)
    file.write_bytes(deck_file(opened, actor, topic or []))
    out(f"wrote {file}")


def _content(file: Path) -> bytes:
    if not file.is_file():
        msg = f"there is no file {file}"
        raise VerbError(msg, hint="it is a table, .csv or .xlsx")
    return file.read_bytes()


def _free(file: Path) -> None:
    if file.exists():
        msg = f"{file} is there already and was left as it is"
        raise VerbError(msg, hint="name another file, or move it away")


BENCH = (
    ("standards", standards), ("slots", slots), ("bank", bank), ("import-bank", import_bank),
    ("export-bank", export_bank), ("import-library", import_library), ("drills", drills), ("recall", recall),
    ("cover", cover), ("deck", deck),
)  # fmt: skip
"""Verbs by name."""
