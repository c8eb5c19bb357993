"""Holds: a record on `control` for each campaign that was found to be out of line, and what a person has said to it. docs/held.md explains them."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.control.listing import Published, entries, standing
from services.control.records import ControlRecord, Publisher, plain_record
from services.control.send import send
from services.control.signature import UNSIGNED, Act, Signature
from udfs.core.campaigns.book import EXPECTATIONS, HOLD
from udfs.core.policy.anomaly import Status
from udfs.core.values.durations import DAY
from udfs.core.values.errors import NotFound
from udfs.core.values.problems import did_you_mean

Said = Literal["released", "dropped"]
RELEASED_FOR = DAY
"""How long what was released counts as usual, where nobody says."""


class HoldError(NotFound):
    """Nothing of that name is held; the message says what is."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Why a campaign is out of line, with its figures."""

    about: Literal["volume", "offer", "scores"]
    why: str
    since: int
    """When the first of it happened, epoch milliseconds."""
    found: int | None = None
    expected: int | None = None
    within: int | None = None
    """Of a volume: so many messages in so many milliseconds."""
    offer: Mapping[str, float] | None = None
    """Of offers: the largest numbers that were offered."""

    def document(self, *, version: str, at: int) -> dict[str, Any]:
        """As `control` holds it."""
        told = {"about": self.about, "why": self.why, "since": self.since, "version": version, "at": at}
        figures = {"found": self.found, "expected": self.expected, "within": self.within, "offer": self.offer}
        return {**told, **{key: value for key, value in figures.items() if value is not None}}


def held_record(campaign: Published, found: Found, *, at: int) -> ControlRecord:
    """The record that holds a campaign."""
    return _record(campaign.name, "held", found.document(version=campaign.version, at=at), at=at, by="monitor", act="held")


def usual_record(offers: Mapping[str, Mapping[str, float]], *, at: int) -> ControlRecord:
    """The record of how large offers usually are."""
    document = {"offers": {name: dict(given) for name, given in sorted(offers.items())}}
    return plain_record(EXPECTATIONS, EXPECTATIONS, document, key=EXPECTATIONS, at=at, by="monitor")


def say(brokers: str, topic: str, campaign: str, said: Said, *, keeps: int = RELEASED_FOR, signed: Signature = UNSIGNED) -> Published:
    """Release or drop what is held of a campaign. Returns the hold as it stood. Raises HoldError.

    `keeps`: for how many milliseconds what was released counts as usual.
    """
    hold, record = say_record(standing(entries(brokers, topic)), campaign, said, at=int(time.time() * 1000), keeps=keeps, why=signed.why)
    send(brokers, topic, [record], signed=signed)
    return hold


def say_record(
    published: Sequence[Published], campaign: str, said: Said, *, at: int, keeps: int = RELEASED_FOR, why: str = ""
) -> tuple[Published, ControlRecord]:
    """The hold as it stands, and the record that releases or drops it. Raises HoldError."""
    hold = held_of(published, campaign, said)
    document = {**hold.document, "at": at, **({"said": why} if why else {}), **({"until": at + keeps} if said == "released" else {})}
    return hold, _record(campaign, said, document, at=at, by="cli", act=said)


def held_of(published: Sequence[Published], campaign: str, said: Said = "released") -> Published:
    """What is held of a campaign; what was dropped may still be released. Raises HoldError."""
    named = {hold.name: hold for hold in holds(published) if hold.status == "held" or (said == "released" and hold.status == "dropped")}
    if campaign in named:
        return named[campaign]
    there = f"held are {', '.join(named)}" if named else "nothing is held"
    message = f"nothing of {campaign!r} is held: {did_you_mean(campaign, named) or there}"
    raise HoldError(message)


def holds(published: Iterable[Published]) -> list[Published]:
    """Every hold, also those that were released or dropped."""
    return [entry for entry in published if entry.kind == HOLD]


def _record(name: str, status: Status, document: dict[str, Any], *, at: int, by: Publisher, act: Act) -> ControlRecord:
    return plain_record(HOLD, name, document, key=f"{HOLD}/{name}", at=at, by=by, status=status, act=act)
