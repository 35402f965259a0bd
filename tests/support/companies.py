"""Companies made of rows, for tests of everything that runs futures."""

from datetime import date

from echelon.company.company import Company
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import (
    Competitor,
    Deal,
    DealMilestone,
    DealTier,
    Epidemiology,
    Filing,
    FxRate,
    Indication,
    Listing,
    Price,
    Sales,
    Scheme,
    Territory,
)
from echelon.company.rows.money import Actual, Choice, Resource
from echelon.company.rows.science import Asset, Discovery, Program, Stage
from echelon.company.rows.settings import Couplings, Echelons, General, Money, Settings, Supplying
from echelon.company.rows.supply import Certificate, Expansion, Inspection, Line, Recipe, RecipeStep, Site

AS_OF = date(2025, 9, 30)


def spread(low: float, mode: float, high: float) -> Uncertain:
    """A triangular value."""
    return Uncertain(low=low, mode=mode, high=high)


def between(low: float, high: float) -> Uncertain:
    """A uniform value."""
    return Uncertain(low=low, mode=0.5 * (low + high), high=high, dist="uniform")


def skewed(low: float, high: float) -> Uncertain:
    """A lognormal value by its 10 % and 90 % quantiles."""
    return Uncertain(low=low, mode=(low * high) ** 0.5, high=high, dist="lognormal")


def everything_on() -> Company:
    """A small company in which every rule acts: all couplings, all choices of a plan (`plans["all"]`), all tables.

    It is unresolved. Its plan pauses starts for want of cash and budget, runs short of lines before expansions are
    licensed, moves a process to another site, and stops, delays, funds, starts at risk and licenses at least once.
    """
    return Company.of(
        _settings(), [*_science(), *_markets(), *_selling(), *_supply(), *_money()], plans={"all": _plan()}
    )


def _settings() -> Settings:
    return Settings(
        company=General(
            name="Everything", as_of=AS_OF, horizon_years=14, terminal_years=8, currency="USD", home=("home",)
        ),
        money=Money(
            discount_rate=0.09,
            tax_rate=0.20,
            losses_carried=150.0,
            opening_cash=260.0,
            cash_floor=40.0,
            start_cover=1.5,
            cogs=0.18,
            selling=0.25,
            overhead=22.0,
            overhead_growth=0.01,
        ),
        echelons=Echelons(marketed=2, clinic=3, reserve=1),
        couplings=Couplings(asset=0.25, target=0.15, platform=0.10, filing=0.85, learning=0.30),
        supply=Supplying(share_out="margin", substance_cover=1.0, product_cover=2.0),
    )


def _chain(name: str, pos: tuple[float, ...], cost: float) -> list[Row]:
    names = ("preclinical", "phase1", "phase2", "phase3", "filing")
    kinds = ("reserve", "clinic", "clinic", "clinic", "filing")
    months = (spread(8, 12, 20), spread(12, 18, 27), skewed(14, 30), spread(20, 30, 44), between(10, 14))
    costs = (0.1, 0.25, 0.6, 1.6, 0.1)
    overlaps = (1.0, 0.85, 0.9, 0.8, 1.0)
    spends = ("uniform", "uniform", "middle", "uniform", "start")
    rows = zip(names, kinds, pos, months, costs, overlaps, spends, strict=True)
    return [
        Stage(
            chain=name,
            stage=stage,
            order=order,
            kind=kind,
            pos=chance,
            duration=length,
            overlap=overlap,
            cost=spread(0.7 * share * cost, share * cost, 1.6 * share * cost),
            spend=spend,
        )
        for order, (stage, kind, chance, length, share, overlap, spend) in enumerate(rows, start=1)
    ]


def _science() -> list[Row]:
    antibody, conjugate = "antibodies", "conjugates"
    return [
        *_chain("standard", (0.75, 0.65, 0.50, 0.65, 0.92), 60.0),
        *_chain("quick", (0.85, 0.75, 0.60, 0.70, 0.95), 35.0),
        Asset(id="alpha", modality="antibody", targets=("pd1",), area="oncology", platform=antibody),
        Asset(id="beta", modality="bispecific", targets=("pd1", "vegf"), area="oncology", platform=antibody),
        Asset(id="gamma", modality="adc", targets=("her2",), area="oncology", platform=conjugate, economic_share=0.6),
        Asset(id="delta", modality="antibody", targets=("il17",), area="autoimmune", platform=antibody),
        Asset(id="omega", modality="antibody", targets=("pd1",), area="oncology", platform=antibody),
        Program(id="omega-lung", asset="omega", indication="lung-1", stage="marketed", priority=1),
        Program(id="omega-duo", asset="omega", indication="lung-2", regimen=("beta",), stage="marketed", priority=2),
        Program(id="alpha-lung", asset="alpha", indication="lung-1", stage="phase3", stage_since=date(2024, 3, 1),
                priority=10, strength=spread(0.8, 1.1, 1.6)),
        Program(id="alpha-liver", asset="alpha", indication="liver-1", stage="phase2", stage_since=date(2025, 1, 15),
                priority=20, cost_share=0.5),
        Program(id="alpha-late", asset="alpha", indication="liver-1", stage="phase2", stage_since=date(2026, 2, 1),
                priority=45, depends_on="alpha-lung", depends_stage="phase3", strength=between(0.5, 1.0)),
        Program(id="beta-lung", asset="beta", indication="lung-1", stage="phase2", stage_since=date(2025, 6, 1),
                priority=15, strength=skewed(0.9, 2.0)),
        Program(id="duo-lung", asset="beta", indication="lung-2", regimen=("alpha", "chemotherapy"), stage="phase2",
                stage_since=date(2025, 2, 1), priority=18, strength=spread(0.8, 1.2, 1.7)),
        Program(id="alpha-early", asset="alpha", indication="lung-2", stage="phase3", stage_since=date(2024, 10, 1),
                priority=14),
        Program(id="gamma-breast", asset="gamma", stage="filing", stage_since=date(2025, 6, 1), priority=12,
                exclusivity_end=date(2034, 6, 30)),
        Program(id="gamma-next", asset="gamma", stage="phase1", stage_since=date(2025, 3, 1), priority=30),
        Program(id="delta-skin", asset="delta", stage="preclinical", stage_since=date(2025, 4, 1), priority=40,
                chain="quick", exclusivity_years=6.0),
        Program(id="delta-joint", asset="delta", stage="phase1", stage_since=date(2027, 1, 1), priority=50,
                chain="quick"),
        Discovery(id="engine", modality="antibody", area="oncology", platform=antibody, chain="quick",
                  candidates_per_year=0.8, cost_per_candidate=4.0, peak_sales=skewed(40, 260), economic_share=0.9),
    ]  # fmt: skip


def _markets() -> list[Row]:
    return [
        Territory(id="home", authority="fda", currency="USD"),
        Territory(id="east", authority="nmpa", currency="CNY"),
        Territory(id="west", authority="ema", currency="USD"),
        Territory(id="south", authority="tga", currency="USD", own_team=1.5),
        Territory(id="north", currency="USD", own_team=0.8),
        FxRate(currency="CNY", rate=0.14),
        Indication(id="lung-1", disease="lung", share_of_patients=spread(0.3, 0.4, 0.5),
                   months_on_therapy=spread(6, 8, 11)),
        Indication(id="lung-2", disease="lung", after="lung-1", share_of_patients=spread(0.4, 0.55, 0.7),
                   months_on_therapy=spread(4, 5, 7), eligible=0.9, biomarker_share=0.6, adherence=0.95),
        Indication(id="lung-early", disease="lung", share_of_patients=between(0.5, 0.8),
                   months_on_therapy=Uncertain.fixed(9)),
        Indication(id="liver-1", disease="liver", share_of_patients=between(0.4, 0.6),
                   months_on_therapy=Uncertain.fixed(14)),
        Epidemiology(disease="lung", territory="home", year=2023, patients=spread(3500, 4200, 5200), growth=0.01,
                     diagnosed=0.9, treated=0.7),
        Epidemiology(disease="lung", territory="east", year=2024, patients=skewed(9000, 15000), growth=0.02,
                     diagnosed=0.7, treated=0.6),
        Epidemiology(disease="lung", territory="south", year=2024, patients=spread(900, 1100, 1500), treated=0.8),
        Epidemiology(disease="lung", territory="north", year=2024, patients=between(500, 800), growth=-0.01),
        Epidemiology(disease="liver", territory="home", year=2024, patients=Uncertain.fixed(3000), diagnosed=0.8,
                     treated=0.8),
        Epidemiology(disease="liver", territory="east", year=2024, kind="prevalence", patients=between(9000, 14000),
                     diagnosed=0.6, treated=0.5),
        Competitor(id="old", indication="lung-1", territory="home", entry=date(2021, 5, 1), strength=1.2),
        Competitor(id="soon", indication="lung-1", territory="home", entry=date(2027, 8, 1), strength=0.9),
        Competitor(id="late", indication="lung-2", territory="home", entry_years=between(3, 9), probability=0.8),
        Competitor(id="maybe", indication="lung-1", territory="east", entry_years=spread(1, 3, 6), probability=0.6),
        Competitor(id="maybe", indication="liver-1", territory="home", entry_years=skewed(2, 6), probability=0.7),
        Competitor(id="third", indication="lung-1", territory="south", entry_years=between(3, 7)),
        Competitor(id="other", indication="liver-1", territory="east", entry_years=between(1, 8), strength=1.3),
    ]  # fmt: skip


def _selling() -> list[Row]:
    months = Uncertain.fixed
    return [
        Price(asset="alpha", territory="home", net_price=spread(4500, 5500, 7000), growth=-0.01),
        Price(asset="alpha", territory="east", net_price=spread(5000, 7000, 9000), growth=-0.02),
        Price(asset="beta", territory="home", net_price=spread(6000, 8000, 11000)),
        Price(asset="beta", territory="east", net_price=skewed(6000, 12000)),
        Price(asset="omega", territory="home", net_price=spread(4000, 5000, 6000)),
        Price(asset="omega", territory="south", net_price=between(3000, 4000)),
        Price(asset="alpha", territory="south", net_price=spread(3000, 4000, 5500)),
        Price(asset="alpha", territory="north", net_price=months(3500)),
        Price(asset="beta", territory="south", net_price=spread(5000, 6000, 8000), growth=-0.03),
        Sales(program="gamma-breast", territory="home", peak_sales=spread(60, 110, 190), years_to_peak=months(5)),
        Sales(program="gamma-breast", territory="east", peak_sales=skewed(200, 700), currency="CNY"),
        Sales(program="gamma-next", peak_sales=spread(20, 60, 150), decline=1.0),
        Sales(program="delta-skin", territory="home", peak_sales=between(40, 120), years_to_peak=spread(2, 3, 5),
              decline=0.5),
        Sales(program="delta-joint", territory="west", peak_sales=spread(30, 60, 100)),
        Filing(program="omega-lung", territory="home", status="approved", approved=date(2023, 2, 1),
               pathway="conditional", confirm=spread(30, 48, 72), confirm_pos=0.8, confirm_cost=6.0),
        Filing(program="omega-lung", territory="south", status="approved", approved=date(2024, 3, 1)),
        Filing(program="omega-duo", territory="home", status="approved", approved=date(2024, 9, 1),
               pathway="conditional", confirmed_by="alpha-liver"),
        Filing(program="alpha-lung", territory="south", submission_lag=between(6, 15), review=months(9),
               validation=spread(1, 2, 3), sites=("plant", "maker")),
        Filing(program="alpha-lung", territory="north", pathway="reliance", relies_on="home", pos=0.95,
               review=spread(2, 4, 8)),
        Filing(program="alpha-early", territory="home", pathway="conditional", confirmed_by="alpha-late",
               review=spread(5, 6, 9), pos=0.6),
        Filing(program="alpha-early", territory="east", pathway="conditional", confirm=between(24, 60),
               confirm_pos=0.6, confirm_cost=12.0, accepts_data=0.5, bridging=spread(9, 14, 24), bridging_cost=5.0,
               bridging_pos=0.8, pos=0.7, submission_lag=months(3), review=between(8, 14)),
        Filing(program="duo-lung", territory="home", complete_response=0.5, cycles=3, response=skewed(4, 14)),
        Filing(program="duo-lung", territory="south", submission_lag=spread(3, 6, 9), review=spread(8, 11, 15),
               accepts_data=0.7, bridging=months(12), bridging_pos=1.0),
        Filing(program="omega-lung", territory="east", status="filed", submitted=date(2025, 5, 1),
               review=spread(9, 13, 18), pos=0.9, launch_lag=4),
        Filing(program="alpha-lung", territory="home", complete_response=0.3, review=spread(8, 10, 13)),
        Filing(program="alpha-lung", territory="east", relies_on="home", review=between(6, 12), pos=0.8,
               submission_lag=spread(2, 6, 12)),
        Filing(program="alpha-liver", territory="home"),
        Filing(program="alpha-liver", territory="east", complete_response=0.4, response=Uncertain.fixed(9.0),
               submission_lag=spread(0, 3, 9)),
        Filing(program="alpha-late", territory="home"),
        Filing(program="beta-lung", territory="home", launch_lag=3),
        Filing(program="beta-lung", territory="east", submission_lag=months(9), review=skewed(8, 16)),
        Filing(program="gamma-breast", territory="home", status="filed", submitted=date(2025, 6, 1),
               review=spread(8, 12, 16)),
        Filing(program="gamma-breast", territory="east", submission_lag=spread(12, 18, 30), relies_on="home",
               pos=0.7),
        Filing(program="delta-skin", territory="home"),
        Filing(program="delta-joint", territory="west"),
        Listing(program="alpha-lung", territory="east", probability=0.7, price_cut=spread(0.3, 0.45, 0.6), volume=2.5),
        Listing(program="beta-lung", territory="east", probability=0.5, price_cut=between(0.2, 0.5),
                months_to_list=18, volume=2.2),
        Listing(program="omega-lung", territory="south", scheme="fund", status="listed", listed=date(2024, 9, 1)),
        Listing(program="alpha-lung", territory="south", scheme="fund", most_cut=0.32),
        Listing(program="duo-lung", territory="south", scheme="fund"),
        Listing(program="gamma-breast", territory="east", probability=0.6, price_cut=skewed(0.3, 0.6), volume=3.0),
        Scheme(id="fund", territory="south", effective_month=7, cutoff_months=4, probability=0.6,
               price_cut=spread(0.1, 0.25, 0.4), volume=2.0, renewal_years=1.5, renewals=4,
               renewal_cut=between(0.02, 0.15), delisting=0.08, exclusive_volume=1.25),
        Deal(id="alpha-east", partner="Partner", asset="alpha", territories=("east", "north"), signed=date(2024, 1, 1),
             ends=date(2037, 12, 31), approval_milestone=15.0, sales_milestone=25.0, sales_milestone_at=80.0,
             supply_share=0.05, supply_cost=0.03),
        Deal(id="alpha-north", partner="Neighbour", asset="alpha", territories=("north",), signed=date(2024, 6, 1),
             sublicense_of="alpha-east", pass_on=0.6, royalty=0.2, approval_milestone=3.0),
        Deal(id="alpha-south", partner="Trader", asset="alpha", territories=("south",), status="option",
             route="distribution", option_chance=0.6, option_on=date(2027, 1, 1), upfront=4.0, royalty=0.08,
             supply_share=0.22, supply_cost=0.1),
        Deal(id="beta-east", partner="Both", asset="beta", territories=("east",), signed=date(2024, 1, 1),
             route="venture", profit_share=0.4, partner_cost=0.35, royalty=0.05, upfront=2.0),
        Deal(id="omega-south", partner="Sales force", asset="omega", territories=("south",), signed=date(2024, 3, 1),
             route="promotion", commission=0.2, royalty=0.0, ends=date(2029, 12, 31), extension_chance=0.5,
             extension_years=3.0),
        DealMilestone(deal="beta-east", id="pivotal", kind="development", program="beta-lung", stage="phase3",
                      amount=7.0),
        DealMilestone(deal="beta-east", id="first", kind="regulatory", amount=11.0),
        DealMilestone(deal="beta-east", id="sold", kind="sales", at_sales=4.0, amount=9.0),
        DealTier(deal="alpha-east", from_sales=0.0, royalty=0.10),
        DealTier(deal="alpha-east", from_sales=40.0, royalty=0.14),
        DealTier(deal="alpha-east", from_sales=120.0, royalty=0.18),
        Deal(id="gamma-east", partner="Other", asset="gamma", territories=("east",), status="offered", currency="CNY",
             upfront=120.0, approval_milestone=200.0, royalty=0.15),
        Deal(id="beta-in", partner="University", asset="beta", direction="in", territories=("home", "east"),
             signed=date(2022, 1, 1), royalty=0.04),
    ]  # fmt: skip


def _supply() -> list[Row]:
    return [*_network(), *_recipes(), *_oversight()]


def _network() -> list[Row]:
    months = Uncertain.fixed
    return [
        Site(id="plant", territory="home"),
        Site(id="maker", operator="contract"),
        Site(id="finisher", territory="south", fixed_cost=0.8),
        Line(id="plant-a", site="plant", litres=900, utilisation=0.8, reactors=3, changeover_days=6),
        Line(id="plant-b", site="plant", litres=250, from_date=date(2028, 2, 15)),
        Line(id="plant-pure", site="plant", step="purification", rate=120, changeover_days=2),
        Line(id="maker-a", site="maker", litres=700),
        Line(id="maker-link", site="maker", step="conjugation", rate=40),
        Line(id="plant-fill", site="plant", step="filling", rate=450, changeover_days=1),
        Line(id="maker-fill", site="maker", step="filling", rate=150),
        Line(id="finisher-fill", site="finisher", step="filling", rate=200, from_date=date(2026, 9, 1)),
        Line(id="finisher-dry", site="finisher", step="lyophilisation", rate=220),
        Line(id="finisher-pack", site="finisher", step="packaging", rate=400),
        Expansion(id="plant-c", site="plant", litres=1500, capital=70.0, build=spread(16, 20, 30),
                  licence=spread(6, 9, 14)),
        Expansion(id="plant-d", site="plant", litres=300, capital=12.0, build=months(18), licence=months(6),
                  starts=date(2025, 1, 1)),
        Expansion(id="plant-e", site="plant", litres=800, capital=30.0, build=spread(14, 18, 24), licence=months(8),
                  trigger=0.7, trigger_years=3.0),
        Expansion(id="more-filling", site="plant", step="filling", rate=300, capital=9.0, build=between(8, 14),
                  licence=months(4), trigger=0.9, trigger_years=1.5),
        Certificate(site="plant", territory="home"),
        Certificate(site="plant", territory="east"),
        Certificate(site="plant", territory="west"),
        Certificate(site="plant", territory="south", shipping=4.0),
        Certificate(site="plant", territory="north", shipping=2.0),
        Certificate(site="maker", territory="home"),
        Certificate(site="maker", territory="east", from_date=date(2026, 10, 1)),
        Certificate(site="finisher", territory="home", from_date=date(2027, 3, 1)),
        Certificate(site="finisher", territory="east"),
        Certificate(site="finisher", territory="south", from_date=date(2026, 2, 1)),
    ]  # fmt: skip


def _recipes() -> list[Row]:
    months = Uncertain.fixed
    kept = {"substance_release": 2.0, "substance_shelf": 24.0, "product_release": 1.5, "product_shelf": 6.0}
    return [
        Recipe(asset="omega", site="plant", titer=spread(2, 3, 4), grams_per_month=0.6, unit_grams=0.2,
               substance_cost=60.0, product_cost=12.0, substance_release=2.0, product_release=1.0, product_shelf=3.0),
        Recipe(asset="omega", site="finisher", steps=("filling", "packaging"), product_cost=9.0, unit_grams=0.2),
        Recipe(asset="alpha", site="plant", titer=spread(2, 3, 4.5), grams_per_month=0.6, unit_grams=0.3, **kept),
        Recipe(asset="alpha", site="maker", titer=spread(2, 3, 4.5), unit_grams=0.3, substance_release=3.0,
               product_release=4.0, transfer=spread(9, 15, 24), transfer_cost=6.0,
               transfer_starts=date(2026, 6, 1)),
        Recipe(asset="alpha", site="finisher", unit_grams=0.3, transfer=months(12), transfer_cost=2.0),
        Recipe(asset="beta", site="plant", titer=skewed(1.5, 3.5), grams_per_month=0.9, unit_grams=0.45,
               substance_shelf=3.0, product_release=3.0),
        Recipe(asset="gamma", site="maker", titer=between(1, 3), sales_per_gram=15_000, unit_grams=0.1,
               substance_cost=150.0, substance_release=1.0, substance_shelf=9.0),
        Recipe(asset="gamma", site="finisher", sales_per_gram=15_000, unit_grams=0.1, product_cost=80.0,
               product_release=2.0, product_shelf=12.0),
        Recipe(asset="delta", site="plant", titer=months(3), sales_per_gram=12_000, unit_grams=0.1),
        RecipeStep(asset="omega", site="plant", step="filling", recovery=0.96, batch_success=0.98),
        RecipeStep(asset="alpha", site="plant", step="purification", load=1.3, batch_success=0.97),
        RecipeStep(asset="gamma", site="maker", step="conjugation", recovery=0.85, batch_success=0.9),
        RecipeStep(asset="gamma", site="finisher", step="lyophilisation", recovery=0.95, load=1.2),
    ]  # fmt: skip


def _oversight() -> list[Row]:
    months = Uncertain.fixed
    return [
        Inspection(site="plant", territory="home", oai=0.35, oai_delay=spread(4, 8, 14), readiness=0.6,
                   missed=0.2, missed_delay=between(3, 9), control_gap=0.25, control_gap_delay=skewed(4, 12),
                   supply_stop=0.4, interval_years=2.0),
        Inspection(site="plant", territory="south", oai=0.3, vai=0.4, oai_delay=months(7), missed=0.1,
                   visited=date(2025, 3, 1), outcome="vai", supply_stop=0.7, interval_years=2.5),
        Inspection(site="maker", territory="south", oai=0.4, oai_delay=spread(3, 9, 12), readiness=0.3),
        Inspection(site="plant", territory="east", oai=0.2, oai_delay=months(6)),
        Inspection(site="maker", territory="home", oai=0.5, oai_delay=between(3, 9), supply_stop=0.5),
    ]  # fmt: skip


def _money() -> list[Row]:
    quarters = ("2024Q4", "2025Q1", "2025Q2", "2025Q3")
    return [
        *(Resource(resource="rd_budget", year=year, amount=60.0) for year in (2026, 2028, 2029)),
        *(Actual(quarter=quarter, item="sales", asset="omega", amount=18.0 + i) for i, quarter in enumerate(quarters)),
    ]


def _plan() -> tuple[Choice, ...]:
    return (
        Choice(action="fund", target="alpha-lung"),
        Choice(action="fund", target="beta-lung"),
        Choice(action="at_risk", target="beta-lung", value=0.25),
        Choice(action="delay", target="delta-skin", on=date(2026, 11, 15)),
        Choice(action="stop", target="gamma-next", on=date(2029, 5, 1)),
        Choice(action="stop_below", target="alpha-liver", value=0.64),
        Choice(action="build", target="plant-c", on=date(2026, 5, 1)),
        Choice(action="transfer", target="alpha/finisher", on=date(2027, 1, 1)),
        Choice(action="license", target="gamma-east", on=date(2026, 1, 1)),
        Choice(action="own", target="alpha-east", on=date(2035, 3, 1)),
        Choice(action="accept_cut", target="duo-lung", value=0.3),
    )
