"""The house: who imports whom, how long a file is, and what must not stand in any of them."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "echelon"
ROOMS = (
    "priors", "company", "futures", "runs", "plans", "supply", "evidence", "readiness", "report", "studio", "cli",
)  # fmt: skip
DATA = "examples"
"""Any room may read the examples; they import nothing of the house."""

LONGEST = 450
MODULES = sorted(PACKAGE.rglob("*.py"))


def imported(source: str) -> Iterator[tuple[int, int, str]]:
    """Line, level (0 is absolute) and full name of everything a module imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, 0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield from ((node.lineno, node.level, f"{module}.{alias.name}") for alias in node.names)


def forbidden(room: str, source: str) -> list[str]:
    """Imports of other rooms that a module in `room` may not have."""
    allowed = {*ROOMS[: ROOMS.index(room) + 1], DATA} if room in ROOMS else set()
    wrong = []
    for line, level, name in imported(source):
        parts = name.split(".")
        if level:
            wrong.append(f"{line}: relative import of {name}")
        elif parts[0] == "echelon" and len(parts) > 1 and parts[1] in {*ROOMS, DATA} and parts[1] not in allowed:
            wrong.append(f"{line}: {room} imports {name}")
    return wrong


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> list[Path]:
    """Text files of the project: those that git knows or would add, else those of its folders."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        files = [ROOT / line for line in listed.stdout.splitlines()]
    else:
        files = [path for part in ("src", "tests", "docs", "benchmarks") for path in (ROOT / part).rglob("*")]
    kinds = {".py", ".md", ".toml", ".csv", ".lock", ".html", ".css", ".js", ".json", ".txt", ".cfg", ""}
    return sorted(path for path in files if path.is_file() and path.suffix in kinds)


def test_the_checker_sees_what_it_should() -> None:
    assert forbidden("company", "from echelon.runs.run import Run") == ["1: company imports echelon.runs.run.Run"]
    assert forbidden("company", "def f():\n    import echelon.futures.model") == [
        "2: company imports echelon.futures.model"
    ]
    assert forbidden("runs", "from . import run") == ["1: relative import of .run"]
    assert forbidden("priors", "from echelon import company") == ["1: priors imports echelon.company"]
    assert forbidden("examples", "import echelon.priors.base") == ["1: examples imports echelon.priors.base"]
    assert (
        forbidden("runs", "import numpy\nfrom echelon.futures.model import F8\nfrom echelon import __version__") == []
    )


def test_every_room_is_known() -> None:
    found = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert found <= {*ROOMS, DATA}
    loose = {path.name for path in PACKAGE.glob("*.py")}
    assert loose <= {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent != PACKAGE], ids=name_of)
def test_a_room_imports_only_the_rooms_above_it(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    assert forbidden(room, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_states_its_job_in_its_first_line(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if path.name == "__init__.py" and not source.strip():
        return
    first = (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]
    assert first, "no docstring"
    assert source.startswith('"""'), "the docstring is not the first line"
    assert first.endswith((".", ":", ";", ",")), "the first line is no sentence"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_reader_can_hold_a_file(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_functions_take_named_arguments(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert node.args.kwarg is None, f"{node.name} takes **{node.args.kwarg.arg}"


def test_no_path_of_a_machine_and_no_host_of_packages() -> None:
    homes = "|".join(("work", "root", "home/[a-z]+", "Users/[A-Za-z]+"))
    wrong = re.compile(rf"(?<![\w.~])/(?:{homes})/|(?:pypi\.|python)(?:org|hosted)\b|index-url", re.ASCII)
    this = Path(__file__)
    hits = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in texts()
        if path != this
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if wrong.search(line)
    ]
    assert hits == []


def test_locks_name_versions_and_nothing_else() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
        assert lines == sorted(lines, key=lambda line: line.partition("==")[0])
        assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line) for line in lines)


def test_what_is_pinned_satisfies_what_is_declared() -> None:
    tomllib = pytest.importorskip("tomllib")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {}
    for name in ("requirements.lock", "requirements-dev.lock"):
        for line in (ROOT / name).read_text().splitlines():
            if "==" in line:
                package, _, version = line.partition("==")
                pinned[package] = version
    wanted = [*declared["dependencies"], *declared["optional-dependencies"]["dev"]]
    for line in wanted:
        package, _, least = line.partition(">=")
        assert package in pinned
        numbers = [[int(part) for part in re.findall(r"\d+", text)] for text in (pinned[package], least or "0")]
        assert numbers[0] >= numbers[1], package
