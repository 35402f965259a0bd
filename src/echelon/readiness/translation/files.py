"""XLIFF and TMX files read with care: no document type, no entity, no network, within stated limits."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lxml.etree import _Element

State = Literal["new", "draft", "translated", "reviewed", "final"]
STATES: tuple[State, ...] = ("new", "draft", "translated", "reviewed", "final")

LARGEST_BYTES = 200_000_000
MOST_UNITS = 2_000_000
DEEPEST = 60

_STATES: Mapping[str, State] = {
    "new": "new", "initial": "new", "needs-translation": "new",
    "needs-adaptation": "draft", "needs-l10n": "draft", "needs-review-translation": "draft",
    "needs-review-adaptation": "draft", "needs-review-l10n": "draft",
    "translated": "translated", "reviewed": "reviewed", "signed-off": "final", "final": "final",
}  # fmt: skip
"""States of XLIFF 1.2 and 2 in our five."""

_TOKEN = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")


class TranslationError(ValueError):
    """A translation file cannot be used; says which, why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One segment.

    Attributes
    ----------
    key : of the file.
    source, target : texts, tags removed; target blank where there is none.
    source_language, target_language : codes as in the file, lower case, with `-`.
    state : of the target.
    words : in the source; see `count_words`.
    """

    key: str
    source: str
    target: str
    source_language: str
    target_language: str
    state: State
    words: int


def count_words(text: str) -> int:
    """Words of a text: each Chinese, Japanese or Korean sign counts one, other runs of letters and digits one each."""
    signs = sum(1 for sign in text if _ideographic(sign))
    rest = "".join(" " if _ideographic(sign) else sign for sign in text)
    return signs + len(_TOKEN.findall(rest))


def _ideographic(sign: str) -> bool:
    if sign < "\u1100":
        return False
    return unicodedata.name(sign, "").startswith(("CJK UNIFIED", "CJK COMPAT", "HIRAGANA", "KATAKANA", "HANGUL SYL"))


def read_units(path: Path) -> tuple[Unit, ...]:
    """Units of a file; see `read_file`."""
    return read_file(path)[1]


def read_file(path: Path) -> tuple[bool, tuple[Unit, ...]]:
    """Whether it is a memory, and the units of an XLIFF (1.2 or 2) or TMX file, told by its root.

    Raises
    ------
    TranslationError
        When there is no such file, it is too large or too deep, declares a document type other than TMX's own, is no
        well-formed XML, or is neither XLIFF nor TMX, or names no languages.
    """
    root = _root(Path(path))
    name = _local(root)
    if name == "tmx":
        units = _tmx(root, path)
    elif name == "xliff":
        version = str(root.get("version", ""))
        if version.partition(".")[0] not in {"1", "2"}:
            msg = f"{path}: XLIFF version {version[:20]!r}; versions 1.0 to 1.2 and 2 are read"
            raise TranslationError(msg)
        units = _xliff2(root, path) if version.startswith("2") else _xliff1(root, path)
    else:
        msg = f"{path}: the root is `{name}`; an XLIFF file begins with `xliff`, a translation memory with `tmx`"
        raise TranslationError(msg)
    found: list[Unit] = []
    for unit in units:
        if len(found) >= MOST_UNITS:
            msg = f"{path}: more than {MOST_UNITS:,} segments; split the file"
            raise TranslationError(msg)
        found.append(unit)
    return name == "tmx", tuple(found)


def _root(path: Path) -> "_Element":
    from lxml import etree

    if not path.is_file():
        msg = f"{path}: there is no such file"
        raise TranslationError(msg)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        msg = f"{path}: {size:,} bytes; at most {LARGEST_BYTES:,} are read"
        raise TranslationError(msg)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        tree = etree.parse(str(path), parser)
    except (etree.XMLSyntaxError, OSError, ValueError) as error:
        # The parser's words name the file as well, sometimes in their middle.
        why = " ".join(str(error).replace(f"Error reading file '{path}': ", "").split())[:160]
        msg = f"{path}: not well-formed XML: {why}"
        raise TranslationError(msg) from None
    kind = tree.docinfo
    if kind.internalDTD is not None and (kind.internalDTD.entities() or _local(tree.getroot()) != "tmx"):
        msg = f"{path}: the file declares a document type or entities, which are not read; save it without them"
        raise TranslationError(msg)
    root = tree.getroot()
    depth = max((sum(1 for _ in one.iterancestors()) for one in root.iter() if not len(one)), default=0)
    if depth > DEEPEST:
        msg = f"{path}: elements are nested {depth} deep; at most {DEEPEST} are read"
        raise TranslationError(msg)
    return root


def _local(element: "_Element") -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: "_Element", name: str) -> Iterator["_Element"]:
    return (child for child in element.iter() if _local(child) == name)


def _text(element: "_Element | None") -> str:
    if element is None:
        return ""
    from lxml import etree

    return " ".join(str(etree.tostring(element, method="text", encoding="unicode", with_tail=False)).split())


def _first(element: "_Element", name: str) -> "_Element | None":
    return next((child for child in element if _local(child) == name), None)


def _language(text: str | None) -> str:
    return (text or "").strip().lower().replace("_", "-")


def _state(text: str | None, target: str, *, approved: bool = False) -> State:
    known = _STATES.get((text or "").partition(":")[0].strip().lower())
    if approved:
        return known if known == "final" else "reviewed"
    return known or ("translated" if target else "new")


def _unit(key: str, source: str, target: str, pair: tuple[str, str], state: State) -> Unit:
    return Unit(key, source, target, pair[0], pair[1], state if target else "new", count_words(source))


def _need_languages(pair: tuple[str, str], path: Path, names: str) -> tuple[str, str]:
    if not all(pair):
        msg = f"{path}: the file names no source or no target language; it needs {names}"
        raise TranslationError(msg)
    return pair


def _xliff1(root: "_Element", path: Path) -> Iterator[Unit]:
    for file in _children(root, "file"):
        pair = (_language(file.get("source-language")), _language(file.get("target-language")))
        _need_languages(pair, path, "`source-language` and `target-language`")
        for place, found in enumerate(_children(file, "trans-unit"), start=1):
            target = _first(found, "target")
            text = _text(target)
            state = _state(target.get("state") if target is not None else None, text,
                           approved=found.get("approved") == "yes")  # fmt: skip
            yield _unit(found.get("id") or str(place), _text(_first(found, "source")), text, pair, state)


def _xliff2(root: "_Element", path: Path) -> Iterator[Unit]:
    pair = (_language(root.get("srcLang")), _language(root.get("trgLang")))
    _need_languages(pair, path, "`srcLang` and `trgLang`")
    for unit in _children(root, "unit"):
        for place, segment in enumerate(_children(unit, "segment"), start=1):
            text = _text(_first(segment, "target"))
            key = f"{unit.get('id') or ''}/{segment.get('id') or place}"
            yield _unit(key, _text(_first(segment, "source")), text, pair, _state(segment.get("state"), text))


def _tmx(root: "_Element", path: Path) -> Iterator[Unit]:
    header = _first(root, "header")
    base = _language(header.get("srclang") if header is not None else None)
    _need_languages((base, base), path, "`srclang` in its header")
    for place, found in enumerate(_children(root, "tu"), start=1):
        texts: dict[str, str] = {}
        for variant in _children(found, "tuv"):
            code = _language(variant.get("{http://www.w3.org/XML/1998/namespace}lang") or variant.get("lang"))
            texts.setdefault(code, _text(_first(variant, "seg")))
        source = base if base in texts else next(iter(texts), "")
        for code, text in texts.items():
            if code != source:
                key = f"{found.get('tuid') or place}"
                yield _unit(key, texts[source], text, (source, code), "translated" if text else "new")


def words_by_state(units: tuple[Unit, ...]) -> Mapping[tuple[str, str], Mapping[State, int]]:
    """Words of the source per language pair and state."""
    found: dict[tuple[str, str], dict[State, int]] = {}
    for unit in units:
        states = found.setdefault((unit.source_language, unit.target_language), dict.fromkeys(STATES, 0))
        states[unit.state] += unit.words
    return found
