"""A message on one line of a terminal."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_HEAD = ("subject", "title", "headline")
_BODY = ("body", "text", "message")
_SPACE = re.compile(r"\s+")


def head(content: Mapping[str, Any]) -> str:
    """The subject or title, or an empty text."""
    return _first(content, _HEAD)


def body(content: Mapping[str, Any]) -> str:
    """The plain text if there is one, or else all fields one after the other."""
    known = _first(content, _BODY)
    return known or _line(" · ".join(str(value) for name, value in content.items() if name not in _HEAD and isinstance(value, str)))


def clock(at: int) -> str:
    """Epoch milliseconds as a local time."""
    return datetime.fromtimestamp(at / 1000).astimezone().strftime("%H:%M:%S")


def milliseconds(value: int | None) -> str:
    """A latency, or a dash if there is none yet."""
    return "-" if value is None else f"{value:,} ms"


def _first(content: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((_line(str(content[name])) for name in names if content.get(name)), "")


def _line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
