"""Slide decks for drills: one page per topic, its text escaped and made to fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from unicodedata import east_asian_width

MOST_FACTS = 5
LONGEST = {"title": 90, "claim": 260, "fact": 200, "evidence": 220, "honest": 320, "people": 120}
"""Width each part may have, in signs, of which a Chinese, Japanese or Korean one is as wide as two.

Longer text is cut at a word and marked; the whole stands in the notes.
"""

_SIZES = ((0, 18), (500, 16), (750, 14), (1_000, 12), (1_300, 11))
_SIGNS = {chr(n) for n in range(32)} - {"\n", "\t"} | {"\x7f", "\ufffe", "\uffff"}


@dataclass(frozen=True, slots=True)
class Topic:
    """One page of a deck.

    Attributes
    ----------
    title : of the topic.
    claim : what we say, in one sentence.
    facts : up to five.
    evidence : records that show it.
    weakness, answer : what is known to be weak, and the honest answer on it.
    owner, backup : who answers.
    version : of the procedure it rests on.
    """

    title: str
    claim: str
    facts: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    weakness: str = ""
    answer: str = ""
    owner: str = ""
    backup: str = ""
    version: str = ""


def plain(text: str) -> str:
    """A text without signs that a slide cannot hold."""
    return "".join(" " if sign in _SIGNS or 0xD800 <= ord(sign) <= 0xDFFF else sign for sign in text).strip()


def width(text: str) -> int:
    """How wide a text is in signs: one that East Asian type sets in a full square counts two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def shortened(text: str, most: int) -> str:
    """A text of at most such a width, cut at a word and marked."""
    whole = " ".join(plain(text).split())
    if width(whole) <= most:
        return whole
    ends = accumulate(width(sign) for sign in whole)
    cut = whole[: sum(end <= most - 2 for end in ends)]
    return f"{cut[: cut.rfind(' ')] if cut.rfind(' ') > len(cut) // 2 else cut} …"


def font_size(wide: int) -> int:
    """Points at which text of such a width fits the page's body."""
    return [size for least, size in _SIZES if wide >= least][-1]


def body(topic: Topic) -> tuple[str, ...]:
    """Lines of a topic's page, shortened to fit."""
    lines = [shortened(topic.claim, LONGEST["claim"])]
    lines += [f"• {shortened(fact, LONGEST['fact'])}" for fact in topic.facts[:MOST_FACTS]]
    if topic.evidence:
        lines.append(f"Show: {shortened('; '.join(topic.evidence), LONGEST['evidence'])}")
    if topic.weakness:
        lines.append(f"Known weakness: {shortened(f'{topic.weakness} Answer: {topic.answer}', LONGEST['honest'])}")
    people = f"Owner: {topic.owner or '–'}   Stands in: {topic.backup or '–'}"
    lines.append(shortened(people, LONGEST["people"]))
    return tuple(lines)


def write_deck(path: Path, name: str, topics: Sequence[Topic]) -> None:
    """Write a deck: a first page with its name, then one page per topic; the whole text stands in the notes.

    Raises
    ------
    ValueError
        Without a topic.
    """
    from pptx import Presentation
    from pptx.util import Inches, Pt

    if not topics:
        msg = "a deck needs at least one topic"
        raise ValueError(msg)
    deck = Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = shortened(name, LONGEST["title"])
    first.placeholders[1].text = f"{len(topics)} topics, one page each"
    for topic in topics:
        page = deck.slides.add_slide(deck.slide_layouts[5])
        page.shapes.title.text = shortened(topic.title, LONGEST["title"])
        page.shapes.title.text_frame.paragraphs[0].runs[0].font.size = Pt(28)
        frame = page.shapes.add_textbox(Inches(0.5), Inches(1.6), Inches(9.0), Inches(5.4)).text_frame
        frame.word_wrap = True
        lines = body(topic)
        size = font_size(sum(width(line) for line in lines))
        for place, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = line
            run.font.size = Pt(size)
            run.font.bold = place == 0
            paragraph.space_after = Pt(4)
        page.notes_slide.notes_text_frame.text = _notes(topic)
    deck.save(str(path))


def _notes(topic: Topic) -> str:
    parts = [topic.title, topic.claim, *topic.facts, *topic.evidence, topic.weakness, topic.answer, topic.version]
    return "\n".join(plain(part) for part in parts if part)
