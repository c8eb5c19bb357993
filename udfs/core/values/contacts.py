"""Addresses of people within any text: e-mail, telephone and network addresses are recognised by their form, and replaced."""

import re
from functools import lru_cache

from udfs.core.values.names import normalise

_MAIL = re.compile(r"[^\s@\"'<>(),;:/?&=\[\]]+(?:@|%40)[^\s@\"'<>(),;:/?&=\[\]]+\.[^\s@\"'<>(),;:/?&=\[\]]+", re.IGNORECASE)
_NUMBERS = re.compile(r"\+\d[\d\s().-]{6,}\d|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b", re.IGNORECASE)


def without_mails(text: str) -> str:
    """A text without e-mail addresses.

    >>> without_mails("write to ada@example.com")
    'write to [email]'
    """
    return _MAIL.sub("[email]", text) if "@" in text or "%40" in text else text


def without_numbers(text: str) -> str:
    """A text without network addresses, and without telephone numbers that begin with the code of a country.

    >>> without_numbers("call +44 20 7946 0958")
    'call [number]'
    """
    return _NUMBERS.sub("[number]", text) if "." in text or ":" in text or "+" in text else text


def without_contacts(text: str) -> str:
    """A text without any of them.

    >>> without_contacts("https://shop.example/?to=ada%40example.com")
    'https://shop.example/?to=[email]'
    """
    return without_numbers(without_mails(text))


def holds_number(text: str) -> bool:
    """Whether there is a network address or a telephone number in a text."""
    return _NUMBERS.search(text) is not None


def without_query(url: str) -> str:
    """A URL up to its query and fragment, in which shops and mail programs hand over who somebody is.

    >>> without_query("https://mail.example/open?to=ada@example.com#top"), without_query("tents")
    ('https://mail.example/open', 'tents')
    """
    return url.partition("?")[0].partition("#")[0]


@lru_cache(maxsize=4096)  # bounded: names come from outside
def event_name(told: str) -> str:
    """The name of an event as Kairos writes it. One that is made of somebody's address is not a name of its own for each of them.

    >>> event_name("Product Added"), event_name("Wrote to ada@example.com")
    ('product_added', 'wrote_to_email')
    """
    return normalise(without_contacts(told))
