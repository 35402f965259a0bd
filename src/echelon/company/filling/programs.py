"""Fills assets and programs; gives an asset without any program one."""

from typing import Any

from echelon.company.company import Company
from echelon.company.filling.chains import STANDARD_CHAIN, Chains, Owner
from echelon.company.filling.ledger import COMPANY, OURS, Ledger
from echelon.company.rows.base import Uncertain
from echelon.company.rows.science import Asset, Discovery, Program
from echelon.priors import commercial


def fill_assets(company: Company, ledger: Ledger) -> list[Asset]:
    """Every asset; active ones with a platform."""
    rows: list[Asset] = []
    for asset in company.rows(Asset):
        row = asset
        if asset.status == "active" and not asset.platform:
            how = "Assets of one modality share a platform where none is named."
            ledger.add((Asset.table, asset.key, "platform"), asset.modality, OURS, "assumed", how)
            row = asset.model_copy(update={"platform": asset.modality})
        rows.append(row)
    return rows


def is_active(program: Program, assets: dict[str, Asset]) -> bool:
    """Whether a program is simulated: neither it nor its asset was stopped."""
    asset = assets.get(program.asset)
    return program.status == "active" and asset is not None and asset.status == "active"


def add_programs(company: Company, assets: list[Asset], ledger: Ledger) -> list[Program]:
    """Every program, and an assumed one for each active asset that has none."""
    rows = list(company.rows(Program))
    taken = {row.id for row in rows}
    have = {row.asset for row in rows}
    for asset in assets:
        if asset.status != "active" or asset.id in have:
            continue
        name = f"{asset.id[:72]}-assumed"
        while name in taken:
            name = f"{name[:78]}-x"
        taken.add(name)
        stage = asset.stage or "preclinical"
        given = "" if asset.stage else ", the first of the standard chain since the asset gives none"
        how = f"Asset {asset.id} has no program, so one is assumed, at stage {stage}{given}."
        ledger.add((Program.table, name, ""), f"stage {stage}", COMPANY, "assumed", how)
        rows.append(
            Program(
                id=name,
                asset=asset.id,
                name=asset.name,
                stage=stage,
                assumed=True,
                source=asset.source,
                confidence="assumed",
                note=how,
            )
        )
    return sorted(rows, key=lambda row: row.key)


def fill_program(program: Program, asset: Asset, ledger: Ledger) -> Program:
    """A program with area, strength and exclusivity (its dependency needs the chains, and comes later)."""
    new: dict[str, Any] = {}
    if program.area is None:
        new["area"] = asset.area
        how = f"The area of asset {asset.id}."
        ledger.add((Program.table, program.key, "area"), asset.area, COMPANY, "derived", how)
    if program.strength is None:
        new["strength"] = Uncertain.fixed(1.0)
        how = "A typical drug of its class."
        ledger.add((Program.table, program.key, "strength"), new["strength"], OURS, "assumed", how)
    if program.years_to_peak is None and program.indication:
        new["years_to_peak"] = ledger.spread((Program.table, program.key, "years_to_peak"), commercial.years_to_peak())
    if program.exclusivity_years is None and program.exclusivity_end is None:
        prior = commercial.exclusivity_years(asset.modality)
        new["exclusivity_years"] = ledger.number((Program.table, program.key, "exclusivity_years"), prior)
    return program.model_copy(update=new) if new else program


def program_owner(program: Program, asset: Asset) -> Owner:
    """A filled program as the owner of a chain."""
    area = program.area or asset.area
    return Owner(
        program.id,
        Program.table,
        program.chain or STANDARD_CHAIN,
        program.stage,
        area,
        asset.modality,
        program.biomarker,
        program.rare,
    )


def discovery_owner(row: Discovery) -> Owner:
    """A discovery platform as the owner of a chain."""
    return Owner(row.id, Discovery.table, row.chain or STANDARD_CHAIN, row.entry_stage, row.area, row.modality)


def fill_dependency(program: Program, owners: dict[str, Owner], chains: Chains, ledger: Ledger) -> Program:
    """A program whose dependency names the stage that must be passed."""
    other = owners.get(program.depends_on)
    if not program.depends_on or program.depends_stage or other is None:
        return program
    clinic = [link.stage for link in chains.of(other) if link.kind == "clinic"]
    if not clinic:
        message = f"`{program.id}` waits for `{other.id}`, whose chain has no trial stage: give `depends_stage`"
        ledger.error(Program.table, "E395", message)
        return program
    how = f"The last trial stage of {other.id}."
    ledger.add((Program.table, program.key, "depends_stage"), clinic[-1], COMPANY, "derived", how)
    return program.model_copy(update={"depends_stage": clinic[-1]})
