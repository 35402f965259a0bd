"""Roster: every unit the rules move, in the order in which cash is given, before it becomes arrays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from echelon.company.choices import EVERY
from echelon.company.company import Company
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Asset, Discovery, Program, Stage
from echelon.futures.build.calendar import years_from
from echelon.futures.build.chosen import Chosen, chosen_for

DISCOVERY_YEARS = 1.0
"""Years of discovery work before a candidate enters its first stage."""


@dataclass(frozen=True)
class Unit:
    """A program, a marketed program's further filings, or a discovery slot.

    kind : program, extension or slot. ident : structural name, as in stream names. report : label of the program
    whose results it adds to. passed : stages behind it. ahead : stages it has still to pass, current first.
    start : years from as_of at which the first stage ahead starts (or started). chosen : the plan's choices.
    """

    kind: str
    ident: str
    report: str
    asset: str
    area: str
    modality: str
    platform: str
    targets: tuple[str, ...]
    priority: int
    status: int
    passed: tuple[Stage, ...]
    ahead: tuple[Stage, ...]
    start: float
    span: float
    cost_share: float
    economic_share: float
    strength: Uncertain
    exclusivity_years: float
    exclusivity_end: date | None
    filings: tuple[Filing, ...]
    depends_on: str = ""
    depends_stage: str = ""
    parts: tuple[str, ...] = ()
    """Other own assets of the combination."""
    discovery: Discovery | None = None
    chosen: Chosen = field(default_factory=lambda: Chosen({}, {}))


def held(filing: Filing, as_of: date) -> bool:
    """Whether a filing is approved at as_of."""
    if filing.status == "approved":
        return filing.approved is None or filing.approved <= as_of
    return False


def own_choices(chosen: Mapping[str, Chosen], unit: Unit) -> Chosen:
    """A unit's choices among those by target: its program's, or its platform's."""
    return chosen.get(unit.discovery.id if unit.discovery else unit.report, chosen[EVERY])


def roster(company: Company, choices: tuple[Choice, ...]) -> list[Unit]:
    """All units of a resolved company under a plan's choices, in the order in which cash is given."""
    units: list[Unit] = []
    filings: dict[str, list[Filing]] = {}
    for filing in company.rows(Filing):
        if filing.status not in ("refused", "withdrawn"):
            filings.setdefault(filing.program, []).append(filing)
    stages: dict[str, list[Stage]] = {}
    for stage in company.rows(Stage):
        if stage.program:
            stages.setdefault(stage.program, []).append(stage)
    for chain in stages.values():
        chain.sort(key=lambda stage: stage.order or 0)
    chosen = chosen_for(choices)
    for program in company.rows(Program):
        asset = company.get(Asset, program.asset)
        if program.status != "active" or asset is None or asset.status != "active":
            continue
        units += _of_program(
            company,
            program,
            asset,
            stages[program.id],
            filings.get(program.id, []),
            chosen.get(program.id, chosen[EVERY]),
        )
    for row in company.rows(Discovery):
        units += _slots(company, row, stages[row.id], chosen.get(row.id, chosen[EVERY]))
    return sorted(units, key=lambda unit: (unit.priority, unit.ident))


def _of_program(
    company: Company,
    program: Program,
    asset: Asset,
    chain: list[Stage],
    filings: list[Filing],
    chosen: Chosen,
) -> list[Unit]:
    as_of = company.settings.company.as_of
    names = [stage.stage for stage in chain]
    own = [filing for filing in filings if held(filing, as_of)]
    # A marketed program without dated approvals is held wherever it would file.
    marketed = program.stage == "marketed" or bool(own)
    if marketed and not own:
        own = filings
    rest = [filing for filing in filings if filing not in own]
    at = len(chain) if marketed else names.index(program.stage)
    kinds = {"reserve": 0, "clinic": 1, "filing": 1}
    begun = program.stage_since or as_of
    common = {
        "report": program.id,
        "asset": asset.id,
        "area": program.area or asset.area,
        "modality": asset.modality,
        "platform": asset.platform or asset.modality,
        "targets": asset.targets,
        "priority": program.priority,
        "span": 0.0,
        "cost_share": program.cost_share,
        "economic_share": asset.economic_share,
        "strength": program.strength or Uncertain.fixed(1.0),
        "exclusivity_years": program.exclusivity_years or 0.0,
        "exclusivity_end": program.exclusivity_end,
        "depends_on": program.depends_on,
        "depends_stage": program.depends_stage,
        "chosen": chosen,
        "parts": tuple(part for part in program.regimen if part != asset.id and _active(company, part)),
    }
    if not marketed:
        return [
            Unit(
                kind="program",
                ident=f"program/{program.id}",
                status=kinds[chain[at].kind or "clinic"] if begun <= as_of else -1,
                passed=tuple(chain[:at]),
                ahead=tuple(chain[at:]),
                start=years_from(as_of, begun),
                filings=tuple(filings),
                **common,  # type: ignore[arg-type]
            )
        ]
    units = [
        Unit(
            kind="program",
            ident=f"program/{program.id}",
            status=2,
            passed=tuple(chain),
            ahead=(),
            start=math.inf,
            filings=tuple(own),
            **common,  # type: ignore[arg-type]
        )
    ]
    if rest:
        last = chain[-1].model_copy(
            update={
                "cost": Uncertain.fixed(0.0),
                "duration": Uncertain.fixed(0.0),
                "kind": "filing",
                "pos": 1.0,
                "people": 0.0,
            }
        )
        units.append(
            Unit(
                kind="extension",
                ident=f"program/{program.id}/more",
                status=-2,
                passed=tuple(chain),
                ahead=(last,),
                start=0.0,
                filings=tuple(rest),
                **common,  # type: ignore[arg-type]
            )
        )
    return units


def _active(company: Company, asset: str) -> bool:
    row = company.get(Asset, asset)
    return row is not None and row.status == "active"


def _slots(company: Company, row: Discovery, chain: list[Stage], chosen: Chosen) -> list[Unit]:
    general = company.settings.company
    first = years_from(general.as_of, row.starts) if row.starts else 0.0
    last = years_from(general.as_of, row.ends) if row.ends else float(general.horizon_years)
    rate = row.candidates_per_year or 0.0
    first, last = max(first, 0.0), min(last, float(general.horizon_years))
    count = max(0, math.floor(rate * (last - first) + 1e-9))
    names = [stage.stage for stage in chain]
    ahead = chain[names.index(row.entry_stage) :]
    width = len(str(max(count, 1)))
    discovery = Stage(
        program=row.id,
        stage="discovery",
        pos=1.0,
        duration=Uncertain.fixed(DISCOVERY_YEARS * 12.0),
        overlap=1.0,
        cost=Uncertain.fixed(row.cost_per_candidate),
    )
    units = []
    for j in range(count):
        name = f"{row.id}-{j + 1:0{max(width, 3)}d}"
        units.append(
            Unit(
                kind="slot",
                ident=f"discovery/{name}",
                report=name,
                asset=name,
                area=row.area,
                modality=row.modality,
                platform=row.platform or row.modality,
                targets=(),
                priority=row.priority,
                status=-1,
                passed=(),
                ahead=(discovery, *ahead),
                start=first + j / rate - DISCOVERY_YEARS,
                span=1.0 / rate,
                cost_share=1.0,
                economic_share=row.economic_share,
                strength=Uncertain.fixed(1.0),
                exclusivity_years=0.0,
                exclusivity_end=None,
                filings=(),
                discovery=row,
                chosen=chosen,
            )
        )
    return units
