"""Writing: what is written reads back as an equal company, as a folder and as a workbook."""

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError
from echelon.company.read import load, read
from echelon.company.rows import Change, Choice, Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Deal, DealTier, Filing, FxRate, Sales, Territory
from echelon.company.rows.money import Actual
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.rows.settings import Couplings, Echelons, General, Money, Settings
from echelon.company.write import write_company, write_template, write_workbook

EXAMPLES = Path(__file__).parents[2] / "src/echelon/examples"

slugs = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,12}", fullmatch=True)
texts = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\n\t,;\"'#=_", exclude_characters="\ufffe\uffff"
    ),
    max_size=20,
).map(str.strip)
entries = st.lists(texts.map(lambda text: text.replace(";", "").strip()).filter(bool), max_size=3, unique=True).map(
    tuple
)
shares = st.floats(0, 1)
money = st.floats(0, 1e12)
days = st.dates(date(1900, 1, 1), date(2026, 6, 30))


@st.composite
def ranges(draw: st.DrawFn, top: float = 1e9) -> Uncertain:
    low, mode, high = sorted(draw(st.tuples(*[st.floats(0.001, top)] * 3)))
    kind = draw(st.sampled_from(["fixed", "uniform", "triangular", "lognormal"]))
    if kind == "fixed":
        return Uncertain.fixed(mode)
    if kind == "triangular":
        return Uncertain(low=low, mode=mode, high=high)
    return Uncertain.model_validate({"low": low, "high": high, "dist": kind})


@st.composite
def companies(draw: st.DrawFn) -> Company:
    assets = draw(st.lists(slugs, min_size=1, max_size=3, unique=True))
    rows: list[Row] = [FxRate(currency="EUR", rate=draw(st.floats(0.01, 100)))]
    rows += [Territory(id=name, name=draw(texts), population=draw(st.none() | money)) for name in ("cn", "us")]
    for name in assets:
        kinds = draw(st.sampled_from(["antibody", "adc"]))
        rows.append(
            Asset(
                id=name,
                name=draw(texts),
                modality=kinds,
                area="oncology",
                targets=draw(entries),
                economic_share=draw(shares),
                source=draw(texts),
                note=draw(texts),
                confidence=draw(st.sampled_from([None, "read", "assumed"])),
            )
        )
    programs = draw(st.lists(slugs, min_size=1, max_size=4, unique=True))
    for name in programs:
        rows.append(
            Program(
                id=name,
                asset=draw(st.sampled_from(assets)),
                stage=draw(st.sampled_from(["phase1", "filing", "marketed"])),
                stage_since=draw(st.none() | days),
                biomarker=draw(st.none() | st.booleans()),
                regimen=draw(entries.map(lambda parts: tuple(part for part in parts if part not in assets))),
                priority=draw(st.integers(1, 10_000)),
                strength=draw(st.none() | ranges(20)),
            )
        )
        rows.append(Sales(program=name, peak_sales=draw(ranges()), currency=draw(st.sampled_from(["", "EUR"]))))
        rows.append(Stage(program=name, stage="phase3", pos=draw(shares), cost=draw(st.none() | ranges())))
        rows.append(Filing(program=name, territory="cn", submitted=draw(st.none() | days), review=draw(ranges(240))))
    rows.append(Deal(id="d", partner=draw(texts) or "x", asset=assets[0], territories=("us", "cn"), signed=draw(days)))
    rows += [
        DealTier(deal="d", from_sales=sales, royalty=rate) for sales, rate in ((0, 0.1), (draw(st.floats(1, 1e6)), 0.2))
    ]
    rows.append(Actual(quarter="2025Q3", item="revenue", amount=draw(st.floats(-1e9, 1e9))))
    general = General(
        name=draw(texts) or "x", as_of=date(2026, 6, 30), currency="USD", home=("cn",), notice=draw(texts)
    )
    rates = Money(tax_rate=draw(shares), opening_cash=draw(st.floats(-1e9, 1e9)), cash_floor=draw(st.none() | money))
    found = Settings(company=general, money=rates, echelons=Echelons(), couplings=Couplings(supply=draw(st.booleans())))
    plan = (Choice(action="delay", target=programs[0], on=draw(days)), Choice(action="fund", target=programs[-1]))
    change = Change(table_name="sales", id="*", column="peak_sales", value="*0.5", note=draw(texts))
    tax = Change(table_name="company", column="money.tax_rate", value="0.25")
    return Company.of(found, rows, {"base": plan, "none": ()}, {"low": (change, tax)})


@settings(max_examples=60, deadline=None)
@given(company=companies())
def test_round_trip(company: Company) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_company(company, folder / "c")
        assert load(folder / "c") == company
        write_workbook(company, folder / "c.xlsx")
        assert load(folder / "c.xlsx") == company


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("company.toml")), ids=lambda path: path.parent.name)
def test_examples_round_trip(path: Path, tmp_path: Path) -> None:
    company = load(path.parent)
    write_company(company, tmp_path / "c")
    write_workbook(company, tmp_path / "c.xlsx")
    assert load(tmp_path / "c") == company == load(tmp_path / "c.xlsx")


def small(name: str = "Small", **named: dict[str, tuple[Row, ...]]) -> Company:
    general = General(name=name, as_of=date(2026, 6, 30), currency="USD")
    asset = Asset(id="a", modality="adc", area="other", name="_x000D_ and _x0041_")
    rows = (
        asset,
        Program(id="p", asset="a", stage="phase1"),
        Sales(program="p", peak_sales=Uncertain.fixed(0.1 + 0.2)),
    )
    return Company.of(Settings(company=general), rows, **named)


def test_awkward_values(tmp_path: Path) -> None:
    company = small('a "b" \\ c\td')
    write_company(company, tmp_path / "c")
    write_workbook(company, tmp_path / "c.xlsx")
    assert load(tmp_path / "c") == company == load(tmp_path / "c.xlsx")


def test_what_is_gone_is_removed(tmp_path: Path) -> None:
    plan = {"base": (Choice(action="fund", target="p"),)}
    write_company(small(plans=plan), tmp_path)
    (tmp_path / "README.md").write_text("stays")
    (tmp_path / "fx.csv").write_text("currency,rate\nEUR,1.1\n")
    write_company(small(), tmp_path)
    assert load(tmp_path) == small()
    assert (tmp_path / "README.md").exists()


def test_equal_companies_give_equal_files(tmp_path: Path) -> None:
    write_workbook(small(), tmp_path / "a.xlsx")
    write_workbook(small(), tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_long_plan_name(tmp_path: Path) -> None:
    company = small(plans={"x" * 40: (Choice(action="fund", target="p"),)})
    with pytest.raises(CompanyError, match="too long for a sheet"):
        write_workbook(company, tmp_path / "c.xlsx")


def test_template_lacks_only_what_must_be_filled(tmp_path: Path) -> None:
    write_template(tmp_path / "template.xlsx")
    found = read(tmp_path / "template.xlsx")
    assert [d.code for d in found.diagnostics] == ["E019"] * 3
