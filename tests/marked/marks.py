"""Marks: one of each kind of personal data for each person, found again in any bytes, whatever they are part of."""

import base64
import binascii
import re
from collections.abc import Iterator
from enum import StrEnum


class Mark(StrEnum):
    """Kinds of personal data."""

    USER = "user"
    GUEST = "guest"
    """An anonymous id."""
    MESSAGE = "message"
    """Id of a record, which leads to a person."""
    EMAIL = "email"
    PHONE = "phone"
    TOKEN = "token"
    """By which an app is reached."""
    FIRST = "first"
    LAST = "last"
    STREET = "street"
    ACCOUNT = "account"
    """A number of a bank account: something that a shop keeps, and nobody asks for."""
    IP = "ip"
    AGENT = "agent"
    """The browser, as it names itself."""
    TEXT = "text"
    """Words that somebody has written."""
    QUERY = "query"
    """In the query of a URL."""


IDS = frozenset({Mark.USER, Mark.GUEST, Mark.MESSAGE})
ADDRESSES = frozenset({Mark.EMAIL, Mark.PHONE, Mark.TOKEN})
TRAITS = frozenset({*ADDRESSES, Mark.FIRST, Mark.LAST, Mark.STREET, Mark.ACCOUNT})
"""What a shop tells of a person, as against what is said of what she does."""
EVERY = frozenset(Mark)

_WORD = re.compile(rb"zq(" + b"|".join(each.value.encode() for each in Mark) + rb")\d{4}zq", re.IGNORECASE)
_PHONE = re.compile(rb"44[ -]?7700[ -]?9\d{5}")
_IP = re.compile(rb"198\.18\.\d{1,3}\.\d{1,3}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
MAX_DEPTH = 3


def mark(kind: Mark, number: int) -> str:
    """The mark of a person."""
    if kind is Mark.PHONE:
        return f"+44 7700 9{number:05d}"
    if kind is Mark.IP:
        return f"198.18.{number // 250}.{number % 250}"
    word = f"zq{kind.value}{number:04d}zq"
    return f"{word}@example.com" if kind is Mark.EMAIL else word


def found_in(content: bytes, depth: int = 0) -> set[Mark]:
    """The kinds of marks that some bytes hold: as they are, in any case, within URLs, in what is base64, and as UTF-16."""
    found = {Mark(each.decode().lower()) for each in _WORD.findall(content)}
    if _PHONE.search(content):
        found.add(Mark.PHONE)
    if _IP.search(content):
        found.add(Mark.IP)
    if depth < MAX_DEPTH:
        for inner in _decoded(content):
            found |= found_in(inner, depth + 1)
    return found


def _decoded(content: bytes) -> Iterator[bytes]:
    for each in _BASE64.findall(content):
        try:
            yield base64.b64decode(each + b"=" * (-len(each) % 4))
        except binascii.Error:
            continue  # it was no base64
    if b"q\0" in content or b"\07\0" in content or b"\0." in content:
        yield content.replace(b"\0", b"")
