"""The HTTP API of mock audits, repairs, translation and readiness."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import Response

from echelon.readiness.bench import audit_fields, audits, exports, imports, repairs, work
from echelon.readiness.bench.outlooks import outlook_of
from echelon.readiness.bench.pace import outlook
from echelon.readiness.bench.ready import ready, ready_of
from echelon.readiness.bench.steps import listed, steps_now, take
from echelon.readiness.bench.telling import standing_of
from echelon.readiness.bench.translation import TRANSLATIONS
from echelon.readiness.bench.unseen import INSPECTORS, standing
from echelon.readiness.records.store import Actor, Entry, Record
from echelon.readiness.room.flow import Step
from echelon.readiness.room.room import Room
from echelon.readiness.room.views import is_outsider
from echelon.readiness.web.parts import Happened, Once, Seen, form_of, shown, told, version_of

Text = Annotated[str, Query(max_length=200)]
Word = Annotated[str, Query(max_length=60)]


def add_bench_b(router: APIRouter, room: Room, me: Any) -> None:
    """Add audits, repairs, translation and readiness to the API's router."""
    for one in work.BEGINNINGS:
        _beginning(router, room, one, me)
    for way, step in work.WORK.values():
        _step(router, room, work.PLACES[way.kind], step, me)
    _audits(router, room, me)
    _translation(router, room, me)
    _readiness(router, room, me)


def answered(actor: Actor, entry: Entry) -> dict[str, Any]:
    """What an order is answered with; an outsider is not told how many entries others made in between."""
    answer = told(entry)
    if is_outsider(actor):
        answer.pop("seq")
    return answer


def _beginning(router: APIRouter, room: Room, one: work.Beginning, me: Any) -> None:
    form = one.form

    def begin(given: form, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:  # type: ignore[valid-type]
        return answered(actor, one.call(room, actor, given.model_dump(), once))  # type: ignore[attr-defined]

    begin.__doc__ = one.means
    router.add_api_route(f"/{one.path}", begin, methods=["POST"], tags=[one.path], name=f"begin {one.kind}")


def _step(router: APIRouter, room: Room, place: str, step: Step, me: Any) -> None:
    form, way = step.form, work.WORK[step.name][0]

    def do(
        name: str,
        given: form,  # type: ignore[valid-type]
        actor: Annotated[Actor, me],
        once: Once = "",
        seen: Seen = "",
        happened: Happened = "",
    ) -> dict[str, Any]:
        values = given.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
        entry = take(room, actor, way, step.name, name, values, version=version_of(seen), once=once, happened=happened)
        return answered(actor, entry)

    roles = [role.replace("_", " ") for role in sorted(step.roles)]
    who = " or ".join([*roles, *(["its owner"] if step.owner else [])])
    leads = f" Leads to {step.after}." if step.after else ""
    do.__doc__ = f"{step.label}: for {who}; when {', '.join(step.before)}.{leads}"
    router.add_api_route(f"/{place}/{{name}}/{step.name}", do, methods=["POST"], tags=[place], name=step.name)


def _audits(router: APIRouter, room: Room, me: Any) -> None:
    def rounds(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Rounds of mock audits; for an auditor those that he or she is named in."""
        return [with_steps(actor, one) for one in audits.rounds_of(room, actor)]

    def findings(actor: Annotated[Actor, me], round: Word = "", search: Text = "") -> list[dict[str, Any]]:  # noqa: A002
        """Findings: for a quality head all, for an auditor the own ones and those of others of a closed round."""
        return [with_steps(actor, one) for one in audits.findings_of(room, actor, round_=round, search=search)]

    def match(name: str, given: audit_fields.Match, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Match a finding to a known gap or a new one: for a quality head, once its round is closed."""
        return told(repairs.match(room, actor, name, given.model_dump(), once))

    def gaps(
        actor: Annotated[Actor, me], state: Word = "", owner: Word = "", inspection: Word = "", search: Text = ""
    ) -> list[dict[str, Any]]:
        """Gaps that you may see: all of them, or those whose repair is or was yours."""
        found = listed(room, actor, repairs.GAPS, state=state, owner=owner, inspection=inspection, search=search)
        return [with_steps(actor, one) for one in found]

    def unseen(
        actor: Annotated[Actor, me],
        auditors: Annotated[int, Query(ge=1, le=26, description="Auditors of one more audit.")] = 4,
        inspectors: Annotated[int, Query(ge=1, le=26, description="Inspectors of the visit to come.")] = INSPECTORS,
    ) -> dict[str, Any]:
        """What is still unseen, as ranges; what one more audit would find and is worth."""
        return standing_of(standing(room, actor, auditors, inspectors))

    for path, call, method in (
        ("/rounds", rounds, "GET"),
        ("/findings", findings, "GET"),
        ("/findings/{name}/match", match, "POST"),
        ("/gaps", gaps, "GET"),
        ("/unseen", unseen, "GET"),
    ):
        _add(router, path, call, method)


def _translation(router: APIRouter, room: Room, me: Any) -> None:
    def translations(
        actor: Annotated[Actor, me], state: Word = "", owner: Word = "", search: Text = ""
    ) -> list[dict[str, Any]]:
        """Documents to be translated, with their words by state."""
        found = listed(room, actor, TRANSLATIONS, state=state, owner=owner, search=search)
        return [with_steps(actor, one) for one in found]

    def look(actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Words by state and day, when all is finished as a distribution, and what comes first."""
        return outlook_of(outlook(room, actor))

    def bring(
        file: Annotated[UploadFile, File(description=f"{imports.SOURCES}; 25 MB at most.")],
        actor: Annotated[Actor, me],
        name: Annotated[str, Form(max_length=120)] = "",
        asked: Annotated[int, Form(ge=0, le=100)] = 20,
        cost: Annotated[int, Form(ge=1, le=100)] = 1,
        once: Once = "",
    ) -> list[dict[str, Any]]:
        """Bring a translation file: XLIFF becomes documents with words by state, TMX a memory."""
        named = (name or file.filename or "file").replace("\\", "/").rpartition("/")[2]
        values = {"name": named, "asked": asked, "cost": cost}
        return [told(one) for one in imports.bring(room, actor, values, file.file.read(imports.LARGEST + 1), once)]

    _add(router, "/translations", translations, "GET")
    _add(router, "/translations/outlook", look, "GET")
    _add(router, "/translations/files", bring, "POST")


def _readiness(router: APIRouter, room: Room, me: Any) -> None:
    def number(
        actor: Annotated[Actor, me],
        profile: Word = "",
        inspectors: Annotated[int, Query(ge=1, le=26)] = INSPECTORS,
        site: Annotated[str, Query(max_length=60, description="Site of the company, for its rows.")] = "",
        territory: Annotated[str, Query(max_length=60, description="Territory of the authority.")] = "",
    ) -> dict[str, Any]:
        """Readiness with its parts, where each comes from, and the rows that say it to a company."""
        return ready_of(ready(room, actor, profile=profile, inspectors=inspectors), site, territory)

    def table(what: str, form: str, actor: Annotated[Actor, me]) -> Response:
        """Gaps, findings or translations as a table, csv or xlsx; no cell of it can be a formula."""
        name, media, raw = exports.table_of(room, actor, what, form)
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(raw, media_type=media, headers=headers)

    _add(router, "/readiness", number, "GET")
    _add(router, "/tables/{what}.{form}", table, "GET")


def _add(router: APIRouter, path: str, call: Callable[..., Any], method: str) -> None:
    router.add_api_route(path, call, methods=[method], tags=[path.split("/")[1]])


def with_steps(actor: Actor, record: Record) -> dict[str, Any]:
    """A record, and what its reader may do with it now."""
    way = work.WAYS.get(record.kind)
    steps = steps_now(actor, way, record) if way else []
    return shown(record) | {"steps": [form_of(step) for step in steps]}
