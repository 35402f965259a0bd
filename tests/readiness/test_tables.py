"""Tables handed over: no cell of an export is a formula, and what was written is read again."""

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.company.diagnostics import Log
from echelon.readiness import tables
from echelon.readiness.tables import Heading, csv_text, raw_text, read_table, safe_text, write_xlsx

HEADINGS = (
    Heading("id", "key", required=True),
    Heading("text", "any text"),
    Heading("parts", "several", many=True),
    Heading("level", "a number", number=(-3.0, 3.0)),
)
ATTACKS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/C calc'!A0", "'=1", "''-x", "＝1", "|x", "%0A=1")


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_begins_a_cell(text):
    assert safe_text(text)[0] == "'"
    assert raw_text(safe_text(text)) == text


@given(st.text(max_size=40))
def test_safe_text_is_undone(text):
    assert raw_text(safe_text(text)) == text
    assert safe_text(text)[:1] not in tuple("=+-@\t\r\n|%")


plain = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=30).map(str.strip)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(deadline=None, max_examples=40)  # a file each: time depends on the disk
@given(rows=st.lists(st.tuples(plain, st.floats(-3, 3).map(lambda x: round(x, 3))), min_size=1, max_size=5))
def test_round_trip(kind, rows, tmp_path_factory):
    given_rows = [
        {"id": f"q{n}", "text": text, "parts": ("a=b", "c"), "level": level} for n, (text, level) in enumerate(rows)
    ]
    path = tmp_path_factory.mktemp("t") / f"t.{kind}"
    if kind == "csv":
        path.write_text(csv_text(HEADINGS, given_rows), encoding="utf-8", newline="")
    else:
        write_xlsx(path, "questions", HEADINGS, given_rows)
    log = Log()
    found = read_table(path, HEADINGS, log)
    assert log.diagnostics() == ()
    assert [record["text"] for record in found] == [row["text"] for row in given_rows]
    assert [record.number("level") for record in found] == [row["level"] for row in given_rows]
    assert [record.list("parts") for record in found] == [("a=b", "c")] * len(found)


def test_a_workbook_holds_no_formula_and_no_link(tmp_path):
    rows = [{"id": text, "text": f"{text} http://x.example", "parts": (text,), "level": 1.0} for text in ATTACKS]
    write_xlsx(tmp_path / "t.xlsx", "x", HEADINGS, rows)
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_limits(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("id\na\nb\nc\n")
    monkeypatch.setattr(tables, "MOST_RECORDS", 2)
    log = Log()
    assert len(read_table(path, HEADINGS, log)) == 2
    assert "more than 2 rows" in str(log.diagnostics()[0])
    monkeypatch.setattr(tables, "LARGEST_BYTES", 3)
    log = Log()
    assert read_table(path, HEADINGS, log) == []
    assert log.diagnostics()[0].code == "R003"


@pytest.mark.parametrize(("name", "data", "message"), [
    ("t.ods", b"x", "a table is a .csv or an .xlsx file"), ("t.xlsx", b"no zip", "the workbook cannot be opened"),
    ("t.csv", b"id,level\na,4\n", "`level` must be between -3 and 3, not 4"),
    ("t.csv", b"id,level\na,high\n", "`level` must be a number, not `high`"),
    ("t.csv", b"\xff\xfei\x00", "UTF-16"), ("t.csv", b"id\n\x07\n", "unprintable"),
])  # fmt: skip
def test_broken_files_say_what_is_wrong(name, data, message, tmp_path):
    (tmp_path / name).write_bytes(data)
    log = Log()
    assert read_table(tmp_path / name, HEADINGS, log) == []
    assert message in str(log.diagnostics()[0])


def test_no_file(tmp_path):
    log = Log()
    assert read_table(tmp_path / "no.csv", HEADINGS, log) == []
    assert "there is no such file" in str(log.diagnostics()[0])


def _workbook(path, size, *, lies):
    """A workbook whose one sheet unpacks to a size, and may say that it is smaller."""
    write_xlsx(path, "questions", HEADINGS, [{"id": "q1"}])
    with zipfile.ZipFile(path) as old:
        parts = {one: old.read(one) for one in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content + b" " * size if name.endswith("sheet1.xml") else content)
        if lies:
            info = next(one for one in made.infolist() if one.filename.endswith("sheet1.xml"))
            info.file_size = 100


@pytest.mark.parametrize("lies", [False, True])
def test_a_small_workbook_that_unpacks_to_much_is_not_unpacked(lies, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LARGEST_UNPACKED", 1_000_000)
    path = tmp_path / "t.xlsx"
    _workbook(path, 900_000, lies=False)
    log = Log()
    read_table(path, HEADINGS, log)
    assert not log.failed
    _workbook(path, 1_000_001, lies=lies)
    assert path.stat().st_size < 20_000
    read_table(path, HEADINGS, log)
    assert [one.message for one in log.diagnostics()] == [
        "the workbook has more than 1 million bytes unpacked, which are not read"
    ]
