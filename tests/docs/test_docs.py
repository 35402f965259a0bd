"""The pages: what they tell a reader to type runs, and what they point at is there."""

import doctest
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("guide*.md"))]
EVERY_PAGE = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Step:
    """Something a page says to type, and what it says comes of it; or a file it says to make, named in `wanted`."""

    language: str
    text: str
    wanted: str = ""


def steps(page: str) -> list[Step]:
    """Commands of `console` blocks one by one, `python` blocks and named `csv` files whole."""
    found = []
    for language, name, body in BLOCK.findall(page):
        if language == "csv" and name:
            found.append(Step(language, body, name))
        elif language == "python":
            found.append(Step(language, body))
        elif language == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, _, wanted = part.partition("\n")
                found.append(Step(language, command, wanted))
    return found


def agrees(wanted: str, got: str) -> bool:
    """Whether an output is as a page says; `...` stands for anything."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return not wanted or doctest.OutputChecker().check_output(wanted, got, flags)


def run(step: Step, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "PYTHONWARNINGS": "error"}
    command = ["bash", "-c", step.text] if step.language == "console" else [sys.executable, "-c", step.text]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)


def test_the_reader_of_blocks() -> None:
    page = "x\n```console\n$ one\nout\n$ two\n```\n```python\nthree\n```\n```sh\nfour\n```\n"
    assert steps("```csv a/b.csv\nid\n1\n```\n```csv\nid\n```\n") == [Step("csv", "id\n1\n", "a/b.csv")]
    assert steps(page) == [Step("console", "one", "out\n"), Step("console", "two"), Step("python", "three\n")]
    assert agrees("a ...\n...\n", "a b\nc\nd\n")
    assert not agrees("a\n", "b\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_says_to_type_runs(page: Path, tmp_path: Path) -> None:
    found = steps(page.read_text(encoding="utf-8"))
    assert len(found) > 2
    for step in found:
        if step.language == "csv":
            file = tmp_path / step.wanted
            file.parent.mkdir(exist_ok=True)
            file.write_text(step.text, encoding="utf-8")
            continue
        done = run(step, tmp_path)
        assert done.returncode == 0, f"{step.text}\n{done.stdout}\n{done.stderr}"
        assert agrees(step.wanted, done.stdout), f"{step.text}\n{done.stdout}"


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.name)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_the_two_commands_are_targets_of_make() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text()
    named = re.findall(r"^make (\w+)", readme, re.MULTILINE)
    assert named == ["demo", "test"]
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
