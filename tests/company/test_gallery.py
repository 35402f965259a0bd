"""Every message has a broken company that shows it, and says exactly what it said when it was reviewed.

``UPDATE_GALLERY=1 pytest tests/company/test_gallery.py`` writes the expected messages anew.
"""

import os
import re
from pathlib import Path

import pytest

from echelon.company.codes import CODES, errors_page
from echelon.company.read import read
from echelon.company.reference import model_reference

GALLERY = Path(__file__).parent / "gallery"
ROOT = Path(__file__).parents[2]
CASES = sorted(path.name for path in GALLERY.iterdir() if path.is_dir())

ELSEWHERE = {
    "E001": "test_read.py::test_missing_path",
    "E002": "test_read.py::test_neither_folder_nor_workbook",
    "E016": "test_read.py::test_too_large",
    "E020": "test_read.py::test_unreadable",
    "E021": "test_workbook.py::test_not_a_workbook",
    "E209": "test_overlay.py::test_unknown_scenario",
}
"""Codes whose case is made by a test, being huge, binary or no folder at all."""

FILLING = {"E290", *(f"E{number}" for number in range(389, 400))}
"""Codes of filling blanks, which comes after reading; their cases are in test_resolve.py."""


def messages(case: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(GALLERY)
    return "".join(f"{diagnostic}\n".replace("\\", "/") for diagnostic in read(Path(case)).diagnostics)


@pytest.mark.parametrize("case", CASES)
def test_messages(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = messages(case, monkeypatch)
    expected = GALLERY / case / "expected.txt"
    if os.environ.get("UPDATE_GALLERY"):
        expected.write_text(found, encoding="utf-8", newline="\n")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", [case for case in CASES if re.match(r"[ew]\d{3}", case)])
def test_case_shows_its_code(case: str) -> None:
    text = (GALLERY / case / "expected.txt").read_text(encoding="utf-8")
    assert f": {case[:4].upper()} " in text


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith("e")])
def test_only_errors_stop(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = messages(case, monkeypatch)
    assert (read(Path(case)).company is None) == bool(re.search(r": E\d{3} ", text))


def used_codes() -> set[str]:
    sources = (ROOT / "src/echelon/company").rglob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources if path.name != "codes.py")
    return set(re.findall(r'"([EW]\d{3})"', text))


def test_every_code_is_listed() -> None:
    assert used_codes() == set(CODES)


def test_every_code_has_a_case() -> None:
    shown = {code for case in CASES for code in examples_of(case)}
    assert set(CODES) - shown == set(ELSEWHERE) | FILLING


def examples_of(case: str) -> dict[str, str]:
    text = (GALLERY / case / "expected.txt").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for block in re.split(r"\n(?!  hint: )", text.strip()):
        code = re.search(r": ([EW]\d{3}) ", block)
        if code:
            found.setdefault(code[1], block.removeprefix(f"{case}/"))
    return found


def examples() -> dict[str, str]:
    """A message of each code, from the case named after it."""
    found: dict[str, str] = {}
    for case in CASES:
        for code, block in examples_of(case).items():
            if case.startswith(code.lower()):
                found.setdefault(code, block)
    return found


@pytest.mark.parametrize(
    ("page", "text"), [("errors.md", lambda: errors_page(examples())), ("model.md", model_reference)]
)
def test_pages_are_current(page: str, text) -> None:
    path = ROOT / "docs" / page
    if os.environ.get("UPDATE_GALLERY"):
        path.write_text(text(), encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == text()
