"""Sites, listings and partners on the page: the run's numbers, that they add up, and what is said without any."""

import re
from dataclasses import replace
from html import unescape

import polars as pl
import pytest

import echelon
from echelon.company.rows.market import Deal, Listing, Territory
from echelon.company.rows.supply import Site
from echelon.report import charts_access, listings, partners, sites
from echelon.report.format import number, percent
from echelon.report.look import NARROW, WIDE, NoChart, svg
from echelon.report.names import names, plan_years, whole_years
from echelon.report.page import page

EMPTY = {
    "ready": "The company’s tables name no inspection of a site",
    "listed": "No program has a listing in the company’s tables",
    "partners": "No partner has rights to a drug of the company",
}


def part_of(text, ident):
    body = text[text.index(f'<section aria-labelledby="{ident}">') :]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body[: body.index("</section>")])))


def frames(chart):
    return [pl.DataFrame(rows) for rows in chart.to_dict()["datasets"].values() if rows]


@pytest.mark.parametrize("which", ["textbook", "biotech", "fund"])
def test_without_rows_a_section_says_why_and_shows_nothing(which, pages):
    for ident, text in EMPTY.items():
        body = pages[which].split(f'<section aria-labelledby="{ident}">')[1].split("</section>")[0]
        assert text in body
        assert "<table" not in body
        assert "<svg" not in body


@pytest.mark.parametrize("name", ["readiness", "listed", "partners_income"])
def test_without_rows_there_is_no_chart(name, textbook):
    with pytest.raises(NoChart, match=r"^[A-Z].*\.$"):
        getattr(charts_access, name)(textbook, WIDE)


def test_shares_of_visits_are_the_runs_and_fill_the_bar(top):
    frame = sites.outcomes(top, names(top))
    table = top.table("inspections").filter(pl.col("visits") > 0)
    assert len(frame) == 5 * len(table) > 20
    whole = frame.filter(pl.col("end").is_in(["nai", "vai", "oai"])).group_by("site", "who").agg(pl.col("share").sum())
    assert whole["share"].to_list() == pytest.approx([1.0] * len(whole))
    assert (frame["low"] <= frame["share"]).all()
    assert (frame["share"] <= frame["high"]).all()
    assert frame["share"].sum() == pytest.approx(sum(table[name].sum() for name in sites.WORDS))


def test_every_site_and_authority_has_a_row(top, pages):
    table = sites.rows(top, names(top))
    assert sum(len(lines) for _, lines in table) == len(top.table("inspections"))
    assert all(len(cells) == 11 for _, lines in table for _, cells in lines)
    text = part_of(pages["top"], "ready")
    us = top.table("inspections").filter((pl.col("site") == "suzhou-wujiang") & (pl.col("territory") == "us"))
    assert f"FDA, United States 0.75 VAI, June 2025 {number(us['visits'][0], 2)}" in text
    assert f"Filings wait for {top.table('inspections')['visits'].sum():.1f} visits a future" in text


def test_an_uncoupled_run_counts_neither_visits_nor_listings(uncoupled):
    known = names(uncoupled)
    settings = uncoupled.company.settings.couplings
    text = sites.answer(uncoupled, known)
    assert ("coupling `inspections` is off" in text) == (not settings.inspections)
    text = listings.answer(uncoupled, known)
    assert ("coupling `listing` is off" in text) == (not settings.listing)
    off = replace(
        uncoupled,
        company=uncoupled.company.with_settings(
            uncoupled.company.settings.model_copy(
                update={"couplings": settings.model_copy(update={"inspections": False, "listing": False})}
            )
        ),
    )
    assert "is off" in sites.answer(off, known)
    assert "is off" in listings.answer(off, known)
    assert {cell for row in listings.planned(off, known) for cell in row[2]} == {"–"}


def test_the_lead_asset_is_counted_in_china(top):
    text = listings.answer(top, names(top)).replace("\xa0", " ")
    row = listings.counts(top).row(0, named=True)
    assert (row["asset"], row["territory"]) == ("js001", "cn")
    assert [row[name] for name in ("approved", "listed", "exclusive")] == [12, 10, 4]
    assert "is approved for 12 uses and listed for 10 of them, for 4 as the only drug of its class" in text
    more = listings.to_come(top).filter(
        (pl.col("year") == 2030) & (pl.col("territory") == "cn") & pl.col("program").str.starts_with("js001-")
    )
    assert f"listed for {10 + more['p_listed'].sum():.1f}." in text


def test_chances_of_listing_are_the_runs(top):
    known = names(top)
    years = plan_years(top)
    found = {(row[0], row[1][0]): row for row in listings.planned(top, known)}
    assert len(found) == sum(row.status == "planned" for row in top.company.rows(Listing))
    table = top.table("listings").filter((pl.col("program") == "js001-npc-1l") & (pl.col("territory") == "eu"))
    shares = dict(table.select("year", "p_listed").iter_rows())
    row = found[known.program("js001-npc-1l"), known.territory("eu")]
    assert row[2] == [percent(shares[year], 0) for year in years]
    held = listings.held(top, known)
    assert len(held) == sum(row.status == "listed" for row in top.company.rows(Listing))


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_at_most_eight_programs_are_drawn_and_fit(top, size):
    chosen = listings.shown(top)
    assert 0 < len(chosen) <= listings.MOST_SHOWN
    value = listings.valued(top)
    rest = set(listings.to_come(top)["program"]) - set(chosen)
    assert min(value[name] for name in chosen) >= max(value[name] for name in rest)
    chart = charts_access.listed(top, size)
    drawn = pl.concat([frame for frame in frames(chart) if "p_listed" in frame.columns], how="diagonal_relaxed")
    assert set(drawn["program"]) == set(chosen)
    assert "listed" in svg(chart, "l")


def test_flows_of_deals_add_up(top):
    table = partners.flows(top)
    assert len(table) == len(top.table("deals")) > 0
    parts = table.select(pl.sum_horizontal(*partners.INCOME, "kept", "theirs"))
    assert parts.to_series().to_list() == pytest.approx(table["partner_sales"].to_list())
    ours = table.select(pl.sum_horizontal(*partners.INCOME) - pl.col("supply_cost") - pl.col("commission"))
    assert ours.to_series().to_list() == pytest.approx(table["ours"].to_list())
    for years in (plan_years(top), partners.all_years(top)):
        total = partners.added(top, years)
        chosen = table.filter(pl.col("year").is_in(years))
        for name in partners.COLUMNS:
            assert total[name].sum() == pytest.approx(chosen[name].sum())


def test_deals_are_the_ledgers(top):
    table = partners.flows(top).group_by("year").agg(pl.exclude("deal").sum()).sort("year")
    ledger = top.table("yearly").sort("year")
    assert table["partner_sales"].to_list() == pytest.approx(ledger["partner_sales"].to_list())
    assert table["milestones"].to_list() == pytest.approx(ledger["milestones"].to_list())
    paid = table.select(pl.sum_horizontal("royalties", "supply", "profit_share")).to_series()
    assert paid.to_list() == pytest.approx(ledger["royalties"].to_list())


def test_the_bars_are_the_income_and_the_rest_is_one(top, monkeypatch):
    known, years = names(top), whole_years(top)
    whole = partners.flows(top).filter(pl.col("year").is_in(years))["income"].sum()
    assert partners.by_year(top, known, years)["income"].sum() == pytest.approx(whole)
    monkeypatch.setattr(partners, "MOST_SHOWN", 2)
    table = partners.by_year(top, known, years)
    assert table["name"].n_unique() == 3
    assert partners.REST in table["name"].to_list()
    assert table["income"].sum() == pytest.approx(whole)
    assert table.group_by("name", "year").len()["len"].max() == 1


def test_names_of_deals_tell_them_apart(top):
    deals = [
        row.model_copy(update={"partner": "One", "status": "active"}) if row.direction == "out" else row
        for row in top.company.rows(Deal)
    ]
    known = names(top)
    changed = replace(top, company=top.company.with_rows(Deal, deals))
    ids = top.table("deals")["deal"].unique().to_list()
    called = [partners.labels(changed, known)[ident] for ident in ids]
    assert len(called) == len(set(called)) > 3


def test_the_total_row_is_last_and_the_page_shows_it(top, pages):
    _, spans = partners.spans(top, names(top))
    assert [span.title for span in spans] == ["2026–2030", "all 20 years"]
    text = part_of(pages["top"], "partners")
    for span in spans:
        name, cells = span.rows[-1]
        assert name == "Together"
        assert f"Together {' '.join(cells)}" in text


def test_a_promoter_is_paid_a_commission_that_is_taken_off(top):
    deals = [
        row.model_copy(update={"route": "promotion", "commission": 0.3}) if row.id == "hikma-js001" else row
        for row in top.company.rows(Deal)
    ]
    run = echelon.simulate(top.company.with_rows(Deal, deals), futures=60, seed=1, threads=1)
    row = partners.added(run, partners.all_years(run)).filter(pl.col("deal") == "hikma-js001").row(0, named=True)
    assert row["commission"] > 0
    assert row["ours"] == pytest.approx(row["milestones"] - row["commission"])
    assert "hikma" in page(run).lower()


def test_without_a_listing_held_none_is_said(top):
    planned = [row.model_copy(update={"status": "planned", "listed": None}) for row in top.company.rows(Listing)]
    changed = replace(top, company=top.company.with_rows(Listing, planned))
    text = listings.answer(changed, names(changed))
    assert "listed for none of them; by the end of" in text
    assert listings.held(changed, names(changed)) == []


def test_names_of_partners_sites_and_places_cannot_break_out(top):
    bad = '<script>window.caught=1</script> & "quoted"'
    company = top.company
    for model, column in ((Deal, "partner"), (Site, "name"), (Territory, "name"), (Territory, "authority")):
        company = company.with_rows(
            model, [row.model_copy(update={column: f"{bad} {getattr(row, column)}"}) for row in company.rows(model)]
        )
    text = page(replace(top, company=company))
    assert "<script>window" not in text
    assert text.count("<script>") == 1
    for ident in EMPTY:
        assert "&lt;script&gt;window" in text[text.index(f'aria-labelledby="{ident}"') :].split("</section>")[0]
