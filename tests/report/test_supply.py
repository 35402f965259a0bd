"""Pages of supply: capacity weighed, lines and stocks of a run, and whether the company sustains itself."""

import re
from dataclasses import replace
from html import unescape

import polars as pl
import pytest
from tests.report.test_browser import CHROMIUM, FLAGS, browser_or_reason

import echelon
from echelon.report import charts_capacity as charts
from echelon.report import loop, supply
from echelon.report.capacity import capacity_sheet, sentence
from echelon.report.format import percent
from echelon.report.look import NARROW, WIDE, NoChart, svg
from echelon.report.names import names, whole_years
from echelon.report.sheet import page
from echelon.runs.capacity import Capacity, capacity
from echelon.runs.simulate import Order

HOSTILE = '<script>window.caught=1</script> & "quoted"'


@pytest.fixture(scope="module")
def found() -> Capacity:
    return capacity(Order(echelon.load(echelon.example("network")), 128, 5), threads=2)


@pytest.fixture(scope="module")
def run():
    return echelon.simulate(echelon.load(echelon.example("network")), futures=512, seed=1, threads=2)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u00a0", " ").replace("\u2011", "-")


def test_every_row_stands_on_the_page(found):
    text = text_of(page(capacity_sheet(found)))
    for row in found.sizes.to_dicts():
        assert f"{row['litres']:,.0f} L" in text
        assert row["starts"] in text
        assert text_of(percent(row["p_short"])) in text
    assert "the most that building can be expected to bring" in text


def test_a_set_is_told_by_its_best_start_and_those_as_good(found):
    built = found.sizes["built"][-1]
    mine = found.sizes.filter(pl.col("built") == built)
    text = sentence(found, built)
    best = mine.filter(pl.col("best")).row(0, named=True)
    assert f"best decided in {best['starts'][:4]}" in text
    for row in mine.to_dicts():
        assert (row["starts"][:4] in text) == row["as_good"]
    poor = replace(found, sizes=found.sizes.with_columns(pl.lit(-1.0).alias("difference")))
    assert "not worth building on this demand" in sentence(poor, built)


def test_starts_stand_as_far_apart_as_they_are():
    assert charts.years_of("2026-01-01") == 2026.0
    assert charts.years_of("2028-12-31") == pytest.approx(2028 + 365 / 366)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_charts_draw_at_both_sizes(found, size):
    for made in (charts.by_start(found, size), charts.lines_short(found, size)):
        assert "<svg" in svg(made)


def test_many_sets_keep_a_colour_each(found):
    rows = [found.sizes.row(1, named=True) | {"built": f"x{i}", "litres": 1000.0 * i} for i in range(9)]
    many = replace(found, sizes=pl.DataFrame(rows, schema=found.sizes.schema))
    said = charts.by_start(many).to_dict()
    scales = re.findall(r"'range': \[([^\]]*)\]", str(said))
    drawn = scales[0].split(", ")
    assert len(drawn) == len(set(drawn)) == 5


def test_nothing_to_build_and_nothing_short_say_so(found):
    none = replace(found, sizes=found.sizes.head(1), lines=found.lines.with_columns(pl.lit(0.0).alias("p_short_by")))
    with pytest.raises(NoChart, match="no expansions"):
        charts.by_start(none)
    with pytest.raises(NoChart, match="No line"):
        charts.lines_short(none)
    text = text_of(page(capacity_sheet(none)))
    assert "The company names no expansions" in text
    assert "Traceback" not in text


def test_hostile_names_stay_text(found):
    rows = found.sizes.with_columns(
        pl.when(pl.col("built") != "").then(pl.lit(HOSTILE)).otherwise(pl.lit("")).alias("built")
    )
    html = page(capacity_sheet(replace(found, sizes=rows)))
    assert "<script>window.caught" not in html


def test_lines_of_a_run_say_use_and_chance(run):
    rows = supply.lines(run, names(run))
    table = run.table("shortages")
    used = set(run.fans().filter((pl.col("measure") == "utilisation") & (pl.col("q95") > 0))["entity"])
    assert len([1 for name, _ in rows if name != "no site may supply"]) == len(used)
    assert all(len(cells) == 6 for _, cells in rows)
    last = table.filter((pl.col("site") == "plant") & (pl.col("step") == "cell-culture"))["p_short_by"][-1]
    shown = next(cells for name, cells in rows if cells[-1].startswith(percent(last).split()[0]))
    assert shown[0].endswith("%")


def test_stocks_of_a_run_are_shares_of_what_was_asked(run):
    rows = dict(supply.stock(run, names(run)))
    assert len(rows) == 3
    table = run.table("stocks")
    mine = table.filter(pl.col("asset") == "alpha")
    share = float(mine["served"].sum()) / float(mine["asked"].sum())
    name = names(run).assets["alpha"]
    assert rows[name][1] == percent(share, 1)
    assert float(rows[name][0].replace(",", "")) == pytest.approx(
        float(mine["asked"].sum()) / run.company.settings.company.horizon_years / 1000, abs=0.06
    )


def test_the_loop_adds_up_to_the_ledger(run):
    flows = loop.flows(run)
    assert flows["year"].to_list() == whole_years(run)
    yearly = run.table("yearly").filter(pl.col("year").is_in(whole_years(run)))
    left = flows["left"] - flows["Research"] - flows["Discovery"] - flows["Building"] - flows["Overhead and tax"]
    assert left.to_list() == pytest.approx(yearly["net"].to_list(), abs=1e-6)


def test_the_loop_is_answered_in_words(run):
    text = loop.answer(run, names(run))
    assert "Money from outside" in text
    first = loop.flows(run)
    spent = pl.sum_horizontal(*loop.GROWN)
    later = [row["year"] for row in first.filter(pl.col("left") >= spent).to_dicts()]
    assert ("On average, from" in text) == bool(later and later[-1] == first["year"].max())


@pytest.mark.pages
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_capacity_fits_a_screen(found, tmp_path, width):
    start, reason = browser_or_reason()
    if start is None:
        pytest.skip(f"pages not looked at: {reason}")
    file = tmp_path / "page.html"
    file.write_text(page(capacity_sheet(found)), encoding="utf-8")
    with start() as tools:
        browser = tools.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
        sheet = context.new_page()
        seen = []
        sheet.on("console", lambda message: seen.append(message.text))
        sheet.on("pageerror", lambda error: seen.append(str(error)))
        sheet.goto(file.as_uri())
        assert seen == []
        assert sheet.evaluate("document.documentElement.scrollWidth") <= width
        visible = sheet.locator("figure svg:visible")
        assert visible.count() == 2
        for i in range(2):
            box = visible.nth(i).bounding_box()
            assert box["width"] > 200
            assert box["x"] + box["width"] <= width
        browser.close()
