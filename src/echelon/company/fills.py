"""What was filled: one entry for each value that a blank cell received, with where it came from."""

from dataclasses import dataclass

from echelon.priors.base import Confidence


@dataclass(frozen=True, slots=True)
class Fill:
    """One filled value.

    Attributes
    ----------
    table, id, column : the cell; a blank column stands for a whole row that was added, and table `company`
        for the settings (then `column` is section.key).
    value : what was filled in, as shown to people.
    source : where it was published, or whose assumption it is.
    confidence : read, derived, remembered or assumed.
    n : observations behind it, where known.
    how : one plain sentence, with the arithmetic.
    """

    table: str
    id: str
    column: str
    value: str
    source: str
    confidence: Confidence
    n: int | None
    how: str
