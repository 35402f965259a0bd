"""The HTTP API of standards, question bank, drills and decks."""

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import Response

from echelon.readiness.bench import decks, drills, forms, live, questions, reading, recall, standards
from echelon.readiness.bench.calibration import calibration_of
from echelon.readiness.bench.shelf import LARGEST_TABLE
from echelon.readiness.drills.cover import SURE
from echelon.readiness.records.store import Actor
from echelon.readiness.room import fields
from echelon.readiness.room.room import Room
from echelon.readiness.web.parts import Happened, Once, Seen, shown, told, version_of

Filter = Annotated[str, Query(max_length=200)]
Table = Annotated[UploadFile, File(description=f".csv or .xlsx; {LARGEST_TABLE // 10**6} MB at most.")]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def add_bench_a(router: APIRouter, room: Room, me: Any) -> None:
    """Add standards, questions, drills and decks to the API's router."""
    _standards(router, room, me)
    _slots(router, room, me)
    _bank(router, room, me)
    _tables(router, room, me)
    _procedures(router, room, me)
    _drills(router, room, me)
    _people(router, room, me)
    _decks(router, room, me)


def _standards(router: APIRouter, room: Room, me: Any) -> None:
    def listed(
        actor: Annotated[Actor, me],
        profile: Filter = "",
        authority: Filter = "",
        system: Filter = "",
        search: Filter = "",
        counting: bool = False,
    ) -> dict[str, Any]:
        """Clauses, what of them counts for a profile and why, and figures in which each matter counts once."""
        return reading.clauses_of(
            room, actor, profile=profile, authority=authority, system=system, search=search, counting=counting
        )

    def clause(
        actor: Annotated[Actor, me], name: Annotated[str, Query(max_length=80)], profile: Filter = ""
    ) -> dict[str, Any]:
        """One clause: what other authorities write on its matter, its evidence and its questions."""
        return reading.clause_of(room, actor, name, profile=profile)

    def profiles(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Profiles: site, product, visit, and the day drills aim at."""
        return [shown(one) for one in reading.profiles_of(room, actor)]

    def words(actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Words that profiles, slots and questions take."""
        return reading.words_of(actor)

    def profile_set(
        given: forms.SetProfile, actor: Annotated[Actor, me], once: Once = "", seen: Seen = ""
    ) -> dict[str, Any]:
        """Set a profile, new or changed: for a quality head."""
        return told(standards.set_profile(room, actor, given.model_dump(), once, version_of(seen)))

    def library_import(
        actor: Annotated[Actor, me],
        id: Annotated[str, Form(max_length=60)],  # noqa: A002 - the word of the table
        name: Annotated[str, Form(max_length=120)],
        clauses: Table,
        mapping: Annotated[UploadFile | None, File(description="Table of what maps to which subject class.")] = None,
    ) -> dict[str, Any]:
        """Join a further library of clauses: for a quality head; all of it or nothing, with every message."""
        second = (mapping.filename or "", mapping.file.read(LARGEST_TABLE + 1)) if mapping else None
        first = (clauses.filename or "", clauses.file.read(LARGEST_TABLE + 1))
        return told(standards.import_library(room, actor, {"id": id, "name": name}, first, second))

    def library_retire(name: str, given: fields.Reason, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Take a further library out of use, where nothing points at it: for a quality head."""
        return told(standards.retire_library(room, actor, name, given.reason))

    for path, call, method in (
        ("/standards", listed, "GET"),
        ("/clause", clause, "GET"),
        ("/words", words, "GET"),
        ("/profiles", profiles, "GET"),
        ("/profiles", profile_set, "POST"),
        ("/libraries", library_import, "POST"),
        ("/libraries/{name}/retire", library_retire, "POST"),
    ):
        router.add_api_route(path, call, methods=[method], tags=["standards"])


def _slots(router: APIRouter, room: Room, me: Any) -> None:
    def listed(
        actor: Annotated[Actor, me], profile: Filter = "", owner: Filter = "", state: Filter = ""
    ) -> list[dict[str, Any]]:
        """Evidence slots of a profile, with owner, language, retrieval target and state."""
        return reading.slots_of(room, actor, profile=profile, owner=owner, state=state)

    def made(given: forms.NewSlot, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Add a slot of your own: for quality head and back room."""
        return told(standards.new_slot(room, actor, given.model_dump(), once))

    def changed(name: str, given: forms.SetSlot, actor: Annotated[Actor, me], seen: Seen = "") -> dict[str, Any]:
        """Change a slot: quality head and back room all of it, its owner state, place and measured minutes."""
        return told(standards.set_slot(room, actor, name, given.model_dump(exclude_none=True), version_of(seen)))

    router.add_api_route("/slots", listed, methods=["GET"], tags=["standards"])
    router.add_api_route("/slots", made, methods=["POST"], tags=["standards"])
    router.add_api_route("/slots/{name}", changed, methods=["POST"], tags=["standards"])


def _bank(router: APIRouter, room: Room, me: Any) -> None:
    def listed(
        actor: Annotated[Actor, me],
        profile: Filter = "",
        topic: Filter = "",
        system: Filter = "",
        state: Filter = "",
        owner: Filter = "",
        search: Filter = "",
    ) -> list[dict[str, Any]]:
        """Practice questions, those likeliest to be cited first."""
        return reading.questions_of(
            room, actor, profile=profile, topic=topic, system=system, state=state, owner=owner, search=search
        )

    def made(given: forms.NewQuestion, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Add a practice question: for quality head and subject experts."""
        return told(questions.new_question(room, actor, given.model_dump(), once))

    def revised(name: str, given: forms.Wording, actor: Annotated[Actor, me], seen: Seen = "") -> dict[str, Any]:
        """Change a question's wording: for its owner and a quality head; it is a draft until approved."""
        return told(questions.revise(room, actor, name, given.model_dump(), version_of(seen)))

    def approved(name: str, given: fields.Nothing, actor: Annotated[Actor, me], seen: Seen = "") -> dict[str, Any]:
        """Approve a question against the procedure in force: owner or quality head, and not who wrote it."""
        del given
        return told(questions.approve(room, actor, name, version_of(seen)))

    def owned(name: str, given: forms.Owner, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Give a question an owner: for a quality head."""
        return told(questions.give(room, actor, name, given.model_dump()))

    def retired(name: str, given: fields.Reason, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Take a question out of use: for a quality head."""
        return told(questions.retire(room, actor, name, given.reason))

    def back(name: str, given: fields.Reason, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Bring a retired question back as a draft: for a quality head."""
        return told(questions.retire(room, actor, name, given.reason, back=True))

    def asked(name: str, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """A practice question beside the live items that it was matched to, with what was answered."""
        return live.live_of(room, actor, name)

    for path, call, method in (
        ("/bank/{name}/live", asked, "GET"),
        ("/bank", listed, "GET"),
        ("/bank", made, "POST"),
        ("/bank/{name}/revise", revised, "POST"),
        ("/bank/{name}/approve", approved, "POST"),
        ("/bank/{name}/own", owned, "POST"),
        ("/bank/{name}/retire", retired, "POST"),
        ("/bank/{name}/back", back, "POST"),
    ):
        router.add_api_route(path, call, methods=[method], tags=["questions"])


def _tables(router: APIRouter, room: Room, me: Any) -> None:
    def brought(actor: Annotated[Actor, me], file: Table, approved: Annotated[bool, Form()] = False) -> dict[str, Any]:
        """Bring questions as a table: for a quality head; all of it or nothing, with every message."""
        return _did(
            questions.import_bank(
                room, actor, file.filename or "", file.file.read(LARGEST_TABLE + 1), approved=approved
            )
        )

    def adopted(given: fields.Nothing, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Put the shipped questions into the bank, approved: for a quality head."""
        del given
        return _did(questions.adopt_shipped(room, actor))

    def exported(actor: Annotated[Actor, me], form: Literal["csv", "xlsx"] = "xlsx") -> Response:
        """The whole bank as a table in which no cell can be a formula."""
        headers = {"content-disposition": f'attachment; filename="questions.{form}"'}
        if form == "csv":
            text = reading.bank_table(room, actor, "csv")
            return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
        with tempfile.TemporaryDirectory(prefix="echelon-bank-") as folder:
            path = Path(folder) / "questions.xlsx"
            reading.bank_table(room, actor, "xlsx", path)
            return Response(path.read_bytes(), media_type=SHEET, headers=headers)

    router.add_api_route("/bank/import", brought, methods=["POST"], tags=["questions"])
    router.add_api_route("/bank/adopt", adopted, methods=["POST"], tags=["questions"])
    router.add_api_route("/bank/export", exported, methods=["GET"], tags=["questions"], response_class=Response)


def _did(done: questions.Imported) -> dict[str, Any]:
    return {"new": list(done.new), "changed": list(done.changed), "same": done.same, **told(done.entry)}


def _procedures(router: APIRouter, room: Room, me: Any) -> None:
    def listed(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Procedures in force, with how many questions rest on each and how many of them are stale."""
        return reading.procedures_of(room, actor)

    def changed(given: forms.SetProcedure, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Say which version is in force; another one makes every question that rests on it stale."""
        return told(questions.set_procedure(room, actor, given.model_dump(), once))

    router.add_api_route("/procedures", listed, methods=["GET"], tags=["questions"])
    router.add_api_route("/procedures", changed, methods=["POST"], tags=["questions"])


def _drills(router: APIRouter, room: Room, me: Any) -> None:
    def next_(
        actor: Annotated[Actor, me],
        person: Filter = "",
        profile: Filter = "",
        topic: Filter = "",
        most: Annotated[int, Query(ge=1, le=recall.MOST)] = 10,
    ) -> list[dict[str, Any]]:
        """The next best drills of a person, or of everyone; who asks for themselves sees no answer points."""
        return recall.next_of(room, actor, person=person, profile=profile, topic=topic, most=most)

    def answered(
        given: forms.Graded, actor: Annotated[Actor, me], once: Once = "", happened: Happened = ""
    ) -> dict[str, Any]:
        """Keep how an answer went, ticked point by point by another person."""
        return told(drills.give_answer(room, actor, given.model_dump(), once, happened))

    def duties(given: forms.SetDuty, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Give a person topics to answer for: for a quality head."""
        return told(drills.set_duty(room, actor, given.model_dump(), once))

    def duty_list(actor: Annotated[Actor, me]) -> dict[str, list[str]]:
        """Topics by person; for all but quality head, front and back room, one's own."""
        return recall.duties_of(room, actor)

    router.add_api_route("/drills/next", next_, methods=["GET"], tags=["drills"])
    router.add_api_route("/drills/answers", answered, methods=["POST"], tags=["drills"])
    router.add_api_route("/drills/duties", duties, methods=["POST"], tags=["drills"])
    router.add_api_route("/drills/duties", duty_list, methods=["GET"], tags=["drills"])


def _people(router: APIRouter, room: Room, me: Any) -> None:
    def map_(actor: Annotated[Actor, me], profile: Filter = "") -> dict[str, Any]:
        """Expected share of right answers on the day by person and topic, with its standard error."""
        return recall.map_of(room, actor, profile=profile)

    def person(name: str, actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """What a person was drilled on, last first."""
        return recall.person_of(room, actor, name)

    def stand_ins(name: str, actor: Annotated[Actor, me], profile: Filter = "") -> list[dict[str, Any]]:
        """Who could stand in for a person, topic by topic."""
        return recall.stand_ins_for(room, actor, name, profile=profile)

    def cover(
        actor: Annotated[Actor, me],
        profile: Filter = "",
        sure: Annotated[float, Query(gt=0.0, lt=1.0)] = SURE,
        each: Annotated[int, Query(ge=1, le=50)] = 3,
        topics: Annotated[str, Query(max_length=4_000)] = "",
    ) -> dict[str, Any]:
        """Who is sure enough on the day, by topic, topics that hang on one, and the strongest roster."""
        return recall.cover_of(room, actor, profile=profile, sure=sure, each=each, topics=topics)

    def calibration(actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Predicted chances of right answers against what was graded, by bands, with counts and intervals."""
        return calibration_of(room, actor)

    router.add_api_route("/drills/calibration", calibration, methods=["GET"], tags=["drills"])
    router.add_api_route("/drills/map", map_, methods=["GET"], tags=["drills"])
    router.add_api_route("/drills/cover", cover, methods=["GET"], tags=["drills"])
    router.add_api_route("/drills/people/{name}", person, methods=["GET"], tags=["drills"])
    router.add_api_route("/drills/people/{name}/stand-ins", stand_ins, methods=["GET"], tags=["drills"])


def _decks(router: APIRouter, room: Room, me: Any) -> None:
    def listed(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Topics with questions in use and what their page says."""
        return decks.decks_of(room, actor)

    def written(
        name: str, given: forms.SetDeck, actor: Annotated[Actor, me], once: Once = "", seen: Seen = ""
    ) -> dict[str, Any]:
        """Write a topic's page: for a quality head and who answers for the topic."""
        return told(drills.set_deck(room, actor, name, given.model_dump(), once, version_of(seen)))

    def file(
        actor: Annotated[Actor, me],
        topics: Annotated[str, Query(max_length=4_000, description="Separated by semicolons; all where empty.")] = "",
    ) -> Response:
        """A deck as .pptx, one page per topic."""
        wanted = [part.strip() for part in topics.split(";") if part.strip()]
        content = decks.deck_file(room, actor, wanted)
        name = f"drill-{wanted[0]}.pptx" if len(wanted) == 1 else "drill-deck.pptx"
        return Response(content, media_type=SLIDES, headers={"content-disposition": f'attachment; filename="{name}"'})

    router.add_api_route("/decks", listed, methods=["GET"], tags=["drills"])
    router.add_api_route("/decks/{name}", written, methods=["POST"], tags=["drills"])
    router.add_api_route("/deck.pptx", file, methods=["GET"], tags=["drills"], response_class=Response)
