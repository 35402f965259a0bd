"""Companies of the back-test: nothing in them is younger than their day, unless a note says why it is no hindsight."""

import re
from datetime import date
from pathlib import Path

import pytest

from echelon.company.check import check
from echelon.company.company import Company
from echelon.company.diagnostics import Severity
from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows import TABLES
from echelon.company.rows.market import Competitor, Filing, Listing
from echelon.company.rows.money import Actual
from echelon.company.rows.science import Asset, Program
from echelon.examples import example
from echelon.futures.build.build import build
from echelon.runs.outcomes import Outcome, beside, read_outcomes
from echelon.runs.replay import open_pairs

YEARS = (2018, 2021)
LATER = "later source"
PLANNED = ("planned", "exclusivity")
YEAR = re.compile(r"(?<![\d./])(20[0-4]\d)(?!\d)")


@pytest.fixture(scope="module", params=YEARS)
def folder(request: pytest.FixtureRequest) -> Path:
    return example(f"top_alliance_{request.param}")


@pytest.fixture(scope="module")
def company(folder: Path) -> Company:
    return load(folder)


@pytest.fixture(scope="module")
def outcomes(folder: Path, company: Company) -> tuple[Outcome, ...]:
    return read_outcomes(beside(folder), company)


def test_the_day_is_the_last_of_the_year(folder: Path, company: Company) -> None:
    assert company.settings.company.as_of == date(int(folder.name[-4:]), 12, 31)


def test_check_finds_no_error_and_no_warning(company: Company) -> None:
    assert [str(d) for d in check(company) if d.severity is not Severity.REMEMBERED] == []


def test_no_day_is_after_the_company_day_but_plans(company: Company) -> None:
    as_of = company.settings.company.as_of
    for table in TABLES:
        for row in company.tables[table].values():
            for name in type(row).model_fields:
                value = getattr(row, name)
                if isinstance(value, date) and value > as_of:
                    said = f"{row.source} {row.note}"
                    patent = name == "exclusivity_end"
                    assert patent or (row.confidence == "assumed" and "planned" in said), (table, row.key, name)


def test_what_was_read_later_says_so(company: Company) -> None:
    last = company.settings.company.as_of.year
    for table in TABLES:
        for row in company.tables[table].values():
            words = " ".join(str(getattr(row, name)) for name in ("name", "note") if hasattr(row, name))
            late = {int(year) for year in YEAR.findall(words) if int(year) > last}
            # The patent's term, and a plan, may look ahead.
            if late and "patent" not in words and "planned" not in f"{row.source} {words}":
                assert LATER in row.note or "in force from" in row.note, (table, row.key, late)
            late = {int(year) for year in re.findall(r"(20[12]\d)-\d\d", row.source) if int(year) > last}
            assert not late or LATER in row.note, (table, row.key, late)


def test_no_result_of_a_later_day_is_used(company: Company) -> None:
    as_of = company.settings.company.as_of
    for filing in company.rows(Filing):
        assert filing.approved is None or filing.approved <= as_of
    for rival in company.rows(Competitor):
        assert rival.entry is None or rival.entry <= as_of
    for listing in company.rows(Listing):
        assert listing.listed is None or listing.listed <= as_of
    for actual in company.rows(Actual):
        assert actual.quarter <= f"{as_of.year}Q4"


def test_programs_that_came_to_nothing_are_in(company: Company, outcomes: tuple[Outcome, ...]) -> None:
    came = {row.program for row in outcomes if row.kind == "approval" and row.happened}
    never = {row.program for row in outcomes if row.kind == "approval" and not row.happened} - came
    assert len(never) > len(came) > 5
    assert {"js001-nsclc-sq-1l", "js001-hcc-adj", "js001-nsclc-egfr", "js001-mucosal-axitinib"} <= never
    running = {p.asset for p in company.rows(Program) if p.status == "active"}
    assert {a.id for a in company.rows(Asset) if a.status == "active"} == running


def test_every_open_filing_has_an_outcome_and_every_outcome_an_open_filing(
    company: Company, outcomes: tuple[Outcome, ...]
) -> None:
    resolved, _ = resolve(company)
    told = {(row.program, row.territory) for row in outcomes if row.kind == "approval"}
    assert told == set(open_pairs(build(resolved)))
    planned = {(row.program, row.territory) for row in company.rows(Listing) if row.status == "planned"}
    assert {(row.program, row.territory) for row in outcomes if row.kind == "listing"} == planned


def test_outcomes_lie_after_the_day_and_keep_their_source(company: Company, outcomes: tuple[Outcome, ...]) -> None:
    as_of = company.settings.company.as_of
    for row in outcomes:
        assert row.source
        assert row.confidence
        if row.kind == "sales":
            assert row.year is not None
            assert as_of.year < row.year <= 2024
        else:
            assert row.until == date(2025, 9, 30)
            assert row.happened is None or as_of < row.happened <= row.until


def test_outcomes_are_those_of_the_example_of_today(outcomes: tuple[Outcome, ...]) -> None:
    today = load(example("top_alliance"))
    held = {(f.program, f.territory): f.approved for f in today.rows(Filing) if f.status == "approved"}
    lists = {(row.program, row.territory): row.listed for row in today.rows(Listing) if row.status == "listed"}
    for row in outcomes:
        pair = (row.program, row.territory)
        if row.kind == "approval":
            assert row.happened == held.get(pair), row.key
        elif row.kind == "listing":
            assert row.happened == lists.get(pair), row.key


def test_sales_of_toripalimab_are_the_reported_ones(folder: Path, outcomes: tuple[Outcome, ...]) -> None:
    reported = {2019: 774, 2020: 1003, 2021: 412, 2022: 736, 2023: 919, 2024: 1501}
    told = {row.year: row.amount for row in outcomes if row.kind == "sales" and row.territory == "cn"}
    assert told == {year: amount for year, amount in reported.items() if year > int(folder.name[-4:])}
