"""Whether a record is about somebody, or names them."""

import base64
import json
from collections.abc import Iterable
from enum import Enum
from typing import Any


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
        quoted = {json.dumps(each, ensure_ascii=ascii_only).encode("utf-8", "replace") for each in self.ids for ascii_only in (True, False)}
        self._quoted = tuple(quoted)

    def match(self, key: bytes | None, value: bytes | None) -> Match | None:
        """None: it has nothing to do with them. In JSON an id is looked for in quotes, in other formats as it is."""
        if key in self._keys:
            return Match.OWN
        if not value:
            return None
        if any(each in value for each in self._quoted):
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
