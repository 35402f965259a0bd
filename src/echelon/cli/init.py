"""`echelon init`: a first company, or a copy of an example."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from echelon.cli.errors import VerbError
from echelon.cli.options import Json
from echelon.cli.output import out, print_json

FIRST = "first"
"""Example that a new company starts from."""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; with --workbook, the .xlsx.")],
    example: Annotated[
        str, typer.Option("--example", metavar="NAME", help="Copy this example; `echelon examples` lists them.")
    ] = FIRST,
    workbook: Annotated[bool, typer.Option("--workbook", help="Make one .xlsx instead of a folder of tables.")] = False,
    json_: Json = False,
) -> None:
    """Make a first company, or a copy of an example."""
    source = _example(example)
    target = _workbook_name(folder) if workbook else folder
    if target.exists() and (target.is_file() or any(target.iterdir())):
        msg = f"{target} is there already"
        raise VerbError(msg, "choose another name; nothing is overwritten")
    files = _write_workbook(source, target) if workbook else _copy(source, target)
    if json_:
        print_json({"company": target, "example": example, "files": files})
        return
    out(f"{target}: {', '.join(path.name for path in files)}")
    out("Next:")
    out(f"  echelon check {target}      what is wrong, and where")
    out(f"  echelon explain {target}    what was filled in, and from where")
    out(f"  echelon run {target} --report")


def _example(name: str) -> Path:
    from echelon.company.diagnostics import nearest
    from echelon.examples import example, names

    if name not in names():
        msg = f"there is no example `{name}`"
        raise VerbError(msg, nearest(name, names()) or f"there are {', '.join(names())}")
    return example(name)


def _workbook_name(path: Path) -> Path:
    return path if path.suffix.lower() == ".xlsx" else path.with_name(f"{path.name}.xlsx")


def _write_workbook(source: Path, target: Path) -> list[Path]:
    from echelon.company.read import load
    from echelon.company.write import write_workbook

    company = load(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as draft:
        write_workbook(company, Path(draft) / "draft.xlsx")
        (Path(draft) / "draft.xlsx").replace(target)
    return [target]


def _copy(source: Path, target: Path) -> list[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as draft:
        copy = Path(draft) / "company"
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
        copy.replace(target)
    return sorted(path for path in target.rglob("*") if path.is_file())
