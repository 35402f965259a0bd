"""The page of campaigns: what it says to type runs, and what it says of the layout is so."""

from pathlib import Path

from tests.docs.test_docs import ROOT, agrees, run, steps

from echelon.supply.campaign.facilities import SCALARS
from echelon.supply.campaign.two_step_read import DOWN, TOP, UP

PAGE = ROOT / "docs/campaigns.md"


def test_what_the_page_says_to_type_runs(tmp_path: Path) -> None:
    found = steps(PAGE.read_text(encoding="utf-8"))
    assert len(found) == 7
    for step in found:
        done = run(step, tmp_path)
        assert done.returncode == 0, f"{step.text}\n{done.stderr}"
        assert agrees(step.wanted, done.stdout), done.stdout
    left = ["2028.html", "2028.json", "2028.txt", "again.txt", "plan.html", "plan.txt", "run.txt", "ta"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left


def test_every_field_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = {*TOP, *SCALARS, *(field.name for field in (*UP, *DOWN))} - {"description", "comment", "title", "kind"}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
