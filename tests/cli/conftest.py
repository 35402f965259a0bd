"""A small company, finished runs of it, and two ways to call the command line: inside this process and as a process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.companies import everything_on
from typer.testing import CliRunner

from echelon.cli.app import make_app
from echelon.company.write import write_company

FUTURES = 1_500


def within(*args: object) -> Any:
    """Call the command line inside this process: exit_code, stdout, stderr."""
    return CliRunner().invoke(make_app(), [str(arg) for arg in args])


def process(*args: object, **settings: str) -> subprocess.CompletedProcess[str]:
    """Call the command line as a process."""
    command = [sys.executable, "-m", "echelon", *(str(arg) for arg in args)]
    return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "mycompany"
    done = within("init", folder)
    assert done.exit_code == 0, done.stderr
    (folder / "scenarios").mkdir()
    lines = "table_name,id,column,value\nsales,*,peak_sales,*0.8\n"
    (folder / "scenarios" / "lean.csv").write_text(lines)
    (folder / "plans").mkdir()
    (folder / "plans" / "drop.csv").write_text("action,target,on\nstop,gamma-breast,2026-06-30\n")
    return folder


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company in which every rule acts."""
    folder = tmp_path_factory.mktemp("everything") / "company"
    write_company(everything_on(), folder)
    return folder


@pytest.fixture(scope="session")
def make_run(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    made: dict[tuple[str, str], Path] = {}

    def make(scenario: str = "", plan: str = "") -> Path:
        if (scenario, plan) not in made:
            folder = tmp_path_factory.mktemp("runs") / (scenario or plan or "base")
            args = ["--scenario", scenario] if scenario else []
            args += ["--plan", plan] if plan else []
            done = within("run", company, "--futures", FUTURES, "--out", folder, *args)
            assert done.exit_code == 0, done.stderr
            made[scenario, plan] = folder
        return made[scenario, plan]

    return make


@pytest.fixture
def broken(company: Path, tmp_path: Path) -> Path:
    """A company with two mistakes."""
    folder = tmp_path / "broken"
    folder.mkdir()
    for path in company.glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    programs = (folder / "programs.csv").read_text()
    (folder / "programs.csv").write_text(
        programs.replace("beta-eczema,beta,", "beta-eczema,betta,").replace("phase3", "phase33")
    )
    return folder
