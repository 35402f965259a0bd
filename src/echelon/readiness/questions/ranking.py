"""Questions ranked by how often inspectors cite what they ask about."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from echelon.readiness.questions.bank import Question
from echelon.readiness.standards.library import Library, library
from echelon.readiness.standards.profile import Profile, applying
from echelon.readiness.tables import own_table

ISSUED = 787
"""Forms 483 for drugs issued through FDA's system in fiscal year 2012 (RAPS 2014-12-08); read."""

HALF_LIFE = 5.0
"""Years after which a year's citations count half; assumed. The order has been stable for a decade."""

BASE_YEAR = 2012
"""The one year with fifteen published counts; ranks of other years are read on its curve."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A question and the chance that one Form 483 cites at least one of its subjects."""

    question: Question
    chance: float


@cache
def citation_shares() -> tuple[Mapping[str, float], float]:
    """Share of Forms 483 that cite each clause, and the share taken for a clause that no list names.

    Per year: the published count, or, where only the rank is known, exp(a + b ln rank) fitted to the counts of 2012;
    over 787 forms. A clause not listed in a year takes half the share of that year's last rank. Years are averaged with
    weights 2^(-age / 5). The list over all years gives no share of a single form and is left out.
    """
    rows = [row for row in own_table("echelon.readiness.questions", "citations") if row["fiscal_year"].isdigit()]
    base = [row for row in rows if int(row["fiscal_year"]) == BASE_YEAR]
    slope, level = np.polyfit(
        [math.log(int(r["rank"])) for r in base], [math.log(int(r["frequency"])) for r in base], 1
    )
    years: dict[int, dict[str, float]] = {}
    for row in rows:
        count = float(row["frequency"]) if row["frequency"] else math.exp(level + slope * math.log(int(row["rank"])))
        of_year = years.setdefault(int(row["fiscal_year"]), {})
        of_year[row["clause_id"]] = of_year.get(row["clause_id"], 0.0) + count / ISSUED
    newest = max(years)
    weight = {year: 2.0 ** ((year - newest) / HALF_LIFE) for year in years if len(years[year]) > 5}
    named = {clause for year in weight for clause in years[year]}
    least = {year: min(years[year].values()) / 2.0 for year in weight}
    total = sum(weight.values())
    shares = {
        clause: sum(weight[year] * years[year].get(clause, least[year]) for year in weight) / total for clause in named
    }
    return shares, sum(weight[year] * least[year] for year in weight) / total


def subject_shares(book: Library | None = None) -> Mapping[str, float]:
    """Share by subject class: that of its most cited clause, since clauses of one class are one matter."""
    found = book or library()
    shares, other = citation_shares()
    return {
        name: max((shares.get(link.clause_id, 0.0) for link in found.members(name) if link.home), default=0.0) or other
        for name in found.subjects
    }


def ranked(
    questions: Sequence[Question], profile: Profile | None = None, book: Library | None = None
) -> tuple[Ranked, ...]:
    """Questions by the chance that a Form 483 cites at least one of their subjects, likeliest first.

    chance = 1 - product over the subjects of a question's clauses of (1 - share): each subject counts once. Ties go
    to the harder question, then by key.

    profile : leaves out questions none of whose clauses count.
    """
    found = book or library()
    shares = subject_shares(found)
    counted = set(applying(profile, found)) if profile else None
    narrow = {link.clause_id: link.relation in ("equal", "part") for link in found.links if link.home}
    made = []
    for one in questions:
        clauses = [key for key in one.clauses if counted is None or key in counted]
        if not clauses:
            continue
        # A whole chapter is home to much that the question is not about.
        subjects = {found.home(key) for key in clauses if narrow[key]} | {one.topic}
        chance = 1.0 - math.prod(1.0 - shares[name] for name in subjects)
        made.append(Ranked(one, chance))
    return tuple(sorted(made, key=lambda one: (-one.chance, -one.question.difficulty, one.question.question_id)))
