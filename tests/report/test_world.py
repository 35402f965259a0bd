"""The world on the page: every country once, in the colour of what the run says, and the same in words."""

import xml.etree.ElementTree as ET

import polars as pl
import pytest

import echelon
from echelon.company.rows.market import Filing, Territory
from echelon.priors.world import countries
from echelon.report import charts_world, world
from echelon.report.look import NARROW, WIDE, NoChart, svg
from echelon.report.names import names


def tiles(chart):
    found = [pl.DataFrame(rows) for rows in chart.to_dict()["datasets"].values() if rows]
    return pl.concat([frame for frame in found if "code" in frame.columns])


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_every_country_has_one_tile(top, size):
    chart = charts_world.world(top, size)
    frame = tiles(chart)
    assert sorted(frame["code"]) == list(countries())
    picture = svg(chart, "w")
    assert picture.count("data-tip=") == len(countries())
    assert float(ET.fromstring(picture).get("width")) <= (1120 if size is WIDE else 362)


def test_colours_say_what_the_run_says(top):
    kinds = dict(tiles(charts_world.world(top)).select("code", "kind").iter_rows())
    assert {code for code, kind in kinds.items() if kind == "filed"} == {"CA"}
    held = {"US", "DE", "NO", "GB", "CN", "HK", "SG", "IN", "AU", "JO"}
    assert {kinds[code] for code in held} == {"held"}
    assert {kinds[code] for code in ("CH", "BR", "MX", "TH", "SA", "ZA")} == {"planned"}
    assert {kinds[code] for code in ("JP", "TW", "RU")} == {"none"}
    table = top.territories().filter(pl.col("asset") == "js001").unique("territory")
    for codes, status, deal in table.select("countries", "status", "deal").iter_rows():
        for code in codes.split(";") if codes else []:
            assert kinds[code] == (status if status != "open" else "partner" if deal else "none"), code


def test_an_asset_of_ones_choice(top):
    kinds = dict(tiles(charts_world.world(top, asset="jt001")).select("code", "kind").iter_rows())
    assert {code for code, kind in kinds.items() if kind == "held"} == {"CN", "UZ"}


def test_what_a_partner_holds_without_a_filing_is_shown(top):
    company = top.company.with_rows(
        Filing, [row for row in top.company.rows(Filing) if not (row.territory == "ch" and "js001-" in row.program)]
    )
    run = echelon.simulate(company, futures=20, seed=1, threads=1)
    kinds = dict(tiles(charts_world.world(run)).select("code", "kind").iter_rows())
    assert kinds["CH"] == "partner"
    (row,) = [row for row in world.rows(run, names(run)) if row[0] == "Switzerland"]
    assert row[1] == ["1", "Partner’s, nothing filed", "LEO Pharma"]
    assert set(row[2]) == {"–"}


def test_a_tile_tells_status_seller_and_chance(top):
    tips = dict(tiles(charts_world.world(top)).select("code", "tip").iter_rows())
    assert tips["CN"] == "China (mainland): approved; own sales"
    assert tips["US"] == "United States: approved; sold by Coherus"
    assert tips["JP"] == "Japan: in no territory of the company"
    assert tips["BR"].startswith("Brazil: planned; sold by Dr. Reddy's; chance of approval by end of 2026 ")
    assert "European Union and EEA" in tips["DE"]


def test_the_table_holds_the_runs_numbers(top):
    known = names(top)
    found = {row[0]: row for row in world.rows(top, known)}
    assert len(found) == len(top.company.rows(Territory))
    order = [row[1][1] for row in world.rows(top, known)]
    assert order == sorted(order, key=["Approved", "Filed", "Planned", "Nothing filed"].index)
    brazil = top.territories().filter((pl.col("asset") == "js001") & (pl.col("territory") == "br"))
    share = brazil.filter(pl.col("year") == 2028)["p_approved"][0]
    assert found["Brazil"][2][1].replace("\xa0", " ") == f"{100 * share:.0f} %"
    assert found["Australia"][1][2] == "own; Dr. Reddy's has an option"
    assert {text for row in world.others(top, known) for text in row[2]} >= {"Approved", "Planned", "own"}


def test_the_answer_counts_countries(top):
    text = world.answer(top, names(top))
    assert text.startswith("Toripalimab (JS001) is approved in 40 countries and regions, under review in 1 and planned")
    told = top.territories().filter((pl.col("asset") == "js001") & (pl.col("year") == 2030))
    expected = (told["members"] * told["p_approved"]).sum()
    assert f"by the end of 2030 it is expected to be approved in {expected:,.1f}. Partners" in text


def test_few_futures_or_all_are_told(top):
    assert "over all 1,100 futures;" in world.basis(top)
    table = top.territories()
    worst = 100 * table["se"].max()
    assert f"above {worst:.1f} percentage points" in world.basis(top)


def test_without_a_country_there_is_no_map(textbook):
    with pytest.raises(NoChart, match="names a country"):
        charts_world.world(textbook)
    text = world.answer(textbook, names(textbook))
    assert " 1 territory" in text
    assert text.endswith("The company sells it itself everywhere.")
