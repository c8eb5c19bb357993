"""A message as a person would read it, on one line of a terminal."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_HEAD = ("subject", "title", "headline")
_BODY = ("body", "text", "message")
_SPACE = re.compile(r"\s+")


def head(content: Mapping[str, Any]) -> str:
    """Its subject or title, empty when it has none."""
    return _first(content, _HEAD)


def body(content: Mapping[str, Any]) -> str:
    """What it says: the plain text if there is one, else all fields one after the other."""
    known = _first(content, _BODY)
    return known or _line(" · ".join(str(value) for name, value in content.items() if name not in _HEAD and isinstance(value, str)))


def clock(at: int) -> str:
    """Epoch milliseconds as the time on the wall where the reader sits."""
    return datetime.fromtimestamp(at / 1000).astimezone().strftime("%H:%M:%S")


def milliseconds(value: int | None) -> str:
    """A latency, or a dash where there is none yet."""
    return "-" if value is None else f"{value:,} ms"


def _first(content: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((_line(str(content[name])) for name in names if content.get(name)), "")


def _line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
