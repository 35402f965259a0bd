"""Fields of orders about mock audits, findings, gaps and their repairs, declared once."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from echelon.readiness.room.fields import Asked, Fields, Id, Line, Nothing, Prose, Reason, Slug

Grade = Literal["critical", "major", "other"]
"""Classes of a deficiency as the PIC/S grade them, worst first."""

GRADES: tuple[Grade, ...] = ("critical", "major", "other")

System = Literal[
    "Quality", "Facilities and Equipment", "Materials", "Production", "Packaging and Labeling", "Laboratory Control"
]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Count = Annotated[int, Field(ge=0, le=100_000)]

__all__ = ["GRADES", "Asked", "Day", "Fields", "Grade", "Nothing", "Reason", "System"]


class NewRound(Fields):
    """One mock audit: independent auditors look at the same site over the same days."""

    inspection: Slug = Field(description="The mock inspection it belongs to.")
    name: Annotated[Line, StringConstraints(min_length=1)] = Field(description="Name for people.")
    mode: Literal["on-site", "remote"] = Field("on-site", description="On site or remote.")
    first_day: Day = Field(description="First day.")
    scope: Prose = Field("", description="What is looked at.")
    planted: Count = Field(0, description="Known errors put into the records to see how many are found.")


class Invite(Fields):
    """A mock auditor who takes part."""

    auditor: Id = Field(description="Account of a mock auditor of this inspection.")


class CloseRound(Fields):
    """The end of a round; from then on findings are matched."""

    repaired: bool = Field(description="Whether anything was repaired while the auditors looked.")
    planted_found: Count = Field(0, description="How many of the planted errors were found.")


class NewFinding(Fields):
    """What one auditor found, in the auditor's own words."""

    round: Id = Field(description="The round.")
    wording: Asked = Field(description="What was found.")
    grade: Grade = Field("other", description="Critical, major or other.")
    system: System = Field("Quality", description="One of the six systems.")
    clause: Line = Field("", description="Clause that it is held against.")
    evidence: Prose = Field("", description="Where it was seen.")


class Reword(Fields):
    """A finding put better, by its auditor while the round is open; blanks stay as they are."""

    wording: Asked | None = Field(None, description="What was found.")
    grade: Grade | None = Field(None, description="Critical, major or other.")
    system: System | None = Field(None, description="One of the six systems.")
    clause: Line | None = Field(None, description="Clause.")
    evidence: Prose | None = Field(None, description="Where it was seen.")


class Match(Fields):
    """The gap that a finding shows: one that is known, or a new one."""

    gap: Line = Field("", description="Id of a known gap; blank makes a new one.")
    title: Line = Field("", description="Title of a new gap; blank takes the finding's words.")


class Unmatch(Fields):
    """A finding that was matched by mistake."""

    finding: Id = Field(description="The finding to take out.")
    reason: Asked = Field(description="Why.")


class Regrade(Fields):
    """The gap's own class, system and title; blanks stay as they are."""

    grade: Grade | None = Field(None, description="Critical, major or other.")
    system: System | None = Field(None, description="One of the six systems.")
    title: Annotated[Line, StringConstraints(min_length=1)] | None = Field(None, description="Title.")
    clause: Line | None = Field(None, description="Clause.")
    reason: Asked = Field(description="Why; it stands in the trail.")


class Plan(Fields):
    """How a gap is to be repaired."""

    cause: Asked = Field(description="Its cause, as far as it is known.")
    action: Asked = Field(description="What is to be done.")
    owner: Id = Field(description="Account that sees to it.")
    due: Day = Field(description="By when.")


class Repaired(Fields):
    """A repair that is done and waits for its recheck."""

    proof: Asked = Field(description="What shows that it is done.")
    on: Day = Field(description="Day on which it was done.")


class Recheck(Fields):
    """What somebody else than the owner found on looking again."""

    effective: bool = Field(description="Whether the gap is gone.")
    note: Asked = Field(description="What was looked at.")
