"""A bound on nesting, so that nothing behind the codecs can be driven into deep recursion."""

from typing import Any

from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Refused, RejectionReason

MAX_DEPTH = 32
"""Objects and lists within each other, the message itself included. Real events have about five."""


def check_depth(value: bytes, payload: Payload) -> None:
    """Refuse a payload nested deeper than `MAX_DEPTH`. Free for the usual event: what has few brackets cannot be deep."""
    if value.count(b"{") + value.count(b"[") <= MAX_DEPTH:
        return
    for field in ("properties", "traits", "context", "products"):
        level: list[Any] = [getattr(payload, field)]
        depth = 1
        while level := [child for node in level if isinstance(node, (dict, list)) for child in (node.values() if isinstance(node, dict) else node)]:
            depth += 1
            if depth > MAX_DEPTH:
                message = f"{field} holds objects nested more than {MAX_DEPTH} deep: send it flatter"
                raise Refused(RejectionReason.TOO_DEEP, field, message)
