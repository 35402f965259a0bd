"""Every message about a table of experiments has a broken table that shows it, and says what it said when reviewed.

``UPDATE_GALLERY=1 pytest tests/supply/process/test_gallery.py`` writes the expected messages anew.
"""

import os
import re
from pathlib import Path

import pytest

from echelon.company.diagnostics import CompanyError, Log
from echelon.supply.process.codes import CODES
from echelon.supply.process.read import read_experiments
from echelon.supply.process.setup import options

GALLERY = Path(__file__).parent / "gallery"
CASES = sorted(path.name for path in GALLERY.iterdir() if path.is_dir())
SOURCE = Path(__file__).parents[3] / "src/echelon/supply/process"

ELSEWHERE = {
    "E600": "test_no_such_file",
    "E613": "test_options",
    "E614": "test_designs.py::test_designs_that_cannot_be_made",
    "E615": "test_into.py",
}


@pytest.mark.parametrize("case", CASES)
def test_messages(case, monkeypatch):
    monkeypatch.chdir(GALLERY)
    with pytest.raises(CompanyError) as raised:
        read_experiments(Path(case) / "runs.csv")
    found = "".join(f"{diagnostic}\n".replace("\\", "/") for diagnostic in raised.value.diagnostics)
    expected = GALLERY / case / "expected.txt"
    if os.environ.get("UPDATE_GALLERY"):
        expected.write_text(found, encoding="utf-8", newline="\n")
    assert found == expected.read_text(encoding="utf-8")
    assert f": {case[:4].upper()} " in found


def test_every_code_is_listed_and_has_a_case():
    text = "".join(p.read_text(encoding="utf-8") for p in SOURCE.rglob("*.py") if p.name != "codes.py")
    assert set(re.findall(r'"(E6\d\d)"', text)) == set(CODES)
    shown = {case[:4].upper() for case in CASES}
    assert set(CODES) - shown == set(ELSEWHERE)


def test_no_such_file(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path / "table.parquet", tmp_path):
        if path.suffix == ".parquet":
            path.write_text("x")
        with pytest.raises(CompanyError, match="E600"):
            read_experiments(path)


def test_options():
    for response, factor, limit in (([], ["A=1"], []), ([], ["A=x..2"], []), ([], [], ["y>two"])):
        log = Log()
        options(response, factor, limit, [], [], log)
        assert [d.code for d in log.diagnostics()] == ["E613"], (factor, limit)
