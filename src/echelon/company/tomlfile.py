"""company.toml: its values, each with the line and column of its key and of itself."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from echelon.company.csvfile import read_text
from echelon.company.diagnostics import Log, Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting as read: section, key and value; `typed` where the value has a type of its own.

    A blank key is the section itself.
    """

    section: str
    key: str
    value: object
    key_place: Place
    value_place: Place
    typed: bool = True


Keys = tuple[str, ...]
Spot = tuple[int, int]


def read_toml(path: Path, log: Log) -> list[Entry] | None:
    """Settings of a TOML file, or None after logging why there are none."""
    text = read_text(path, log)
    if text is None:
        return None
    name = str(path)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        log.wrong(Place(name), "E017", "the settings are nested too deeply to be read")
        return None
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        lines = text.splitlines() or [""]
        place = Place(name, "", int(found[1]), int(found[2])) if found else Place(name)
        if "end of document" in str(error):
            place = Place(name, "", len(lines), len(lines[-1]) + 1)
        message = re.sub(r"\s*\(at .*\)$", "", str(error))
        log.wrong(place, "E017", f"not TOML: {message[:1].lower()}{message[1:]}")
        return None
    spots = key_spots(text)

    def entry(section: str, key: str, value: object) -> Entry:
        keys = (section, key) if section else (key,)
        near = next((spot for found, spot in spots.items() if found[:1] == keys[:1]), ((1, 1), (1, 1)))
        at_key, at_value = spots.get(keys) or near
        return Entry(section, key, value, Place(name, "", *at_key), Place(name, "", *at_value))

    found_entries: list[Entry] = []
    for section, values in data.items():
        if isinstance(values, dict):
            found_entries.append(entry(section, "", None))
            found_entries += [entry(section, key, value) for key, value in values.items()]
        else:
            found_entries.append(entry("", section, values))
    return found_entries


_TOKEN = re.compile(
    r'''
    (?P<space>[ \t\r]+ | \#[^\n]*) | (?P<line>\n)
    | (?P<string>"""(?:\\. | [^\\])*?"{3,5} | \'\'\'.*?\'{3,5} | "(?:\\. | [^"\\\n])*" | \'[^\'\n]*\')
    | (?P<sign>[\[\]{}=,.]) | (?P<bare>[^\s\#\[\]{}=,."\']+)
    ''',
    re.DOTALL | re.VERBOSE,
)


def key_spots(text: str) -> dict[Keys, tuple[Spot, Spot]]:
    """Line and column of every key, and of its value, of a text that is known to be TOML."""
    return dict(_spots(text))


def _spots(text: str) -> Iterator[tuple[Keys, tuple[Spot, Spot]]]:
    """Line and column of every key and value of a text that is known to be TOML."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    table: Keys = ()
    opened: list[Keys | None] = []  # open brackets: keys of an inline table, None for an array
    state, parts, key_at = "start", [""] * 0, 0
    for token in _TOKEN.finditer(text):
        kind, word, at = token.lastgroup, token[0], token.start()
        if kind == "space":
            continue
        if kind == "line":
            if not opened:
                if state == "header":
                    table = tuple(parts)
                    yield table, (_spot(starts, key_at), _spot(starts, key_at))
                state, parts = "start", []
        elif state == "start" and word == "[":
            state, key_at = "header", at
        elif state in ("start", "key", "header") and kind in ("string", "bare"):
            key_at = at if not parts and state != "header" else key_at
            state = "key" if state == "start" else state
            parts.append(word.strip("\"'") if kind == "string" else word)
        elif state == "key" and word == "=":
            state = "value"
        elif state == "value":
            keys = ((opened[-1] or ()) if opened else table) + tuple(parts)
            yield keys, (_spot(starts, key_at), _spot(starts, at))
            state, parts = "rest", []
            if word in ("{", "["):
                opened.append(keys if word == "{" else None)
                state = "start" if word == "{" else "rest"
        elif word in ("{", "["):
            opened.append(None)
        elif word in ("}", "]") and opened:
            opened.pop()
            state = "rest"
        elif word == "," and opened and opened[-1] is not None:
            state = "start"
    if state == "header":
        yield tuple(parts), (_spot(starts, key_at), _spot(starts, key_at))


def _spot(starts: list[int], offset: int) -> Spot:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1
