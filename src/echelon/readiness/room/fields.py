"""Fields of every order in the room, declared once: type, longest length, meaning; checks and API come from here."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

SHORT = 120
LONG = 4_000
NOTES = 60_000

Type = Literal["document", "batch_record", "raw_data", "trend", "compiled", "person", "tour", "sample", "copy"]
"""What may be asked for; the clock of each stands in `clocks`."""

Line = Annotated[
    str,
    StringConstraints(
        max_length=SHORT,
        strip_whitespace=True,
        pattern=r"^[^\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$",
    ),
]
"""One line of text; signs that turn the direction of what follows are refused, since a name could hide its end."""

Prose = Annotated[
    str, StringConstraints(max_length=LONG, strip_whitespace=True, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")
]
Asked = Annotated[Prose, StringConstraints(min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,60}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")]
When = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$")]


class Fields(BaseModel):
    """What an order says; anything else in it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Nothing(Fields):
    """No fields."""


class NewInspection(Fields):
    """An inspection, real or mock."""

    id: Slug = Field(description="Short name, used in every reference.")
    name: Annotated[Line, StringConstraints(min_length=1)] = Field(description="Name for people.")
    authority: Line = Field("", description="Authority, or who plays it.")
    mock: bool = Field(False, description="Whether it is a mock inspection.")
    first_day: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] = Field(description="First day.")
    days: Annotated[int, Field(ge=1, le=60)] = Field(5, description="How many days are planned.")


class NewItem(Fields):
    """A request or a question as it was made."""

    inspection: Slug = Field(description="The inspection it belongs to.")
    wording: Asked = Field(description="What was asked, word for word.")
    inspector: Line = Field("", description="Who asked.")
    language: Language = Field("en", description="Language of the wording.")
    written: bool = Field(False, description="Whether it was handed over in writing.")
    type: Literal["document", "batch_record", "raw_data", "trend", "compiled", "person", "tour", "sample", "copy"] = (
        Field("document", description="What is asked for; it sets the clock.")
    )
    topic: Line = Field("", description="Topic, as in the question bank.")
    clause: Line = Field("", description="Clause of the library that it is about.")
    system: Line = Field("", description="One of the six systems.")
    priority: Annotated[int, Field(ge=1, le=3)] = Field(2, description="1 first, 3 last.")
    ahead: bool = Field(False, description="Prepared before it is asked: staged apart, not released until activated.")
    follow_up_of: Line = Field("", description="The item it follows up.")
    bank: Line = Field("", description="Id of the practice question it matches.")


class Assign(Fields):
    """Who prepares the answer."""

    owner: Id = Field(description="Account that prepares it.")
    note: Prose = Field("", description="What the owner should know.")


class Write(Fields):
    """The answer being prepared."""

    answer: Prose = Field(description="The answer in the words that would go out.")


class Attach(Fields):
    """A document of the store added to the answer."""

    document: Id = Field(description="Id of an uploaded document.")


class Tag(Fields):
    """What the item is about and how urgent it is; blanks stay as they are."""

    topic: Line | None = Field(None, description="Topic.")
    clause: Line | None = Field(None, description="Clause.")
    system: Line | None = Field(None, description="System.")
    priority: Annotated[int, Field(ge=1, le=3)] | None = Field(None, description="1 first, 3 last.")
    risk: bool | None = Field(None, description="Whether it may become an observation.")
    bank: Line | None = Field(None, description="Matched practice question.")


class Reason(Fields):
    """Why."""

    reason: Asked = Field(description="Why; it stands in the trail.")


class Release(Fields):
    """How it is given to the inspector."""

    form: Literal["shown", "screen", "copy"] = Field("copy", description="Shown, on a screen, or a copy to keep.")


class Given(Fields):
    """An answer as it was given by word of mouth."""

    given: Asked = Field(description="The answer as given.")
    by: Line = Field("", description="Who answered.")
    shown: Line = Field("", description="Evidence shown.")


class Supersede(Fields):
    """The item that takes its place."""

    by: Id = Field(description="Item that replaces it.")
    reason: Asked = Field(description="Why.")


class NewCommitment(Fields):
    """Something promised to an inspector."""

    inspection: Slug = Field(description="The inspection.")
    text: Asked = Field(description="What was promised.")
    promised_to: Line = Field("", description="To whom.")
    owner: Id = Field(description="Account that sees to it.")
    due: When = Field("", description="By when, with time zone.")
    item: Line = Field("", description="Item from which it came.")


class Done(Fields):
    """Proof that a commitment was kept."""

    proof: Asked = Field(description="What shows that it is done.")


class NewNote(Fields):
    """A sheet of notes: one for an inspector or a day."""

    inspection: Slug = Field(description="The inspection.")
    title: Annotated[Line, StringConstraints(min_length=1)] = Field(description="Inspector or day.")


class NoteText(Fields):
    """The sheet's whole text; only who holds the pen may save it."""

    text: Annotated[str, StringConstraints(max_length=NOTES, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = Field(
        description="Text."
    )


class WrapUp(Fields):
    """The wrap-up of one day."""

    inspection: Slug = Field(description="The inspection.")
    day: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] = Field(description="The day, UTC.")
    remarks: Prose = Field("", description="What the figures do not say; predicted observations, corrections.")


class Look(Fields):
    """What is looked for in the trail; blanks do not matter."""

    who: Line = Field("", description="Account that acted, or machine.")
    record: Line = Field("", description="Id of the record: R1, Q2, D3.")
    inspection: Line = Field("", description="The inspection.")
    first: Line = Field("", description="First day, UTC, yyyy-mm-dd.")
    last: Line = Field("", description="Last day, UTC, yyyy-mm-dd.")
    order: Line = Field("", description="Kind of order: a step, a kind of record, or a group such as corrections.")
    unreviewed: bool = Field(False, description="Only what has not been reviewed.")


class Review(Fields):
    """Entries that were reviewed."""

    entries: Annotated[list[Annotated[int, Field(ge=1, le=2**60)]], Field(min_length=1, max_length=5_000)] = Field(
        description="Numbers of the entries."
    )
    remarks: Prose = Field("", description="What the review found.")


class NewDocument(Fields):
    """A document that is brought."""

    name: Annotated[Line, StringConstraints(min_length=1)] = Field(description="Name of the document.")
    language: Language = Field("en", description="Its language.")
    translation_of: Line = Field("", description="Id of the document that it translates.")


class Sign(Fields):
    """An electronic signature: what it means, and the password again."""

    meaning: Literal["authored", "reviewed", "approved", "responsible"] = Field(description="What signing means.")
    password: Annotated[str, StringConstraints(max_length=200)] = Field(
        description="The signer's password, entered again."
    )
    version: Annotated[int, Field(ge=1)] = Field(description="Version of the record that was read.")
