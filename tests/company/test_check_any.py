"""Checks of any company: they end, they name a place, and they leave the company alone."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.company.check import check
from echelon.company.codes import CODES
from echelon.company.company import Company
from echelon.company.rows import Choice, Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Deal, DealMilestone, Filing, Indication, Listing, Scheme, Territory
from echelon.company.rows.science import Asset, Program
from echelon.company.rows.settings import General, Settings
from echelon.company.rows.supply import Inspection, Site

ASSETS, PROGRAMS, PLACES, DEALS = ("a", "b"), ("p", "q", "r"), ("cn", "us"), ("d", "e", "f")
NOWHERE = "gone"
"""A name that no table has."""

shares = st.sampled_from([0.0, 0.3, 1.0])
chances = st.none() | shares
months = st.none() | st.just(Uncertain.fixed(12)) | st.just(Uncertain(low=1, mode=2, high=3))
days = st.none() | st.dates(date(2020, 1, 1), date(2032, 1, 1))
text = st.sampled_from


def names(known: tuple[str, ...]) -> st.SearchStrategy[str]:
    """A known name, nothing, or one that is not there."""
    return st.sampled_from(["", NOWHERE, *known])


programs = st.builds(
    Program, id=text(PROGRAMS), asset=text(ASSETS), stage=text(["phase2", "filing", "marketed", "phase9"]),
    chain=text(["standard", NOWHERE]), status=text(["active", "stopped"]),
    regimen=st.lists(text([*ASSETS, "bee", NOWHERE])).map(tuple), indication=names(("i", "j")),
    depends_on=names(PROGRAMS),
)  # fmt: skip
filings = st.builds(
    Filing, program=text([*PROGRAMS, NOWHERE]), territory=text(PLACES),
    status=text(["planned", "filed", "approved", "refused"]), approved=days, submitted=days,
    pathway=text(["standard", "priority", "conditional", "reliance"]), relies_on=names(PLACES), pos=chances,
    accepts_data=shares, bridging=months, bridging_pos=shares, complete_response=shares, cycles=st.integers(0, 3),
    confirmed_by=names(PROGRAMS), confirm=months, confirm_pos=chances, sites=st.lists(text(["s", NOWHERE])).map(tuple),
)  # fmt: skip
lines = st.builds(
    Indication, id=text(["i", "j"]), disease=text(["x", "y"]), after=names(("i", "j")),
    share_of_patients=shares.map(Uncertain.fixed), months_on_therapy=st.just(Uncertain.fixed(6)),
)  # fmt: skip
schemes = st.builds(Scheme, id=text(["n", "m"]), territory=text(PLACES), price_cut=shares.map(Uncertain.fixed))
listings = st.builds(
    Listing, program=text(PROGRAMS), territory=text(PLACES), scheme=text(["n", "m"]), listed=days, most_cut=shares,
    status=text(["listed", "planned"]),
)  # fmt: skip
deals = st.builds(
    Deal, id=text(DEALS), partner=text(["x"]), asset=text([*ASSETS, NOWHERE]), direction=text(["out", "in"]),
    territories=st.lists(text([*PLACES, NOWHERE])).map(tuple), status=text(["active", "option", "ended", "offered"]),
    signed=days, ends=days, route=text(["license", "distribution", "promotion", "venture"]), commission=shares,
    profit_share=shares, option_chance=shares, option_on=days, extension_chance=shares, extension_years=shares,
    sublicense_of=names(DEALS), pass_on=shares,
)  # fmt: skip
milestones = st.builds(
    DealMilestone, deal=text([*DEALS, NOWHERE]), id=text(["m", "n"]), kind=text(["development", "regulatory", "sales"]),
    program=names(PROGRAMS), stage=names(("phase2", "marketed")), territory=names(PLACES), at_sales=chances,
    amount=shares,
)  # fmt: skip
visits = st.builds(
    Inspection, site=text(["s", NOWHERE]), territory=text(PLACES), oai=chances, vai=chances, visited=days,
    outcome=text(["", "oai"]),
)  # fmt: skip
choices = st.builds(
    Choice, action=text(["own", "accept_cut", "license", "fund"]), target=text([*DEALS, *PROGRAMS, NOWHERE]), on=days,
    value=chances,
)  # fmt: skip
rows = st.lists(programs | filings | lines | schemes | listings | deals | milestones | visits, max_size=25)


@settings(max_examples=150, deadline=None)
@given(rows, st.lists(choices, max_size=4))
def test_any_rows_can_be_checked(drawn: list[Row], plan: list[Choice]) -> None:
    base: list[Row] = [Asset(id=name, modality="adc", area="other", name="Bee (b)") for name in ASSETS]
    base += [*(Territory(id=name) for name in PLACES), Site(id="s")]
    general = General(name="x", as_of=date(2026, 6, 30), currency="USD")
    company = Company.of(Settings(company=general), [*base, *drawn], {"base": tuple(plan)})
    found = check(company)
    assert check(company) == found
    for said in found:
        assert said.code in CODES
        assert said.place.file
        assert said.message
    missing = [row for row in drawn if row.table == "deal_milestones" and row.deal == NOWHERE]
    assert not missing or any(said.code == "E201" for said in found)
