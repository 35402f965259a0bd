"""JSON files with the line and column of every value, read strictly: no NaN, no key twice, no number out of range."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path

from echelon.company.csvfile import read_text
from echelon.company.diagnostics import Log, Place

DEEPEST = 50
"""Levels of nesting that are read."""

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])", re.ASCII)
_WORD = re.compile(r"[-+]?[A-Za-z0-9_.]+", re.ASCII)
_LITERALS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place; members of an object also know the place of their key."""

    value: "dict[str, Node] | list[Node] | str | Decimal | bool | None"
    place: Place
    key_place: Place | None = None

    @property
    def kind(self) -> str:
        """What the value is, in words."""
        kinds = {dict: "an object", list: "a list", str: "a text", Decimal: "a number", bool: "true or false"}
        return kinds.get(type(self.value), "null")


class _NotJson(Exception):  # noqa: N818 - it says what the text is
    """The text ends to be JSON at an offset."""

    def __init__(self, offset: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.offset, self.hint = offset, hint


def read_json(path: Path, log: Log) -> Node | None:
    """The root of a JSON file, or None after logging why there is none."""
    text = read_text(path, log)
    if text is None:
        return None
    reader = _Reader(text, str(path), log)
    try:
        return reader.whole()
    except _NotJson as error:
        log.wrong(reader.place(error.offset), "E650", f"not JSON: {error}", error.hint)
        return None


class _Reader:
    def __init__(self, text: str, file: str, log: Log) -> None:
        self.text, self.file, self.log = text, file, log
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def whole(self) -> Node:
        root, end = self.value(self.skip(0), 0)
        end = self.skip(end)
        if end < len(self.text):
            raise _NotJson(end, "there is more after the end of the document")
        return root

    def place(self, offset: int) -> Place:
        line = bisect_right(self.starts, offset)
        return Place(self.file, "", line, offset - self.starts[line - 1] + 1)

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        if depth > DEEPEST:
            raise _NotJson(at, f"nested more than {DEEPEST} levels deep")
        sign = self.text[at : at + 1]
        if sign == "{":
            return self.members(at, depth)
        if sign == "[":
            return self.items(at, depth)
        if sign == '"':
            text, end = self.string(at)
            return Node(text, self.place(at)), end
        return self.scalar(at)

    def scalar(self, at: int) -> tuple[Node, int]:
        found = _NUMBER.match(self.text, at)
        if found:
            return Node(Decimal(found[0]), self.place(at)), found.end()
        word = _WORD.match(self.text, at)
        if word and word[0] in _LITERALS:
            return Node(_LITERALS[word[0]], self.place(at)), word.end()
        if word:
            hint = "use null or leave it out" if word[0].strip("+-").lower() in ("nan", "inf", "infinity") else ""
            raise _NotJson(at, f"`{word[0][:40]}` is no value of JSON", hint)
        if at >= len(self.text):
            raise _NotJson(at, "the document ends where a value should stand")
        raise _NotJson(at, f"`{self.text[at]}` stands where a value should")

    def string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self.text, at + 1, True)
        except ValueError as error:
            raise _NotJson(getattr(error, "pos", at), f"text: {str(error).split(':')[0].lower()}") from None
        return text, end

    def members(self, at: int, depth: int) -> tuple[Node, int]:
        found: dict[str, Node] = {}
        start, at = at, self.skip(at + 1)
        while self.text[at : at + 1] != "}":
            if self.text[at : at + 1] != '"':
                raise _NotJson(at, "a key in double quotes should stand here", 'like "name": value')
            key_at = at
            key, at = self.string(at)
            at = self.skip(at)
            if self.text[at : at + 1] != ":":
                raise _NotJson(at, f"a colon should follow the key `{key}`")
            node, at = self.value(self.skip(at + 1), depth + 1)
            if key in found:
                self.log.wrong(self.place(key_at), "E651", f"`{key}` is given twice", "keep one of them")
            found[key] = Node(node.value, node.place, self.place(key_at))
            at = self.after(at, "}")
        return Node(found, self.place(start)), at + 1

    def items(self, at: int, depth: int) -> tuple[Node, int]:
        found: list[Node] = []
        start, at = at, self.skip(at + 1)
        while self.text[at : at + 1] != "]":
            node, at = self.value(at, depth + 1)
            found.append(node)
            at = self.after(at, "]")
        return Node(found, self.place(start)), at + 1

    def after(self, at: int, close: str) -> int:
        # After a member or an item: a comma and another, or the end.
        at = self.skip(at)
        sign = self.text[at : at + 1]
        if sign == close:
            return at
        if sign != ",":
            raise _NotJson(at, f"a comma or `{close}` should stand here")
        at = self.skip(at + 1)
        if self.text[at : at + 1] == close:
            raise _NotJson(at, f"a comma before `{close}` with nothing after it", "take the comma away")
        return at
