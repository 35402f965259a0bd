"""Charts show the run's own numbers, with units, from zero, at both widths."""

import json
import re
import warnings
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from echelon.report import charts_value
from echelon.report.charts import DRAWINGS, draw, export_charts
from echelon.report.look import NARROW, WIDE, NoChart, svg
from echelon.report.overview import overview
from echelon.report.reshape import expected_approvals, histogram, pipeline, stages_of, under_floor
from echelon.runs.run import RunError

NAMES = [drawing.name for drawing in DRAWINGS]


def datasets(chart):
    return [pl.DataFrame(rows) for rows in chart.to_dict()["datasets"].values() if rows]


def with_columns(chart, *names):
    return next(frame for frame in datasets(chart) if set(names) <= set(frame.columns))


def axes(spec, found=None):
    found = [] if found is None else found
    if isinstance(spec, dict):
        for channel in ("x", "y"):
            encoding = spec.get("encoding", {})
            if isinstance(encoding, dict) and channel in encoding:
                found.append((spec, channel, encoding[channel]))
        for value in spec.values():
            axes(value, found)
    elif isinstance(spec, list):
        for value in spec:
            axes(value, found)
    return found


def test_no_chart_of_breadth_for_one_asset_nor_of_a_spread_that_is_none(textbook):
    one = textbook.table("growth").head(1)
    with pytest.raises(NoChart, match="One asset"):
        charts_value.growth(replace(textbook, tables={**textbook.tables, "growth": one}))
    same = textbook.futures().with_columns(enpv=pl.lit(31.1) + 1e-13 * pl.col("future"))
    with pytest.raises(NoChart, match="Every future is worth"):
        charts_value.value(replace(textbook, tables={**textbook.tables, "futures": same}))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("which", ["top", "textbook", "biotech", "fund"])
def test_every_chart_draws_or_says_why_not(name, which, request):
    run = request.getfixturevalue(which)
    for size in (WIDE, NARROW):
        try:
            chart = draw(run, name, size)
        except NoChart as reason:
            text = str(reason)
            assert text[0].isupper()
            assert text.endswith(".")
            continue
        picture = ET.fromstring(svg(chart, f"{name}-x"))
        assert float(picture.get("width")) <= (1120 if size is WIDE else 362)
        assert "NaN" not in ET.tostring(picture, encoding="unicode")


def test_top_alliance_has_every_chart_but_the_floor(top):
    missing = set()
    for name in NAMES:
        try:
            draw(top, name)
        except NoChart:
            missing.add(name)
    assert missing <= {"floor"}


@pytest.mark.parametrize("name", NAMES)
def test_quantitative_axes_have_titles_and_bars_start_at_nought(top, name):
    try:
        spec = draw(top, name).to_dict()
    except NoChart:
        return
    for layer, channel, encoding in axes(spec):
        if encoding.get("type") != "quantitative" or encoding.get("title", "") is None:
            continue
        mark = layer["mark"]["type"] if isinstance(layer.get("mark"), dict) else layer.get("mark")
        if mark == "bar" and channel == "y" and "scale" in encoding:
            assert encoding["scale"].get("zero", True) is not False
    titles = {str(e["title"]) for _, _, e in axes(spec) if e.get("title")}
    if name == "pipeline":
        assert json.dumps(spec).count("(assets)") == 2, "cells hold counts, so the headings say of what"
        return
    if name == "world":
        assert '"x": {"axis": null' in json.dumps(spec), "a tile map has no axes"
        return
    assert titles, "no axis of the chart says what it shows"
    if name in ("value", "platform", "cash", "profit", "tornado"):
        assert any("CNY" in title for title in titles)


def test_the_bars_of_value_are_the_futures(top):
    frame = with_columns(charts_value.value(top), "low", "high", "share", "band")
    whole = frame.group_by("tip").agg(pl.col("share").first(), (pl.col("high") - pl.col("low")).sum())
    assert whole["share"].sum() == pytest.approx(1.0)
    row, values = top.measure("enpv"), top.futures()["enpv"].to_numpy()
    dark = frame.filter(pl.col("band") == charts_value.HALF)
    assert dark["low"].min() * 1000 == pytest.approx(row["q25"])
    assert dark["high"].max() * 1000 == pytest.approx(row["q75"])
    assert frame["low"].min() * 1000 <= values.min()
    assert frame["high"].max() * 1000 >= values.max()


def test_a_histogram_of_equal_values_has_one_bar():
    for value in (0.0, 5.0, -3e6):
        edges, shares = histogram(np.full(7, value))
        assert (shares > 0).sum() == 1
        assert shares.sum() == 1.0
        assert edges[0] <= value <= edges[-1]


def test_the_filled_chart_shows_the_table(top):
    shown = with_columns(draw(top, "filled"), "echelon", "year", "p_filled")
    table = top.table("echelons").select("echelon", "year", "p_filled")
    both = shown.join(table, on=["echelon", "year"], suffix="_table")
    assert len(both) == len(shown) > 0
    assert both["p_filled"].to_list() == pytest.approx(both["p_filled_table"].to_list())
    assert 2025 not in shown["year"].to_list(), "a part year is not a year"
    assert "plan 2026–2030" in json.dumps(draw(top, "filled").to_dict(), ensure_ascii=False)


def test_fans_hold_the_runs_quantiles(top):
    shown = with_columns(draw(top, "cash"), "time", "q05", "q95")
    table = top.fans().filter((pl.col("entity") == "company") & (pl.col("measure") == "cash"))
    scale = table["q50"][10] / shown["q50"][10]
    assert scale == pytest.approx(1000)
    for q in ("q05", "q25", "q50", "q75", "q95"):
        assert (shown[q] * scale).to_list() == pytest.approx(table[q].to_list())
    assert shown["time"][0] == pytest.approx(2025.875)


def test_expected_approvals_are_sums_of_probabilities(textbook):
    frame = expected_approvals(textbook)
    table = textbook.table("approvals").filter(pl.col("year") == 2030)
    assert frame.filter(pl.col("year") == 2030)["programs"].sum() == pytest.approx(table["p_approved"].sum())


def test_pipeline_counts_each_asset_once_and_leaves_out_the_discontinued(top):
    placed = pipeline(top)
    ids = [one.asset for one in placed]
    assert len(ids) == len(set(ids))
    assert "js016" not in ids
    assert next(one for one in placed if one.asset == "js001").kind == "marketed"
    assert stages_of(placed) == ["preclinical", "ind", "phase1", "phase2", "phase3", "filing", "marketed"]


def test_under_floor_ends_where_the_measure_says(top):
    settings = top.company.settings
    share = under_floor(top)["share"]
    assert share.is_sorted()
    assert share[-1] == pytest.approx(top.measure("first_under_floor")["happens"])
    assert settings.money.cash_floor is not None


def test_no_two_charts_share_an_id(top):
    text = "".join(svg(draw(top, name), name) for name in ("value", "cash", "growth", "capacity"))
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert all(target in ids for target in re.findall(r"url\(#([^)]+)\)", text))


def test_an_unknown_chart_is_named_with_the_known(top):
    with pytest.raises(RunError, match="there is no chart `values`; there are value, pipeline"):
        draw(top, "values")


def test_export_writes_png_and_svg(textbook, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written = export_charts(textbook, tmp_path / "charts")
    names = {path.stem for path in written}
    assert {"value", "echelons", "platform", "launches", "cash", "attribution", "tornado"} <= names
    assert "capacity" not in names
    for path in written:
        start = path.read_bytes()[:8]
        assert start.startswith(b"\x89PNG" if path.suffix == ".png" else b"<svg")
    assert len(written) == 2 * len(names)


def test_the_overview_is_one_picture(top, biotech):
    for run in (top, biotech):
        picture = ET.fromstring(overview(run))
        text = "".join(picture.itertext())
        assert run.info["company"] in text
        assert run.info["notice"] in text
