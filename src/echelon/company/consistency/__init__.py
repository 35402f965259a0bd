"""Checks that rows agree with each other, one module per field of the company."""

from echelon.company import countries, limits, regimens
from echelon.company.consistency import choosing, deals, filings, lists, markets, money, research, supply
from echelon.company.diagnostics import Log
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement between rows."""
    for field in (lists, research, markets, filings, deals, money, supply, choosing, countries, regimens, limits):
        field.check(view, log)
