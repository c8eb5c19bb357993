"""Whether a record is about somebody, or names them."""

import base64
import json
import re
from collections.abc import Iterable
from enum import Enum
from typing import Any

_SHORT = {'"': '"', "\\": "\\", "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
"""Characters that JSON may write with a backslash and a letter."""


class Match(Enum):
    """How a record has to do with somebody."""

    OWN = "own"
    """It is theirs: its key is their id."""
    NAMES = "names"
    """It is somebody else's, or nobody's, and names them."""


class Wanted:
    """The ids of one person, as they stand in records."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(dict.fromkeys(ids))
        self._keys = frozenset(each.encode("utf-8", "replace") for each in self.ids)
        self._quoted = tuple({json.dumps(each, ensure_ascii=False).encode("utf-8", "replace") for each in self.ids})
        self._escaped = re.compile(b"|".join(_spellings(each) for each in self.ids))

    def match(self, key: bytes | None, value: bytes | None) -> Match | None:
        """None: it has nothing to do with them. In JSON an id is looked for in quotes, however it is written there; in other formats as it is."""
        if key in self._keys:
            return Match.OWN
        if not value:
            return None
        if any(each in value for each in self._quoted):
            return Match.NAMES
        if b"\\" in value and self.ids and self._escaped.search(value):
            return Match.NAMES
        if value[:1] not in b"{[" and any(each in value for each in self._keys):
            return Match.NAMES
        return Match.NAMES if b'"original":' in value and self._in_original(value) else None

    def _in_original(self, value: bytes) -> bool:
        """A refused record carries what was refused, in base64."""
        try:
            told: Any = json.loads(value)
            original = base64.b64decode(told["original"])
        except (ValueError, KeyError, TypeError):
            return False
        return self.match(None, original) is not None


def _spellings(text: str) -> bytes:
    """A pattern of every way to write a text in JSON: each character as it is, or escaped."""
    return b'"' + b"".join(map(_ways, text)) + b'"'


def _ways(character: str) -> bytes:
    units = character.encode("utf-16-be", "surrogatepass")
    code = b"".join(rb"\\u(?i:%s)" % units[n : n + 2].hex().encode() for n in range(0, len(units), 2))
    ways = [code]
    if character in _SHORT:
        ways.append(rb"\\" + re.escape(_SHORT[character].encode()))
    if character not in {'"', "\\"} and ord(character) >= 0x20:
        ways.append(re.escape(character.encode("utf-8", "surrogatepass")))
    return b"(?:" + b"|".join(ways) + b")"
