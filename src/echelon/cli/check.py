"""`echelon check`: everything that is wrong with a company, at once."""

from typing import TYPE_CHECKING, Annotated

import typer

from echelon.cli.options import CompanyPath, Json
from echelon.cli.output import out, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from echelon.company.company import Company
    from echelon.company.diagnostics import Diagnostic


def check(
    company: CompanyPath,
    json_: Json = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 when there are warnings.")] = False,
    remembered: Annotated[
        bool, typer.Option("--remembered", help="List what is remembered rather than read, not only how much.")
    ] = False,
) -> None:
    """Say everything that is wrong with a company.

    Errors end with exit status 2; warnings do not, unless --strict.
    """
    from echelon.cli.diagnostics import as_dict, count
    from echelon.cli.errors import NO, WRONG
    from echelon.company.diagnostics import Severity

    made, diagnostics = look(company)
    found = {severity: [d for d in diagnostics if d.severity is severity] for severity in Severity}
    if json_:
        print_json(
            {
                "company": made.settings.company.name if made else None,
                "path": company,
                "ok": not found[Severity.ERROR],
                "errors": len(found[Severity.ERROR]),
                "warnings": len(found[Severity.WARNING]),
                "remembered": len(found[Severity.REMEMBERED]),
                "tables": {name: len(rows) for name, rows in made.tables.items() if rows} if made else {},
                "diagnostics": [as_dict(d) for d in diagnostics],
            }
        )
    else:
        for diagnostic in diagnostics:
            if remembered or diagnostic.severity is not Severity.REMEMBERED:
                out(str(diagnostic))
        out(f"{describe(made) if made else company}: {count(diagnostics)}")
    if found[Severity.ERROR]:
        raise typer.Exit(WRONG)
    if strict and found[Severity.WARNING]:
        raise typer.Exit(NO)


def look(path: "Path") -> "tuple[Company | None, tuple[Diagnostic, ...]]":
    """Read a company and fill its blanks; the company (None where anything is wrong) and every message."""
    from echelon.company.diagnostics import CompanyError
    from echelon.company.read import read
    from echelon.company.resolve import resolve

    reading = read(path)
    if reading.company is None:
        return None, reading.diagnostics
    try:
        resolve(reading.company)
    except CompanyError as error:
        return None, (*reading.diagnostics, *error.diagnostics)
    return reading.company, reading.diagnostics


def describe(company: "Company") -> str:
    """Name and size of a company."""
    rows = {name: len(found) for name, found in company.tables.items() if found}
    parts = [f"{rows.get(name, 0)} {name}" for name in ("assets", "programs")]
    return f"{company.settings.company.name}: {', '.join(parts)}, {len(rows)} tables"
