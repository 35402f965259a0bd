"""The tables of the world: they read back as written, scenarios change them, and their blanks are filled."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from tests.support.random_worlds import random_world

from echelon.company.check import check
from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError, Severity
from echelon.company.fills import Fill
from echelon.company.overlay import apply
from echelon.company.read import load, read
from echelon.company.resolve import resolve
from echelon.company.rows import TABLES, Change, Choice, Row
from echelon.company.rows.base import Uncertain, csv_columns
from echelon.company.rows.market import Deal, DealMilestone, Filing, Indication, Listing, Sales, Scheme, Territory
from echelon.company.rows.science import Asset, Program
from echelon.company.rows.settings import General, Settings
from echelon.company.rows.supply import Inspection, Site
from echelon.company.write import write_company, write_template, write_workbook
from echelon.priors import commercial, inspections, transitions

GOOD = Path(__file__).parent / "gallery" / "good-world"
SPREAD = Uncertain(low=6, mode=12, high=18)
SHARE = Uncertain(low=0.1, mode=0.2, high=0.4)
PEAK = Uncertain(low=50, mode=100, high=200)


def company(*rows: Row, plans: dict[str, tuple[Choice, ...]] | None = None) -> Company:
    """Two programs of one asset, at home in `cn`, with more rows."""
    general = General(name="World", as_of=date(2026, 6, 30), currency="USD", home=("cn",))
    base: tuple[Row, ...] = (
        Asset(id="a", modality="antibody", area="oncology"),
        Program(id="p", asset="a", stage="phase2"),
        Program(id="q", asset="a", stage="phase3"),
        Sales(program="p", peak_sales=PEAK),
        Sales(program="q", peak_sales=PEAK),
        Territory(id="cn", authority="NMPA"),
        Territory(id="us", authority="FDA"),
        Site(id="plant"),
    )
    return Company.of(Settings(company=general), (*base, *rows), plans)


def errors(*rows: Row, plans: dict[str, tuple[Choice, ...]] | None = None) -> list[str]:
    found = check(company(*rows, plans=plans))
    return [f"{d.place} {d.code}" for d in found if d.severity is Severity.ERROR]


def filled(*rows: Row) -> tuple[Company, dict[tuple[str, str, str], Fill]]:
    resolved, fills = resolve(company(*rows))
    return resolved, {(fill.table, fill.id, fill.column): fill for fill in fills}


# --- reading and writing -----------------------------------------------------------------------------------------


def full() -> Company:
    """Every column of the world's tables holds something else than its default."""
    return company(
        Filing(program="p", territory="us"),
        Filing(
            program="p", territory="cn", pathway="conditional", relies_on="us", accepts_data=0.6, bridging=SPREAD,
            bridging_cost=4.5, bridging_pos=0.8, validation=Uncertain.fixed(2), complete_response=0.25,
            response=Uncertain(low=4, mode=6, high=9, dist="lognormal"), cycles=3, confirmed_by="q", pos=0.7,
            sites=("plant",),
        ),
        Filing(
            program="q", territory="us", pathway="conditional", confirm=SPREAD, confirm_pos=0.75, confirm_cost=30,
        ),
        Indication(
            id="i1", disease="d", share_of_patients=SHARE, months_on_therapy=SPREAD, eligible=0.9,
            biomarker_share=0.5, adherence=0.8,
        ),
        Indication(id="i2", disease="d", after="i1", share_of_patients=SHARE, months_on_therapy=SPREAD),
        Scheme(
            id="nrdl", territory="cn", effective_month=3, cutoff_months=5, probability=0.8, price_cut=SHARE,
            volume=4, renewal_years=1.5, renewals=3, renewal_cut=SHARE, delisting=0.1, exclusive_volume=1.5,
        ),
        Listing(program="p", territory="cn", most_cut=0.65, exclusive=True),
        Deal(
            id="d1", partner="x", asset="a", territories=("us",), royalty=0.2, signed=date(2024, 1, 1),
            ends=date(2035, 1, 1), extension_chance=0.5, extension_years=4,
        ),
        Deal(
            id="d2", partner="y", asset="a", territories=("us",), royalty=0.1, signed=date(2025, 1, 1),
            sublicense_of="d1", pass_on=0.6,
        ),
        Deal(id="d3", partner="z", asset="a", territories=("cn",), royalty=0, route="promotion", commission=0.3),
        Deal(
            id="d4", partner="w", asset="a", territories=("cn",), royalty=0, status="option", route="venture",
            profit_share=0.4, option_chance=0.3, option_on=date(2028, 1, 1),
        ),
        DealMilestone(deal="d1", id="data", kind="development", program="p", stage="phase2", amount=5),
        DealMilestone(deal="d1", id="first", kind="regulatory", territory="us", amount=10),
        DealMilestone(deal="d1", id="big", kind="sales", at_sales=500, amount=50),
        Inspection(
            site="plant", territory="cn", readiness=0.7, oai=0.1, vai=0.4, oai_delay=SPREAD, missed=0.03,
            missed_delay=SPREAD, control_gap=0.05, control_gap_delay=SPREAD, interval_years=2, outcome="vai",
            visited=date(2025, 3, 1),
        ),
        Territory(id="eu", own_team=25, authority="EMA"),
        plans={
            "base": (
                Choice(action="own", target="d1", on=date(2028, 1, 1)),
                Choice(action="accept_cut", target="p", value=0.5),
            )
        },
    )  # fmt: skip


NEW = {
    "filings": "pathway accepts_data bridging bridging_cost bridging_pos validation complete_response response cycles "
    "confirmed_by confirm confirm_pos confirm_cost sites",
    "indications": "after eligible biomarker_share adherence",
    "schemes": "effective_month cutoff_months probability price_cut volume renewal_years renewals renewal_cut "
    "delisting exclusive_volume",
    "listings": "most_cut exclusive",
    "deals": "route commission profit_share option_chance option_on extension_chance extension_years sublicense_of "
    "pass_on",
    "deal_milestones": "program stage territory at_sales amount",
    "inspections": "readiness oai vai oai_delay missed missed_delay control_gap control_gap_delay interval_years "
    "outcome visited",
    "territories": "own_team",
}
"""Columns of the world by table."""


def test_the_full_company_leaves_no_new_column_out_and_is_sound() -> None:
    for table, names in NEW.items():
        for name in names.split():
            default = TABLES[table].model_fields[name].default
            values = [getattr(row, name) for row in full().tables[table].values()]
            assert any(value != default for value in values), f"{table}.{name}"
    assert [str(d) for d in check(full()) if d.severity is Severity.ERROR] == []


def test_every_column_comes_back_from_a_folder_and_from_a_workbook(tmp_path: Path) -> None:
    write_company(full(), tmp_path / "c")
    write_workbook(full(), tmp_path / "c.xlsx")
    assert load(tmp_path / "c") == full() == load(tmp_path / "c.xlsx")


def test_the_empty_workbook_has_a_sheet_for_each_table_and_every_column(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "t.xlsx"))
    for table, model in TABLES.items():
        sheet = book.get_sheet_by_name(table.replace("_", " ") if table not in book.sheet_names else table)
        assert sheet.to_python()[0] == csv_columns(model)


def test_the_gallery_s_sound_company_is_sound_and_resolves_to_itself(tmp_path: Path) -> None:
    assert read(GOOD).diagnostics == ()
    resolved, fills = resolve(load(GOOD))
    assert fills
    assert [str(d) for d in check(resolved) if d.severity is Severity.ERROR] == []
    assert resolve(resolved) == (resolved, ())
    write_workbook(resolved, tmp_path / "c.xlsx")
    assert load(tmp_path / "c.xlsx") == resolved


@pytest.mark.parametrize("seed", range(3))
def test_random_worlds_are_sound_and_resolve_to_themselves(seed: int) -> None:
    world = random_world(seed)
    found = [d for d in check(world) if d.severity is Severity.ERROR or d.code.startswith("W41")]
    assert [str(d) for d in found] == []
    resolved, fills = resolve(world)
    priors = {fill.table for fill in fills if fill.confidence in ("read", "remembered")}
    assert not priors & {"filings", "schemes", "listings", "inspections"}
    assert resolve(resolved) == (resolved, ())


# --- scenarios ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "key", "column", "value", "attribute", "want"),
    [
        ("filings", "p/cn", "accepts_data", "0.9", "accepts_data", 0.9),
        ("filings", "*", "complete_response", "0.4", "complete_response", 0.4),
        ("filings", "p/cn", "bridging", "*0.5", "bridging", Uncertain(low=3, mode=6, high=9)),
        ("filings", "q/us", "confirm_pos", "*0.8", "confirm_pos", 0.6),
        ("indications", "i1", "adherence", "/2", "adherence", 0.4),
        ("schemes", "nrdl/cn", "renewal_cut_mode", "0.3", "renewal_cut", Uncertain(low=0.1, mode=0.3, high=0.4)),
        ("listings", "*", "most_cut", "0.5", "most_cut", 0.5),
        ("deals", "d4", "option_chance", "1", "option_chance", 1.0),
        ("deals", "d2", "pass_on", "0.25", "pass_on", 0.25),
        ("deal_milestones", "d1/big", "amount", "*2", "amount", 100.0),
        ("inspections", "plant/cn", "readiness", "1", "readiness", 1.0),
        ("territories", "eu", "own_team", "*2", "own_team", 50.0),
    ],
)
def test_a_scenario_changes(table: str, key: str, column: str, value: str, attribute: str, want: object) -> None:
    before = full()
    after = apply(before, [Change(table_name=table, id=key, column=column, value=value)])
    keys = list(before.tables[table]) if key == "*" else [key]
    for each in keys:
        assert getattr(after.tables[table][each], attribute) == pytest.approx(want)
    kept = {name: rows for name, rows in after.tables.items() if name != table}
    assert kept == {name: rows for name, rows in before.tables.items() if name != table}


@pytest.mark.parametrize(
    ("table", "key", "column", "value", "code"),
    [
        ("filings", "p/cn", "pathway", "fast", "E110"),
        ("filings", "p/cn", "cycles", "4", "E104"),
        ("deal_milestones", "d1/big", "id", "huge", "E208"),
        ("schemes", "nrdl/us", "volume", "2", "E208"),
        ("inspections", "plant/cn", "readyness", "1", "E208"),
    ],
)
def test_a_scenario_does_not_change(table: str, key: str, column: str, value: str, code: str) -> None:
    with pytest.raises(CompanyError) as caught:
        apply(full(), [Change(table_name=table, id=key, column=column, value=value)])
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_a_scenario_that_breaks_the_tables_is_told_at_its_own_place(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path / "c")
    (tmp_path / "c/scenarios").mkdir()
    text = "table_name,id,column,value\nfilings,amber-nsclc/us,bridging_pos,0.1\n"
    (tmp_path / "c/scenarios/hard.csv").write_text(text)
    found = [d for d in read(tmp_path / "c").diagnostics if d.severity is Severity.ERROR]
    assert [(Path(d.place.file).name, d.code) for d in found] == [("filings.csv", "E332")]
    assert "under scenario `hard`" in found[0].message
    assert "at most 0.55" in found[0].hint


# --- filling -----------------------------------------------------------------------------------------------------


def test_an_inspection_is_filled_from_published_outcomes_and_delays() -> None:
    resolved, cells = filled(Inspection(site="plant", territory="us"))
    row = resolved.get(Inspection, "plant/us")
    assert row
    assert row.oai == pytest.approx(2_482 / 34_033, rel=1e-3)
    assert row.vai == pytest.approx(15_860 / 34_033, rel=1e-3)
    assert row.missed == inspections.missed().value
    assert row.oai_delay and row.missed_delay  # noqa: PT018
    assert row.oai_delay.mode == pytest.approx(inspections.delay().value.mode, rel=1e-3)
    assert row.missed_delay.mode == pytest.approx(inspections.delay("not_done").value.mode, rel=1e-3)
    assert row.control_gap_delay is None  # no gap, so nothing reads it
    assert cells["inspections", "plant/us", "oai"].n == 34_033


def test_a_control_gap_has_a_delay_and_what_is_given_stays() -> None:
    given = Inspection(site="plant", territory="us", control_gap=0.1, oai=0.7, missed=0.0, oai_delay=SPREAD)
    resolved, cells = filled(given)
    row = resolved.get(Inspection, "plant/us")
    assert row
    assert row.control_gap_delay
    assert (row.oai, row.missed, row.oai_delay) == (0.7, 0.0, SPREAD)
    assert row.vai == pytest.approx(0.3 * 15_860 / (15_860 + 15_691), rel=1e-3)
    assert ("inspections", "plant/us", "missed") not in cells
    assert [str(d) for d in check(resolved) if d.severity is Severity.ERROR] == []


def test_listings_take_the_terms_of_their_scheme_and_its_blanks_are_published() -> None:
    resolved, cells = filled(
        Scheme(id="nrdl", territory="cn", volume=5, probability=0.6),
        Listing(program="p", territory="cn"),
        Listing(program="q", territory="cn", volume=2, price_cut=SHARE),
    )
    scheme, first, second = resolved.get(Scheme, "nrdl/cn"), *(resolved.get(Listing, f"{p}/cn") for p in "pq")
    assert scheme and first and second  # noqa: PT018
    assert scheme.price_cut and scheme.renewal_cut  # noqa: PT018
    assert scheme.price_cut.mode == commercial.price_cut().value.mode
    assert scheme.renewal_cut.mode == pytest.approx(0.264)
    assert (first.probability, first.volume, first.price_cut) == (0.6, 5, scheme.price_cut)
    assert (second.probability, second.volume, second.price_cut) == (0.6, 2, SHARE)
    assert cells["listings", "p/cn", "price_cut"].how.startswith("As its scheme, nrdl.")
    assert cells["listings", "p/cn", "price_cut"].source == commercial.price_cut().source


def test_a_scheme_without_a_row_is_added_and_said_to_be_assumed() -> None:
    resolved, cells = filled(Listing(program="p", territory="us", scheme="medicare"))
    assert resolved.get(Scheme, "medicare/us")
    assert cells["schemes", "medicare/us", ""].confidence == "assumed"
    assert cells["schemes", "medicare/us", "renewal_cut"].confidence == "assumed"
    assert "medicare" in cells["schemes", "medicare/us", "renewal_cut"].how


def test_a_reliance_filing_is_reviewed_in_the_months_of_reliance() -> None:
    resolved, cells = filled(
        Filing(program="p", territory="cn"), Filing(program="p", territory="us", pathway="reliance", relies_on="cn")
    )
    slow, quick = (resolved.get(Filing, f"p/{name}") for name in ("cn", "us"))
    assert slow and quick and slow.review and quick.review  # noqa: PT018
    assert quick.review.mode == pytest.approx(4, rel=1e-3)
    assert quick.review.mode < slow.review.mode
    assert cells["filings", "p/us", "review"].confidence == "remembered"


def test_a_response_is_filled_only_where_a_complete_response_may_come() -> None:
    resolved, _ = filled(
        Filing(program="p", territory="cn", complete_response=0.3), Filing(program="p", territory="us")
    )
    with_one, without = (resolved.get(Filing, f"p/{name}") for name in ("cn", "us"))
    assert with_one and without and with_one.response  # noqa: PT018
    assert with_one.response.mode == pytest.approx(inspections.delay().value.mode, rel=1e-3)
    assert without.response is None


def test_a_filled_probability_counts_the_bridging_study() -> None:
    resolved, cells = filled(
        Filing(program="p", territory="cn", accepts_data=0.5, bridging=SPREAD, bridging_pos=0.6),
        Filing(program="p", territory="us", accepts_data=0.5, bridging=SPREAD),
    )
    stage = transitions.pos("filing", "oncology", "antibody").value
    risky, safe = (resolved.get(Filing, f"p/{name}") for name in ("cn", "us"))
    assert risky and safe  # noqa: PT018
    assert risky.pos == pytest.approx(0.8 * stage, rel=1e-3)
    assert safe.pos == pytest.approx(0.8 * stage, rel=1e-3)  # abroad: made with probability 0.8
    assert "made at all" in cells["filings", "p/us", "pos"].how
    assert "taken or bridged, 0.8" in cells["filings", "p/cn", "pos"].how
    assert [str(d) for d in check(resolved) if d.severity is Severity.ERROR] == []


def test_a_resolved_world_resolves_to_itself() -> None:
    blank = replace(full(), plans={})
    blank = blank.with_rows(Inspection, [Inspection(site="plant", territory="cn", control_gap=0.2, vai=0.9)])
    blank = blank.with_rows(Scheme, [])
    resolved, fills = resolve(blank)
    assert {fill.table for fill in fills} >= {"filings", "schemes", "listings", "inspections", "deals"}
    assert resolve(resolved) == (resolved, ())
    assert [str(d) for d in check(resolved) if d.severity is Severity.ERROR] == []


# --- what the gallery does not show ------------------------------------------------------------------------------


def test_a_sub_licence_shares_its_parent_s_territories_and_no_other_s() -> None:
    one = Deal(id="d1", partner="x", asset="a", territories=("us",), royalty=0.2)
    under = Deal(id="d2", partner="y", asset="a", territories=("us",), royalty=0.1, sublicense_of="d1")
    second = under.model_copy(update={"id": "d3"})
    assert errors(one, under) == []
    assert errors(one, under.model_copy(update={"sublicense_of": ""})) == ["deals/d2/territories E310"]
    assert errors(one, under, second) == ["deals/d3/territories E310"]


def test_a_filing_at_its_largest_probability_is_sound() -> None:
    row = Filing(program="p", territory="cn", accepts_data=0.2, bridging=SPREAD, bridging_pos=0.7, pos=0.76)
    assert errors(row) == []
    assert errors(row.model_copy(update={"pos": 0.77})) == ["filings/p/cn/pos E332"]
    assert errors(row.model_copy(update={"pos": 0.77, "status": "filed", "submitted": date(2026, 1, 1)})) == []


def test_ended_deals_and_closed_filings_are_kept_as_they_are() -> None:
    ended = Deal(id="d", partner="x", asset="a", territories=("us",), royalty=0.2, status="ended", route="promotion")
    refused = Filing(program="p", territory="us", status="refused", pathway="conditional")
    assert errors(ended, refused) == []
    assert errors(ended.model_copy(update={"status": "active", "commission": 0.2})) == ["deals/d/territories E337"]


def test_a_promoter_of_an_asset_that_is_not_ours_needs_no_commission() -> None:
    deal = Deal(id="d", partner="x", asset="b", territories=("cn",), royalty=0, route="promotion")
    rows = (Program(id="r", asset="b", stage="phase2"), Sales(program="r", peak_sales=PEAK))
    ours = Asset(id="b", modality="antibody", area="oncology")
    assert errors(ours, *rows, deal) == ["deals/d/commission E337"]
    assert errors(ours.model_copy(update={"economic_share": 0.0}), *rows, deal) == []


def test_a_listing_may_ask_for_no_cut_at_all() -> None:
    none_asked = Listing(program="p", territory="cn", most_cut=0, price_cut=Uncertain.fixed(0))
    assert errors(none_asked) == []
    assert errors(none_asked.model_copy(update={"price_cut": None})) == ["listings/p/cn/most_cut E336"]
    skewed = Uncertain(low=0.1, mode=0.2, high=0.4, dist="lognormal")
    assert errors(none_asked.model_copy(update={"price_cut": skewed, "most_cut": 0.05})) == []


def test_milestones_of_own_chains_name_their_stages() -> None:
    deal = Deal(id="d", partner="x", asset="a", territories=("us",), royalty=0.2)
    milestone = DealMilestone(deal="d", id="m", kind="development", stage="phase3", amount=1)
    assert errors(deal, milestone) == []
    assert errors(deal, milestone.model_copy(update={"stage": "phase4"})) == ["deal_milestones/d/m/stage E341"]


def test_a_plan_without_the_tables_it_needs_is_told_once() -> None:
    plans = {"base": (Choice(action="accept_cut", target="p", value=0.5),)}
    assert errors(plans=plans) == ["plans/base/accept_cut/p/target E343"]
    missing = {"base": (Choice(action="accept_cut", target="x", value=0.5),)}
    assert errors(plans=missing) == ["plans/base/accept_cut/x/target E207"]
