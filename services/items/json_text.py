"""JSON that is read in pieces, however long it is: the place in it, the value there, and where another object begins after a broken one."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from services.items.faults import Fault
from services.items.problems import MAX_ROW

BETWEEN = re.compile(r"[\s,]*")
_NEXT = re.compile(r"\}\s*,?\s*(?=\{)|\n(?=\{)")
"""Where another object may begin after one that is broken: behind the end of one, or at the beginning of a line."""
_FIX = "let a program write the JSON, or check it with `python -m json.tool`"
_decoder = json.JSONDecoder()


class Text:
    """Text that is read in pieces, with the place in it."""

    def __init__(self, pieces: Iterator[bytes], name: str) -> None:
        self._pieces, self.name = pieces, name
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self.text, self.place, self.ended = "", 0, False
        self.begun = 0
        """Where the value began that was read last: until more is read, it can be read again."""
        self._line, self._counted = 1, 0

    def more(self) -> bool:
        """Read on; False at the end. What is behind is dropped."""
        if self.ended:
            return False
        piece = next(self._pieces, None)
        _ = self.here
        self.ended = piece is None
        self.text = self.text[self.place :] + self._decode(piece or b"", final=self.ended)
        self.place = self._counted = 0
        return True

    @property
    def here(self) -> int:
        """The line of the place."""
        self._line += self.text.count("\n", self._counted, self.place)
        self._counted = self.place
        return self._line

    @property
    def next(self) -> str:
        """The character at the place, behind blanks and commas; empty at the end."""
        self.skip(BETWEEN)
        while self.place >= len(self.text):
            if not self.more():
                return ""
            self.skip(BETWEEN)
        return self.text[self.place]

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Go past what the pattern matches here."""
        while (found := pattern.match(self.text, self.place)) is not None:
            self.place = found.end()
            if self.place < len(self.text) or not self.more():
                return


def next_value(text: Text) -> Any:
    """The value here, or what is wrong with it."""
    while True:
        text.begun = text.place
        try:
            found, text.place = _decoder.raw_decode(text.text, text.place)
        except (ValueError, RecursionError) as error:
            waiting = len(text.text) - text.place
            if isinstance(error, RecursionError):
                return Fault(None, "is nested too deeply", "write flat objects", whole=True)
            if waiting > MAX_ROW:
                return Fault(None, f"is longer than {MAX_ROW:,} bytes, or broken: {_said(error)}", _FIX, whole=True)
            if not _is_cut(error, text) or not text.more():
                return Fault(None, f"is not JSON: {_said(error)}", _FIX, text.text[text.place : text.place + 40], whole=True)
        else:
            return found


def _is_cut(error: ValueError, text: Text) -> bool:
    """Whether the end of what has been read may be the cause."""
    return not text.ended and (not isinstance(error, json.JSONDecodeError) or error.pos > len(text.text) - 4_096 or "Unterminated" in error.msg)


def resume(text: Text) -> bool:
    """Go to the next object; False where there is none."""
    text.place += 1
    while True:
        found = _NEXT.search(text.text, text.place)
        if found is not None:
            text.place = found.end()
            return True
        text.place = max(text.place, len(text.text) - 1_000)
        if not text.more():
            text.place = len(text.text)
            return False


def _said(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:100]
