"""Roles of an inspection, each with what it is for."""

from typing import Final

ROLES: Final = {
    "quality_head": "leads the inspection, decides, declines, signs, and looks after accounts",
    "front_room": "hosts the inspectors: takes their requests, releases staged answers, notes what was said",
    "back_room": "assigns, prepares and reviews answers before they go out",
    "subject_expert": "prepares and gives the answers of an own field",
    "scribe": "writes down what is asked and said, and keeps the day's notes",
    "runner": "brings documents and takes copies back",
    "translator": "translates documents that are asked for",
    "mock_auditor": "asks as an inspector would, in mock inspections only",
    "inspector": "sees what was released to an inspection, and nothing else",
}
"""What an account may be; one account may have several roles, but an outsider's stands alone."""

OUTSIDERS: Final = frozenset({"inspector", "mock_auditor"})
"""Roles that see released items of one inspection only."""

INSIDERS: Final = frozenset(ROLES) - OUTSIDERS

ROOMS: Final = frozenset({"quality_head", "front_room", "back_room", "scribe"})
"""Roles that see every item."""


def wrong_roles(roles: frozenset[str]) -> str:
    """What is wrong with a set of roles, in words; empty where nothing is."""
    if not roles:
        return f"an account needs a role: {', '.join(ROLES)}"
    if unknown := sorted(roles - frozenset(ROLES)):
        return f"there is no role {unknown[0]!r}; there are {', '.join(ROLES)}"
    if roles & OUTSIDERS and len(roles) > 1:
        return (
            f"{sorted(roles & OUTSIDERS)[0]} cannot be combined with another role: it would show what is not released"
        )
    return ""
