"""Regimens: which parts are ours, and by which names."""

from datetime import date

from echelon.company.check import check
from echelon.company.company import Company
from echelon.company.regimens import names, own_parts
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Sales
from echelon.company.rows.science import Asset, Program
from echelon.company.rows.settings import General, Settings

ONE = Asset(id="js001", name="toripalimab (JS001)", modality="antibody", area="oncology")
TWO = Asset(id="js004", name="Tifcemalimab", modality="antibody", area="oncology")
GONE = Asset(id="js016", name="etesevimab", modality="antibody", area="infectious-disease", status="discontinued")


def told(*regimen: str) -> list[str]:
    program = Program(id="p", asset="js004", stage="phase2", regimen=regimen)
    peak = Sales(program="p", peak_sales=Uncertain(low=1, mode=2, high=3), source="made up")
    general = General(name="x", as_of=date(2026, 6, 30), currency="USD")
    found = check(Company.of(Settings(company=general), (ONE, TWO, GONE, program, peak)))
    return [f"{d.code} {d.hint}" for d in found if d.place.file.startswith("programs/p/regimen")]


def test_names() -> None:
    assert names(ONE) == {"js001", "toripalimab (js001)", "toripalimab"}
    assert names(Asset(id="x", modality="adc", area="other")) == {"x"}


def test_parts_of_ours() -> None:
    program = Program(id="p", asset="js004", stage="phase2", regimen=("js001", "cisplatin", "js004", "js999"))
    assert own_parts(program, frozenset({"js001", "js004"})) == ("js001",)


def test_names_are_told_and_ids_are_not() -> None:
    assert told("js001", "chemotherapy") == []
    for word in ("toripalimab", "Toripalimab", "toripalimab (JS001)", "JS001"):
        assert told(word) == ["W415 write `js001` to count our part"]
    assert told("etesevimab") == []


def test_a_program_s_own_molecule_is_no_other_part() -> None:
    for word in ("js004", "JS004", "tifcemalimab"):
        assert told(word) == ["E344 `regimen` names the other parts of the combination"]
