"""Examples load and resolve; their data keep counts, sources and marks; published inputs give published totals."""

from collections import Counter
from math import log, prod
from pathlib import Path

import pytest

import echelon.examples
from echelon.company.check import check
from echelon.company.company import Company
from echelon.company.diagnostics import Severity
from echelon.company.making import steps_of
from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows import TABLES
from echelon.company.rows.market import (
    Competitor,
    Deal,
    DealMilestone,
    Epidemiology,
    Filing,
    Indication,
    Listing,
    Price,
    Sales,
    Territory,
)
from echelon.company.rows.money import Actual, Source
from echelon.company.rows.science import Asset, Discovery, Program, Stage
from echelon.company.rows.supply import Certificate, Expansion, Line, Recipe, Site
from echelon.futures.build.build import build

ROOT = Path(echelon.examples.__file__).parent
NAMES = sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.rglob("company.toml"))


@pytest.fixture(scope="module")
def alliance() -> Company:
    return load(ROOT / "top_alliance")


@pytest.fixture(scope="module")
def paul() -> Company:
    return load(ROOT / "published/paul2010")


def chain(company: Company) -> list[Stage]:
    return sorted((row for row in company.rows(Stage) if row.chain), key=lambda row: row.order or 0)


def test_there_are_examples() -> None:
    assert {"top_alliance", "biotech", "textbook", "published/paul2010", "published/dimasi2016"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_loads_without_error_and_resolves(name: str) -> None:
    company = load(ROOT / name)
    assert [str(d) for d in check(company) if d.severity is Severity.ERROR] == []
    resolved, _ = resolve(company)
    assert resolved.rows(Program)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_says_where_it_comes_from(name: str) -> None:
    company = load(ROOT / name)
    bare = [f"{t}/{r.key}" for t in TABLES for r in company.tables[t].values() if not (r.source and r.confidence)]
    assert bare == []
    loose = [
        f"{kind}/{row.key}"
        for kind in (company.plans, company.scenarios)
        for rows in kind.values()
        for row in rows
        if not (row.source and row.confidence)
    ]
    assert loose == []


@pytest.mark.parametrize("name", NAMES)
def test_has_a_notice_and_a_readme(name: str) -> None:
    assert load(ROOT / name).settings.company.notice
    assert (ROOT / name / "README.md").read_text(encoding="utf-8").startswith("# ")


def test_biotech_is_three_tables() -> None:
    company = load(ROOT / "biotech")
    assert {name for name, rows in company.tables.items() if rows} == {"assets", "programs", "sales"}
    assert len(company.rows(Asset)) == len(company.rows(Program)) == len(company.rows(Sales)) == 1


# --- top_alliance


def test_alliance_has_56_assets_in_its_echelons(alliance: Company) -> None:
    assets = alliance.rows(Asset)
    assert len(assets) == 56
    assert Counter(a.stage for a in assets if a.status == "active") == {
        "marketed": 5,
        "phase3": 4,
        "phase2": 5,
        "phase1": 24,
        "ind": 1,
        "preclinical": 13,
    }
    assert sum(a.stage_confidence == "remembered" for a in assets) == 44


def test_toripalimab_has_twelve_chinese_approvals_and_a_thirteenth_filing(alliance: Company) -> None:
    ours = {p.id for p in alliance.rows(Program) if p.asset == "js001"}
    chinese = [f for f in alliance.rows(Filing) if f.program in ours and f.territory == "cn"]
    assert Counter(f.status for f in chinese if f.status != "planned") == {"approved": 12, "filed": 1}
    first = min(f.approved for f in chinese if f.approved)
    assert first.isoformat() == "2018-12-17"


def test_toripalimab_is_approved_in_37_jurisdictions_read_and_3_remembered(alliance: Company) -> None:
    ours = {p.id for p in alliance.rows(Program) if p.asset == "js001"}
    members: Counter[str] = Counter()
    for territory in {f.territory for f in alliance.rows(Filing) if f.program in ours and f.status == "approved"}:
        marks = {
            f.confidence
            for f in alliance.rows(Filing)
            if f.program in ours and f.territory == territory and f.status == "approved"
        }
        row = alliance.get(Territory, territory)
        assert row is not None
        members["remembered" if marks == {"remembered"} else "read"] += row.members
    assert members == {"read": 37, "remembered": 3}


def test_nothing_is_known_after_the_company_date(alliance: Company) -> None:
    as_of = alliance.settings.company.as_of
    assert [f.key for f in alliance.rows(Filing) if f.approved and f.approved > as_of] == []
    assert [c.key for c in alliance.rows(Competitor) if c.entry and c.entry > as_of] == []


def test_every_active_asset_has_a_program_and_assumed_ones_say_so(alliance: Company) -> None:
    running = {p.asset for p in alliance.rows(Program) if p.status == "active"}
    assert {a.id for a in alliance.rows(Asset) if a.status == "active"} == running
    for program in alliance.rows(Program):
        assert program.assumed == program.id.endswith("-lead")
        if program.assumed:
            assert program.confidence == "assumed"


def test_marketed_toripalimab_has_patients_and_a_price_wherever_it_is_filed(alliance: Company) -> None:
    for filing in alliance.rows(Filing):
        program = alliance.get(Program, filing.program)
        assert program is not None
        if program.asset != "js001" or not program.indication or program.status == "stopped":
            continue
        market = alliance.get(Indication, program.indication)
        assert market is not None
        assert alliance.get(Epidemiology, f"{market.disease}/{filing.territory}"), filing.key
        assert alliance.get(Price, f"js001/{filing.territory}"), filing.key


def test_pipeline_sales_are_wide_and_assumed(alliance: Company) -> None:
    for row in alliance.rows(Sales):
        program = alliance.get(Program, row.program)
        assert program is not None
        assert row.confidence == "assumed"
        if program.stage != "marketed":
            assert row.peak_sales.high >= 8 * row.peak_sales.low, row.key


def test_remembered_marks_survive(alliance: Company) -> None:
    marked = {(t, r.key) for t in TABLES for r in alliance.tables[t].values() if r.confidence == "remembered"}
    assert {
        ("filings", "js001-npc-1l/jo"),
        ("filings", "js001-npc-1l/ae"),
        ("filings", "js001-npc-1l/kw"),
        ("lines", "lingang-2000l"),
        ("actuals", "2025Q3/sales/js001/cn"),
        ("assets", "js501"),
        ("programs", "js004-chl"),
        ("deals", "dac-js108"),
    } <= marked
    warned = {d.place for d in check(alliance) if d.severity is Severity.REMEMBERED}
    assert len(warned) == sum(table != "sources" for table, _ in marked)


def test_plants_and_the_way_to_160_000_litres(alliance: Company) -> None:
    own = {site.id for site in alliance.rows(Site) if site.operator == "own"}
    now = sum(line.litres or 0 for line in alliance.rows(Line) if line.site in own)
    assert now == 46_500
    assert now + sum(step.litres or 0 for step in alliance.rows(Expansion)) == 160_000
    assert all(step.starts is None and step.trigger is None for step in alliance.rows(Expansion))
    capital = sum(step.capital for step in alliance.rows(Expansion) if "phase" in step.id)
    assert capital == pytest.approx(113_500 * 7_500 * 7.12 / 1e6, abs=0.2)


def test_lingang_has_every_step_of_a_conjugate_and_supplies_china_until_others_have_come(alliance: Company) -> None:
    steps = {line.step for line in alliance.rows(Line) if line.site == "lingang"}
    assert set(steps_of("adc")) == steps
    as_of = alliance.settings.company.as_of
    held = [row for row in alliance.rows(Certificate) if row.site == "lingang"]
    assert {row.territory for row in held if row.from_date and row.from_date <= as_of} == {"cn"}
    assert all(row.from_date for row in held)


def test_every_kind_of_molecule_has_a_recipe(alliance: Company) -> None:
    made = {row.asset for row in alliance.rows(Recipe)}
    kinds = {asset.modality for asset in alliance.rows(Asset) if asset.id in made}
    assert kinds == {
        "antibody",
        "biosimilar",
        "bispecific",
        "adc",
        "fusion-protein",
        "small-molecule",
        "vaccine",
    }


def test_purification_takes_what_the_reactors_give_at_five_grams_a_litre(alliance: Company) -> None:
    for site in ("suzhou-wujiang", "lingang"):
        size = {line.step: line.litres or line.rate or 0 for line in alliance.rows(Line) if line.site == site}
        assert size["purification"] == pytest.approx(size["cell-culture"] * 0.8 * 5 * 0.7 / 17, rel=0.01)


def test_orders_are_few_enough_to_be_fast(alliance: Company) -> None:
    supply = build(resolve(alliance)[0]).model.supply
    assert supply.order_asset.size < 30
    assert supply.capacity.shape[0] < 20


def test_reported_quarters(alliance: Company) -> None:
    quarters = ("2024Q4", "2025Q1", "2025Q2", "2025Q3")
    rows = {row.key: row.amount for row in alliance.rows(Actual)}
    assert sum(rows[f"{quarter}/sales/js001/cn"] for quarter in quarters) == 433 + 447 + 507 + 541
    assert sum(rows[f"{quarter}/revenue"] for quarter in quarters) == 677 + 501 + 667 + 637


def test_ended_deals_do_not_run(alliance: Company) -> None:
    status = {deal.id: deal.status for deal in alliance.rows(Deal)}
    assert status["coherus-js001"] == "active"
    assert {status[i] for i in ("coherus-js006", "lilly-js016", "astrazeneca-js001")} == {"ended"}
    assert status["drreddys-js001-option"] == "option"


def test_twelve_chinese_approvals_ten_listed_four_alone(alliance: Company) -> None:
    ours = {p.id for p in alliance.rows(Program) if p.asset == "js001" and p.stage == "marketed"}
    approved = {f.program for f in alliance.rows(Filing) if f.territory == "cn" and f.status == "approved"} & ours
    listings = [row for row in alliance.rows(Listing) if row.territory == "cn" and row.program in approved]
    assert len(approved) == len(listings) == 12
    listed = [row for row in listings if row.status == "listed"]
    assert len(listed) == 10
    assert sum(row.exclusive is True for row in listed) == 4


def test_the_network_has_a_filing_in_every_named_territory(alliance: Company) -> None:
    ours = {p.id for p in alliance.rows(Program) if p.asset == "js001"}
    filed = {f.territory for f in alliance.rows(Filing) if f.program in ours}
    selling = [d for d in alliance.rows(Deal) if d.asset == "js001" and d.direction == "out" and d.status != "ended"]
    network = {t for deal in selling for t in deal.territories}
    assert network - filed == {"drl-option"}
    members = {row.id: row.members for row in alliance.rows(Territory)}
    assert sum(members[t] for t in network) == 84
    option = alliance.get(Deal, "drreddys-js001-option")
    assert option is not None
    assert sum(members[t] for t in option.territories) == 11


def test_milestones_add_up_to_what_was_announced(alliance: Company) -> None:
    total: dict[str, float] = {}
    for row in alliance.rows(DealMilestone):
        total[row.deal] = total.get(row.deal, 0.0) + row.amount
    upfront = {deal.id: deal.upfront for deal in alliance.rows(Deal)}
    assert total["coherus-js001"] == pytest.approx(380 - 25)
    sales = [m for m in alliance.rows(DealMilestone) if m.deal == "coherus-js001" and m.kind == "sales"]
    assert sum(m.amount for m in sales) == 290
    assert total["hikma-js001"] + upfront["hikma-js001"] == 12
    assert total["drreddys-js001"] == pytest.approx(718.3)
    assert total["apotex-js001"] == 51.5
    assert total["rxilient-js001"] == pytest.approx(4.52)
    wigen = [i for i in upfront if i.startswith("wigen-")]
    assert sum(total[i] + upfront[i] for i in wigen) == 436


def test_intake_and_plans(alliance: Company) -> None:
    assert sum(row.candidates_per_year or 0 for row in alliance.rows(Discovery)) == pytest.approx(13)
    assert {"base", "build-a", "build-a-b", "second-source", "own-europe", "own-mena", "refuse-deep-cuts"} <= set(
        alliance.plans
    )
    assert {c.action for c in alliance.plans["build-a-b"]} == {"fund", "build"}
    assert {c.action for c in alliance.plans["second-source"]} == {"fund", "transfer"}
    assert {"fewer-rivals", "price-cut", "us-delay", "readiness", "no-control-gap", "build-when-needed"} <= set(
        alliance.scenarios
    )


def test_sources_name_rows_that_exist(alliance: Company) -> None:
    for row in alliance.rows(Source):
        assert row.id in alliance.tables[row.table_name], row.key


# --- textbook and published inputs: the rows, put through the published formula, give the published total


def test_textbook_readme_is_the_arithmetic_of_its_tables() -> None:
    company = load(ROOT / "textbook")
    money = company.settings.money
    stages = chain(company)
    factor = [1.1 ** -((quarter + 0.5) / 4) for quarter in range(40)]
    text = (ROOT / "textbook/README.md").read_text(encoding="utf-8")
    total = 0.0
    for program in company.rows(Program):
        at, reach, value = 0, 1.0, 0.0
        for stage in stages[[row.stage for row in stages].index(program.stage) :]:
            assert stage.duration
            assert stage.cost
            assert stage.pos
            length = round(stage.duration.mode / 3)
            value -= reach * stage.cost.mode / length * sum(factor[at : at + length])
            at, reach = at + length, reach * stage.pos
        sales = company.get(Sales, f"{program.id}/home")
        assert sales
        margin = sales.peak_sales.mode / 4 * (1 - money.cogs - money.selling)
        value += reach * margin * sum(factor[at:])
        total += value
        assert f"{value:.6f}" in text
    assert f"**{total:.6f}**" in text


def test_paul_2010_costs_per_launch(paul: Company) -> None:
    stages = chain(paul)
    odds = [row.pos or 0 for row in stages]
    years = [row.duration.mode / 12 for row in stages if row.duration]
    costs = [row.cost.mode for row in stages if row.cost]
    loa, left, spent, capital = prod(odds), sum(years), 0.0, 0.0
    for index, cost in enumerate(costs):
        each = cost * prod(odds[:index]) / loa
        spent += each
        capital += each * 1.11 ** (left - years[index] / 2)
        left -= years[index]
    assert spent == pytest.approx(873.02, abs=0.01)
    assert capital == pytest.approx(1778.42, abs=0.01)


def test_dimasi_2016_costs_per_approval() -> None:
    company = load(ROOT / "published/dimasi2016")
    rate, left, reach, spent, capital = log(1.105), 31.2 + 19.8 + 30.3 + 30.7 + 16.0, 1.0, 0.0, 0.0
    stages = chain(company)
    loa = prod(row.pos or 0 for row in stages)
    for row in stages:
        assert row.duration
        assert row.cost
        assert row.overlap
        length = row.duration.mode / 12
        each = row.cost.mode * reach / loa
        start = left / 12
        spent += each
        capital += each * (1.105**start - 1.105 ** (start - length)) / rate / length
        left -= row.overlap * row.duration.mode
        reach *= row.pos or 0
    assert left == pytest.approx(0, abs=1e-9)
    assert spent == pytest.approx(965.1 + 430, abs=0.5)
    assert capital == pytest.approx(2558, abs=1)


@pytest.mark.parametrize(("name", "platform"), [("fund150", 0.0), ("fund150_correlated", 0.1)])
def test_funds_differ_only_in_their_coupling(name: str, platform: float) -> None:
    company = load(ROOT / "published" / name)
    assert len(company.rows(Program)) == 150
    assert {asset.platform for asset in company.rows(Asset)} == {"fund"}
    assert company.settings.couplings.platform == platform
    assert company.tables == load(ROOT / "published/fund150").tables


def test_bio_2020_likelihoods_of_approval() -> None:
    company = load(ROOT / "published/bio2020")
    printed = 0
    for program in company.rows(Program):
        odds = [row.pos or 0 for row in company.rows(Stage) if row.program == program.id]
        assert len(odds) == 4
        if program.note:
            printed += 1
            assert prod(odds) == pytest.approx(float(program.note.split()[-1]), abs=0.00051)
    assert printed == 26
