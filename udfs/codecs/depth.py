"""A limit on nesting, so that no code after the codecs can be driven into deep recursion."""

from typing import Any

from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Refused, RejectionReason

MAX_DEPTH = 32
"""The maximum depth of objects and lists, including the message itself. Real events have about five levels."""


def check_depth(value: bytes, payload: Payload) -> None:
    """Refuse a payload nested deeper than `MAX_DEPTH`. This is free for most events: one with few brackets cannot be deep."""
    if value.count(b"{") + value.count(b"[") <= MAX_DEPTH:
        return
    for field in ("properties", "traits", "context", "products"):
        level: list[Any] = [getattr(payload, field)]
        depth = 1
        while level := [child for node in level if isinstance(node, (dict, list)) for child in (node.values() if isinstance(node, dict) else node)]:
            depth += 1
            if depth > MAX_DEPTH:
                message = f"{field} has objects nested more than {MAX_DEPTH} deep: send it flatter"
                raise Refused(RejectionReason.TOO_DEEP, field, message)
