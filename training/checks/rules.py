"""What is wrong with the counts of a history. Small numbers are left to chance: a shop with ten orders a day has days with four."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt

from training.checks.report import Finding
from training.checks.tally import Tally
from udfs.core.values.durations import DAY, HOUR, MINUTE, SECOND, in_words

WEEK = 7
"""Days."""
LEAST = 50
"""Events of a day below which a share says nothing."""
BY_CHANCE = 4.0
"""Standard deviations of a count that chance is given."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is allowed. `fresh` is in milliseconds, the rest are shares."""

    fresh: int = HOUR
    duplicates: float = 0.01
    unreadable: float = 0.01
    missing: float = 0.10
    volume: float = 0.50


def findings(found: Tally, limits: Limits, *, now: int) -> Iterator[Finding]:
    """Everything that is wrong. `now`: epoch milliseconds."""
    if found.last is None:
        yield Finding(check="volume", what="there is no event", cure="Check that trackers send to this topic: `kairos tail events`")
        yield from _unreadable(found, limits)
        return
    yield from _records(found, limits, now=now)
    day = _last_whole_day(found.last, now)
    for name, days in found.days.items():
        yield from _volume(name, days.get(day, 0), days.get(day - WEEK, 0), limits, day=day)
    for (name, of), present in found.present.items():
        yield from _complete(name, of, found.days[name], present, limits, day=day)


def notes(found: Tally, *, now: int) -> Iterator[str]:
    """What could not be checked."""
    if found.first is not None and found.last is not None:
        day = _last_whole_day(found.last, now)
        if day - WEEK < -(-found.first // DAY):
            yield f"volumes: the history has no whole {_named(day - WEEK)}, a week before the last whole day"


def _age(old: int) -> str:
    """These milliseconds in one unit that is easy to read: 90m, 36h, 274d."""
    unit = next((each for each in (DAY, HOUR, MINUTE) if old >= 2 * each), SECOND)
    return in_words(old // unit * unit) if old >= SECOND else "0s"


def _records(found: Tally, limits: Limits, *, now: int) -> Iterator[Finding]:
    assert found.last is not None
    if found.last > now + HOUR:
        yield Finding(
            check="freshness",
            what=f"the newest event is of {datetime.fromtimestamp(found.last / 1000, UTC):%Y-%m-%d %H:%M} UTC, which is to come",
            cure="Look for a sender whose clock is wrong. Until then nobody can say how old the newest of the others is",
        )
    if (old := now - found.last) > limits.fresh:
        yield Finding(
            check="freshness",
            what=f"the newest event is {_age(old)} old, and may be {in_words(limits.fresh)}",
            cure="Check that trackers still send, and that nothing between them and Kafka is stuck: `kairos events` shows what arrives",
        )
    if found.twice > limits.duplicates * found.events:
        yield Finding(
            check="duplicates",
            what=f"{found.twice:,} of {found.events:,} events ({found.twice / found.events:.1%}) came again with the same message id",
            cure="The job counts each once. Look for a sender that repeats: a retry without an end, or two destinations for one source",
        )
    yield from _unreadable(found, limits)


def _unreadable(found: Tally, limits: Limits) -> Iterator[Finding]:
    whole = found.events + found.unreadable
    if found.unreadable > limits.unreadable * whole:
        yield Finding(
            check="unreadable",
            what=f"{found.unreadable:,} of {whole:,} events ({found.unreadable / whole:.1%}) cannot be read; the first: {found.why}",
            cure="`kairos tail rejected` shows each with its field. Correct the sender, then `kairos rejected send` sends them again",
        )


def _volume(name: str, now: int, before: int, limits: Limits, *, day: int) -> Iterator[Finding]:
    if max(now, before) < LEAST or before == 0 or abs(now - before) <= max(limits.volume * before, BY_CHANCE * sqrt(now + before)):
        return
    yield Finding(
        check="volume",
        what=f"{now:,} {name} on {_named(day)}, and {before:,} a week before",
        cure=f"If no campaign or holiday explains it, check the tracker that sends {name}"
        + (": it may have stopped" if now < before else ": it may send twice under other ids"),
    )


def _complete(name: str, of: str, all_: dict[int, int], present: dict[int, int], limits: Limits, *, day: int) -> Iterator[Finding]:
    earlier = range(day - WEEK, day)
    before, now = sum(all_.get(each, 0) for each in earlier), all_.get(day, 0)
    if min(before, now) < LEAST:
        return
    had, has = sum(present.get(each, 0) for each in earlier) / before, present.get(day, 0) / now
    chance = BY_CHANCE * sqrt(max(had * (1 - had), 1 / now) * (1 / now + 1 / before))
    if had - has > max(limits.missing, chance):
        yield Finding(
            check="completeness",
            what=f"{of} is in {has:.1%} of {name} on {_named(day)}, and was in {had:.1%} in the week before",
            cure=f"Ask who changed the tracker: models and conditions that read {of} now see it as unknown",
        )


def _last_whole_day(last: int, now: int) -> int:
    """The last day that is over, and of which the history knows the end: an hour before it is near enough."""
    return min(now, last + HOUR) // DAY - 1


def _named(day: int) -> str:
    return f"{datetime.fromtimestamp(day * DAY / 1000, UTC):%A %Y-%m-%d}"
