"""Ids of carts, orders and checkouts, as one tracker writes them and another: what is compared is what they have in common."""

import re
from typing import Any

_GLOBAL = re.compile(r"gid://[^/]+/[^/]+/([^?]+)(?:\?.*)?", re.IGNORECASE)
_PLACEHOLDERS = frozenset({"", "0", "-1", "false", "null", "none", "undefined", "nan"})


def plain_id(value: Any) -> str:
    """An id without blanks around it, in lower case; of a global id of Shopify's the id itself. Empty: it names nothing.

    >>> plain_id(" Cart-7 "), plain_id("gid://shopify/Cart/Cart-7?key=a1"), plain_id(7), plain_id("undefined")
    ('cart-7', 'cart-7', '7', '')
    """
    if not isinstance(value, str):
        value = str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
    text = folded(value)
    return "" if text in _PLACEHOLDERS else text


def folded(text: str) -> str:
    """A text as ids are compared, whatever it says."""
    text = text.strip()
    if text[:6].lower() == "gid://" and (found := _GLOBAL.fullmatch(text)):
        text = found[1]
    return text.casefold()
