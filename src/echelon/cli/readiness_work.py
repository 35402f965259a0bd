"""`echelon readiness` for mock audits, repairs, translation, and readiness into a company."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.door import ROOM, As, DatabaseUrl, RoomPath, entered, tell
from echelon.cli.errors import VerbError
from echelon.cli.options import CompanyPath, Json, Seed, Threads
from echelon.cli.output import number, out, print_json, show_table

if TYPE_CHECKING:
    from echelon.readiness.bench.into import Worth
    from echelon.readiness.records.store import Actor
    from echelon.readiness.room.room import Room

TableOut = Annotated[Path | None, typer.Option("--out", metavar="F", help="Write them as a table (.csv or .xlsx).")]
Inspectors = Annotated[int, typer.Option("--inspectors", min=1, max=26, help="Inspectors to come.")]


def audits(
    as_: As,
    auditors: Annotated[int, typer.Option("--auditors", min=1, max=26, help="Auditors of one more audit.")] = 4,
    inspectors: Inspectors = 2,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Show rounds of mock audits, what is still unseen as ranges, and what one more audit is worth."""
    from echelon.readiness.bench.telling import said, standing_of
    from echelon.readiness.bench.unseen import standing

    opened, actor = entered(room, database, as_)
    found = standing_of(standing(opened, actor, auditors, inspectors))
    if json_:
        print_json(found)
        return
    rows = [
        (
            f"{one['id']} {one['name']}",
            one["mode"],
            str(one["auditors"]),
            str(one["findings"]),
            str(one["gaps"]),
            str(one["new"]),
            said(one["unseen"]) if one["unseen"] else one["why_not"],
        )
        for one in found["rounds"]
    ]
    show_table(("round", "how", "auditors", "findings", "gaps", "new", "unseen then"), rows, left=2)
    if found["unseen"] is None:
        out(f"what is unseen cannot be told yet: {found['why_not']}")
        return
    _show_unseen(found, said)


def _show_unseen(found: dict[str, Any], said: Callable[[dict[str, Any]], str]) -> None:
    level = found["unseen"]["range"]["level"]
    out(f"found {found['unseen']['seen']} gaps; still unseen, each range with a chance of {level:.0%}")
    rows = [("all", said(found["unseen"]["range"]))]
    rows += [(name, said(one)) for name, one in found["unseen"]["by"].items()]
    show_table(("gaps", "unseen"), rows, left=1)
    for note in found["unseen"]["notes"]:
        out(f"note: {note}")
    after, months = found["next"], found["worth"]["months"]
    out(
        f"one more audit of {after['auditors']} would probably find {said(after['finds'])} new gaps, leave "
        f"{said(after['leaves'])}, and avoid {months['low']:.2g} to {months['high']:.2g} months of delay"
    )


def findings(
    as_: As,
    round_: Annotated[str, typer.Option("--round", help="Of one round.")] = "",
    search: Annotated[str, typer.Option("--search", help="With these words.")] = "",
    out_: TableOut = None,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """List the findings that you may see: an auditor's own ones, and a closed round's."""
    from echelon.readiness.bench.audits import findings_of

    opened, actor = entered(room, database, as_)
    if _written(opened, actor, "findings", out_):
        return
    found = findings_of(opened, actor, round_=round_, search=search)
    if json_:
        print_json([dict(one.body) for one in found])
        return
    names = ("grade", "system", "state", "wording")
    rows = [(one.id, *(str(one.body[name])[:80] for name in names)) for one in found]
    show_table(("finding", "class", "system", "state", "found"), rows, left=5)


def match(
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="Id of a finding of a closed round.")],
    as_: As,
    gap: Annotated[str, typer.Option("--gap", metavar="ID", help="A known gap; without it a new one is made.")] = "",
    title: Annotated[str, typer.Option("--title", help="Title of a new gap.")] = "",
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Match a finding to the gap that it shows: for a quality head."""
    from echelon.readiness.bench.repairs import match as show

    opened, actor = entered(room, database, as_)
    tell(show(opened, actor, finding, {"gap": gap, "title": title}), json_)


def gaps(
    as_: As,
    state: Annotated[str, typer.Option("--state", help="open, planned, repaired, closed or void.")] = "",
    search: Annotated[str, typer.Option("--search", help="With these words.")] = "",
    out_: TableOut = None,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """List gaps and their repairs."""
    from echelon.readiness.bench.repairs import GAPS
    from echelon.readiness.bench.steps import listed

    opened, actor = entered(room, database, as_)
    if _written(opened, actor, "gaps", out_):
        return
    found = listed(opened, actor, GAPS, state=state, search=search)
    if json_:
        print_json([dict(one.body) for one in found])
        return
    people = opened.people(actor)
    told = [(one.id, one.body) for one in found]
    rows = [
        (id_, body["grade"], body["state"], people.get(body["owner"], ""), body["due"], body["title"][:70])
        for id_, body in told
    ]
    show_table(("gap", "class", "state", "owner", "due", "title"), rows, left=6)


def translations(
    as_: As,
    state: Annotated[str, typer.Option("--state", help="waiting, under-way, translated, reviewed or final.")] = "",
    search: Annotated[str, typer.Option("--search", help="With these words.")] = "",
    out_: TableOut = None,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Show where translation stands: words by state, when all is finished, and what comes first."""
    from echelon.readiness.bench.outlooks import outlook_of
    from echelon.readiness.bench.pace import outlook
    from echelon.readiness.bench.steps import listed
    from echelon.readiness.bench.translation import TRANSLATIONS, done_of

    opened, actor = entered(room, database, as_)
    if _written(opened, actor, "translations", out_):
        return
    look = outlook_of(outlook(opened, actor))
    found = listed(opened, actor, TRANSLATIONS, state=state, search=search)
    if json_:
        print_json(look | {"list": [dict(one.body) for one in found]})
        return
    chosen = look["choices"]
    rows = [
        (
            one.id,
            one.body["title"][:50],
            f"{one.body['source']} to {one.body['target']}",
            one.body["state"],
            "" if one.id not in chosen else "before" if chosen[one.id]["before"] else "on demand",
            f"{one.body['words']:,}",
            f"{done_of(one.body['counts']) / one.body['words']:.0%}",
        )
        for one in found
    ]
    show_table(("document", "title", "pair", "state", "plan", "words", "translated"), rows, left=5)
    for one in look["prospects"]:
        out(f"all is translated {one['name']} by {one['low']} to {one['high']} ({one['level']:.0%})")


def bring_translation(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="XLIFF 1.2 or 2, or TMX; 25 MB at most.")],
    as_: As,
    asked: Annotated[int, typer.Option("--asked", min=0, max=100, help="Chance in % that it is asked for.")] = 20,
    cost: Annotated[int, typer.Option("--cost", min=1, max=100, help="How bad it is to bring it late.")] = 1,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Bring a translation file: XLIFF becomes documents with words by state, TMX a memory."""
    from echelon.readiness.bench.imports import bring

    if not file.is_file():
        msg = f"there is no file {file}"
        raise VerbError(msg, "name an XLIFF or TMX file")
    opened, actor = entered(room, database, as_)
    made = bring(opened, actor, {"name": file.name, "asked": asked, "cost": cost}, file.read_bytes())
    if json_:
        print_json([{"kind": one.kind, "id": one.id, "version": one.version} for one in made])
        return
    for one in made:
        out(f"{one.id}: {one.kind} taken in, version {one.version}")


def ready(
    as_: As,
    profile: Annotated[str, typer.Option("--profile", help="Of site and visit; the first where not given.")] = "",
    inspectors: Inspectors = 2,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Show readiness in one number, with its parts and where each comes from."""
    from echelon.readiness.bench.ready import ready as read
    from echelon.readiness.bench.ready import ready_of

    opened, actor = entered(room, database, as_)
    found = ready_of(read(opened, actor, profile=profile, inspectors=inspectors))
    if json_:
        print_json(found)
        return
    ends = f"{found['low']:.2f} to {found['high']:.2f} ({found['level']:.0%})"
    out(f"readiness {found['middle']:.2f}, {ends}; 0.5 is the average site")
    for one in found["parts"]:
        share = one["share"]
        told = f"{share['low']:.2f} to {share['high']:.2f}" if share else "not measured"
        out(f"{one['name']}: {told}; {one['told'] or one['missing']}")
        if one["told"] and one["missing"]:
            out(f"  missing: {one['missing']}")


def into(
    company: CompanyPath,
    as_: As,
    site: Annotated[str, typer.Option("--site", metavar="ID", help="Site of the inspection.")],
    territory: Annotated[str, typer.Option("--territory", metavar="ID", help="Territory of the authority.")],
    profile: Annotated[str, typer.Option("--profile", help="Of site and visit; the first where not given.")] = "",
    inspectors: Inspectors = 2,
    replace: Annotated[bool, typer.Option("--replace", help="Write over a number that is there.")] = False,
    rows: Annotated[bool, typer.Option("--rows", help="Print the rows and write nothing.")] = False,
    futures: Annotated[
        int, typer.Option("--futures", min=0, max=10_000_000, help="Futures to price it; 0: none.")
    ] = 4_096,
    seed: Seed = 1,
    threads: Threads = None,
    room: RoomPath = ROOM,
    database: DatabaseUrl = "",
    json_: Json = False,
) -> None:
    """Write readiness into a company's inspections, and show what being so ready is worth."""
    from echelon.company.read import load
    from echelon.readiness.bench.into import write_readiness
    from echelon.readiness.bench.ready import ready as read
    from echelon.readiness.bench.ready import rows_of

    opened, actor = entered(room, database, as_)
    made = read(opened, actor, profile=profile, inspectors=inspectors).made
    if rows:
        _show_rows(rows_of(made, site, territory), json_)
        return
    before = load(company)
    written = write_readiness(company, site, territory, made, opened.store.clock().date(), replace=replace)
    price = _worth(before, site, territory, made, futures, seed, threads) if futures else None
    if json_:
        print_json(
            {
                "readiness": {"low": made.low, "middle": made.middle, "high": made.high},
                "not_measured": list(made.missing),
                "files": [str(file) for file in written.files],
                "was": written.before,
                "is": written.after,
                "worth": None if price is None else _priced(price),
            }
        )
        return
    was = f" (was {written.before})" if written.before else ""
    out(f"inspections {site}/{territory}: readiness = {written.after}{was}, {made.low:.2f} to {made.high:.2f}")
    if made.missing:
        out(f"not measured, so taken as average: {', '.join(made.missing)}")
    out(f"written: {', '.join(str(file) for file in written.files)}")
    if price is not None:
        _show_worth(price)


def _worth(company: Any, site: str, territory: str, made: Any, futures: int, seed: int, threads: int | None) -> "Worth":
    from echelon.cli.choice import watched
    from echelon.readiness.bench.into import worth

    return watched(lambda progress: worth(company, site, territory, made, futures, seed, threads, progress))


def _priced(price: "Worth") -> dict[str, Any]:
    ends = {"low": price.low, "middle": price.middle, "high": price.high}
    told = {name: {"difference": one.mean, "se": one.se} for name, one in ends.items()}
    return {"held": price.held, "futures": price.futures, "currency": price.currency} | told


def _show_worth(price: "Worth") -> None:
    out(
        f"Value of the company, million {price.currency}, against readiness {price.held:.2f} as the row held it; "
        f"the same {price.futures:,} futures"
    )
    rows = [
        (name, f"{number(one.mean)} ± {number(one.se, 2)}", "" if one.sure else "not told from nothing")
        for name, one in (("low end", price.low), ("middle", price.middle), ("high end", price.high))
    ]
    show_table(("readiness", "difference ± SE", ""), rows, left=1)


def _show_rows(rows: Any, as_json: bool) -> None:
    if as_json:
        print_json([dict(one) for one in rows])
        return
    for one in rows:
        told = {name: value for name, value in one.items() if name != "file"}
        out(f"{one['file']}: {', '.join(f'{name} = {value}' for name, value in told.items())}")


def _written(room: "Room", actor: "Actor", what: str, file: Path | None) -> bool:
    if file is None:
        return False
    from echelon.readiness.bench.exports import MEDIA, table_of

    form = file.suffix.lower().removeprefix(".")
    if form not in MEDIA:
        msg = f"{file}: a table's name ends in .csv or .xlsx"
        raise VerbError(msg)
    if file.exists():
        msg = f"{file} is there already; nothing is written over"
        raise VerbError(msg)
    file.write_bytes(table_of(room, actor, what, form)[2])
    out(f"written: {file}")
    return True


WORK = (
    ("audits", audits),
    ("findings", findings),
    ("match", match),
    ("gaps", gaps),
    ("translations", translations),
    ("bring-translation", bring_translation),
    ("ready", ready),
    ("into", into),
)
"""These verbs, in the order in which they are met."""
