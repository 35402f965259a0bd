"""Single cells of a company's files: set, added, with their sources, and put back where the company is then wrong."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import echelon
from echelon.company.amend import SOURCES, Cells, CellsError, amend, sourced
from echelon.company.diagnostics import CompanyError

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufeff"), max_size=12)
TABLES = st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5)


@given(TABLES, st.sampled_from(["\n", "\r\n"]), TEXTS, st.integers(0, 4), st.integers(0, 2), st.booleans())
def test_any_cell_of_any_table_is_set_and_no_other(
    rows: list[list[str]], end: str, value: str, row: int, column: int, quoted: bool
) -> None:
    names = ("a", "b", "c")
    out = io.StringIO()
    style = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator=end, quoting=style).writerows([names, *rows])
    # The writer leaves a lone carriage return unquoted, which then ends a row: such a file says something else.
    assume(list(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [list(names), *rows])
    table = Cells(out.getvalue())
    kept = [cells for cells in rows if any(cell.strip() for cell in cells)]
    assume(kept == rows)
    row %= len(kept)
    made = table.put(row, names[column], value)
    assume(any(cell.strip() for cell in [*kept[row][:column], value, *kept[row][column + 1 :]]))
    read = list(csv.reader(io.StringIO(made.text, newline="")))[1:]
    wanted = [list(cells) for cells in kept]
    wanted[row][column] = value
    assert read == wanted
    longer = made.add({"a": "x", "d": "y"})
    assert longer.get(len(kept), "d") == "y"
    assert longer.get(row, names[column]) == value.strip()


def test_an_unclosed_quote_is_told_with_its_line() -> None:
    with pytest.raises(CellsError, match="on line 2"):
        Cells('a,b\n"x,1\n')
    with pytest.raises(CellsError, match="empty"):
        Cells("\n\n")


def test_a_source_is_told_once_for_each_cell(tmp_path: Path) -> None:
    none = Cells.read(tmp_path / "sources.csv", SOURCES)
    one = sourced(none, "recipes", "js001/line", "titer", {"source": "a study", "confidence": "derived"})
    two = sourced(one, "recipes", "js001/line", "batch_success", {"source": "a study"})
    again = sourced(two, "recipes", "js001/line", "titer", {"source": 'another, "larger" study'})
    assert again.text.splitlines() == [
        ",".join(SOURCES),
        'recipes,js001/line,titer,"another, ""larger"" study",,derived',
        "recipes,js001/line,batch_success,a study,,",
    ]


def test_files_that_leave_the_company_wrong_are_put_back_and_new_ones_removed(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(echelon.example("textbook"), tmp_path / "company"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assets, deals = folder / "assets.csv", folder / "deals.csv"
    assert not deals.exists()
    with pytest.raises(CompanyError):
        amend(folder, {assets: Cells.read(assets).put(0, "modality", "a wish"), deals: Cells("deal,asset\nx,nobody\n")})
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    amend(folder, {assets: Cells.read(assets).put(0, "note", "seen again")})
    assert b"seen again" in assets.read_bytes()
