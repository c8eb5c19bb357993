"""What is out of line, as `control` tells it: campaigns that are held for a person, and how large an offer usually is. docs/held.md explains it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from udfs.core.values.numerals import Ambiguous, numeral

VOLUME, OFFER, SCORES = "volume", "offer", "scores"
"""What a hold can be about. One about offers holds nothing by itself: each message is held by its own offer."""
FACTOR = 3
"""Out of line is what is more than this multiple of the usual."""
_PERCENT = frozenset({"percent", "percentage", "pct"})
DISCOUNTS = _PERCENT | {"discount", "amount", "off", "credit", "points", "bonus", "cashback", "voucher", "rebate", "reduction"}
"""Words of the names of what is given away. Other numbers of an offer (days, a minimum, a code) are only checked where the campaign says so."""
MAX_TEXT = 40
"""Characters of a text that may be a number."""
SMALL, ALL = 30.0, 100.0
"""A percentage up to the one is never out of line unless it is declared, and one above the other always is."""
_PER_CENT = re.compile(r"\s*%(?:\s*off)?\s*$", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]+|[A-Z][a-z]*")

Status = Literal["held", "released", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A campaign that was found to be out of line, and what a person has said to it."""

    status: Status
    about: str
    version: str
    """Of the campaign, when it was held."""
    why: str
    """With the figures: `812 messages in 10 minutes, 95 expected`."""
    at: int
    """When it was held, released or dropped, epoch milliseconds."""
    found: int | None = None
    expected: int | None = None
    within: int | None = None
    """The figures of a volume: messages in so many milliseconds."""
    offer: Mapping[str, float] = field(default_factory=dict)
    """What a person has accepted, by the names of the offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The most that was given lately, by campaign and by the name in the offer, as the monitor has learned it."""

    offers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    shop: Mapping[str, float] = field(init=False, compare=False, repr=False)
    """The most of all campaigns, by the name in the offer."""

    def __post_init__(self) -> None:
        names = {name for given in self.offers.values() for name in given}
        object.__setattr__(self, "shop", {name: max(given[name] for given in self.offers.values() if name in given) for name in names})

    def most(self, campaign: str, name: str) -> float | None:
        """The most that this campaign has given, else any of the shop; None: nobody has given such a thing yet."""
        own = self.offers.get(campaign)
        return own[name] if own is not None and name in own else self.shop.get(name)


NOTHING_USUAL = Usual()


def amount_in(value: Any) -> float | None:
    """The number that a value of an offer is, as a customer reads it; None: it is none. A text may be one; of two readings the larger counts.

    >>> amount_in(8), amount_in("80%"), amount_in("EUR 1,200.50"), amount_in("1,200"), amount_in("SAVE80"), amount_in(True)
    (8.0, 80.0, 1200.5, 1200.0, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            return None
        try:
            found = numeral(_PER_CENT.sub("", value))
        except Ambiguous as two:
            return two.sign * float(re.sub(r"\D", "", two.digits))
        return None if found is None else found.amount
    try:
        number = float(value)
    except OverflowError:
        return math.inf
    return None if math.isnan(number) else number


def is_discount(name: str) -> bool:
    """Whether a number of that name in an offer is given away: `percent`, `discount_amount`, `amountOff`."""
    return not DISCOUNTS.isdisjoint(_words(name))


def limit(name: str, usual: float | None) -> float | None:
    """How large a number of an offer may be where nobody has declared it; None: as large as it likes."""
    if not is_discount(name):
        return None
    most = None if usual is None or usual <= 0 else FACTOR * usual
    if _PERCENT.isdisjoint(_words(name)):
        return most
    return ALL if most is None else min(ALL, max(SMALL, most))


@lru_cache(maxsize=1024)
def _words(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORDS.findall(name))
