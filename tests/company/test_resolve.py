"""Resolving: what is filled, from where, and that nothing else changes."""

import random
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.work import calls

from echelon.company.check import check
from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError, Severity
from echelon.company.resolve import resolve
from echelon.company.rows import TABLES
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Deal, DealTier, Filing, FxRate, Listing, Sales, Territory
from echelon.company.rows.money import Change, Source
from echelon.company.rows.science import Asset, Discovery, Program, Stage
from echelon.company.rows.settings import Couplings, General, Money, Settings
from echelon.priors import costs, durations, transitions
from echelon.priors.chain import STANDARD_NAMES
from echelon.priors.transitions import given_approval_elsewhere

PEAK = Uncertain(low=50, mode=100, high=200)


def company(*rows, currency="USD", home=(), money=None, couplings=None, price_year=None):
    general = General(name="Test", as_of=date(2025, 9, 30), currency=currency, home=home, price_year=price_year)
    whole = Settings(company=general, money=money or Money(), couplings=couplings or Couplings())
    return Company.of(whole, rows)


def asset(key="a1", **more):
    return Asset(id=key, **({"modality": "antibody", "area": "oncology"} | more))


def program(key="p1", **more):
    return Program(id=key, **({"asset": "a1", "stage": "phase2"} | more))


def sales(key="p1", **more):
    return Sales(program=key, **({"peak_sales": PEAK} | more))


def stages_of(resolved, owner):
    return sorted((row for row in resolved.rows(Stage) if row.program == owner), key=lambda row: row.order)


def by_cell(fills):
    return {(fill.table, fill.id, fill.column): fill for fill in fills}


def errors(rows, **more):
    with pytest.raises(CompanyError) as caught:
        resolve(company(*rows, **more))
    return {d.code: d for d in caught.value.diagnostics}


# --- the smallest company: assets, programs, sales ---------------------------------------------------------------


def test_three_tables_are_enough():
    resolved, fills = resolve(company(asset(), program(), sales()))
    chain = stages_of(resolved, "p1")
    assert [row.stage for row in chain] == list(STANDARD_NAMES)
    assert [row.order for row in chain] == [1, 2, 3, 4, 5, 6]
    assert [row.kind for row in chain] == ["reserve", "reserve", "clinic", "clinic", "clinic", "filing"]
    for row in chain:
        assert row.chain == ""
        assert None not in (row.pos, row.duration, row.overlap, row.cost, row.spend)
        assert row.pos == transitions.pos(row.stage, "oncology", "antibody").value
    assert [row.id for row in resolved.rows(Territory)] == ["world"]
    assert resolved.get(Filing, "p1/world").pos == chain[-1].pos
    assert resolved.get(Filing, "p1/world").submission_lag.mode == 0
    assert resolved.get(Sales, "p1/world").currency == "USD"
    assert resolved.get(Program, "p1").strength == Uncertain.fixed(1)
    assert resolved.get(Program, "p1").stage_since is None
    assert resolved.settings.company.price_year == 2025
    cells = by_cell(fills)
    assert cells["stages", "p1/phase2", "pos"].confidence == "derived"
    assert cells["sales", "p1/world", "territory"].value == "world"
    assert cells["assets", "a1", "platform"].value == "antibody"


def test_every_fill_says_where_it_came_from():
    _, fills = resolve(company(asset(), program(), sales()))
    for fill in fills:
        assert fill.source
        assert fill.how.endswith(".")
        assert fill.value
        assert fill.table in ("company", *TABLES)


def changed_cells(before, after):
    """Cells that differ between two companies, by comparing the tables themselves."""
    found = set()
    for name in TABLES:
        old, new = before.tables[name], after.tables[name]
        for key, row in new.items():
            if key not in old:
                found.add((name, key, ""))
                continue
            for column in type(row).model_fields:
                if getattr(row, column) != getattr(old[key], column):
                    found.add((name, key, column))
    return found


def test_what_changed_is_what_was_noted():
    before = company(
        asset(),
        asset("a2", platform="adc-1", modality="adc"),
        program(biomarker=True),
        program("p2", asset="a2", stage="phase1", area="hematology"),
        sales(territory="cn"),
        sales("p2", territory="cn", currency="USD"),
        Territory(id="cn", authority="NMPA"),
        Listing(program="p1", territory="cn"),
        Deal(id="d1", partner="x", asset="a1", territories=("cn",)),
        Discovery(
            id="lab", modality="antibody", area="oncology", cost_per_candidate=2, budget_per_year=5, peak_sales=PEAK
        ),
        home=("cn",),
    )
    after, fills = resolve(before)
    noted = {cell for cell in by_cell(fills) if cell[0] != "company"}
    changed = changed_cells(before, after)
    added_stages = {(name, key) for name, key, column in changed if name == "stages" and column == ""}
    # A stage row that did not stand there is noted value by value; other added rows as a whole, and then by value.
    assert {cell for cell in changed if cell[0] != "stages"} <= noted
    assert {(name, key) for name, key, _ in noted if name == "stages"} == added_stages
    for name, key, column in noted - changed:
        assert (name, key, "") in changed, f"{name} {key} {column} was noted but did not change"


# --- stages ------------------------------------------------------------------------------------------------------


def test_program_row_beats_chain_row_beats_priors():
    resolved, fills = resolve(
        company(
            asset(),
            program(chain="short"),
            sales(),
            Stage(chain="short", stage="phase1", order=2, kind="clinic", pos=0.6, overlap=1.0, spend="end"),
            Stage(chain="short", stage="phase3", order=5, kind="clinic", pos=0.5),
            Stage(chain="short", stage="phase2", order=3, kind="clinic", pos=0.4),
            Stage(chain="short", stage="filing", order=9, kind="filing"),
            Stage(program="p1", stage="phase2", pos=0.7, cost=Uncertain.fixed(12)),
        )
    )
    chain = stages_of(resolved, "p1")
    assert [(row.stage, row.order) for row in chain] == [("phase1", 1), ("phase2", 2), ("phase3", 3), ("filing", 4)]
    assert [row.pos for row in chain[:3]] == [0.6, 0.7, 0.5]
    assert chain[3].pos == transitions.pos("filing", "oncology", "antibody").value
    assert chain[1].cost == Uncertain.fixed(12)
    assert (chain[0].spend, chain[1].spend) == ("end", "uniform")
    assert len(resolved.rows(Stage)) == 8  # the rows that define the chain stay
    cells = by_cell(fills)
    assert ("stages", "p1/phase1", "pos") not in cells
    assert ("stages", "p1/phase2", "cost") not in cells
    assert ("stages", "p1/phase1", "cost") in cells
    assert ("stages", "p1/phase1", "overlap") not in cells


def test_own_names_need_own_values():
    rows = [
        asset(),
        program(chain="own", stage="pivotal"),
        sales(),
        Stage(chain="own", stage="pivotal", order=1, kind="clinic", pos=0.5),
        Stage(chain="own", stage="filing", order=2, kind="filing"),
    ]
    found = errors(rows)["E394"]
    assert "`duration`, `cost`" in found.message
    assert "`pos`" not in found.message
    given = Stage(program="p1", stage="pivotal", duration=Uncertain.fixed(24), cost=Uncertain.fixed(30))
    resolved, fills = resolve(company(*rows, given))
    assert stages_of(resolved, "p1")[0].overlap == 1.0
    assert by_cell(fills)["stages", "p1/pivotal", "overlap"].confidence == "assumed"


def test_a_wrong_chain_stage_or_name_is_an_error_with_a_hint():
    assert "did you mean `standard`" in errors([asset(), program(chain="standart"), sales()])["E390"].hint
    assert "did you mean `phase2`" in errors([asset(), program(stage="phase-2"), sales()])["E393"].hint
    stray = Stage(program="p1", stage="phase4", pos=0.5)
    assert "phase4" in errors([asset(), program(), sales(), stray])["E392"].message
    no_order = Stage(chain="standard", stage="phase1")
    assert "order" in errors([asset(), program(), sales(), no_order])["E391"].message


def test_costs_come_in_company_money_at_the_company_level():
    rows = [asset(), program(), sales(), FxRate(currency="USD", rate=7.0)]
    resolved, fills = resolve(company(*rows, currency="CNY", money=Money(rd_cost_level=0.4), price_year=2020))
    prior = costs.cost("phase3", "oncology", 2020, 7.0, 0.4)
    assert resolved.get(Stage, "p1/phase3").cost.mode == prior.value.mode
    assert by_cell(fills)["stages", "p1/phase3", "cost"].how == prior.how
    dollars, _ = resolve(company(*rows[:3], price_year=2020))
    assert resolved.get(Stage, "p1/phase3").cost.mode == pytest.approx(
        dollars.get(Stage, "p1/phase3").cost.mode * 7 * 0.4, rel=1e-3
    )


def test_published_costs_need_a_dollar_rate():
    found = errors([asset(), program(), sales()], currency="CNY")
    assert set(found) == {"E290"}
    assert "USD" in found["E290"].message
    given = [
        Stage(program="p1", stage=name, cost=Uncertain.fixed(1)) for name in STANDARD_NAMES
    ]  # nothing to convert, so no rate is needed
    resolve(company(asset(), program(), sales(), *given, currency="CNY"))


def test_what_is_behind_needs_no_dollar_rate():
    sold = company(asset(), program(stage="marketed"), sales(), currency="CNY")
    resolved, _ = resolve(sold)
    assert {row.cost for row in stages_of(resolved, "p1")} == {None}
    assert not [d for d in check(sold) if d.severity is Severity.ERROR]
    ahead = [Stage(program="p1", stage=name, cost=Uncertain.fixed(1)) for name in ("phase2", "phase3", "filing")]
    half, _ = resolve(company(asset(), program(), sales(), *ahead, currency="CNY"))
    assert [row.cost for row in stages_of(half, "p1")] == [None] * 3 + [Uncertain.fixed(1)] * 3


def test_discovery_platforms_have_stages_of_their_own():
    lab = Discovery(
        id="lab", modality="adc", area="oncology", cost_per_candidate=4, budget_per_year=10, peak_sales=PEAK
    )
    resolved, fills = resolve(company(asset(), program(), sales(), lab))
    assert [row.pos for row in stages_of(resolved, "lab")] == [
        transitions.pos(name, "oncology", "adc").value for name in STANDARD_NAMES
    ]
    row = resolved.get(Discovery, "lab")
    assert row.candidates_per_year == 2.5
    assert row.platform == "adc"
    assert row.years_to_peak is not None
    assert row.starts is None
    assert by_cell(fills)["discovery", "lab", "candidates_per_year"].confidence == "derived"
    poor = lab.model_copy(update={"budget_per_year": None})
    assert "E389" in errors([asset(), program(), sales(), poor])
    lost = lab.model_copy(update={"entry_stage": "hit"})
    assert "E393" in errors([asset(), program(), sales(), lost])


# --- programs ----------------------------------------------------------------------------------------------------


def test_an_asset_without_a_program_gets_one_and_the_median_of_our_own_peaks():
    resolved, fills = resolve(
        company(
            asset(),
            asset("a2", stage="phase1"),
            asset("a3", area="neurology"),
            program(),
            program("p2", stage="phase1"),
            program("p3", stage="phase1"),
            sales("p1", peak_sales=Uncertain(low=1, mode=10, high=100)),
            sales("p2", peak_sales=Uncertain(low=2, mode=20, high=50)),
            sales("p3", peak_sales=Uncertain(low=0.5, mode=8, high=60), currency="EUR"),
            FxRate(currency="EUR", rate=2.0),
        )
    )
    added = resolved.get(Program, "a2-assumed")
    assert added.assumed
    assert added.stage == "phase1"
    assert resolved.get(Program, "a3-assumed").stage == "preclinical"
    assert len(stages_of(resolved, "a2-assumed")) == 6
    assert resolved.get(Sales, "a2-assumed/world").peak_sales == Uncertain(low=1, mode=16, high=100)
    cells = by_cell(fills)
    assert "area oncology" in cells["sales", "a2-assumed/world", ""].how
    assert "all areas" in cells["sales", "a3-assumed/world", ""].how
    assert cells["programs", "a2-assumed", ""].confidence == "assumed"


def test_peak_sales_by_territory_count_together():
    resolved, _ = resolve(
        company(
            asset(),
            asset("a2"),
            program(),
            sales(territory="cn", peak_sales=Uncertain.fixed(30)),
            sales(territory="us", peak_sales=Uncertain.fixed(70)),
            Territory(id="cn"),
            Territory(id="us"),
            home=("cn",),
        )
    )
    assert resolved.get(Sales, "a2-assumed/cn").peak_sales == Uncertain.fixed(100)


def test_an_assumed_program_without_any_peak_sales_is_an_error():
    assert "a1-assumed" in errors([asset()])["E399"].message


def test_what_was_stopped_stays_as_it_is():
    rows = [
        asset(),
        asset("a2", status="discontinued"),
        program(),
        program("p2", asset="a2"),
        program("p3", status="stopped"),
        sales(),
        sales("p2"),
        sales("p3"),
        Stage(program="p3", stage="phase2", pos=0.1),
        Filing(program="p2", territory="cn"),
        Deal(id="d1", partner="x", asset="a2", territories=("cn",)),
        Listing(program="p3", territory="cn"),
        Territory(id="cn"),
    ]
    before = company(*rows, home=("cn",))
    after, fills = resolve(before)
    assert not {fill.id.split("/")[0] for fill in fills} & {"a2", "p2", "p3", "d1", "a2-assumed"}
    for model, key in ((Asset, "a2"), (Program, "p2"), (Program, "p3"), (Sales, "p2"), (Sales, "p3"), (Deal, "d1")):
        assert after.get(model, key) == before.get(model, key)
    assert after.get(Stage, "p3/phase2") == before.get(Stage, "p3/phase2")
    assert after.get(Filing, "p2/cn") == before.get(Filing, "p2/cn")
    assert after.get(Listing, "p3/cn") == before.get(Listing, "p3/cn")


def test_dependency_waits_for_the_last_trial_stage():
    resolved, fills = resolve(
        company(asset(), program(), program("p2", depends_on="p1", stage="phase1"), sales(), sales("p2"))
    )
    assert resolved.get(Program, "p2").depends_stage == "phase3"
    assert by_cell(fills)["programs", "p2", "depends_stage"].value == "phase3"


def test_known_end_of_exclusivity_needs_no_years():
    known = program(exclusivity_end=date(2035, 1, 1))
    resolved, fills = resolve(company(asset(), known, sales()))
    assert ("programs", "p1", "exclusivity_years") not in by_cell(fills)
    assert resolved.get(Program, "p1").exclusivity_years is None


# --- filings, sales, listings, deals -----------------------------------------------------------------------------


def world(*rows, **more):
    places = (
        Territory(id="cn", authority="NMPA", currency="CNY"),
        Territory(id="us", authority="FDA"),
        Territory(id="xx", authority="Ministry"),
    )
    return company(asset(), *places, *rows, **({"home": ("cn",)} | more))


def test_review_and_lag_by_territory():
    resolved, fills = resolve(
        world(
            program(),
            sales(),
            Filing(program="p1", territory="cn", pathway="priority"),
            Filing(program="p1", territory="us"),
            Filing(program="p1", territory="xx"),
        )
    )
    cn, us, xx = (resolved.get(Filing, f"p1/{key}") for key in ("cn", "us", "xx"))
    assert (cn.submission_lag.mode, us.submission_lag.mode) == (0, 12)
    assert cn.review.mode == pytest.approx(304 / 30.4375, rel=1e-3)
    assert us.review.mode == pytest.approx(365 / 30.4375, rel=1e-3)
    assert xx.review == resolved.get(Stage, "p1/filing").duration
    assert "No review time is published for Ministry" in by_cell(fills)["filings", "p1/xx", "review"].how
    assert resolved.get(Territory, "us").currency == "USD"


def test_an_approval_elsewhere_raises_the_probability():
    resolved, fills = resolve(
        world(
            program(stage="marketed"),
            sales(territory="cn"),
            Filing(program="p1", territory="cn", status="approved", approved=date(2020, 1, 1)),
            Filing(program="p1", territory="us"),
            couplings=Couplings(filing=0.8),
        )
    )
    p = resolved.get(Stage, "p1/filing").pos
    # A filing planned abroad is made with probability 0.8.
    assert resolved.get(Filing, "p1/us").pos == pytest.approx(0.8 * given_approval_elsewhere(p, 0.8), abs=5e-4)
    assert given_approval_elsewhere(p, 0.8) > p
    assert resolved.get(Filing, "p1/cn").pos is None
    assert "Approved in cn" in by_cell(fills)["filings", "p1/us", "pos"].how


def test_without_filings_a_program_files_at_home_else_where_it_sells():
    resolved, _ = resolve(world(program(), sales(), home=("us", "cn")))
    assert [row.key for row in resolved.rows(Filing)] == ["p1/cn", "p1/us"]
    assert [row.key for row in resolved.rows(Sales)] == ["p1/us"]
    resolved, _ = resolve(world(program(), sales(territory="xx"), home=()))
    assert [row.key for row in resolved.rows(Filing)] == ["p1/xx"]
    assert resolved.get(Filing, "p1/xx").submission_lag.mode == 0
    with pytest.raises(CompanyError, match="E396"):
        resolve(world(program(), sales(), home=()))


def test_a_marketed_program_without_filings_is_taken_as_approved():
    since = date(2021, 5, 1)
    resolved, fills = resolve(world(program(stage="marketed", stage_since=since), sales()))
    assert resolved.get(Filing, "p1/cn").status == "approved"
    assert resolved.get(Filing, "p1/cn").approved == since
    assert by_cell(fills)["filings", "p1/cn", ""].confidence == "assumed"
    assert len(stages_of(resolved, "p1")) == 6


def test_without_a_home_a_program_is_at_home_where_it_is_furthest():
    planned, filed = Filing(program="p1", territory="cn"), Filing(program="p1", territory="us", status="filed")
    resolved, _ = resolve(world(program(stage="filing"), sales(), planned, filed, home=()))
    assert [row.key for row in resolved.rows(Sales)] == ["p1/us"]
    lag = {row.territory: row.submission_lag.mode for row in resolved.rows(Filing)}
    assert lag["us"] == 0 < lag["cn"]


def test_sales_of_all_territories_go_to_the_lead_one():
    filings = (Filing(program="p1", territory="us"), Filing(program="p1", territory="xx"))
    resolved, _ = resolve(world(program(), sales(), *filings))
    assert [row.key for row in resolved.rows(Sales)] == ["p1/us"]
    refused = (Filing(program="p1", territory="us", status="refused"), Filing(program="p1", territory="xx"))
    resolved, _ = resolve(world(program(), sales(), *refused))
    assert [row.key for row in resolved.rows(Sales)] == ["p1/xx"]
    with pytest.raises(CompanyError, match="E398"):
        resolve(world(program(), sales(), sales(territory="us"), *filings))


def test_listings_that_are_planned_get_odds_and_a_cut():
    resolved, fills = resolve(
        world(
            program(),
            program("p2"),
            sales(),
            sales("p2"),
            Listing(program="p1", territory="cn"),
            Listing(program="p2", territory="cn", status="listed"),
        )
    )
    assert resolved.get(Listing, "p1/cn").probability == pytest.approx(0.8133)
    assert resolved.get(Listing, "p1/cn").price_cut.mode == pytest.approx(0.615, abs=1e-3)
    assert resolved.get(Listing, "p2/cn").price_cut is None
    assert by_cell(fills)["listings", "p1/cn", "price_cut"].confidence == "remembered"


def test_deals_get_a_royalty_only_where_one_is_due():
    def deal(key, **more):
        return Deal(id=key, partner="x", asset="a1", territories=("us",), **more)

    resolved, _ = resolve(
        world(
            program(),
            sales(),
            deal("active"),
            deal("given", royalty=0.2),
            deal("tiered"),
            DealTier(deal="tiered", from_sales=0, royalty=0.1),
            deal("in", direction="in"),
            deal("over", status="ended"),
            deal("offered", status="offered", currency="CNY"),
        )
    )
    rates = {row.id: row.royalty for row in resolved.rows(Deal)}
    assert rates == {"active": 0.115, "given": 0.2, "tiered": None, "in": None, "over": None, "offered": 0.115}
    assert {row.id: row.currency for row in resolved.rows(Deal)}["offered"] == "CNY"
    assert resolved.get(Deal, "over").currency == ""
    later, _ = resolve(world(program(), program("p2", stage="marketed"), sales(), sales("p2"), deal("active")))
    assert later.get(Deal, "active").royalty == 0.25


def test_deal_stage_of_a_chain_of_ones_own():
    def link(name, order, kind):
        return Stage(
            chain="own",
            stage=name,
            order=order,
            kind=kind,
            pos=0.5,
            duration=Uncertain.fixed(9),
            cost=Uncertain.fixed(1),
        )

    rows = (
        link("entry", 1, "clinic"),
        link("proof", 2, "clinic"),
        link("pivotal", 3, "clinic"),
        link("review", 4, "filing"),
    )
    deal = Deal(id="d", partner="x", asset="a1", territories=("us",))
    for stage, want in (("entry", 0.075), ("proof", 0.115), ("pivotal", 0.16), ("review", 0.16)):
        resolved, _ = resolve(world(program(chain="own", stage=stage), sales(), deal, *rows))
        assert resolved.get(Deal, "d").royalty == want


def test_every_error_comes_at_once():
    found = errors([asset(), program(stage="phase9"), asset("a2")], currency="CNY")
    assert {"E290", "E393", "E399"} <= set(found)


# --- properties --------------------------------------------------------------------------------------------------

AREAS = st.sampled_from(["oncology", "neurology", "dermatology", "other"])
MODALITIES = st.sampled_from(["antibody", "adc", "small-molecule", "biosimilar"])
MAYBE = st.one_of(st.none(), st.floats(0.05, 0.95))


@st.composite
def companies(draw):
    """Small companies with blanks in any place, in any order of rows."""
    rows = [FxRate(currency="USD", rate=7.0), asset("a0"), program("p0", asset="a0"), sales("p0")]
    if own := draw(st.booleans()):
        rows += [
            Stage(chain="standard", stage="phase1", order=4, kind="clinic", pos=draw(MAYBE)),
            Stage(chain="standard", stage="phase2", order=5, kind="clinic"),
            Stage(chain="standard", stage="filing", order=7, kind="filing", overlap=0.5),
        ]
    home = ()
    if places := draw(st.booleans()):
        rows += [Territory(id="cn", authority="NMPA"), Territory(id="us")]
        home = ("cn",)
    starts = ["phase1", "phase2", "filing", "marketed"] + ([] if own else ["preclinical"])
    for at in range(1, draw(st.integers(1, 4))):
        status = draw(st.sampled_from(["active", "active", "discontinued"]))
        rows.append(asset(f"a{at}", area=draw(AREAS), modality=draw(MODALITIES), status=status, stage=starts[0]))
        for turn in range(draw(st.integers(0, 2))):
            key = f"p{at}-{turn}"
            state = draw(st.sampled_from(["active", "active", "stopped"]))
            rows.append(
                program(
                    key,
                    asset=f"a{at}",
                    stage=draw(st.sampled_from(starts)),
                    status=state,
                    biomarker=draw(st.sampled_from([None, True, False])),
                    rare=draw(st.booleans()),
                )
            )
            rows.append(sales(key))
            if draw(st.booleans()):
                rows.append(Stage(program=key, stage="phase2", pos=draw(MAYBE), overlap=draw(MAYBE)))
            if places and draw(st.booleans()):
                state = draw(st.sampled_from(["planned", "approved", "withdrawn"]))
                rows.append(Filing(program=key, territory="us", status=state, pos=draw(MAYBE)))
    return draw(st.permutations(rows)), home


@settings(max_examples=60, deadline=None)
@given(companies(), st.integers(0, 1000))
def test_resolving_is_complete_idempotent_and_free_of_order(drawn, seed):
    rows, home = drawn
    resolved, fills = resolve(company(*rows, currency="CNY", home=home))
    again, nothing = resolve(resolved)
    assert nothing == ()
    assert again == resolved
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    assert resolve(company(*shuffled, currency="CNY", home=home)) == (resolved, fills)
    alive = {row.id for row in resolved.rows(Asset) if row.status == "active"}
    for row in resolved.rows(Program):
        if row.status != "active" or row.asset not in alive:
            continue
        chain = stages_of(resolved, row.id)
        assert [stage.order for stage in chain] == list(range(1, len(chain) + 1))
        assert row.stage in [*(stage.stage for stage in chain), "marketed"]
        for stage in chain:
            assert None not in (stage.kind, stage.pos, stage.duration, stage.overlap, stage.cost, stage.spend)
        filed = [filing for filing in resolved.rows(Filing) if filing.program == row.id]
        assert filed
        for filing in filed:
            if filing.status == "planned":
                assert None not in (filing.pos, filing.submission_lag, filing.review)
        sold = [sale for sale in resolved.rows(Sales) if sale.program == row.id]
        assert sold
        assert all(sale.territory and sale.currency and sale.years_to_peak and sale.decline for sale in sold)


@settings(max_examples=60, deadline=None)
@given(companies())
def test_given_values_stay(drawn):
    rows, home = drawn
    before = company(*rows, currency="CNY", home=home)
    after, _ = resolve(before)
    for row in before.rows(Stage):
        kept = after.get(Stage, row.key)
        if row.program and kept is not None:
            assert row.pos in (None, kept.pos)
            assert row.overlap in (None, kept.overlap)
    for row in before.rows(Filing):
        assert row.pos in (None, after.get(Filing, row.key).pos)
    assert {row.id for row in before.rows(Program)} <= {row.id for row in after.rows(Program)}


def test_resolved_rows_would_pass_their_own_checks():
    lab = Discovery(
        id="lab", modality="sirna", area="allergy", cost_per_candidate=3, budget_per_year=7, peak_sales=PEAK
    )
    resolved, _ = resolve(company(asset(), asset("a2"), program(), sales(), lab))
    for name, model in TABLES.items():
        for row in resolved.tables[name].values():
            assert model.model_validate(row.model_dump()) == row


def test_a_resolved_company_passes_the_checks_of_a_company():
    before = world(
        program(chain="short", stage="trial"),
        sales(source="Forecast 2025"),
        Stage(chain="short", stage="trial", order=1, kind="clinic", pos=0.5, duration=PEAK, cost=PEAK),
        Stage(chain="short", stage="filing", order=2, kind="filing"),
        Discovery(id="lab", modality="adc", area="oncology", cost_per_candidate=3, budget_per_year=7, peak_sales=PEAK),
        Source(table_name="sales", id="p1", column="peak_sales", source="Forecast 2025"),
        FxRate(currency="CNY", rate=0.14),
    )
    before = replace(before, scenarios={"low": (Change(table_name="sales", id="p1", column="decline", value="0.5"),)})
    assert not [d for d in check(before) if d.severity is Severity.ERROR]
    after, _ = resolve(before)
    assert [str(d) for d in check(after) if d.severity is Severity.ERROR] == []
    assert [row.id for row in after.rows(Source)] == ["p1/cn"]
    assert after.scenarios["low"][0].id == "p1/cn"


def test_fills_are_in_a_stable_order():
    _, fills = resolve(company(asset(), asset("a2"), program(), sales()))
    tables = list(dict.fromkeys(fill.table for fill in fills))
    assert tables == [name for name in ("company", *TABLES) if name in tables]
    for name in tables:
        cells = [(fill.id, fill.column) for fill in fills if fill.table == name]
        assert cells == sorted(set(cells))


def test_resolving_takes_work_in_proportion_to_programs():
    few, many = (calls(partial(resolve, _programs(count))) for count in (100, 1_000))
    assert few > 1_000
    assert many < 11 * few


def _programs(count):
    rows = [FxRate(currency="USD", rate=7.0)]
    for at in range(count):
        rows += [asset(f"a{at}"), program(f"p{at}", asset=f"a{at}"), sales(f"p{at}")]
    return company(*rows, currency="CNY")


def test_durations_come_from_the_area_of_the_program():
    resolved, _ = resolve(company(asset(), program(area="infectious-disease"), sales()))
    want = durations.duration("phase2", "infectious-disease").value
    assert resolved.get(Stage, "p1/phase2").duration.mode == want.mode
