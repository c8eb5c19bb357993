"""Whether the volume of a campaign is far above what is usual. Pure.

It is where, within a minute, ten minutes or an hour, all of this is true:

* At least 50 messages went out.
* They are more than three times as many as usual: the most at that hour on each of the last seven days, and on that weekday of the last four weeks.
* They are more than the campaign has ever sent in such a time within five weeks: a monthly campaign, or one that was paused, alarms nobody.
* They are more than the campaign declares (`expect: {messages: …}`).

Of a campaign that is younger than a day nothing is usual yet. It is out of line if it sends more than all campaigns together usually do, and three
times what it has sent itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.control.holds import Found
from services.held.counts import WINDOWS, Counts
from udfs.core.policy.anomaly import FACTOR
from udfs.core.policy.rules import Rate
from udfs.core.values.durations import MINUTE, in_words

FEWEST = 50
"""Fewer are never out of line."""


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What is as usual for one campaign although it never was before."""

    declared: Rate | None = None
    """By the campaign itself."""
    released: Rate | None = None
    """By a person who has released it."""
    after: int | None = None
    """Only minutes after this one count: what was before it, a person has seen."""


def out_of_line(mine: Counts, shop: Counts, minutes: Iterable[int], allowed: Allowed) -> Found | None:
    """The first of these minutes at which the campaign is out of line, by its shortest window."""
    for minute in sorted(minutes):
        for length in WINDOWS:
            if (found := _judged(mine, shop, minute, length, allowed)) is not None:
                return found
    return None


def _judged(mine: Counts, shop: Counts, minute: int, length: int, allowed: Allowed) -> Found | None:
    count = mine.within(minute, length, after=allowed.after)
    if count < FEWEST or count <= _of(allowed.declared, length):
        return None
    ever, usual = mine.ever(length, before=minute), mine.usual(minute, length)
    if usual is None:
        everybody = shop.usual(minute, length)
        if everybody is None or count <= everybody:
            return None
        usual = ever
    usual = max(usual, _of(allowed.released, length))
    if count <= FACTOR * usual or count <= ever:
        return None
    why = f"{count:,} messages in {in_words(length * MINUTE)}, {usual:,} expected"
    return Found(about="volume", why=why, since=(minute - length + 1) * MINUTE, found=count, expected=usual, within=length * MINUTE)


def _of(rate: Rate | None, length: int) -> int:
    """How many messages a rate allows within so many minutes: all of its period may come at once."""
    if rate is None:
        return 0
    return round(rate.most * max(1.0, length * MINUTE / rate.period))
