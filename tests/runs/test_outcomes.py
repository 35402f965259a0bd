"""The table of outcomes: read with places, and every kind of mistake told in words."""

from pathlib import Path

import pytest

from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError
from echelon.company.read import load
from echelon.examples import example
from echelon.runs.outcomes import beside, read_outcomes

HEAD = "kind,program,asset,territory,year,happened,until,amount\n"
GOOD = HEAD + "approval,js001-npc-1l,,cn,,2021-11-30,2025-09-30,\nsales,,js001,cn,2019,,,774\n"


@pytest.fixture(scope="module")
def company() -> Company:
    return load(example("top_alliance_2018"))


def messages(text: str, folder: Path, company: Company) -> str:
    file = folder / "outcomes.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CompanyError) as caught:
        read_outcomes(file, company)
    return "\n".join(str(d).removeprefix(f"{folder}/") for d in caught.value.diagnostics)


def test_a_good_table(tmp_path: Path, company: Company) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text(GOOD, encoding="utf-8")
    approval, sales = sorted(read_outcomes(file, company), key=lambda row: row.kind)
    assert (approval.program, approval.territory, str(approval.happened)) == ("js001-npc-1l", "cn", "2021-11-30")
    assert (sales.asset, sales.year, sales.amount) == ("js001", 2019, 774.0)
    assert beside(Path("x")) == Path("x/backtest/outcomes.csv")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("aproval,js001-npc-1l,,cn,,,2025-09-30,", "outcomes.csv:2:1: E110 `kind` must be one of approval"),
        ("approval,js001-npc-1l,,cn,,,,", "outcomes.csv:2:29: E106 `until` must not be blank for kind `approval`"),
        ("approval,,,cn,,,2025-09-30,", "`program` must not be blank"),
        ("approval,js001-npc-1l,,cn,,,2025-09-30,5", "`amount` has no meaning for kind `approval`"),
        ("approval,js001-npc-1l,,cn,,2025-10-01,2025-09-30,", "`happened` is after `until`, 2025-09-30"),
        ("approval,js001-npc-1,,cn,,,2025-09-30,", "E201 `js001-npc-1` is not in table `programs` of the company"),
        ("approval,js001-npc-1,,cn,,,2025-09-30,", "did you mean `js001-npc-1l`?"),
        ("approval,js001-npc-1l,,us,,,2025-09-30,", "E201 `us` is not in table `territories`"),
        ("approval,js001-npc-1l,,cn,,2018-12-31,2025-09-30,", "E314 `happened` is 2018-12-31; an outcome lies after"),
        ("approval,js001-npc-1l,,cn,,,2018-12-31,", "E314 `until` is 2018-12-31"),
        ("approval,js001-npc-1l,,cn,,,soon,", "E107 `until` must be a day"),
        ("sales,,js001,cn,,,,774", "`year` must not be blank for kind `sales`"),
        ("sales,,js001,cn,2019,,,", "`amount` must not be blank for kind `sales`"),
        ("sales,,js001,cn,2018,,,1", "E314 sales of 2018 are not all after the company's day, 2018-12-31"),
        ("sales,,js001,cn,2019,,,-1", "E104 `amount` must be 0 or more"),
        ("sales,,js001,cn,2019,,,1e999", "E105"),
        ("sales,,js001,cn,2019,,,1\nsales,,js001,cn,2019,,,2", "E113 `sales/js001/cn/2019` is there twice"),
        ("sales,,js001,cn,2019,,", "E010"),
    ],
)
def test_a_broken_row_is_told_with_its_place(row: str, said: str, tmp_path: Path, company: Company) -> None:
    assert said in messages(f"{HEAD}{row}\n", tmp_path, company)


def test_a_broken_file_is_told(tmp_path: Path, company: Company) -> None:
    assert "E004" in messages("", tmp_path, company)
    assert "E004 the table has no rows" in messages(HEAD, tmp_path, company)
    assert "E012 the table has no column `territory`" in messages("kind,program\napproval,x\n", tmp_path, company)
    assert "E013 unknown column `happend`" in messages(HEAD.replace("happened", "happend"), tmp_path, company)
    assert "E009" in messages(GOOD.replace(",", ";"), tmp_path, company)
    with pytest.raises(CompanyError, match="E001 there is no such table of outcomes"):
        read_outcomes(tmp_path / "nothing.csv", company)


def test_everything_wrong_is_told_at_once(tmp_path: Path, company: Company) -> None:
    text = HEAD + "aproval,a,,cn,,,2025-09-30,\nsales,,js999,cn,2019,,,1\nsales,,js001,cn,2019,,,x\n"
    said = messages(text, tmp_path, company)
    assert [line.split(" ")[1] for line in said.splitlines() if "outcomes.csv" in line] == ["E110", "E201", "E102"]
