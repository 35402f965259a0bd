"""Translation: files read safely, words counted, finish dates calibrated, the plan by risk."""

from datetime import date

import numpy as np
import pytest

from echelon.readiness.translation import files
from echelon.readiness.translation.files import TranslationError, count_words, read_units, words_by_state
from echelon.readiness.translation.plan import Document, Team, covered, effort_words, finish, minutes_on_demand, plan

XLIFF1 = """<?xml version="1.0"?><xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
<file source-language="zh_CN" target-language="en" original="a" datatype="plaintext"><body>
<trans-unit id="1"><source>纯化水系统</source>
<target state="translated">Purified water system</target></trans-unit>
<trans-unit id="2" approved="yes"><source>pH <g id="1">7.0</g> 缓冲液</source>
<target>Buffer, pH 7.0</target></trans-unit>
<trans-unit id="3"><source>批记录</source></trans-unit></body></file></xliff>"""
XLIFF2 = """<xliff version="2.0" srcLang="zh" trgLang="en" xmlns="urn:oasis:names:tc:xliff:document:2.0"><file id="f">
<unit id="u"><segment state="final"><source>清洁</source><target>Cleaning</target></segment>
<segment state="initial"><source>验证</source></segment></unit></file></xliff>"""
TMX = """<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><header srclang="en"/><body>
<tu tuid="1"><tuv xml:lang="en"><seg>Batch record</seg></tuv><tuv xml:lang="zh-CN"><seg>批记录</seg></tuv>
<tuv xml:lang="de"><seg>Chargenprotokoll</seg></tuv></tu></body></tmx>"""
BOMB = """<!DOCTYPE xliff [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<xliff version="1.2"><file source-language="en" target-language="de"><body><trans-unit id="1"><source>&b;</source>
</trans-unit></body></file></xliff>"""
OUTSIDE = """<!DOCTYPE xliff [<!ENTITY x SYSTEM "file:///etc/hostname">]><xliff version="1.2">
<file source-language="en" target-language="de"><body>
<trans-unit id="1"><source>&x;</source></trans-unit></body></file></xliff>"""


def units(tmp_path, text, name="a.xlf"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_units(tmp_path / name)


def test_xliff_1(tmp_path):
    found = units(tmp_path, XLIFF1)
    assert [(one.state, one.words) for one in found] == [("translated", 5), ("reviewed", 5), ("new", 3)]
    assert found[1].source == "pH 7.0 缓冲液"
    assert words_by_state(found)["zh-cn", "en"] == {"new": 3, "draft": 0, "translated": 5, "reviewed": 5, "final": 0}


def test_xliff_2_and_tmx(tmp_path):
    assert [(one.key, one.state) for one in units(tmp_path, XLIFF2)] == [("u/1", "final"), ("u/2", "new")]
    found = units(tmp_path, TMX, "a.tmx")
    assert {(one.target_language, one.target, one.words) for one in found} == {
        ("zh-cn", "批记录", 2), ("de", "Chargenprotokoll", 2)}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [
    (BOMB, "declares a document type or entities"), (OUTSIDE, "declares a document type or entities"),
    ("<xliff", "not well-formed XML"), ("", "not well-formed XML"), ("<html/>", "the root is `html`"),
    (XLIFF1.replace(' target-language="en"', ""), "it needs `source-language` and `target-language`"),
    (TMX.replace(' srclang="en"', ""), "`srclang` in its header"),
    (XLIFF1.replace('version="1.2"', 'version="9"'), "XLIFF version '9'; versions 1.0 to 1.2 and 2 are read"),
    ("<xliff>" + "<g>" * 90 + "</g>" * 90 + "</xliff>", "nested 90 deep"),
])  # fmt: skip
def test_broken_and_hostile_files(text, message, tmp_path):
    with pytest.raises(TranslationError, match=message):
        units(tmp_path, text)


def test_a_wrong_encoding_is_told_without_where_the_file_lies(tmp_path):
    (tmp_path / "a.xlf").write_bytes(XLIFF1.encode("gb18030"))
    with pytest.raises(TranslationError, match="not well-formed XML: ") as told:
        read_units(tmp_path / "a.xlf")
    assert str(told.value).count(str(tmp_path)) == 1


def test_limits(tmp_path, monkeypatch):
    with pytest.raises(TranslationError, match="no such file"):
        read_units(tmp_path / "no.xlf")
    monkeypatch.setattr(files, "MOST_UNITS", 2)
    with pytest.raises(TranslationError, match="more than 2 segments"):
        units(tmp_path, XLIFF1)
    monkeypatch.setattr(files, "LARGEST_BYTES", 10)
    with pytest.raises(TranslationError, match="at most 10 are read"):
        units(tmp_path, XLIFF1)


@pytest.mark.parametrize(("text", "words"), [
    ("", 0), ("pH 7.0, 2-8 °C", 4), ("纯化水", 3), ("don't stop", 2), ("批号 A-12 记录", 5), ("データ", 3),
])  # fmt: skip
def test_words(text, words):
    assert count_words(text) == words


def test_ten_million_words_take_the_days_they_take():
    made = finish([Document("all", 10_000_000, 1.0)], Team(40, review_share=0.0), date(2026, 1, 5))
    assert made.days_low < 100 < made.days_high
    assert made.middle > date(2026, 5, 1)
    reused = finish([Document("all", 10_000_000, 1.0, reuse=1.0)], Team(40, review_share=0.0), date(2026, 1, 5))
    assert reused.days_middle == pytest.approx(made.days_middle / 3, rel=0.05)


def test_the_chance_of_a_date_is_that_of_a_day_by_day_simulation():
    team, work = Team(10, daily=0.4, level=0.1, review_share=0.0), [Document("a", 500_000, 1.0)]
    deadline = date(2026, 1, 30)
    made = finish(work, team, date(2026, 1, 5), [deadline], draws=20_000)
    rng = np.random.default_rng(9)
    true = 25_000 * np.exp(0.1 * rng.standard_normal(20_000) - 0.005)
    done = np.cumsum(true[:, None] * (1 + 0.4 * rng.standard_normal((20_000, 60))), axis=1)
    assert made.by[deadline] == pytest.approx(float(np.mean(done[:, 19] >= 500_000)), abs=0.04)
    assert finish(work, team, date(2026, 1, 5), [deadline], draws=20_000) == made
    with pytest.raises(ValueError, match="nobody translates"):
        finish(work, Team(0), date(2026, 1, 5))


def test_nothing_left_is_finished_today():
    assert finish([], Team(1), date(2026, 1, 5)).high == date(2026, 1, 5)


def test_the_plan_takes_what_will_be_asked_for_and_leaves_the_short_for_the_day():
    documents = [Document("validation", 40_000, 0.9), Document("archive", 400_000, 0.02), Document("form", 20, 0.9),
                 Document("annual-review", 15_000, 0.8, reuse=0.8)]  # fmt: skip
    team = Team(4)
    choices = {choice.key: choice for choice in plan(documents, team, days=6)}
    assert choices["validation"].before
    assert choices["annual-review"].before
    assert not choices["archive"].before
    assert choices["form"].minutes_on_demand < 5 < choices["validation"].minutes_on_demand
    assert 0.6 < covered(tuple(choices.values()), documents) <= 1.0
    spent = sum(effort_words(one, team) for one in documents if choices[one.key].before)
    assert spent <= 4 * 2500 * 6
    assert minutes_on_demand(documents[2], team, people=4) == pytest.approx(choices["form"].minutes_on_demand / 2)
