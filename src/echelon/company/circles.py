"""Circles: programs, filings, lines of therapy, confirmations and sub-licences that wait for each other."""

from collections.abc import Collection, Mapping

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Deal, Filing, Indication
from echelon.company.rows.science import Program
from echelon.company.view import View

Next = Mapping[str, Collection[str]]


def check(view: View, log: Log) -> None:
    """Log every circle."""
    waits = {row.key: (row.depends_on,) for row in view.rows(Program) if row.depends_on}
    for circle in circles(waits):
        place = view.place("programs", circle[0], "depends_on")
        log.wrong(place, "E202", f"programs wait for each other: {_path(circle)}")
    _reliance(view, log)
    lines = {row.key: (row.after,) for row in view.rows(Indication) if row.after}
    for circle in circles(lines):
        place = view.place("indications", circle[0], "after")
        hint = "the first line has a blank `after`"
        log.wrong(place, "E210", f"lines of therapy come after each other: {_path(circle)}", hint)
    _confirmations(view, log)
    under = {row.key: (row.sublicense_of,) for row in view.rows(Deal) if row.sublicense_of}
    for circle in circles(under):
        place = view.place("deals", circle[0], "sublicense_of")
        hint = "the licence that we gave has a blank `sublicense_of`"
        log.wrong(place, "E212", f"deals are sub-licences of each other: {_path(circle)}", hint)


def _reliance(view: View, log: Log) -> None:
    leans: dict[str, dict[str, tuple[str, ...]]] = {}
    for filing in view.rows(Filing):
        if filing.relies_on:
            leans.setdefault(filing.program, {})[filing.territory] = (filing.relies_on,)
    for program, relies in leans.items():
        for circle in circles(relies):
            place = view.place("filings", f"{program}/{circle[0]}", "relies_on")
            if len(circle) == 1:
                message = f"the filing relies on `{circle[0]}`, its own territory"
                log.wrong(place, "E203", message, "name the territory whose approval comes first")
            else:
                log.wrong(place, "E203", f"filings of `{program}` rely on each other: {_path(circle)}")


def _confirmations(view: View, log: Log) -> None:
    # A program may have several conditional approvals, so it may wait for several others.
    rows: dict[tuple[str, str], Filing] = {}
    needs: dict[str, set[str]] = {}
    for row in view.rows(Filing):
        if row.confirmed_by:
            rows.setdefault((row.program, row.confirmed_by), row)
            needs.setdefault(row.program, set()).add(row.confirmed_by)
    for circle in circles(needs):
        first = rows[circle[0], circle[1 % len(circle)]]
        place = view.place("filings", first.key, "confirmed_by")
        if len(circle) == 1:
            message = f"`{circle[0]}` cannot confirm its own conditional approval"
            hint = "name the program of the confirmatory trial, or give `confirm` and `confirm_pos`"
            log.wrong(place, "E211", message, hint)
        else:
            log.wrong(place, "E211", f"conditional approvals confirm each other: {_path(circle)}")


def _path(circle: tuple[str, ...]) -> str:
    return " → ".join((*circle, circle[0]))


def circles(follows: Next) -> list[tuple[str, ...]]:
    """Circles of a graph, each once and from its first name.

    Where a node has one follower at most, every circle is found; with more, at least one of each tangle.
    """
    found: dict[tuple[str, ...], None] = {}
    done: set[str] = set()
    for start in sorted(follows):
        path: dict[str, int] = {}
        trail: list[tuple[str, list[str]]] = []
        if start not in done:
            path[start] = 0
            trail.append((start, sorted(follows[start], reverse=True)))
        while trail:
            node, left = trail[-1]
            if not left:
                trail.pop()
                done.add(node)
                del path[node]
                continue
            other = left.pop()
            if other in path:
                found[_turned(list(path)[path[other] :])] = None
            elif other not in done and other in follows:
                path[other] = len(path)
                trail.append((other, sorted(follows[other], reverse=True)))
    return list(found)


def _turned(circle: list[str]) -> tuple[str, ...]:
    first = circle.index(min(circle))
    return tuple(circle[first:] + circle[:first])
