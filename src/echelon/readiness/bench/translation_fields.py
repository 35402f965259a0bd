"""Fields of orders about translation, declared once."""

from typing import Annotated

from pydantic import Field, StringConstraints

from echelon.readiness.bench.audit_fields import Day
from echelon.readiness.room.fields import Fields, Id, Language, Line

Words = Annotated[int, Field(ge=0, le=100_000_000)]
Percent = Annotated[int, Field(ge=0, le=100)]
Weight = Annotated[int, Field(ge=1, le=100)]


class NewTranslation(Fields):
    """A document to be translated."""

    title: Annotated[Line, StringConstraints(min_length=1)] = Field(description="Its title.")
    source: Language = Field(description="Language it is in.")
    target: Language = Field(description="Language it is wanted in.")
    words: Annotated[int, Field(ge=1, le=100_000_000)] = Field(description="Its words.")
    asked: Percent = Field(20, description="Chance that inspectors ask for it, in per cent.")
    cost: Weight = Field(1, description="How bad it is to bring it late: 1 for most, 100 at worst.")
    reuse: Percent = Field(0, description="Share of its words with a draft or a match, in per cent.")
    topic: Line = Field("", description="Topic.")
    original: Line = Field("", description="Id of the document in the store.")


class Give(Fields):
    """Who translates it."""

    owner: Id = Field(description="Account that translates it.")
    due: Day | None = Field(None, description="By when.")


class Progress(Fields):
    """How far the translation is."""

    translated: Words = Field(description="Words translated so far, reviewed ones among them.")
    draft: Words | None = Field(None, description="Words with a draft only; blank leaves as many as there are.")


class Review(Fields):
    """How far the review is; by somebody else than who translated last."""

    reviewed: Words = Field(description="Words reviewed so far.")


class Finish(Fields):
    """The translation as it will be shown."""

    document: Line = Field("", description="Id of the translated document in the store.")


class Weigh(Fields):
    """What decides when it is translated; blanks stay as they are."""

    words: Annotated[int, Field(ge=1, le=100_000_000)] | None = Field(None, description="Words, if they changed.")
    asked: Percent | None = Field(None, description="Chance that inspectors ask for it, in per cent.")
    cost: Weight | None = Field(None, description="How bad it is to bring it late.")
    reuse: Percent | None = Field(None, description="Share of words with a draft or a match, in per cent.")
    topic: Line | None = Field(None, description="Topic.")


class Team(Fields):
    """Who translates, how fast, and by when all must be done."""

    translators: Annotated[int, Field(ge=1, le=2_000)] = Field(description="Translators at work.")
    words_a_day: Annotated[int, Field(ge=100, le=100_000)] = Field(
        2_500, description="Words a day each, in full effort."
    )
    deadline: Day = Field(description="First day of the inspection.")
    at_once: Annotated[int, Field(ge=1, le=200)] = Field(2, description="How many translate at once what is asked for.")
    minutes: Annotated[int, Field(ge=1, le=2_880)] = Field(30, description="Minutes from request to hand-over.")


class Bring(Fields):
    """A translation file that is brought."""

    name: Annotated[Line, StringConstraints(min_length=1)] = Field(description="Its name.")
    asked: Percent = Field(20, description="Chance that inspectors ask for what is in it, in per cent.")
    cost: Weight = Field(1, description="How bad it is to bring it late.")
