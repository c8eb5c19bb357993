"""A limit on nesting, so that no code after the codecs can be driven into deep recursion."""

import re
from typing import Any

from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Aside, RejectionReason

MAX_DEPTH = 32
"""The maximum depth of objects and lists, including the message itself. Real events have about five levels."""


_READ = 64
"""What is deeper is not even read: no reader of JSON takes a thousand levels."""
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def shallow(text: str) -> str:
    """The same JSON with null in the place of whatever is nested too deep to be read at all."""
    parts: list[str] = []
    depth = start = 0
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark in ("{", "["):
            depth += 1
            if depth == _READ + 1:
                parts += [text[start : token.start()], "null"]
        elif mark in ("}", "]"):
            depth -= 1
            if depth == _READ:
                start = token.end()
    return "".join(parts) + text[start:] if depth == 0 else text


def check_depth(value: bytes, payload: Payload, asides: list[Aside]) -> None:
    """Set aside what is nested deeper than `MAX_DEPTH`. Free for the usual event: what has few brackets cannot be deep."""
    if value.count(b"{") + value.count(b"[") <= MAX_DEPTH:
        return
    for name in ("properties", "traits", "context", "products"):
        fields = getattr(payload, name)
        if fields and (found := _cut(fields)) is not None:
            place = f"{name}.{found}" if isinstance(found, str) else f"{name}[{found}]"
            message = f"{place} holds objects nested more than {MAX_DEPTH} deep: send it flatter"
            asides.append(Aside(RejectionReason.TOO_DEEP, place, message))


def _cut(fields: Any) -> str | int | None:
    """Put null in the place of what is too deep; returns the field, or the line of a list, in which the first of it was."""
    first: str | int | None = None
    level = [(key, child) for key, child in _children(fields)]
    depth = 2  # the message and the field
    while level:
        depth += 1
        following = []
        for key, node in level:
            for place, child in _children(node):
                if not isinstance(child, (dict, list)):
                    continue
                if depth >= MAX_DEPTH:
                    node[place] = None
                    first = key if first is None else first
                else:
                    following.append((key, child))
        level = following
    return first


def _children(node: Any) -> list[tuple[Any, Any]]:
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else []
