"""Reading a folder: places, limits, encodings; and nothing that is read ever gives a traceback."""

import random
import shutil
import tracemalloc
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.work import calls

from echelon.company import csvfile
from echelon.company.diagnostics import CompanyError, Place, Severity
from echelon.company.read import load, read
from echelon.company.rows.science import Asset, Program

GOOD = Path(__file__).parent / "gallery" / "good"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(GOOD, tmp_path / "good")
    (tmp_path / "good" / "expected.txt").unlink()
    return tmp_path / "good"


def codes(path: Path) -> list[str]:
    return [diagnostic.code for diagnostic in read(path).errors]


def test_good_company() -> None:
    company = load(GOOD)
    assert [row.id for row in company.rows(Asset)] == ["amber"]
    assert company.get(Program, "amber-nsclc").stage == "phase2"
    assert company.settings.company.currency == "USD"


def test_missing_path(tmp_path: Path) -> None:
    (tmp_path / "biotech").mkdir()
    found = read(tmp_path / "biotec")
    assert found.company is None
    assert [d.code for d in found.diagnostics] == ["E001"]
    assert found.diagnostics[0].hint == "did you mean `biotech`?"


def test_neither_folder_nor_workbook(tmp_path: Path) -> None:
    file = tmp_path / "company.toml"
    file.write_text("")
    assert codes(file) == ["E002"]


def test_unreadable(folder: Path) -> None:
    (folder / "fx.csv").mkdir()
    assert codes(folder) == ["E020"]


def test_load_carries_every_message(folder: Path) -> None:
    (folder / "assets.csv").write_text("id,modality,area\namber,antibdy,onclogy\n")
    with pytest.raises(CompanyError) as caught:
        load(folder)
    assert [d.code for d in caught.value.diagnostics] == ["E110", "E110"]
    assert "did you mean `antibody`?" in str(caught.value)


def test_too_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for length in (32_768, 140_000):
        (folder / "assets.csv").write_text(f"id,name,modality,area\namber,{'x' * length},antibody,oncology\n")
        assert codes(folder) == ["E016"]
    monkeypatch.setattr(csvfile, "MOST_ROWS", 3)
    (folder / "assets.csv").write_text("id,modality,area\n" + "".join(f"a{i},adc,other\n" for i in range(4)))
    assert codes(folder) == ["E016"]
    monkeypatch.setattr(csvfile, "LARGEST_FILE", 100)
    assert codes(folder) == ["E016"]


def test_places(folder: Path) -> None:
    places = read(folder).places
    sales, toml = str(folder / "sales.csv"), str(folder / "company.toml")
    assert places["sales", "amber-nsclc", "peak_sales_mode"] == Place(sales, "", 2, 17)
    assert places["sales", "amber-nsclc", "peak_sales"] == Place(sales, "", 2, 17)
    assert places["sales", "amber-nsclc", ""] == Place(sales, "", 2, 1)
    assert places["company", "", "company.as_of"] == Place(toml, "", 3, 9)
    assert ("sales", "amber-nsclc", "decline") not in places
    assert len(places) == len(list(places))


def test_places_of_toml_forms(folder: Path) -> None:
    (folder / "company.toml").write_text(
        'money.tax_rate = 0.1 # [x]\ncouplings = { asset = 0.1, "target" = 0.2 }\n'
        '[ company ]\nhome = [ # none\n]\nname = """\n[a]\nb = 1"""\nas_of = 2026-06-30\r\n'
        "  currency = 'USD'\n"
    )
    found = read(folder)
    at = {key[2]: (place.line, place.column) for key, place in found.places.items() if key[0] == "company"}
    assert found.company is not None
    assert at["money.tax_rate"] == (1, 18)
    assert (at["couplings.asset"], at["couplings.target"]) == ((2, 23), (2, 39))
    assert (at["company.home"], at["company.name"]) == ((4, 8), (6, 8))
    assert (at["company.as_of"], at["company.currency"]) == ((9, 9), (10, 14))


def test_order_of_rows_and_columns_changes_nothing(folder: Path) -> None:
    first = load(folder)
    (folder / "assets.csv").write_text("area,id,modality\noncology,zinc,adc\noncology,amber,antibody\n")
    second = load(folder)
    (folder / "assets.csv").write_text("id,modality,area\namber,antibody,oncology\nzinc,adc,oncology\n")
    assert load(folder) == second != first


def test_many_wrong_rows_are_counted(folder: Path) -> None:
    rows = "".join(f"a{i},nothing,other\n" for i in range(1500))
    (folder / "assets.csv").write_text("id,modality,area\namber,antibody,oncology\n" + rows)
    found = read(folder).errors
    assert len(found) == 101
    assert found[0].message == "and 1,400 more like it"


def test_reading_takes_work_in_proportion_to_rows(folder: Path) -> None:
    def work(rows: int) -> int:
        lines = (f"stages,chain/p{n},pos,2025-01-01,study {n},read,\n" for n in range(rows))
        (folder / "sources.csv").write_text("table_name,id,column,as_of,source,confidence,note\n" + "".join(lines))
        return calls(partial(read, folder))

    assert work(20_000) < 11 * work(2_000)
    found = read(folder)
    assert [d.message for d in found.errors if d.place.line == 0] == ["and 1,900 more like it"]


def test_memory_of_a_row_is_bounded(folder: Path) -> None:
    rows = 10_000
    lines = (f"2025Q1,revenue,,{n},1,study {n},read,\n" for n in range(rows))
    (folder / "actuals.csv").write_text("quarter,item,asset,territory,amount,source,confidence,note\n" + "".join(lines))
    tracemalloc.start()
    read(folder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / rows < 5_000


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["company.toml", "assets.csv", "programs.csv", "sales.csv", "stages.csv", "plans/a.csv"]),
    data=st.binary(max_size=200),
    at=st.integers(0, 120),
    whole=st.booleans(),
)
def test_any_bytes_give_messages(name: str, data: bytes, at: int, whole: bool, tmp_path: Path) -> None:
    work = tmp_path / "fuzz"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(GOOD, work)
    file = work / name
    file.parent.mkdir(exist_ok=True)
    old = file.read_bytes() if file.exists() else b""
    file.write_bytes(data if whole else old[:at] + data + old[at:])
    found = read(work)
    assert (found.company is None) == any(d.severity is Severity.ERROR for d in found.diagnostics)


ODD = [
    "",
    "*",
    "-1",
    "1e400",
    "nan",
    "2025-02-30",
    "a;b",
    "a;;b",
    "JS 207",
    "1,5",
    "50%",
    "ünï",
    "x" * 90,
    "\u2028",
    "=1+1",
]


@pytest.mark.parametrize("seed", range(60))
def test_any_cell_gives_messages(seed: int, tmp_path: Path) -> None:
    """Cells of the gallery's companies, mixed up, never give a traceback."""
    draw = random.Random(seed)
    cases = sorted(path for path in GOOD.parent.iterdir() if path.is_dir())
    for case in draw.sample(cases, 4):
        work = tmp_path / case.name
        shutil.copytree(case, work)
        for file in work.rglob("*.csv"):
            text = file.read_bytes().decode("utf-8", "ignore")
            cells = text.split(",")
            for _ in range(draw.randint(0, 2)):
                cells[draw.randrange(len(cells))] = draw.choice(ODD)
            file.write_text(",".join(cells), encoding="utf-8")
        read(work)
