"""Checks that no list in a cell names one thing twice: a part, a target or a site would count twice."""

from echelon.company.cells import cells
from echelon.company.diagnostics import Log
from echelon.company.rows import TABLES
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every list that names one thing twice."""
    for table, model in TABLES.items():
        names = [cell.attribute for cell in cells(model) if cell.kind in ("slugs", "list")]
        for row in view.tables[table].values():
            for name in names:
                words: tuple[str, ...] = getattr(row, name)
                for word in dict.fromkeys(word for word in words if words.count(word) > 1):
                    log.wrong(view.place(table, row.key, name), "E309", f"`{word}` is there twice")
