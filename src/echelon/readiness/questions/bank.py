"""The question bank: shipped questions, import and export, versions, and when an answer is stale."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from echelon.company.diagnostics import Log, Place, nearest
from echelon.readiness.standards.library import SYSTEMS, Library, library
from echelon.readiness.tables import Heading, Record, csv_text, need, own_table, read_table, write_xlsx

CRITERIA: Mapping[str, str] = {
    "O1a": "changes, deviations and trends of development",
    "O1b": "sampling and testing, suppliers included",
    "O1c": "facility and equipment against contamination and mix-up",
    "O1d": "change control, failures, complaints and reporting",
    "O1e": "a feasible commercial process and batch record",
    "O2": "conformance to the application",
    "O3": "integrity of data",
    "O4": "commitment to quality in development",
}
"""Five criteria of readiness for commercial manufacturing, and the other objectives, of a pre-approval inspection."""

HEADINGS = (
    Heading("question_id", "short key, unique", required=True),
    Heading("clauses", "keys of clauses, separated by semicolons", required=True, many=True),
    Heading("criterion", "criterion or objective of pre-approval inspections", required=True, choices=tuple(CRITERIA)),
    Heading("topic", "subject class", required=True),
    Heading("system", "one of the six systems", required=True, choices=SYSTEMS),
    Heading("question", "as an inspector would ask it", required=True),
    Heading("points", "three to six answer points, separated by semicolons", required=True, many=True),
    Heading("evidence", "what to show", required=True),
    Heading("difficulty", "guess on the logit scale; 0 is middling", number=(-4.0, 4.0)),
    Heading("language", "language of the question, such as en or zh"),
    Heading("version", "counts changes of wording or points", number=(1.0, 100_000.0)),
    Heading("procedure", "procedure that the answer rests on, as NAME@fingerprint"),
)

FEWEST_POINTS, MOST_POINTS = 3, 6


@dataclass(frozen=True, slots=True)
class Question:
    """One practice question; the columns of `HEADINGS`."""

    question_id: str
    clauses: tuple[str, ...]
    criterion: str
    topic: str
    system: str
    question: str
    points: tuple[str, ...]
    evidence: str
    difficulty: float = 0.0
    language: str = "en"
    version: int = 1
    procedure: str = ""


def _question(record: Record) -> Question:
    return Question(
        record["question_id"],
        record.list("clauses"),
        record["criterion"],
        record["topic"],
        record["system"],
        record["question"],
        record.list("points"),
        record["evidence"],
        record.number("difficulty"),
        record["language"] or "en",
        int(record.number("version", 1.0)),
        record["procedure"],
    )


@cache
def bank() -> tuple[Question, ...]:
    """The shipped questions, in our own words."""
    rows = own_table("echelon.readiness.questions", "questions")
    return tuple(_question(Record(row, lambda _: Place("questions.csv"))) for row in rows)


def read_questions(path: Path, book: Library | None = None) -> tuple[Question, ...]:
    """Questions of a .csv or .xlsx file with the columns of `HEADINGS`.

    Raises
    ------
    TableError
        With every message: an unknown clause or topic, a key there twice, too few or too many answer points.
    """
    log, known = Log(), book or library()
    found: dict[str, Question] = {}
    for record in read_table(path, HEADINGS, log):
        key = record["question_id"]
        if key in found:
            log.wrong(record.place("question_id"), "R301", f"question `{key}` is there twice")
        for clause in record.list("clauses"):
            if clause not in known.clauses:
                hint = nearest(clause, known.clauses)
                log.wrong(record.place("clauses"), "R202", f"there is no clause `{clause}`", hint)
        if record["topic"] not in known.subjects:
            hint = nearest(record["topic"], known.subjects)
            log.wrong(record.place("topic"), "R204", f"there is no subject class `{record['topic']}`", hint)
        if not FEWEST_POINTS <= len(record.list("points")) <= MOST_POINTS:
            message = f"a question has {FEWEST_POINTS} to {MOST_POINTS} answer points, not {len(record.list('points'))}"
            log.wrong(record.place("points"), "R302", message, "separate them by semicolons")
        found[key] = _question(record)
    need(log)
    return tuple(found.values())


def questions_csv(questions: Iterable[Question]) -> str:
    """Questions as CSV that no spreadsheet can take for formulas; `read_questions` reads equal ones."""
    return csv_text(HEADINGS, [asdict(one) for one in questions])


def write_questions(path: Path, questions: Iterable[Question]) -> None:
    """Questions as an .xlsx workbook; `read_questions` reads equal ones."""
    write_xlsx(path, "questions", HEADINGS, [asdict(one) for one in questions])


def revised(old: Question, new: Question) -> Question:
    """A question after an edit: its version counts up where wording, points, clauses or evidence changed.

    Raises
    ------
    ValueError
        When the keys differ.
    """
    if old.question_id != new.question_id:
        msg = f"`{new.question_id}` is no revision of `{old.question_id}`: a revision keeps its key"
        raise ValueError(msg)
    changed = replace(new, version=old.version, procedure=old.procedure, difficulty=old.difficulty) != old
    return replace(new, version=old.version + changed)


@dataclass(frozen=True, slots=True)
class Stale:
    """A question whose answer rests on a procedure that has changed since, or is gone."""

    question_id: str
    procedure: str
    why: str


def stale(questions: Sequence[Question], procedures: Mapping[str, str]) -> tuple[Stale, ...]:
    """Questions to be looked at again.

    Parameters
    ----------
    questions : whose `procedure` is NAME@fingerprint; one without a procedure cannot be stale.
    procedures : fingerprint of the version in force by name.
    """
    found = []
    for one in questions:
        name, _, mark = one.procedure.partition("@")
        if not name:
            continue
        if name not in procedures:
            found.append(Stale(one.question_id, name, f"procedure `{name}` is no longer in force"))
        elif procedures[name] != mark:
            found.append(Stale(one.question_id, name, f"procedure `{name}` has changed since the answer was written"))
    return tuple(found)
