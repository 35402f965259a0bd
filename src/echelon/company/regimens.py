"""Parts of a combination: which of them are our own molecules, and what is wrong with them."""

import re

from echelon.company.diagnostics import Log
from echelon.company.rows.science import Asset, Program
from echelon.company.view import View

BRACKETS = re.compile(r"\(([^)]*)\)")


def own_parts(program: Program, assets: frozenset[str]) -> tuple[str, ...]:
    """Parts of a program's regimen that name one of `assets` by its id."""
    return tuple(part for part in program.regimen if part in assets and part != program.asset)


def names(asset: Asset) -> frozenset[str]:
    """What an asset is called, in small letters: its id, its name, and what stands in and before its brackets."""
    said = (asset.id, asset.name, BRACKETS.sub(" ", asset.name), *BRACKETS.findall(asset.name))
    return frozenset(" ".join(word.split()).casefold() for word in said if word.strip())


def check(view: View, log: Log) -> None:
    """Log parts that are the program's own molecule, and warn of own molecules not named by their id."""
    called: dict[str, str] = {}
    for asset in view.rows(Asset):
        if asset.status == "active":
            for word in names(asset):
                called.setdefault(word, asset.id)
    for row in view.rows(Program):
        place = view.place("programs", row.key, "regimen")
        for part in row.regimen:
            asset_id = called.get(" ".join(part.split()).casefold())
            if part == row.asset or asset_id == row.asset:
                message = f"`{part}` is the program's own molecule, `{row.asset}`"
                log.wrong(place, "E344", message, "`regimen` names the other parts of the combination")
            elif asset_id and part not in view.known("assets"):
                message = f"`{part}` is a name of our asset `{asset_id}`, and is not counted as ours"
                log.warn(place, "W415", message, f"write `{asset_id}` to count our part")
