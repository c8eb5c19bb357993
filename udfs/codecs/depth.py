"""A bound on nesting, so that nothing behind the codecs can be driven into deep recursion."""

from typing import Any

from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Aside, RejectionReason

MAX_DEPTH = 32
"""Objects and lists within each other, the message itself included. Real events have about five."""


def check_depth(value: bytes, payload: Payload, asides: list[Aside]) -> None:
    """Set aside what is nested deeper than `MAX_DEPTH`. Free for the usual event: what has few brackets cannot be deep."""
    if value.count(b"{") + value.count(b"[") <= MAX_DEPTH:
        return
    for name in ("properties", "traits", "context"):
        fields = getattr(payload, name)
        for key in [key for key, child in (fields or {}).items() if _is_deep(child)]:
            del fields[key]
            asides.append(_too_deep(f"{name}.{key}"))
    if payload.products and _is_deep(payload.products):
        payload.products = None
        asides.append(_too_deep("products"))


def _is_deep(found: Any) -> bool:
    level: list[Any] = [found]
    depth = 2  # the message and the field
    while level := [child for node in level if isinstance(node, (dict, list)) for child in (node.values() if isinstance(node, dict) else node)]:
        depth += 1
        if depth > MAX_DEPTH:
            return True
    return False


def _too_deep(field: str) -> Aside:
    message = f"{field} holds objects nested more than {MAX_DEPTH} deep: send it flatter"
    return Aside(RejectionReason.TOO_DEEP, field, message)
