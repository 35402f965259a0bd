"""The gallery of broken instances: what is said, where, and that nothing is a traceback."""

# ruff: noqa: E501 - a message stands in one piece

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cli.conftest import within
from tests.supply.campaign.build import small, solved

from echelon.company.diagnostics import CompanyError
from echelon.supply.campaign.codes import CODES
from echelon.supply.campaign.plan import InfeasibleError, read_instance


def said(text: str, folder: Path) -> list[str]:
    path = folder / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CompanyError) as caught:
        read_instance(path)
    return [
        str(d).replace(f"{path}:", "").replace(f"{path}", "x").strip()
        for d in caught.value.diagnostics
        if "W" not in d.code
    ]


TEXTS = {
    "nothing": ("", "1:1: E650 not JSON: the document ends where a value should stand"),
    "cut off": (
        '{"sets": {',
        '1:11: E650 not JSON: a key in double quotes should stand here\n  hint: like "name": value',
    ),
    "trailing comma": (
        '{"a": 1,}',
        "1:9: E650 not JSON: a comma before `}` with nothing after it\n  hint: take the comma away",
    ),
    "nan": ('{"a":\n  NaN}', "2:3: E650 not JSON: `NaN` is no value of JSON\n  hint: use null or leave it out"),
    "more after": ("{} {}", "1:4: E650 not JSON: there is more after the end of the document"),
    "a list": ("[]", "1:1: E652 the document is a list; it should be an object, { … }"),
    "no kind": (
        "{}",
        "1:1: E656 this is no instance: `sets` should name usp_suites, dsp_suites, products and periods, or facilities",
    ),
    "deep": ("[" * 99, "1:52: E650 not JSON: nested more than 50 levels deep"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str, tmp_path: Path) -> None:
    text, message = TEXTS[name]
    assert said(text, tmp_path) == [message]


def changed(**changes: Any) -> dict[str, Any]:
    return small(**changes)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a text for a number": (changed(upstream__batch_cost="two"), "E652 batch_cost of upstream is a text; it should be an object, { … }"),
    "a text for one number": (changed(upstream__batch_cost={"p": "two"}), "E652 batch_cost of upstream of p is a text; it should be a number"),
    "truth for a number": (changed(horizon_days_per_period=True), "E652 horizon_days_per_period is true or false; it should be a number"),
    "negative": (changed(upstream__storage_cost={"p": -5}), "E654 storage_cost of upstream of p is -5; it must be at least 0"),
    "rate of nought": (changed(upstream__rate_batches_per_day={"p": 0}), "E654 rate_batches_per_day of upstream of p is 0; it must be above 0"),
    "half a period": (changed(upstream__lifetime_periods={"p": 1.5}), "E654 lifetime_periods of upstream of p is 1.5; it must be a whole number"),
    "huge": (changed(upstream__sales_price={"p": 1e300}), "E654 sales_price of upstream of p is 1e+300; sizes from 1e-9 to 1e+9 are planned"),
    "unknown product": (changed(demand_batches={"q": [0, 0, 4]}), "E655 `q` is no product"),
    "missing product": (changed(upstream__rate_batches_per_day={}), "E653 rate_batches_per_day of upstream says nothing of p"),
    "too few periods": (changed(demand_batches={"p": [1, 2]}), "E653 demand of p has 2 values; there are 3 periods"),
    "unknown suite": (changed(allowed_usp={"k": ["p"]}), "E655 `k` is no suite"),
    "twice": (changed(sets={"usp_suites": ["i", "i"], "dsp_suites": ["j"], "products": ["p"], "periods": 3}), "E655 `i` stands twice in usp_suites"),
    "too many periods": (changed(sets={"usp_suites": ["i"], "dsp_suites": ["j"], "products": ["p"], "periods": 10**8}), "E657 periods is 100,000,000; at most 1,000 are planned"),
    "no site": (changed(sites={"north": ["i"]}), "E653 no site is given for the suite j"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_values(name: str, tmp_path: Path) -> None:
    data, message = WRONG[name]
    found = said(json.dumps(data), tmp_path)
    assert [line.partition(": ")[2] for line in found] == [message]
    assert all(line.partition(": ")[0].startswith("1:") for line in found)


def test_missing_parameters_are_all_told_at_once(tmp_path: Path) -> None:
    data = small()
    del data["upstream"]["rate_batches_per_day"], data["downstream"]["lead_time_days"]
    found = said(json.dumps(data, indent=1), tmp_path)
    assert [line.partition(": ")[2] for line in found] == [
        "E653 upstream needs `rate_batches_per_day`",
        "E653 downstream needs `lead_time_days`",
    ]


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "longer than the period": (small(upstream__min_campaign_days={"p": 70}), "the shortest upstream campaign of p, 70 days, is longer than a period of 60 days"),
    "longer than the longest": (small(downstream__min_campaign_days={"p": 40}, downstream__max_campaign_days={"p": 30}), "the shortest downstream campaign of p, 40 days, is longer than its longest, 30 days"),
    "no suite": (small(allowed_dsp={"j": []}), "p is wanted, but no downstream suite may make it"),
    "never begins": (small(upstream__lead_time_days={"p": 90}), "an upstream campaign of p can never begin: with a lead time of 90 days and campaigns of 0 to 60 days, no whole number of batches fits its first period"),
    "no whole batch": (small(downstream__max_campaign_days={"p": 5}), "no downstream campaign of p can make one whole batch: 0 to 5 days, 0.1 batches a day"),
    "no common site": (small(sites={"north": ["i"], "south": ["j"]}), "p is wanted, but no site has both an upstream and a downstream suite that may make it"),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_can_never_be_made(name: str, tmp_path: Path) -> None:
    data, message = IMPOSSIBLE[name]
    with pytest.raises(InfeasibleError) as caught:
        solved(data, tmp_path)
    assert [d.message for d in caught.value.diagnostics] == [message]
    assert all(d.place.line == 1 for d in caught.value.diagnostics)


@pytest.mark.parametrize(
    "broken",
    [{"allowed_usp": {"i": []}}, {"upstream__lead_time_days": {"p": 90}}, {"upstream__min_campaign_days": {"p": 70}}],
)
def test_crude_in_stock_needs_no_upstream_suite(broken: dict[str, Any], tmp_path: Path) -> None:
    start = {"initial_crude_batches": {"p": 4}, "upstream__lifetime_periods": {"p": 3}}
    found = solved(small(**start, **broken), tmp_path)
    assert found.status == "optimal"
    assert found.verdict.parts["sales"] == 80
    with pytest.raises(InfeasibleError):
        solved(small(**start | {"initial_crude_batches": {"p": 3}}, **broken), tmp_path)


def test_what_does_not_fit_together_is_named(tmp_path: Path) -> None:
    # Each product alone is in time; one suite a step cannot make both, and r is in nobody's way.
    data = small(
        sets={"usp_suites": ["i"], "dsp_suites": ["j"], "products": ["p", "q", "r"], "periods": ["t1", "t2"]},
        upstream={"rate_batches_per_day": 0.05, "lead_time_days": 30, "sales_price": 20},
        downstream={"rate_batches_per_day": 0.1, "lead_time_days": 40},
        demand_batches={"p": [2, 0], "q": [2, 0], "r": [0, 2]},
        max_backlog_batches={"p": 0, "q": 0},
    )
    with pytest.raises(InfeasibleError) as caught:
        solved(data, tmp_path)
    first, *others = [d.message for d in caught.value.diagnostics]
    assert first == "no schedule keeps p, q within their limits together; any one less can be"
    assert len(others) == 1
    assert others[0] in (f"{p} in t1: 2 batches are late at best, and at most 0 may be" for p in "pq")


def test_the_command_answers_with_status_2_and_the_keys_of_every_answer(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(small(upstream__min_campaign_days={"p": 70})))
    done = within("campaign", path, "--json")
    assert done.exit_code == 2
    answer = json.loads(done.stdout)
    assert (answer["status"], answer["objective"], answer["schedule"]) == ("infeasible", None, None)
    assert "longer than a period" in answer["error"]
    assert "Traceback" not in done.stderr


def test_every_code_is_explained() -> None:
    assert all(text.endswith(".") for text in CODES.values())


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet='{}[]":,.0123456789-+eE nulltruefalse\n\\/abp', max_size=60))
def test_any_text_is_read_or_refused_as_the_standard_reader_does(text: str) -> None:
    import tempfile

    from echelon.company.diagnostics import Log
    from echelon.supply.campaign.jsonfile import read_json

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.json"
        path.write_text(text, encoding="utf-8")
        log = Log()
        found = read_json(path, log)
    try:
        json.loads(text)
        good = True
    except (ValueError, RecursionError):
        good = False
    assert (found is not None and not any(d.code == "E650" for d in log.diagnostics())) == good
