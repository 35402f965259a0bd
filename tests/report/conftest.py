"""Runs that the tests of the report share; simulated once."""

from dataclasses import replace

import polars as pl
import pytest

import echelon
from echelon.company.rows.science import Asset, Program
from echelon.report.page import page
from echelon.runs.run import Run

HOSTILE = '<script>window.caught=1</script> & "quoted"'


def run_of(name: str, futures: int, scenario: str = "") -> Run:
    return echelon.simulate(echelon.load(echelon.example(name)), futures=futures, seed=7, threads=2, scenario=scenario)


@pytest.fixture(scope="session")
def textbook() -> Run:
    return run_of("textbook", 1500)


@pytest.fixture(scope="session")
def biotech() -> Run:
    return run_of("biotech", 600)


@pytest.fixture(scope="session")
def top() -> Run:
    return run_of("top_alliance", 1100)


@pytest.fixture(scope="session")
def uncoupled() -> Run:
    return run_of("top_alliance", 400, "uncoupled")


@pytest.fixture(scope="session")
def fund() -> Run:
    return run_of("published/fund150", 600)


@pytest.fixture(scope="session")
def hostile() -> Run:
    """A company whose every name tries to break out of the page."""
    company = echelon.load(echelon.example("textbook"))
    company = company.with_rows(
        Asset, [row.model_copy(update={"name": f"{HOSTILE} {row.id}"}) for row in company.rows(Asset)]
    )
    company = company.with_rows(
        Program, [row.model_copy(update={"name": f"{HOSTILE} {row.id}"}) for row in company.rows(Program)]
    )
    general = company.settings.company.model_copy(update={"name": HOSTILE, "notice": HOSTILE})
    company = company.with_settings(company.settings.model_copy(update={"company": general}))
    run = echelon.simulate(company, futures=200, seed=7, threads=2)
    table = run.table("assumptions").with_columns(source=pl.lit(HOSTILE))
    return replace(run, tables={**run.tables, "assumptions": table})


@pytest.fixture(scope="session")
def pages(request) -> dict[str, str]:
    """The page of every run."""
    runs = ("top", "textbook", "biotech", "fund", "uncoupled", "hostile")
    return {name: page(request.getfixturevalue(name)) for name in runs}
