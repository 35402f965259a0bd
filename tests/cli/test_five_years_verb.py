"""five-years: a plan year by year at the command line, against others, as a page and for programs."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import within

from echelon.company.read import load
from echelon.examples import example
from echelon.plans.five_years import five_years
from echelon.runs.simulate import Order

NETWORK = example("network")
TEXTBOOK = example("textbook")


def test_says_the_same_for_programs_whatever_the_threads() -> None:
    one, two = (
        within("five-years", NETWORK, "--plan", "second-filler", "--futures", 300, "--threads", count, "--json")
        for count in (1, 3)
    )
    assert one.exit_code == 0, one.stderr
    assert one.stdout == two.stdout
    said = json.loads(one.stdout)
    tables = ("values", "differences", "counts", "money", "cash", "floor", "events", "choices")
    assert list(said) == ["info", "years", "plans", *tables, "page"]
    assert said["plans"] == ["second-filler", "do nothing", "fund everything"]
    found = five_years(Order(load(NETWORK), 300, 1, plan="second-filler"))
    for table in tables:
        assert said[table] == getattr(found, table).to_dicts()


def test_people_read_tables() -> None:
    text = within("five-years", TEXTBOOK, "--futures", 256).stdout
    assert "as it stands: mean number in each year, and money in million USD" in text
    assert "programs launched for the first time" in text
    assert "net cash flow" in text
    assert "as it stands less do nothing: " in text
    assert "at least" in text
    assert "P(cash under its floor)" not in text  # there is none


def test_plans_to_measure_against_are_asked_for() -> None:
    args = ["five-years", NETWORK, "--futures", 32, "--json", "--against"]
    said = json.loads(within(*args, "second-filler,as-it-stands, do-nothing").stdout)
    assert said["plans"] == ["as it stands", "second-filler", "do nothing"]
    assert [row["against"] for row in said["differences"]] == ["second-filler", "do nothing"]
    assert json.loads(within(*args, "").stdout)["plans"] == ["as it stands"]


def test_writes_a_page(tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    done = within("five-years", TEXTBOOK, "--futures", 64, "--out", page, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["page"] == str(page)
    assert "echelon five-years COMPANY --against do-nothing,fund-everything" in page.read_text(encoding="utf-8")
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--plan", "no"], "there is no plan `no`"),
        (["--against", "no"], "there is no plan `no` to measure against; there are second-filler, as-it-stands"),
        (["--scenario", "no"], "no scenario `no`"),
        (["--out", "page.pdf"], "ends in .html"),
        (["--futures", "0"], "futures"),
    ],
)
def test_a_wrong_order_says_what_would_be_right(args: list[str], message: str) -> None:
    done = within("five-years", NETWORK, "--futures", 16, *args)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""
