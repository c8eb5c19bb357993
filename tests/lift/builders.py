"""Decisions and outcomes to compare, written as briefly as a test can say them."""

from collections.abc import Mapping
from typing import Any

from services.lift.exposed import Asked, people_of
from services.lift.measure import Lift, measure
from services.lift.people import People
from services.lift.records import Decided, Log, Told

DAY = 86_400_000
START = 1_772_438_400_000
"""2026-03-02, midnight UTC."""


class Records:
    """A log in the making: days are counted from START, and the goal's time is three days."""

    def __init__(self, *, until: float = 60) -> None:
        self.log = Log(until=START + int(until * DAY))
        self._number = 0

    def decided(self, user: str, group: str = "acted", *, day: float = 0.0, **more: Any) -> str:
        """An exposure; returns its decision."""
        self._number += 1
        decision = f"d{self._number:06}"
        fields = {"campaign": "cart", "version": "1", "channel": "email", **more}
        self.log.take_decided(Decided(decision=decision, user=user, group=group, at=START + int(day * DAY), **fields))
        return decision

    def told(self, decision: str, conversions: int = 0, **more: Any) -> None:
        """What followed."""
        decided = self.log.decided[decision]
        fields: Mapping[str, Any] = {
            "revision": 0,
            "status": "final",
            "user": decided.user,
            "campaign": decided.campaign,
            "version": decided.version,
            "group": decided.group,
            "variant": decided.variant,
            "channel": decided.channel,
            "starts": decided.at,
            "ends": decided.at + 3 * DAY,
            "value": 40.0 * conversions,
            "unvalued": 0,
            "happened": frozenset(),
            "at": decided.at + 3 * DAY,
        }
        self.log.take_told(Told(decision=decision, conversions=conversions, **{**fields, **more}))

    def person(
        self, user: str, group: str = "acted", conversions: int = 0, *, day: float = 0.0, decided: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        """Somebody who is exposed once, and what followed."""
        self.told(self.decided(user, group, day=day, **(decided or {})), conversions, **more)

    def people(self, **asked: Any) -> People:
        """Who is compared."""
        return people_of(self.log, Asked(campaign="cart", **asked))

    def lift(self, *, shares: tuple[float, float] | None = None, asked_shares: str | None = None, **asked: Any) -> Lift:
        """The comparison. `asked_shares`: what `shares` are called."""
        return measure(self.people(shares=asked_shares, **asked), shares=shares)


def crowd(records: Records, *, treated: int, control: int, rates: tuple[float, float], day: float = 0.0, name: str = "", **decided: Any) -> None:
    """Many people at once: the first of each group reach the goal, as many as the rate says."""
    for group, count, rate in (("acted", treated, rates[0]), ("control", control, rates[1])):
        for number in range(count):
            records.person(f"{name}{group}-{number}", group, int(number < count * rate), day=day, decided=decided)
