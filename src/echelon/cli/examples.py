"""`echelon examples`: the companies that come with Echelon."""

from typing import TYPE_CHECKING, Any

from echelon.cli.options import Json
from echelon.cli.output import out, print_json, show_table

if TYPE_CHECKING:
    from pathlib import Path


def examples(json_: Json = False) -> None:
    """List the companies that come with Echelon."""
    from echelon.examples import example, names

    found = [_described(name, example(name)) for name in names()]
    if json_:
        print_json(found)
        return
    rows = [(one["name"], one["title"], str(one["assets"]), str(one["programs"])) for one in found]
    show_table(("example", "company", "assets", "programs"), rows, left=2)
    out("Copy one: echelon init DIR --example NAME")


def _described(name: str, folder: "Path") -> dict[str, Any]:
    from echelon.company.read import load

    company = load(folder)
    general = company.settings.company
    return {
        "name": name,
        "title": general.name,
        "as_of": general.as_of,
        "currency": general.currency,
        "assets": len(company.tables["assets"]),
        "programs": len(company.tables["programs"]),
        "scenarios": sorted(company.scenarios),
        "plans": sorted(company.plans),
        "notice": general.notice,
        "folder": folder,
    }
