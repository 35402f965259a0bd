"""Fields of orders on standards, questions and drills, declared once: checks, API and command line use them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from echelon.readiness.questions.bank import FEWEST_POINTS, MOST_POINTS
from echelon.readiness.room.fields import Asked, Fields, Id, Language, Line, Prose, Slug
from echelon.readiness.tables import LIST_SIGN

Title = Annotated[Line, StringConstraints(min_length=1)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._()/-]{0,79}$")]
"""Key of a clause, class, slot, question or procedure."""

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Minutes = Annotated[int, Field(ge=0, le=10_000)]
Logit = Annotated[float, Field(ge=-4.0, le=4.0)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f@;]{1,80}$", strip_whitespace=True)]
"""Name of a procedure: no `@`, which stands before its fingerprint, and no semicolon."""


def _parts(value: object) -> object:
    # The command line and spreadsheets give lists as one text with semicolons.
    if isinstance(value, str):
        return [part.strip() for part in value.split(LIST_SIGN) if part.strip()]
    return value


Sentence = Annotated[str, StringConstraints(max_length=260, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[list[Key], Field(max_length=60), BeforeValidator(_parts)]
Systems = Annotated[list[Line], Field(max_length=6), BeforeValidator(_parts)]
Names = Annotated[list[Line], Field(max_length=20), BeforeValidator(_parts)]
Point = Annotated[
    str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f;]*$")
]
Points = Annotated[list[Point], Field(min_length=FEWEST_POINTS, max_length=MOST_POINTS), BeforeValidator(_parts)]
Ticks = Annotated[list[Annotated[int, Field(ge=1, le=MOST_POINTS)]], Field(max_length=6), BeforeValidator(_parts)]


class SetProfile(Fields):
    """A site, what it makes, and who comes to see it; saying it again changes it."""

    id: Slug = Field(description="Short name of the profile.")
    name: Title = Field(description="Name for people: site, product, visit.")
    authorities: Names = Field(description="Who inspects: FDA, EMA, PIC/S, NMPA.")
    modality: Line = Field(description="Kind of molecule, such as antibody.")
    steps: Names = Field(description="What is done here: substance, product, packaging.")
    features: Names = Field(default_factory=list, description="What else holds: sterile, computerised, clinical ...")
    visit: Literal["pre-approval", "pre-licence", "surveillance", "for-cause"] = Field(
        "pre-approval", description="Kind of inspection."
    )
    mode: Literal["on-site", "remote"] = Field("on-site", description="On site or remote.")
    systems: Systems = Field(default_factory=list, description="Systems in scope; all six where empty.")
    language: Language = Field("en", description="The inspectors' language.")
    day: Day = Field(description="First day of the inspection: what drills aim at.")


class ImportLibrary(Fields):
    """A further library of clauses, brought as a file."""

    id: Slug = Field(description="Short name of the library.")
    name: Title = Field(description="Name for people.")


class NewSlot(Fields):
    """A piece of evidence that no shipped slot names."""

    profile: Slug = Field(description="The profile it is for.")
    topic: Key = Field(description="Subject class it serves.")
    title: Title = Field(description="What it is.")
    record: Line = Field("document", description="Kind of record.")
    minutes: Minutes = Field(15, description="Target from request to hand-over, minutes.")


class SetSlot(Fields):
    """What is changed of a slot; what is left out stays as it is."""

    owner: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]{1,60})?$")] | None = Field(
        None, description="Account that keeps it at hand."
    )
    language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})?)?$")] | None = Field(
        None, description="Language it must be shown in; blank for that of the site."
    )
    minutes: Minutes | None = Field(None, description="Target from request to hand-over, minutes.")
    state: Literal["open", "located", "translating", "ready", "missing"] | None = Field(
        None, description="Where it stands."
    )
    place: Line | None = Field(None, description="Where it lies.")
    measured: Minutes | None = Field(None, description="Minutes the last trial retrieval took.")
    note: Prose | None = Field(None, description="Anything else.")


class Wording(Fields):
    """A question as an inspector would ask it, and what a good answer holds."""

    clauses: Annotated[Words, Field(min_length=1)] = Field(description="Keys of clauses.")
    criterion: Literal["O1a", "O1b", "O1c", "O1d", "O1e", "O2", "O3", "O4"] = Field(
        description="Criterion or objective of pre-approval inspections."
    )
    topic: Key = Field(description="Subject class.")
    question: Asked = Field(description="As an inspector would ask it.")
    points: Points = Field(description="Three to six answer points.")
    evidence: Annotated[Prose, StringConstraints(min_length=1)] = Field(description="What to show.")
    difficulty: Logit = Field(0.0, description="Guess on the logit scale, until answers tell; 0 is middling.")
    language: Language = Field("en", description="Language of the question.")
    procedure: Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f@;]*$")] = Field(
        "", description="Name of the procedure that the answer rests on."
    )


class NewQuestion(Wording):
    """A further practice question."""

    id: Annotated[Key, StringConstraints(max_length=60)] = Field(description="Short key, unique.")


class Owner(Fields):
    """Who looks after it."""

    owner: Id = Field(description="Account that owns it.")


class SetProcedure(Fields):
    """A procedure in force, by the fingerprint of its version; another fingerprint makes its questions stale."""

    name: Name = Field(description="Name or number of the procedure.")
    title: Line = Field("", description="Its title.")
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = Field(
        description="Version number or hash of the version in force."
    )


class SetDuty(Fields):
    """Topics that a person answers for: what they are drilled on."""

    person: Id = Field(description="Account of the person.")
    topics: Words = Field(description="Subject classes; none takes the duty away.")


class Graded(Fields):
    """How an answer went, as its grader ticked it."""

    person: Id = Field(description="Account of who answered.")
    question: Key = Field(description="Key of the question.")
    said: Ticks = Field(description="Numbers of the answer points that were said, from 1.")
    evidence: bool = Field(True, description="Whether the record was named.")
    wrong: bool = Field(False, description="Whether something false was said.")
    speculated: bool = Field(False, description="Whether something was guessed, or went beyond what was asked.")
    seconds: Annotated[int, Field(ge=0, le=3_600)] = Field(0, description="Until the answer was complete.")
    interpreter: bool = Field(False, description="Whether it was given through an interpreter.")


class SetDeck(Fields):
    """A topic's page of the drill decks."""

    claim: Sentence = Field(description="What we say, in one sentence.")
    facts: Annotated[list[Point], Field(max_length=5), BeforeValidator(_parts)] = Field(
        default_factory=list, description="Up to five facts; the likeliest questions with their points where empty."
    )
    weakness: Sentence = Field("", description="What is known to be weak.")
    answer: Sentence = Field("", description="The honest answer on it.")
    owner: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]{1,60})?$")] = Field(
        "", description="Account that answers."
    )
    backup: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]{1,60})?$")] = Field(
        "", description="Account that stands in."
    )
