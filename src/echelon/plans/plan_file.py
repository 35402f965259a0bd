"""Plan files: a found plan as a table that a person reads, edits, commits and runs."""

from collections.abc import Iterable
from pathlib import Path

from echelon.company.rows.money import Choice
from echelon.company.write import table_text
from echelon.runs.run import RunError

LONGEST_NAME = 60


def plan_path(company: Path, name: str, replace: bool, file: Path | None = None) -> Path:
    """Where a plan goes: `file` where it is given, else plans/NAME.csv of the company's folder.

    Raises
    ------
    RunError
        If the name cannot be a file's, the company is a workbook and no file is given, or there is something already
        and `replace` is not said.
    """
    good = name and len(name) <= LONGEST_NAME and name[0] != "." and all(s.isalnum() or s in "-_." for s in name)
    if file is None and not good:
        msg = f"`{name[:80]}` cannot name a plan; use letters, digits, `-`, `_` and `.`"
        raise RunError(msg)
    if file is None and not company.is_dir():
        msg = f"{company} is no folder that a plan could be written into; say where it goes with `--file F.csv`"
        raise RunError(msg)
    path = file or company / "plans" / f"{name}.csv"
    if path.suffix != ".csv":
        msg = f"{path}: a plan's name ends in .csv"
        raise RunError(msg)
    if path.exists() and not replace:
        msg = f"{path} is there already; choose another name, or `--replace` to write over it"
        raise RunError(msg)
    return path


def write_plan(path: Path, choices: Iterable[Choice]) -> Path:
    """Write a plan in one step, so that a reader or a kill never meets half of it."""
    text = table_text(Choice, sorted(choices, key=lambda row: row.key))
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".draft")
    try:
        draft.write_text(text, encoding="utf-8", newline="")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        msg = f"{path} could not be written: {error.strerror or error}"
        raise RunError(msg) from error
    return path
