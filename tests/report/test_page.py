"""The page holds the run's numbers, in order, escaped, small, and sealed against the outside."""

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from echelon.report import answers, tables
from echelon.report.format import money_with_error, percent
from echelon.report.names import names, plan_years, whole_years
from echelon.report.page import command, page, report

ALL = ["top", "textbook", "biotech", "fund", "uncoupled", "hostile"]
QUESTIONS = [
    "worth",
    "pipeline",
    "echelons",
    "platform",
    "launches",
    "approvals",
    "world",
    "ready",
    "listed",
    "partners",
    "capacity",
    "loop",
    "cash",
    "spread",
    "programs",
    "couplings",
    "assumptions",
    "again",
]
VOID = {"meta", "link", "br", "input", "img", "hr"}


class Outline(HTMLParser):
    """Headings, ids, tables and resources of a page."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.ids, self.scripts, self.resources, self.styled = [], [], 0, [], 0
        self.tables, self.captions, self.scoped, self.heads = 0, 0, 0, 0
        self.sections = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"])
        self.scripts += tag == "script"
        self.styled += "style" in given
        self.resources += [given[name] for name in ("src", "srcset", "action", "data") if name in given]
        self.resources += [v for k, v in attrs if k in ("href", "xlink:href") and not (v or "").startswith("#")]
        self.resources += [k for k in given if k.startswith("on")]
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.heads += tag == "th"
        self.scoped += tag == "th" and "scope" in given
        if tag == "section":
            self.sections.append(given["aria-labelledby"])


def shown(text):
    body = re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.S)
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.mark.parametrize("name", ALL)
def test_the_page_is_one_sealed_accessible_file(pages, name):
    text = pages[name]
    outline = Outline(text)
    assert len(text.encode()) < 3_000_000
    assert text.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in text
    assert outline.resources == []
    assert outline.scripts == 1
    assert outline.styled == 0, "style attributes would be stopped by the page's own policy"
    assert outline.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False))
    assert outline.headings.count(1) == 1
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.captions == outline.tables > 5
    assert outline.sections == QUESTIONS
    assert "None" not in shown(text).replace("None of", "")
    assert not re.search(r"\bnan\b|\binf\b|Undefined", shown(text))


def test_the_policy_names_the_only_style_and_script(pages):
    text = pages["textbook"]
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1])
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_names_cannot_break_out(pages):
    text = pages["hostile"]
    assert "<script>window" not in text
    assert text.count("<script>") == 1
    assert "&lt;script&gt;window.caught=1&lt;/script&gt;" in text


def test_the_header_says_what_this_is(pages, top):
    text = shown(pages["top"])
    start = text[: text.index("What stands in the pipeline?")]
    for part in (
        top.info["company"],
        top.info["notice"],
        "30\xa0September\xa02025",
        "1,100",
        "base",
        "as the tables say",
    ):
        assert part in start
    assert "Not affiliated" in start
    assert "uncoupled" in shown(pages["uncoupled"])


def test_the_numbers_are_the_runs(pages, top):
    text, row = shown(pages["top"]), top.measure("enpv")
    assert money_with_error(row["mean"], row["se"], "CNY") in text
    short = top.measure("first_short")["happens"]
    assert f"{short * 100:.1f}" in text[text.index("Is there enough capacity?", 3000) :]
    assert top.info["digest"] in text
    assert "echelon run COMPANY --futures 1100 --seed 7 --out RUN" in text


def test_answers_of_the_textbook_follow_from_its_tables(textbook):
    known = names(textbook)
    assert "In 4" not in answers.worth(textbook)
    share = textbook.measure("enpv")["below_nought"]
    assert f"in {percent(share)} of futures it is below zero" in answers.worth(textbook)
    assert answers.short(textbook, known) == "The company has no lines, so capacity is not modelled."
    assert answers.solvent(textbook, known).startswith("No cash floor is set; cash falls below zero in 100")
    assert "no outcome shares" in answers.linked(textbook).lower()
    growth = textbook.table("growth")
    assert percent(growth["p_any_launch"][-1]) in answers.broad(textbook, known)


def test_certain_futures_are_not_called_losses(top):
    measures = top.measures()
    assert "in none of the 1,100 is it below zero" in answers.worth(top) or measures["below_nought"][0] > 0


def test_the_plan_is_the_next_five_whole_years(top, textbook):
    assert plan_years(top) == [2026, 2027, 2028, 2029, 2030]
    assert plan_years(textbook) == [2026, 2027, 2028, 2029, 2030]
    assert whole_years(top)[-1] == 2044


def test_years_in_part_say_so(top):
    labels = [label.replace("\xa0", " ") for label, _ in tables.ledger(top)]
    assert labels[0] == "2025 Q4"
    assert labels[1] == "2026"
    assert labels[-1] == "2045 Q1–Q3"


def test_every_program_has_a_row_with_its_numbers(top):
    known = names(top)
    unit, rows = tables.programs(top, known)
    assert unit == "CNY million"
    assert len(rows) == len(top.programs())
    assert all(len(row) == 11 for row in rows)
    values = [float(row[7].sort) for row in rows]
    assert values == sorted(values, reverse=True)
    assert any("bispecific" in row[0].text for row in rows), "discovery is shown by platform"


def test_every_assumption_is_on_the_page(top):
    frame = top.table("assumptions")
    grouped = tables.assumptions(top)
    assert sum(total for _, total, _ in grouped) == len(frame)
    marked = sum(len(g.rows) for _, _, groups in grouped for g in groups if g.known == "remembered")
    assert marked == len(frame.filter(frame["confidence"] == "remembered")) > 0


def test_loadings_are_all_there_and_switches_say_off(top, uncoupled):
    known = names(top)
    rows = tables.loadings(top, known)
    reports = top.table("reports")
    slots = reports.filter(reports["kind"] == "slot")
    table = top.table("couplings")
    own = table.filter(~table["program"].is_in(slots["program"].to_list()))["program"].n_unique()
    assert len(rows) == own + table.join(slots, on="program")["group"].n_unique()
    assert tables.loadings(uncoupled, known) == []
    states = {name: state for name, state, _ in tables.switches(uncoupled)}
    assert states["Asset"] == states["Supply"] == states["Cash"] == "off"
    assert {state for _, state, _ in tables.switches(top)} >= {"on", "off", "on, 0.20"}


def test_drivers_read_as_words(top):
    known = names(top)
    assert known.driver("launch", "js207-nsclc") == "Launch: JS207, NSCLC"
    assert known.driver("assumption", "price: js001, cn") == "Price: toripalimab (JS001), China (mainland)"
    assert known.driver("assumption", "peak sales of js005-psoriasis") == "Peak sales: Roconkibart, psoriasis"
    words = known.driver("assumption", "recipe js001 lingang titer")
    assert words == "Recipe toripalimab (JS001) Shanghai Lingang production base titer"


def test_the_command_quotes_what_it_must(textbook):
    info = {**textbook.info, "scenario": "low prices", "plan": "base"}
    made = command(replace(textbook, info=info))
    assert "--scenario 'low prices' --plan base" in made


def test_report_writes_one_file_and_leaves_no_draft(textbook, tmp_path):
    file = report(textbook, tmp_path / "new" / "report.html")
    assert file.read_text(encoding="utf-8") == page(textbook)
    assert list(file.parent.iterdir()) == [file]
