"""capacity: when it is short, what building is worth, at the command line."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import within

from echelon.company.read import load
from echelon.examples import example
from echelon.runs.capacity import capacity
from echelon.runs.simulate import Order

NETWORK = example("network")


def test_says_the_same_for_programs_whatever_the_threads() -> None:
    one, two = (within("capacity", NETWORK, "--futures", 64, "--threads", count, "--json") for count in (1, 3))
    assert one.exit_code == 0, one.stderr
    assert one.stdout == two.stdout
    said = json.loads(one.stdout)
    assert set(said) == {"info", "sizes", "lines", "unlimited", "unlimited_se", "page"}
    found = capacity(Order(load(NETWORK), 64, 1))
    assert said["sizes"] == found.sizes.to_dicts()
    assert said["lines"] == found.lines.to_dicts()
    assert (said["unlimited"], said["unlimited_se"]) == (found.unlimited, found.unlimited_se)


def test_people_read_tables() -> None:
    text = within("capacity", NETWORK, "--futures", 64).stdout
    assert "against building nothing" in text
    assert "plant-culture-2 + plant-purification-2" in text
    assert "2,000" in text
    assert "6,000" in text
    assert "lines without any limit, for nothing" in text
    assert "Lines that hold up sales" in text


def test_plan_and_seed_reach_it() -> None:
    args = ["capacity", NETWORK, "--futures", 64, "--json"]
    plain = json.loads(within(*args).stdout)
    other = json.loads(within(*args, "--seed", 2, "--plan", "second-filler").stdout)
    info = other["info"]
    assert (info["seed"], info["plan"]) == (2, "second-filler")
    assert other["sizes"] != plain["sizes"]


def test_writes_a_page(tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    done = within("capacity", NETWORK, "--futures", 64, "--out", page, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["page"] == str(page)
    text = page.read_text(encoding="utf-8")
    assert "echelon capacity COMPANY" in text
    assert "2,000 litres today" in text
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--plan", "no"], "there is no plan `no`"),
        (["--scenario", "no"], "no scenario `no`"),
        (["--scenario", "uncoupled"], "`couplings.supply` is off"),
        (["--out", "page.pdf"], "ends in .html"),
        (["--futures", "0"], "futures"),
    ],
)
def test_a_wrong_order_says_what_would_be_right(args: list[str], message: str) -> None:
    done = within("capacity", NETWORK, "--futures", 16, *args)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_a_company_without_lines_is_told_what_to_describe() -> None:
    done = within("capacity", example("biotech"), "--futures", 16)
    assert done.exit_code == 2
    assert "no `lines`" in done.stderr
    assert "recipes.csv" in done.stderr
    assert "Traceback" not in done.stderr
