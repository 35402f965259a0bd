"""The chain of stages of each program and discovery platform, before any value is filled."""

from collections.abc import Iterable
from dataclasses import dataclass

from echelon.company.company import Company
from echelon.company.diagnostics import nearest
from echelon.company.filling.ledger import Ledger
from echelon.company.rows.science import Stage, StageKind
from echelon.priors.chain import STANDARD

STANDARD_CHAIN = "standard"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who goes through a chain: an active program, or a discovery platform."""

    id: str
    table: str
    chain: str
    stage: str
    area: str
    modality: str
    biomarker: bool | None = None
    rare: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One stage of one owner's chain, with the rows that may give its values (the owner's first)."""

    stage: str
    order: int
    kind: StageKind
    own: Stage | None = None
    shared: Stage | None = None


class Chains:
    """Chains by owner.

    A chain is the rows of `stages` that name it; without any, `standard` is our standard chain. Rows for one
    program, or discovery platform, change single values of its chain.
    """

    def __init__(self, company: Company, ledger: Ledger) -> None:
        self._ledger = ledger
        self._own: dict[str, dict[str, Stage]] = {}
        self._shared: dict[str, list[Stage]] = {}
        self._links: dict[str, tuple[Link, ...]] = {}
        for row in company.rows(Stage):
            if row.program:
                self._own.setdefault(row.program, {})[row.stage] = row
            else:
                self._shared.setdefault(row.chain, []).append(row)
        self._templates: dict[str, tuple[Link, ...] | None] = {}

    def of(self, owner: Owner) -> tuple[Link, ...]:
        """The owner's stages in order; empty when its chain is unknown, which is noted as an error."""
        if owner.id not in self._links:
            self._links[owner.id] = self._build(owner)
        return self._links[owner.id]

    def _build(self, owner: Owner) -> tuple[Link, ...]:
        own = self._own.get(owner.id, {})
        template = self._template(owner)
        links = tuple(Link(e.stage, e.order, e.kind, own.get(e.stage), e.shared) for e in template)
        if links:
            self._check_names(owner, own, [link.stage for link in links])
            self._check_stage(owner, [link.stage for link in links])
        return links

    def _template(self, owner: Owner) -> tuple[Link, ...]:
        if owner.chain not in self._templates:
            self._templates[owner.chain] = self._make_template(owner.chain)
        found = self._templates[owner.chain]
        if found is None:
            known = {*self._shared, STANDARD_CHAIN}
            message = f"chain `{owner.chain}` of `{owner.id}` has no stages"
            self._ledger.error(owner.table, "E390", message, nearest(owner.chain, known))
            return ()
        return found

    def _make_template(self, chain: str) -> tuple[Link, ...] | None:
        rows = self._shared.get(chain)
        if rows is None:
            if chain != STANDARD_CHAIN:
                return None
            return tuple(Link(stage.name, stage.order, stage.kind) for stage in STANDARD)
        links: list[tuple[int, str, StageKind, Stage]] = []
        for row in rows:
            if row.order is None or row.kind is None:
                message = f"stage `{row.stage}` of chain `{chain}` needs `order` and `kind`"
                self._ledger.error("stages", "E391", message)
                continue
            links.append((row.order, row.stage, row.kind, row))
        ranked = sorted(links, key=lambda link: link[:2])
        return tuple(Link(stage, at, kind, None, row) for at, (_, stage, kind, row) in enumerate(ranked, 1))

    def _check_names(self, owner: Owner, own: Iterable[str], stages: list[str]) -> None:
        for name in own:
            if name not in stages:
                message = f"`{owner.id}` has values for stage `{name}`, which its chain `{owner.chain}` lacks"
                self._ledger.error("stages", "E392", message, nearest(name, stages))

    def _check_stage(self, owner: Owner, stages: list[str]) -> None:
        known = stages if owner.table == "discovery" else [*stages, "marketed"]
        if owner.stage not in known:
            message = f"stage `{owner.stage}` of `{owner.id}` is not in its chain `{owner.chain}`"
            hint = nearest(owner.stage, known) or f"its stages are {', '.join(known)}"
            self._ledger.error(owner.table, "E393", message, hint)
