"""Translation at work: words by state, four eyes, files that are brought, finish dates, plan, and tables to hand on."""

import csv
import io
import random
from datetime import date, timedelta

import pytest
from tests.readiness.conftest import PASSWORD, client

from echelon.readiness.bench import exports, imports, pace, translation
from echelon.readiness.bench.steps import listed, take
from echelon.readiness.bench.translation_fields import NewTranslation
from echelon.readiness.bench.work import WAYS, WORK, values_of
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.roles import INSIDERS, ROLES
from echelon.readiness.records.store import MACHINE
from echelon.readiness.room import documents

NEW = {"title": "Batch record 7", "source": "zh", "target": "en", "words": 1_000}
XLIFF = """<?xml version="1.0"?><xliff version="1.2"><file source-language="zh" target-language="en" original="x">
<body><trans-unit id="1"><source>清洁 步骤</source><target state="final">cleaning step</target></trans-unit>
<trans-unit id="2"><source>偏差 记录</source></trans-unit>
<trans-unit id="3"><source>培训</source></trans-unit></body></file></xliff>""".encode()
TMX = """<?xml version="1.0"?><tmx version="1.4"><header srclang="zh"/>
<body><tu>
<tuv xml:lang="zh"><seg>偏差 记录</seg></tuv>
<tuv xml:lang="en"><seg>deviation record</seg></tuv></tu></body></tmx>""".encode()
TEAM = {"translators": 4, "deadline": "2030-01-07"}


def do(stage, actor, name, id_, **values):
    return take(stage.room, actor, WORK[name][0], name, id_, values)


def body(stage, id_):
    return stage.room.get(stage["scribe"], "translation", id_).body


@pytest.fixture
def document(here):
    return translation.new_translation(here.room, here["back_room"], NEW).id


def test_words_go_through_their_states_by_two_people(here, document):
    writer, head = here["translator"], here["quality_head"]
    do(here, here["back_room"], "give", document, owner=writer.account, due="2026-01-01")
    do(here, writer, "progress", document, translated=600, draft=100)
    assert body(here, document)["counts"] == {"new": 300, "draft": 100, "translated": 600, "reviewed": 0, "final": 0}
    assert body(here, document)["state"] == "under-way"
    with pytest.raises(RefusedError, match="another person"):
        do(here, writer, "review", document, reviewed=600)
    with pytest.raises(InvalidError, match="600 words of T1 are translated"):
        do(here, head, "review", document, reviewed=700)
    do(here, head, "review", document, reviewed=600)
    with pytest.raises(InvalidError, match="600 of them reviewed"):
        do(here, writer, "progress", document, translated=500)
    do(here, writer, "progress", document, translated=1_000)
    with pytest.raises(ConflictError, match="needs reviewed"):
        do(here, writer, "finish", document)
    do(here, head, "review", document, reviewed=1_000)
    with pytest.raises(NotThereError):
        do(here, writer, "finish", document, document="D9")
    do(here, writer, "finish", document)
    assert body(here, document)["state"] == "final"
    assert body(here, document)["counts"]["final"] == 1_000


def test_words_that_change_never_go_below_what_is_translated(here, document):
    do(here, here["translator"], "progress", document, translated=600)
    with pytest.raises(ConflictError, match="600 words"):
        do(here, here["quality_head"], "weigh", document, words=500)
    do(here, here["quality_head"], "weigh", document, words=2_000, asked=70)
    assert body(here, document)["counts"]["new"] == 1_400
    assert body(here, document)["asked"] == 70


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"words": 0}, "words"),
        ({"target": "zh"}, "it is in zh already"),
        ({"asked": 101}, "asked"),
        ({"original": "D9"}, "no document D9"),
        ({"title": ""}, "title: is empty"),
        ({"target": "English"}, "target: has a form"),
    ],
)
def test_a_wrong_document_is_refused_in_words(here, values, words):
    with pytest.raises((InvalidError, NotThereError), match=words):
        translation.new_translation(here.room, here["back_room"], NEW | values)


STEPS = {"give": {"owner": "x"}, "progress": {"translated": 1}, "review": {"reviewed": 0}, "finish": {}, "weigh": {}}


@pytest.mark.parametrize("role", ROLES)
def test_every_order_is_for_its_roles_only(here, document, role, kept_hash):
    actor, before = here[role], here.room.store.head()
    for name, (way, step) in WORK.items():
        if way.kind != "translation" or role in step.roles:
            continue
        with pytest.raises((RefusedError, NotThereError)):
            do(here, actor, name, document, **STEPS[name])
    tried = {
        "new": (lambda: translation.new_translation(here.room, actor, NEW), translation.BRINGERS),
        "bring": (lambda: imports.bring(here.room, actor, {"name": "a.xlf"}, XLIFF), translation.BRINGERS),
        "team": (lambda: translation.set_team(here.room, actor, TEAM), translation.PLANNERS),
        "look": (lambda: pace.outlook(here.room, actor), INSIDERS),
    }
    for call, allowed in tried.values():
        if role in allowed:
            call()
        else:
            with pytest.raises(RefusedError):
                call()
    if role not in translation.BRINGERS:
        assert here.room.store.head() == before
    assert bool(listed(here.room, actor, WAYS["translation"])) == (role in INSIDERS)


def test_an_xliff_file_becomes_a_document_and_its_next_version(here):
    (entry,) = imports.bring(here.room, here["translator"], {"name": "batch.xlf", "asked": 40}, XLIFF)
    found = body(here, entry.id)
    assert (found["source"], found["target"], found["words"], found["asked"]) == ("zh", "en", 10, 40)
    assert found["counts"] == {"new": 6, "draft": 0, "translated": 0, "reviewed": 0, "final": 4}
    assert found["reuse"] == 0
    imports.bring(here.room, here["translator"], {"name": "memory.tmx"}, TMX)
    (again,) = imports.bring(here.room, here["translator"], {"name": "batch.xlf"}, XLIFF)
    assert (again.id, again.version) == (entry.id, 2)
    # Four of six words left stand word for word in the memory.
    assert body(here, entry.id)["reuse"] == 66
    assert body(here, entry.id)["asked"] == 40
    kept = here.room.get(here["scribe"], "document", found["file"]).body
    assert kept["name"] == "batch.xlf"


def test_files_come_in_the_encoding_that_they_declare(here):
    """Memories are often kept as UTF-16, older files in GB18030."""
    tom = here["translator"]
    memory = TMX.decode().replace('"1.0"?', '"1.0" encoding="UTF-16"?').encode("utf-16")
    assert imports.bring(here.room, tom, {"name": "m.tmx"}, memory)[0].kind == "memory"
    older = XLIFF.decode().replace('"1.0"?', '"1.0" encoding="GB18030"?').encode("gb18030")
    brought = imports.bring(here.room, tom, {"name": "older.xlf"}, older)[0]
    body = here.room.get(tom, "translation", brought.id).body
    assert (body["words"], body["reuse"]) == (10, 66)
    title, media, raw = documents.content_of(here.room, tom, body["file"])
    assert (title, media, raw) == ("older.xlf", "application/xml", older)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "1 to 25,000,000 bytes"),
        (b"not xml", "not well-formed"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><xliff version="1.2"/>', "document type or entities"),
        (b"<html/>", "begins with `xliff`"),
        (b'<xliff version="1.2"><file><body/></file></xliff>', "names no source"),
        (b'<xliff version="1.2"/>', "no words to translate"),
        (XLIFF.replace(b'"zh"', b'"; DROP TABLE"'), "names the language"),
        (b"MZ\x00\x90", "not well-formed"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_whole(here, content, words):
    before = here.room.store.head()
    with pytest.raises(InvalidError, match=words) as told:
        imports.bring(here.room, here["translator"], {"name": "x.xlf"}, content)
    assert "/tmp" not in str(told.value)
    assert here.room.store.head() == before


def test_files_over_the_api(here, address):
    with client(address, "translator") as opened:
        made = opened.post(
            "/api/translations/files", files={"file": ("../../a.xlf", XLIFF)}, headers={"idempotency-key": "k"}
        )
        assert made.status_code == 200, made.text
        again = opened.post(
            "/api/translations/files", files={"file": ("a.xlf", XLIFF)}, headers={"idempotency-key": "k"}
        )
        assert [one["id"] for one in again.json()] == [one["id"] for one in made.json()]
        assert opened.get("/api/translations").json()[0]["record"]["title"] == "a.xlf"
        assert opened.get("/api/translations", params={"state": "lost"}).status_code == 422
    with client(address, "runner") as opened:
        assert opened.post("/api/translations/files", files={"file": ("a.xlf", XLIFF)}).status_code == 403


def test_pace_is_that_of_the_trail_and_the_finish_is_a_range():
    today = date(2026, 3, 16)
    rng = random.Random(5)
    daily, day = {}, today
    for _ in range(28):
        day -= timedelta(days=1)
        if day.weekday() < 5:
            daily[str(day)] = rng.randint(8_000, 12_000)
    bodies = [
        {"id": f"T{n}", "source": "zh", "target": "en", "words": 50_000, "asked": 10 * n, "cost": 1, "reuse": 0,
         "counts": {"new": 50_000, "draft": 0, "translated": 0, "reviewed": 0, "final": 0}} for n in range(1, 7)
    ]  # fmt: skip
    team = {"translators": 4, "words_a_day": 2_500, "deadline": "2026-04-13", "at_once": 2, "minutes": 30}
    found = pace.look(bodies, team, daily, today)
    planned, seen = found.prospects
    assert planned.words_a_day == 10_000
    assert 9_000 < seen.words_a_day < 11_000
    # 300,000 words at 10,000 a day are 30 working days; review comes on top of the plan, and is in the pace seen.
    assert seen.finish.low <= date(2026, 4, 24) <= seen.finish.high
    assert planned.finish.middle > seen.finish.middle
    assert found.days_left == 20
    chances = [share for _, share in seen.finish.by.items()]
    assert chances == sorted(chances)
    assert found.part is not None
    assert found.part.low <= found.part.middle <= found.part.high < 1.0
    assert found.choices["T6"].before
    assert not found.choices["T1"].before
    assert len(pace.look(bodies, team, {}, today).prospects) == 1
    assert pace.look(bodies, None, daily, today).part is None


def test_the_pace_is_read_from_what_was_done(here, document):
    here.room.store.clock = here.clock
    do(here, here["translator"], "progress", document, translated=600)
    do(here, here["translator"], "progress", document, translated=900)
    do(here, here["quality_head"], "review", document, reviewed=900)
    found = pace.outlook(here.room, here["scribe"])
    assert [words for _, words in found.daily] == [900]
    assert found.part is None
    translation.set_team(here.room, here["back_room"], TEAM)
    assert pace.outlook(here.room, here["scribe"]).part is not None


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "|calc", "＝1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_that_is_handed_on_is_a_formula(here, text):
    title = text.strip() or "x"
    translation.new_translation(here.room, here["back_room"], NEW | {"title": title, "topic": title})
    name, media, raw = exports.table_of(here.room, here["scribe"], "translations", "csv")
    (row,) = list(csv.DictReader(io.StringIO(raw.decode())))
    assert name == "translations.csv"
    assert media.startswith("text/csv")
    assert row["title"] == f"'{title}"
    raw = exports.table_of(here.room, here["scribe"], "translations", "xlsx")[2]
    assert raw.startswith(b"PK")
    assert b"<f>" not in raw


def test_tables_are_for_those_who_see_the_rows(audit, here, address):
    audit.log(0, "=cmd()")
    with client(address, "aud2") as other, client(address, "aud1") as first, client(address, "runner") as runner:
        assert other.get("/api/tables/findings.csv").text.count("\n") == 1
        assert "'=cmd()" in first.get("/api/tables/findings.csv").text
        assert first.get("/api/tables/findings.csv").headers["content-disposition"].startswith("attachment")
        assert runner.get("/api/tables/findings.csv").status_code == 403
        assert other.get("/api/tables/gaps.csv").text.count("\n") == 1
        assert first.get("/api/tables/accounts.csv").status_code == 422


INJECTIONS = [
    "' OR 1=1 --",
    "%",
    "_",
    "'; DROP TABLE trail; --",
    "\\",
    "|",
    "T1' UNION SELECT password FROM accounts --",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_filters_take_text_as_text(stage, text):
    translation.new_translation(stage.room, stage["back_room"], NEW)
    for name in ("owner", "search", "inspection"):
        assert listed(stage.room, stage["translator"], WAYS["translation"], **{name: text}) == []
    with pytest.raises(InvalidError, match="there is no state"):
        listed(stage.room, stage["translator"], WAYS["translation"], state=text)


def test_texts_of_a_command_line_stand_for_numbers():
    assert values_of(NewTranslation, NEW | {"words": "12", "asked": "x"}) == NEW | {"words": 12, "asked": "x"}
    assert MACHINE.account
    assert PASSWORD
