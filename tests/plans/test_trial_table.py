"""Broken tables of trial-planning problems: each message says where it is and what would be right."""

import re
from pathlib import Path

import pytest

from echelon.company.diagnostics import CompanyError
from echelon.plans.trial_table import read_instances

HEAD = (
    "instance,product,trial,trial_cost_usd_m,duration_periods,prob_success,resource_requirement,"
    "revenue_max_usd_m,gamma_L_usd_m_per_period,gamma_D_usd_m_per_period,n_periods,resource_capacity,source\n"
)
GOOD = "x,A,1,10,2,0.5,r=1,300,2,3,5,r=2,\nx,A,2,20,1,0.5,r=2;q=0.5,300,2,3,5,r=2,\n".replace("5,r=2,", "5,r=2;q=1,")


def said(tmp_path: Path, text: str) -> str:
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CompanyError) as caught:
        read_instances(file)
    return re.sub(r"^.*/t\.csv", "t.csv", "\n".join(map(str, caught.value.diagnostics)), flags=re.MULTILINE)


def test_a_good_table(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(HEAD + GOOD, encoding="utf-8")
    problem = read_instances(file)["x"]
    # Half a unit of q: amounts are whole in halves.
    assert problem.units == 2
    assert problem.capacity == {"r": 4, "q": 2}
    assert problem.products[0].trials[1].needs == {"r": 4, "q": 1}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("r=2;q=0.5", "r=two", "t.csv:3:16: E115 `resource_requirement` has an entry `r=two`"),
        ("r=2;q=0.5", "r=-1", "t.csv:3:16: E115 `resource_requirement` has an entry `r=-1`"),
        ("r=2;q=0.5", "r=inf", "t.csv:3:16: E115 `resource_requirement` has an entry `r=inf`"),
        ("r=2;q=0.5", "r", "t.csv:3:16: E115 `resource_requirement` has an entry `r`"),
        ("r=2;q=0.5", "r=1;r=2", "t.csv:3:16: E309 `resource_requirement` names `r` twice"),
        ("r=2;q=0.5", "s=1", "t.csv:3:16: E201 resource `s` has no capacity"),
        ("x,A,2,20", "x,A,3,20", "t.csv:3:5: E602 product `A` has trials 1, 3; they are numbered 1, 2, …"),
        ("x,A,2,20", "x,A,1,20", "t.csv:3:1: E113 `x/A/1` is there twice"),
        ("x,A,2,20,1,0.5", "x,A,2,20,1,1.5", "t.csv:3:12: E104"),
        ("x,A,2,20,1,", "x,A,2,20,0,", "t.csv:3:10: E104"),
        ("x,A,2,20,1,", "x,A,2,20,1.5,", "t.csv:3:10: E103"),
        ("x,A,1,10", "x,A,1,ten", "t.csv:2:7: E102"),
        ("r=2;q=0.5,300", "r=2;q=0.5,310", "t.csv:3:26: E601 `revenue_max_usd_m` differs"),
        ("300,2,3,5,r=2;q=1,\nx,A,2", "300,2,3,6,r=2;q=1,\nx,A,2", "E601 `n_periods` differs"),
        (",300,2,3", ",10,2,3", "E603 the product is worth nothing at the end of the horizon"),
        (GOOD, "", "t.csv: E004"),
        ("prob_success", "success", "E013 unknown column `success`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    text = HEAD + GOOD
    assert old in text
    assert wanted in said(tmp_path, text.replace(old, new))
