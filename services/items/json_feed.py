"""Feeds in JSON: a list of objects, an object that holds the list, or an object a line. Read in pieces, however long the list is.

An object that is an event says what it knows of products (`from_events.py`)."""

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.items.columns import Shapes
from services.items.faults import Fault, Row
from services.items.from_events import Learned, is_event
from services.items.problems import MAX_ROW, FeedError

Tell = Callable[[int, Fault], object]
_LIST = re.compile(r'\s*\{\s*"[^"\\]{1,60}"\s*:\s*\[')
_NEXT = re.compile(r"\}\s*,?\s*(?=\{)|\n(?=\{)")
"""Where another object may begin after one that is broken: behind the end of one, or at the beginning of a line."""
_BETWEEN = re.compile(r"[\s,]*")
_FIX = "let a program write the JSON, or check it with `python -m json.tool`"


def rows(pieces: Iterator[bytes], name: str, tell: Tell, *, chosen: Mapping[str, str] | None = None) -> Iterator[Row]:
    """The objects of a feed. One that is broken is reported with its line, and left out. Raises FeedError."""
    shapes = Shapes(chosen)
    learned = Learned(name)
    for line, found in _objects(_Text(pieces, name), tell):
        if not isinstance(found, dict):
            tell(line, Fault(None, "is no object", 'each item is an object, such as {"id": "tent", "price": 19.9}', str(found)[:40], whole=True))
            continue
        if is_event(found):
            learned.take(line, found)
            continue
        yield Row(line, shapes.read(found))
    yield from learned.rows()


class _Text:
    """Text that is read in pieces, with the place in it."""

    def __init__(self, pieces: Iterator[bytes], name: str) -> None:
        self._pieces, self.name = pieces, name
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self.text, self.place, self.ended = "", 0, False
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

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Go past what the pattern matches here."""
        while (found := pattern.match(self.text, self.place)) is not None:
            self.place = found.end()
            if self.place < len(self.text) or not self.more():
                return


_decoder = json.JSONDecoder()


def _objects(text: _Text, tell: Tell) -> Iterator[tuple[int, Any]]:
    text.more()
    text.skip(_BETWEEN)
    while len(text.text) - text.place < 200 and text.more():
        pass
    if (opened := _LIST.match(text.text, text.place)) is not None and "}" not in opened[0]:
        text.place = opened.end()
    elif text.text.startswith("[", text.place):
        text.place += 1
    elif not text.text.startswith("{", text.place):
        message = f"{text.name} is not JSON of items: it begins with {text.text[text.place : text.place + 20]!r}"
        raise FeedError(message)
    while True:
        text.skip(_BETWEEN)
        while text.place >= len(text.text):
            if not text.more():
                return
            text.skip(_BETWEEN)
        if text.text[text.place] == "]":  # what stands after the list is about the feed, not an item
            return
        line, found = text.here, _next(text)
        if isinstance(found, Fault):
            tell(line, found)
            if not _resume(text):
                return
        else:
            yield line, found


def _next(text: _Text) -> Any:
    """The value here, or what is wrong with it."""
    while True:
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


def _is_cut(error: ValueError, text: _Text) -> bool:
    """Whether the end of what has been read may be the cause."""
    return not text.ended and (not isinstance(error, json.JSONDecodeError) or error.pos > len(text.text) - 4_096 or "Unterminated" in error.msg)


def _resume(text: _Text) -> bool:
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
