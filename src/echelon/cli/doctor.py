"""`echelon doctor`: whether this machine can run Echelon well."""

import os
import sys
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from echelon.cli.options import Json
from echelon.cli.output import print_json, show_table

OLDEST = (3, 11)
LIBRARIES = (
    "numpy", "numba", "scipy", "polars", "pydantic", "python-calamine", "xlsxwriter", "altair", "vl-convert-python",
    "jinja2", "rich", "typer",
)  # fmt: skip
NEEDED_DISK = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    ok: bool
    value: str
    note: str = ""


def doctor(
    compile_: Annotated[
        bool, typer.Option("--compile", help="Compile the rules now, so that the first run need not.")
    ] = False,
    json_: Json = False,
) -> None:
    """Look whether this machine can run Echelon well."""
    from echelon.cli.errors import NO

    if compile_:
        _compile()
    found = [_python(), *(_library(name) for name in LIBRARIES), _cores(), _disk(), *_cache()]
    if json_:
        print_json({"ok": all(one.ok for one in found), "checks": [asdict(one) for one in found]})
    else:
        show_table(
            ("", "what", "found", ""), [("ok" if f.ok else "NO", f.name, f.value, f.note) for f in found], left=4
        )
    if not all(one.ok for one in found):
        raise typer.Exit(NO)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _compile() -> None:
    # Any company will do: the rules are compiled for all of them at once.
    from echelon.company.read import load
    from echelon.examples import example
    from echelon.runs.simulate import simulate

    simulate(load(example("textbook")), futures=1, threads=1)


def _python() -> Finding:
    import platform

    good = sys.version_info[:2] >= OLDEST
    return Finding("Python", good, platform.python_version(), "" if good else "needs 3.11 or newer")


def _library(name: str) -> Finding:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "missing", "install what requirements.lock names")


def _cores() -> Finding:
    return Finding("cores", True, str(cores()), "a run uses all of them unless --threads says otherwise")


def _disk() -> Finding:
    import shutil

    free = shutil.disk_usage(".").free
    good = free >= NEEDED_DISK
    return Finding("free disk here", good, f"{free / 1e9:,.0f} GB", "" if good else "a large run needs about 1 GB")


def _cache() -> list[Finding]:
    from echelon.futures.rules.compiling import cache_folder

    folder = cache_folder()
    note = "" if folder else "set ECHELON_CACHE to a folder that can be written"
    compiled = any(folder.rglob("*.nbc")) if folder else False
    later = "" if compiled else "the first run compiles them, once"
    return [
        Finding("cache folder", folder is not None, str(folder or "none"), note),
        Finding("compiled rules", True, "present" if compiled else "not yet", later),
    ]
