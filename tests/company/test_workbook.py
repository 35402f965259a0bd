"""Reading a workbook: places as sheet and cell, odd cells, broken files."""

import random
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from echelon.company import workbook
from echelon.company.read import load, read
from echelon.company.rows.science import Program
from echelon.company.write import write_workbook

GOOD = Path(__file__).parent / "gallery" / "good"

MORNING = datetime(2025, 1, 1, 8, 30)  # noqa: DTZ001 - sheets have no time zones

SETTINGS = [
    ["section", "key", "value"],
    ["company", "name", "Book"],
    ["company", "as_of", date(2026, 6, 30)],
    ["company", "currency", "USD"],
]
SHEETS = {
    "company": SETTINGS,
    "assets": [["id", "modality", "area"], ["amber", "adc", "oncology"]],
    "programs": [["id", "asset", "stage", "stage_since", "rare"], ["p", "amber", "phase2", date(2025, 1, 1), True]],
    "sales": [
        ["program", "peak_sales_low", "peak_sales_mode", "peak_sales_high", "source"],
        ["p", 1, 2.5, "3", "made up"],
    ],
}


def make(path: Path, **changed: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in (SHEETS | changed).items():
        sheet = book.add_worksheet(name.replace("_", " "))
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif value is not None:
                    sheet.write(line, column, value)
    book.close()
    return path


def texts(path: Path) -> list[str]:
    return [str(d).replace(str(path), "book.xlsx") for d in read(path).diagnostics]


def test_good_workbook(tmp_path: Path) -> None:
    company = load(make(tmp_path / "book.xlsx"))
    program = company.get(Program, "p")
    assert (program.stage_since, program.rare) == (date(2025, 1, 1), True)
    assert company.settings.company.name == "Book"


def test_places_are_cells(tmp_path: Path) -> None:
    rows = [
        ["id", "asset", "stage", "stage_since", "priority"],
        ["p", "amber", "phase-2", MORNING, 1.5],
    ]
    found = texts(make(tmp_path / "book.xlsx", programs=rows, salse=[["a"], ["b"]]))
    assert found == [
        (
            "book.xlsx[programs!D2]: E107 `stage_since` must be a day as yyyy-mm-dd, not `2025-01-01 08:30:00`\n"
            "  hint: write `2025-01-01`"
        ),
        "book.xlsx[programs!E2]: E103 `priority` must be a whole number, not `1.5`",
        "book.xlsx[salse]: E015 sheet `salse` is no table of a company\n  hint: did you mean `sales`?",
    ]


def test_settings_sheet(tmp_path: Path) -> None:
    rows = [
        *SETTINGS[:3],
        ["company", "currency", "RMB"],
        ["money", "tax", 0.1],
        ["moni", "tax_rate", 0.1],
        ["money", "tax_rate", 15],
    ]
    found = texts(make(tmp_path / "book.xlsx", company=rows))
    assert [text.split(" ")[0] + text.split(" ")[1] for text in found] == [
        "book.xlsx[company!C4]:E114",
        "book.xlsx[company!B5]:E018",
        "book.xlsx[company!B6]:E018",
        "book.xlsx[company!C7]:E104",
    ]


def test_plans_and_scenarios_are_sheets(tmp_path: Path) -> None:
    plan = [["action", "target", "on"], ["delay", "p", date(2027, 1, 1)]]
    scenario = [["table_name", "id", "column", "value"], ["sales", "*", "peak_sales", "*0.5"]]
    company = load(make(tmp_path / "book.xlsx", plan_base=plan, scenario_low=scenario))
    assert (list(company.plans), list(company.scenarios)) == (["base"], ["low"])


def test_blank_rows_and_columns_do_not_matter(tmp_path: Path) -> None:
    assets = [[], [None, "id", "modality", "area"], [], [None, "amber", "adc", "oncology"], [None, " "]]
    company = load(make(tmp_path / "book.xlsx", assets=assets))
    assert list(company.tables["assets"]) == ["amber"]


def test_error_cell(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("sales")
    sheet.write_formula("B3", "=1/0", None, "#DIV/0!")
    book.close()
    assert "book.xlsx[sales!B3]: E102 the cell holds an error of the spreadsheet" in texts(path)[0]


def test_stray_cell_far_out(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("assets")
    sheet.write("A1", "id")
    sheet.write("XFD1048576", "x")
    book.close()
    assert texts(path)[0].startswith("book.xlsx[assets]: E016 the sheet reaches to row 1,048,576 and column 16,384")


@pytest.mark.parametrize("data", [b"hello", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)])
def test_not_a_workbook(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    assert [d.code for d in read(path).diagnostics] == ["E021"]


def test_empty_and_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"")
    assert [d.code for d in read(path).diagnostics] == ["E004"]
    make(path)
    monkeypatch.setattr(workbook, "LARGEST_FILE", 10)
    assert [d.code for d in read(path).diagnostics] == ["E016"]


@pytest.mark.parametrize("seed", range(150))
def test_broken_bytes_give_messages(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_workbook(load(GOOD), path)
    data = bytearray(path.read_bytes())
    draw = random.Random(seed)
    for _ in range(draw.randint(1, 8)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    path.write_bytes(data[: draw.randint(1, len(data))] if seed % 3 == 0 else data)
    read(path)


ODD = [
    b"<",
    b">",
    b'"',
    b"A1",
    b"99999999999",
    b"-1",
    b"&#0;",
    b't="e"',
    b't="d"',
    b'r="ZZZ9"',
    b"\xff",
    b"NaN",
    b"1e999",
]


@pytest.mark.parametrize("seed", range(100))
def test_broken_sheets_give_messages(seed: int, tmp_path: Path) -> None:
    """Cells named far out would take all memory; a sheet that is not XML must not end the program."""
    path, draw = tmp_path / "book.xlsx", random.Random(seed)
    write_workbook(load(GOOD), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    part = parts[draw.choice([name for name in parts if "sheet" in name or "workbook" in name or "shared" in name])]
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(part))
        part[at : at + draw.randint(0, 6)] = draw.choice(ODD)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, bytes(data))
    read(path)
