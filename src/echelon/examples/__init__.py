"""Example companies, as data: a worked example, small companies and published benchmarks."""

from pathlib import Path


def names() -> list[str]:
    """Names of the examples, published benchmarks as published/NAME."""
    here = Path(__file__).parent
    found = [path.parent.relative_to(here).as_posix() for path in here.rglob("company.toml")]
    return sorted(found)


def example(name: str) -> Path:
    """Folder of an example company.

    Raises
    ------
    ValueError
        If there is no such example.
    """
    folder = Path(__file__).parent / name
    if name not in names():
        msg = f"there is no example `{name}`; there are {', '.join(names())}"
        raise ValueError(msg)
    return folder


def studies() -> list[str]:
    """Names of the example studies of a process: a table of experiments with its settings each."""
    return sorted(path.stem for path in (Path(__file__).parent / "process").glob("*.csv"))


def study(name: str) -> Path:
    """Table of experiments of an example study.

    Raises
    ------
    ValueError
        If there is no such study.
    """
    if name not in studies():
        msg = f"there is no example study `{name}`; there are {', '.join(studies())}"
        raise ValueError(msg)
    return Path(__file__).parent / "process" / f"{name}.csv"


def plannable(name: str) -> Path:
    """JSON file of an instance for campaign planning.

    Raises
    ------
    ValueError
        If there is no such instance.
    """
    files = {path.stem: path for path in sorted((Path(__file__).parent / "campaigns").glob("*.json"))}
    if name not in files:
        msg = f"there is no instance `{name}`; there are {', '.join(files)}"
        raise ValueError(msg)
    return files[name]
