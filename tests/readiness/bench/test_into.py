"""Readiness from the records into a company: its sources, single cells of a CSV file, and what it is worth."""

import shutil
from datetime import date

import pytest
from tests.readiness.conftest import client

import echelon
from echelon.company.diagnostics import CompanyError
from echelon.company.rows.supply import Inspection
from echelon.readiness.bench.into import worth, write_readiness
from echelon.readiness.bench.ready import ready, ready_of
from echelon.readiness.records.problems import RefusedError
from echelon.readiness.records.roles import ROLES, ROOMS
from echelon.readiness.score import WEIGHTS, Part, readiness

TODAY = date(2026, 3, 2)
GOOD = readiness({name: Part(0.85, 0.9, 0.95) for name in WEIGHTS})
BAD = readiness({name: Part(0.05, 0.1, 0.15) for name in WEIGHTS})


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(echelon.example("top_alliance"), tmp_path / "company")


def lines(path):
    return path.read_bytes().splitlines(keepends=True)


def test_one_cell_changes_and_every_other_byte_stays(folder):
    path = folder / "inspections.csv"
    text = (
        path.read_bytes()
        .replace(b"\r\n", b"\n")
        .replace(b"\n", b"\r\n")
        .replace(b"0.75,6,12,18", b'"0.75", 6,12,"18"', 1)
    )
    path.write_bytes(text)
    before = lines(path)
    written = write_readiness(folder, "suzhou-wujiang", "us", GOOD, TODAY, replace=True)
    after = lines(path)
    changed = [i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert changed == [1]
    assert after[1] == before[1].replace(b'"0.75", 6', b'"%.4f", 6' % GOOD.middle)
    assert (written.before, written.after) == ("0.75", f"{GOOD.middle:.4f}")
    rows = {row.key: row for row in echelon.load(folder).rows(Inspection)}
    assert rows["suzhou-wujiang/us"].readiness == pytest.approx(GOOD.middle, abs=1e-4)
    assert "observations" in rows["suzhou-wujiang/us"].note
    sources = (folder / "sources.csv").read_text()
    assert sources.count("inspections,suzhou-wujiang/us,readiness,") == 1
    # Once more: the number is there, and its source is renewed, not doubled.
    write_readiness(folder, "suzhou-wujiang", "us", GOOD, date(2026, 3, 3), replace=False)
    assert (folder / "sources.csv").read_text().count("inspections,suzhou-wujiang/us,readiness,") == 1
    assert "2026-03-03" in (folder / "sources.csv").read_text()


def test_what_is_there_is_not_written_over_unasked(folder):
    before = {path: path.read_bytes() for path in folder.glob("*.csv")}
    with pytest.raises(CompanyError, match=r"holds readiness 0\.75 already") as told:
        write_readiness(folder, "suzhou-wujiang", "us", GOOD, TODAY, replace=False)
    assert "inspections.csv:2:3" in str(told.value)
    with pytest.raises(CompanyError, match="no row of site `suzhou`"):
        write_readiness(folder, "suzhou", "us", GOOD, TODAY, replace=True)
    assert {path: path.read_bytes() for path in folder.glob("*.csv")} == before


def test_a_company_that_would_be_wrong_is_put_back(folder, monkeypatch):
    from echelon.readiness.bench import into

    before = {path: path.read_bytes() for path in folder.glob("*.csv")}
    monkeypatch.setattr(into, "_words", lambda made: "line one\nline two\x00")
    with pytest.raises(CompanyError):
        write_readiness(folder, "suzhou-wujiang", "us", GOOD, TODAY, replace=True)
    assert {path: path.read_bytes() for path in folder.glob("*.csv")} == before


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(CompanyError, match="no company folder"):
        write_readiness(tmp_path / "x.xlsx", "a", "us", GOOD, TODAY, replace=False)


def test_being_ready_is_worth_something_on_the_same_luck():
    company = echelon.load(echelon.example("network"))
    row = company.rows(Inspection)[0]
    good = worth(company, row.site, row.territory, GOOD, 1_024, threads=1)
    bad = worth(company, row.site, row.territory, BAD, 1_024, threads=1)
    assert good.held == row.readiness
    assert good.low.mean <= good.middle.mean <= good.high.mean
    assert good.middle.mean > bad.middle.mean
    same = readiness({})
    rows = [one.model_copy(update={"readiness": same.middle}) for one in company.rows(Inspection)]
    held = worth(company.with_rows(Inspection, rows), row.site, row.territory, same, 1_024, threads=1)
    assert held.middle.mean == 0.0


@pytest.mark.parametrize("role", ROLES)
def test_readiness_is_for_those_who_run_the_room(here, role):
    if role in ROOMS:
        assert set(ready(here.room, here[role]).made.missing) == set(WEIGHTS)
        return
    with pytest.raises(RefusedError):
        ready(here.room, here[role])


def test_each_part_says_where_it_comes_from_or_what_is_missing(audit, here):
    found = ready_of(ready(here.room, here["quality_head"]))
    assert all(one["missing"] and not one["told"] for one in found["parts"])
    audit.log(0)
    audit.log(1)
    audit.close()
    for finding in (f"{audit.round}-A1", f"{audit.round}-B1"):
        audit.match(finding)
    here.until("released")
    found = ready_of(ready(here.room, here["quality_head"]), "a", "us")
    told = {one["name"]: one for one in found["parts"]}
    assert "0 critical, 0 major and 2 other gaps are not repaired" in told["gaps"]["told"]
    assert "1 of 1 answers" in told["evidence"]["told"]
    assert set(found["not_measured"]) == {"people", "standards", "translation"}
    assert found["low"] < found["middle"] < found["high"]
    assert next(row["file"] for row in found["rows"]) == "inspections.csv"


def test_over_the_api(here, address):
    with client(address, "back_room") as opened:
        found = opened.get("/api/readiness", params={"site": "a", "territory": "us"}).json()
        assert found["rows"][0] == {"file": "inspections.csv", "site": "a", "territory": "us", "readiness": "0.5000"}
        assert opened.get("/api/readiness", params={"profile": "' OR 1=1"}).status_code == 404
    with client(address, "inspector") as opened:
        assert opened.get("/api/readiness").status_code == 403
        for page in ("/audits", "/ready", "/translation", "/findings"):
            assert opened.get(page).status_code == 404
    with client(address, "runner") as opened:
        assert opened.get("/ready").status_code == 403
        assert opened.get("/findings").status_code == 404
