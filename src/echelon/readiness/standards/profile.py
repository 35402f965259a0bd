"""Which clauses count for a site, a product and a kind of inspection, and what evidence each subject asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from echelon.company.diagnostics import nearest
from echelon.company.rows.science import Modality
from echelon.priors.base import Confidence, confidence
from echelon.readiness.standards.library import PACKAGE, SYSTEMS, Library, System, library
from echelon.readiness.tables import own_table

Inspection = Literal["pre-approval", "pre-licence", "surveillance", "for-cause"]
Mode = Literal["on-site", "remote"]

BIOLOGIC = frozenset(
    {"antibody", "bispecific", "adc", "fusion-protein", "vaccine", "protein", "car-t", "gene-therapy", "biosimilar"}
    | {"blood"}
)
MODALITIES = (*get_args(Modality), "blood", "radiopharmaceutical", "herbal", "gas", "veterinary", "biochemical")
"""Kinds of molecule: those of a company's assets, and those that only a clause names."""

STEPS = ("substance", "product", "packaging")
FEATURES: Mapping[str, str] = {
    "sterile": "the product must be sterile",
    "licensed": "the product is licensed or approved already",
    "computerised": "records or signatures are electronic, or computers control anything that counts",
    "animals": "animals are used, in testing or as a source",
    "penicillin": "penicillin is or was handled near",
    "otc": "sold without prescription",
    "imports": "product is brought in from another country and released here",
    "exports": "product is sent to another country",
    "clinical": "material for trials is made here",
    "irradiation": "ionising radiation is used",
    "parametric": "released in real time or parametrically",
    "continuous": "made continuously",
    "liquid": "liquids, creams or ointments",
    "inhaler": "pressurised inhalers",
    "distributor": "an agent, trader or relabeller of substances",
    "machine-learning": "a trained model takes part in making or testing",
}
INSPECTIONS = ("pre-approval", "pre-licence", "surveillance", "for-cause")
MODES = ("on-site", "remote")
_AUTHORITY_WORDS = {"fda": "FDA", "ema": "EMA", "pics": "PIC/S", "nmpa": "NMPA"}
_MADE_WORDS = ("biologic", "never")


@dataclass(frozen=True, slots=True)
class Profile:
    """A site, what it makes, and who comes to see it.

    Attributes
    ----------
    authorities : who inspects: FDA, EMA, PIC/S, NMPA. ICH guides count with any of them.
    modality : kind of molecule, one of `MODALITIES`; `adc` is a biologic with a chemical step.
    steps : what is done here: substance, product, packaging.
    features : words of `FEATURES` that hold.
    inspection : pre-approval, pre-licence, surveillance or for-cause.
    mode : on-site or remote.
    systems : systems in scope; all six where empty. Quality is always in scope.

    Raises
    ------
    ValueError
        When a word is not known; the message names the nearest right one.
    """

    authorities: tuple[str, ...]
    modality: str
    steps: tuple[str, ...]
    features: frozenset[str] = frozenset({"computerised"})
    inspection: Inspection = "pre-approval"
    mode: Mode = "on-site"
    systems: tuple[System, ...] = ()

    def __post_init__(self) -> None:
        _known("authority", self.authorities, _AUTHORITY_WORDS.values())
        _known("modality", (self.modality,), MODALITIES)
        _known("step", self.steps, STEPS)
        _known("feature", self.features, FEATURES)
        _known("inspection", (self.inspection,), INSPECTIONS)
        _known("mode", (self.mode,), MODES)
        _known("system", self.systems, SYSTEMS)
        if not self.authorities or not self.steps:
            msg = "a profile names at least one authority and one step of substance, product, packaging"
            raise ValueError(msg)

    @property
    def words(self) -> frozenset[str]:
        """Every word that holds of it, as the rules use them."""
        found = {self.modality, self.inspection, self.mode, *self.steps, *self.features}
        found |= {word for word, name in _AUTHORITY_WORDS.items() if name in self.authorities}
        if self.modality in BIOLOGIC:
            found.add("biologic")
        if self.modality == "adc":
            found.add("antibody")
        return frozenset(found)

    @property
    def in_scope(self) -> frozenset[str]:
        """Systems in scope."""
        return frozenset(self.systems or SYSTEMS) | {"Quality"}


def _known(kind: str, words: Iterable[str], right: Iterable[str]) -> None:
    options = list(right)
    for word in words:
        if word not in options:
            hint = nearest(word, options) or f"one of {', '.join(options)}"
            msg = f"`{word}` is no {kind}; {hint}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold for a clause, and for all that belongs to it, to count."""

    clause_id: str
    needs: str
    why: str
    confidence: Confidence


def holds(needs: str, words: frozenset[str]) -> bool:
    """Whether a rule's condition holds: `,` is and, `|` is or, `!` is not."""
    return all(
        any((part[1:] not in words) if part.startswith("!") else (part in words) for part in term.strip().split("|"))
        for term in needs.split(",")
    )


def words_of(needs: str) -> tuple[str, ...]:
    """Words of a condition."""
    return tuple(part.strip().lstrip("!") for term in needs.split(",") for part in term.split("|"))


@cache
def rules() -> Mapping[str, Rule]:
    """The shipped rules, by clause.

    Raises
    ------
    ValueError
        When a condition uses a word nobody can say of a profile.
    """
    known = {*MODALITIES, *STEPS, *FEATURES, *INSPECTIONS, *MODES, *_AUTHORITY_WORDS, *_MADE_WORDS}
    found = {}
    for row in own_table(PACKAGE, "applies"):
        _known("word of a rule", words_of(row["needs"]), known)
        found[row["clause_id"]] = Rule(row["clause_id"], row["needs"], row["why"], confidence(row["confidence"]))
    return found


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a clause counts for a profile, and why in one sentence."""

    clause_id: str
    counts: bool
    why: str


def verdict(clause_id: str, profile: Profile, book: Library | None = None) -> Verdict:
    """Whether one clause counts: its authority comes, its system is in scope, all rules on it and above it hold."""
    found = book or library()
    clause = found.clauses[clause_id]
    if clause.authority in _AUTHORITY_WORDS.values() and clause.authority not in profile.authorities:
        return Verdict(clause_id, False, f"{clause.authority} does not inspect here")
    if not profile.in_scope.intersection(clause.systems):
        return Verdict(clause_id, False, f"{clause.system} is not in scope of this visit")
    for above in found.ancestors(clause_id):
        rule = rules().get(above)
        if rule and not holds(rule.needs, profile.words):
            return Verdict(clause_id, False, rule.why)
    rule = rules().get(clause_id)
    return Verdict(
        clause_id, True, rule.why if rule else f"{clause.authority} inspects, and {clause.system} is in scope"
    )


def applying(profile: Profile, book: Library | None = None) -> tuple[str, ...]:
    """Clauses that count and can be assessed, in the library's order."""
    found = book or library()
    return tuple(key for key in found.clauses if found.assessable(key) and verdict(key, profile, found).counts)


def subjects_of(profile: Profile, book: Library | None = None) -> tuple[str, ...]:
    """Subject classes that count for a profile, each once."""
    found = book or library()
    return found.count_once(applying(profile, found))


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of evidence to have at hand: an owner and a language are to be filled in by the site.

    Attributes
    ----------
    slot_id, class_id, title : what it is, and the subject it serves.
    record : kind of record.
    system : where it is usually kept.
    minutes : target from request to hand-over.
    language : language it must be shown in; blank for that of the site.
    form : how it is shown in this kind of visit.
    owner : blank.
    """

    slot_id: str
    class_id: str
    title: str
    record: str
    system: str
    minutes: int
    language: str
    form: str
    owner: str = ""


def slots(profile: Profile, language: str = "en", book: Library | None = None) -> tuple[Slot, ...]:
    """Evidence to have at hand for a profile.

    Parameters
    ----------
    profile : site, product and visit.
    language : the inspectors'; records marked to be translated beforehand ask for it, the others when asked.
    book : another library than the shipped one.

    Notes
    -----
    Targets by kind of record (15 minutes for a procedure or list, 30 for a batch record or report, 60 for raw data and
    trends), the same for a remote visit, follow what consultants commonly name; remembered, to be set anew from the
    site's own mock audits.
    """
    wanted = set(subjects_of(profile, book))
    remote = profile.mode == "remote"
    return tuple(
        Slot(
            slot_id=row["slot_id"],
            class_id=row["class_id"],
            title=row["title"],
            record=row["record"],
            system=row["system"],
            minutes=int(row["minutes"]),
            language=language if row["translated"] == "always" else "",
            form=row["remote"] if remote else "paper or screen in the room",
        )
        for row in own_table(PACKAGE, "slots")
        if row["class_id"] in wanted
    )


def scope_of(option: Literal["full", "abbreviated"], optional: Iterable[System]) -> tuple[System, ...]:
    """Systems of a surveillance visit: Quality with three others or more (full), or with one or more (abbreviated).

    Source: FDA compliance program 7356.002, as summarised by third parties.

    Raises
    ------
    ValueError
        When too few other systems are named.
    """
    others = tuple(name for name in SYSTEMS if name in set(optional) and name != "Quality")
    least = 3 if option == "full" else 1
    if len(others) < least:
        msg = f"a visit of the {option} kind covers Quality and at least {least} other systems; {len(others)} are named"
        raise ValueError(msg)
    return ("Quality", *others)
