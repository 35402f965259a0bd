"""Clauses of regulations and guides, and the subject classes by which each is counted once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from echelon.company.diagnostics import Log, nearest
from echelon.priors.base import Confidence, confidence
from echelon.readiness.tables import Heading, Record, need, own_table, read_table

PACKAGE = "echelon.readiness.standards"

System = Literal[
    "Quality", "Facilities and Equipment", "Materials", "Production", "Packaging and Labeling", "Laboratory Control"
]
"""The six systems of a drug inspection (FDA compliance program 7356.002)."""

SYSTEMS: tuple[System, ...] = (
    "Quality", "Facilities and Equipment", "Materials", "Production", "Packaging and Labeling", "Laboratory Control",
)  # fmt: skip

AUTHORITIES = ("FDA", "EMA", "ICH", "PIC/S", "NMPA")
LEVELS = (
    "part", "subpart", "chapter", "annex", "section", "paragraph", "guideline", "program", "objective", "criterion",
    "system", "document",
)  # fmt: skip
RELATIONS = ("equal", "part", "covers", "touches", "scope")
"""How a clause stands to a class: the same matter, a part of it, more than it, in passing, or none to be assessed."""

CLAUSE_HEADINGS = (
    Heading("clause_id", "short key of the clause, unique in all libraries", required=True),
    Heading("authority", "who issued it", required=True),
    Heading("instrument", "the regulation or guide it stands in", required=True),
    Heading("level", "what kind of part it is", required=True, choices=LEVELS),
    Heading("parent_id", "key of the clause it belongs to; blank at the top"),
    Heading("title", "its title, or a few own words", required=True),
    Heading("system", "the one of the six systems it is counted under", required=True, choices=SYSTEMS),
    Heading("systems", "every system that can cite it", choices=SYSTEMS, many=True),
    Heading("biologics", "y where it matters most for biologicals", choices=("y",)),
    Heading("source", "where it was read", required=True),
    Heading("confidence", "read or remembered", required=True, choices=("read", "remembered")),
    Heading("note", "anything else"),
)

MAPPING_HEADINGS = (
    Heading("clause_id", "key of a clause", required=True),
    Heading("class_id", "key of a subject class", required=True),
    Heading("relation", "how the clause stands to the class", required=True, choices=RELATIONS),
    Heading("home", "y in the one class under which the clause is counted", choices=("y",)),
    Heading("confidence", "read, remembered or assumed", choices=("read", "remembered", "assumed")),
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause as its library says it; the columns of `CLAUSE_HEADINGS`."""

    clause_id: str
    authority: str
    instrument: str
    level: str
    parent_id: str
    title: str
    system: System
    systems: tuple[System, ...]
    biologics: bool
    source: str
    confidence: Confidence
    note: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject class: one matter, however many authorities write about it."""

    class_id: str
    title: str
    system: System


@dataclass(frozen=True, slots=True)
class Link:
    """A clause in a subject class."""

    clause_id: str
    class_id: str
    relation: str
    home: bool
    confidence: Confidence


@dataclass(frozen=True)
class Library:
    """Clauses, subject classes and the links between them.

    Attributes
    ----------
    clauses : by key, in the order of their libraries.
    subjects : classes by key.
    links : every link; each clause has exactly one home among them.
    homes, by_class : made from the links: the home of each clause, the links of each class.
    """

    clauses: Mapping[str, Clause]
    subjects: Mapping[str, Subject]
    links: tuple[Link, ...]
    homes: Mapping[str, str] = field(init=False, repr=False, compare=False)
    by_class: Mapping[str, tuple[Link, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        homes: dict[str, str] = {}
        by_class: dict[str, list[Link]] = {}
        for link in self.links:
            by_class.setdefault(link.class_id, []).append(link)
            if link.home:
                homes[link.clause_id] = link.class_id
        object.__setattr__(self, "homes", MappingProxyType(homes))
        object.__setattr__(self, "by_class", MappingProxyType({key: tuple(found) for key, found in by_class.items()}))

    def home(self, clause_id: str) -> str:
        """Class under which a clause is counted.

        Raises
        ------
        KeyError
            When the clause is not in the library.
        """
        return self.homes[clause_id]

    def count_once(self, clause_ids: Iterable[str]) -> tuple[str, ...]:
        """Classes that some clauses stand for, each once, in the library's order.

        A finding against three authorities' clauses on one matter is one finding.
        """
        wanted = {self.home(clause_id) for clause_id in clause_ids}
        return tuple(name for name in self.subjects if name in wanted)

    def members(self, class_id: str) -> tuple[Link, ...]:
        """Links of one class, those at home first."""
        return tuple(sorted(self.by_class.get(class_id, ()), key=lambda link: not link.home))

    def counterparts(self, clause_id: str, authority: str) -> tuple[Link, ...]:
        """What another authority writes on a clause's matter: closest relation first."""
        rank = {name: place for place, name in enumerate(RELATIONS)}
        found = [
            link
            for link in self.members(self.home(clause_id))
            if self.clauses[link.clause_id].authority == authority and link.clause_id != clause_id
        ]
        return tuple(sorted(found, key=lambda link: (rank[link.relation], link.clause_id)))

    def ancestors(self, clause_id: str) -> tuple[str, ...]:
        """A clause and what it belongs to, upwards."""
        chain = [clause_id]
        while self.clauses[chain[-1]].parent_id:
            chain.append(self.clauses[chain[-1]].parent_id)
        return tuple(chain)

    def children(self, clause_id: str) -> tuple[str, ...]:
        """Clauses that belong directly to one."""
        return tuple(key for key, clause in self.clauses.items() if clause.parent_id == clause_id)

    def assessable(self, clause_id: str) -> bool:
        """Whether a clause can be met or missed: definitions, scopes and whole parts are not assessed."""
        return self.home(clause_id) != "scope"

    def with_clauses(self, clauses: Iterable[Clause], links: Iterable[Link]) -> "Library":
        """A library with more clauses, whose links may name the classes that exist."""
        return Library(
            MappingProxyType(dict(self.clauses) | {clause.clause_id: clause for clause in clauses}),
            self.subjects,
            (*self.links, *links),
        )


def _clause(row: Mapping[str, str]) -> Clause:
    systems = tuple(cast("System", part) for part in row["systems"].split(";") if part)
    return Clause(
        row["clause_id"],
        row["authority"],
        row["instrument"],
        row["level"],
        row["parent_id"],
        row["title"],
        cast("System", row["system"]),
        systems or (cast("System", row["system"]),),
        row["biologics"] == "y",
        row["source"],
        confidence(row["confidence"]),
        row["note"],
    )


def _link(row: Mapping[str, str]) -> Link:
    mark = confidence(row["confidence"] or "assumed")
    return Link(row["clause_id"], row["class_id"], row["relation"], row["home"] == "y", mark)


@cache
def library() -> Library:
    """The shipped library: 376 clauses of FDA, EMA, ICH and NMPA, and the PIC/S guide as a second one."""
    rows = [*own_table(PACKAGE, "clauses"), *own_table(PACKAGE, "pics")]
    return Library(
        MappingProxyType({row["clause_id"]: _clause(row) for row in rows}),
        MappingProxyType(
            {
                row["class_id"]: Subject(row["class_id"], row["title"], cast("System", row["system"]))
                for row in own_table(PACKAGE, "classes")
            }
        ),
        tuple(_link(row) for row in own_table(PACKAGE, "mapping")),
    )


def read_clauses(path: Path, mapping: Path | None = None, base: Library | None = None) -> Library:
    """A further library of clauses, joined to the shipped one.

    Parameters
    ----------
    path : .csv or .xlsx with the columns of `CLAUSE_HEADINGS`.
    mapping : .csv or .xlsx with the columns of `MAPPING_HEADINGS`; without it every new clause is counted under the
        class of the clause it belongs to, else under `scope`, so that nothing is counted twice by mistake.
    base : what it is joined to; the shipped library where None.

    Raises
    ------
    TableError
        With every message: a key that is there already, a parent or a class that does not exist, a circle of parents,
        a clause with no home or two.
    """
    log = Log()
    old = base or library()
    records = read_table(path, CLAUSE_HEADINGS, log)
    new = _new_clauses(records, old, log)
    links = _mapped(mapping, new, old, log) if mapping else _inherited(new, old)
    need(log)
    return old.with_clauses(new.values(), links)


def _new_clauses(records: list[Record], old: Library, log: Log) -> dict[str, Clause]:
    new: dict[str, Clause] = {}
    for record in records:
        key = record["clause_id"]
        if key in old.clauses or key in new:
            where = "the shipped library" if key in old.clauses else "this file"
            log.wrong(record.place("clause_id"), "R201", f"clause `{key}` is there already, in {where}")
            continue
        new[key] = _clause({**record.texts, "systems": ";".join(record.list("systems"))})
    known = [*old.clauses, *new]
    for record in records:
        parent = record["parent_id"]
        if parent and parent not in old.clauses and parent not in new:
            log.wrong(record.place("parent_id"), "R202", f"there is no clause `{parent}`", nearest(parent, known))
        elif _circular(record["clause_id"], new):
            message = f"clause `{record['clause_id']}` belongs to itself by its parents"
            log.wrong(record.place("parent_id"), "R203", message, "the topmost clause has no parent")
    return new


def _circular(key: str, new: Mapping[str, Clause]) -> bool:
    seen = set()
    while key in new:
        if key in seen:
            return True
        seen.add(key)
        key = new[key].parent_id
    return False


def _mapped(path: Path, new: Mapping[str, Clause], old: Library, log: Log) -> list[Link]:
    links: list[Link] = []
    homes: dict[str, int] = dict.fromkeys(new, 0)
    for record in read_table(path, MAPPING_HEADINGS, log):
        clause, subject = record["clause_id"], record["class_id"]
        if clause not in new:
            hint = nearest(clause, new)
            log.wrong(record.place("clause_id"), "R202", f"`{clause}` is no clause of the new library", hint)
        elif subject not in old.subjects:
            hint = nearest(subject, old.subjects)
            log.wrong(record.place("class_id"), "R204", f"there is no subject class `{subject}`", hint)
        else:
            links.append(_link(record.texts))
            homes[clause] += record["home"] == "y"
            if homes[clause] > 1 and record["home"]:
                message = f"clause `{clause}` has two homes; it would be counted twice"
                log.wrong(record.place("home"), "R205", message, "leave `home` blank in all rows but one")
    return [*links, *_inherited({key: clause for key, clause in new.items() if not homes[key]}, old, links)]


def _inherited(new: Mapping[str, Clause], old: Library, links: Iterable[Link] = ()) -> list[Link]:
    """Homes of clauses that were given none: that of the nearest clause above with one, else `scope`."""
    homes = {link.clause_id: link.class_id for link in links if link.home}
    made = []
    for key in new:
        above, seen, found = key, set(), "scope"
        while above and above not in seen:
            seen.add(above)
            if above in homes or above in old.clauses:
                found = homes.get(above) or old.home(above)
                break
            above = new[above].parent_id if above in new else ""
        made.append(Link(key, found, "scope" if found == "scope" else "part", True, "assumed"))
    return made
