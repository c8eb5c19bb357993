"""The policy, as far as the oracle has an opinion on it: consent, addresses, money, quiet hours, the age of a trigger."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tests.world_oracle.campaigns import Document, part, texts
from tests.world_oracle.conditions import NotJudged
from tests.world_oracle.instants import duration, instant, local

READ = {"description", "consent", "addresses", "currency", "quiet_hours", "trigger_max_age"}


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Quiet hours that defer or drop. Minutes of the day."""

    start: int
    end: int
    zone: str
    fallback: str
    then: str
    spread: int
    exempt: tuple[str, ...]

    def holds(self, at: int, where: dt.tzinfo) -> bool:
        clock = local(at, where)
        now = clock.hour * 60 + clock.minute
        return self.start <= now < self.end if self.start <= self.end else now >= self.start or now < self.end

    def over(self, at: int, where: dt.tzinfo, person: str) -> int:
        """When it ends, and the person's own jitter."""
        clock = local(at, where)
        end = clock.replace(hour=self.end // 60, minute=self.end % 60, second=0, microsecond=0)
        if end <= clock:
            end = (clock.replace(tzinfo=None) + dt.timedelta(days=1)).replace(
                hour=self.end // 60, minute=self.end % 60, second=0, microsecond=0, tzinfo=where
            )
        return instant(end.isoformat()) + int(chance("release", person) * self.spread)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`given` is false without any policy: then nothing is limited but by what customers say and where they can be reached."""

    given: bool = False
    consent: dict[str, bool] = field(default_factory=dict)
    elsewhere: frozenset[str] | None = frozenset()  # channels whose addresses are not ours to know; None: all
    required: frozenset[str] | None = frozenset()  # channels closed without a known address; None: all
    base: str | None = None
    rates: dict[str, Decimal] | None = None
    quiet: Quiet | None = None
    max_age: int | None = None

    def grants(self, purpose: str) -> bool:
        """What holds for those who have said nothing."""
        return self.consent.get(purpose, not self.given or purpose != "marketing")

    def is_required(self, channel: str) -> bool:
        return self.required is None or channel in self.required

    def is_elsewhere(self, channel: str) -> bool:
        return self.elsewhere is None or channel in self.elsewhere


def read(document: Document | None, currency: Document | None = None) -> Policy:
    """From a plain dict. The shop's currencies may also stand outside of it."""
    given = document is not None
    document = document or {}
    if extra := set(document) - READ:
        msg = f"policy: {sorted(extra)}"
        raise NotJudged(msg)
    money = part(document, "currency") or currency or {}
    rates = {str(name): Decimal(str(rate)) for name, rate in part(money, "rates").items()} if money else None
    addresses = document.get("addresses", {})
    elsewhere: frozenset[str] | None
    required: frozenset[str] | None
    if isinstance(addresses, Mapping):
        elsewhere, required = (frozenset(name for name, where in addresses.items() if where == word) for word in ("elsewhere", "required"))
    else:
        elsewhere, required = (None if addresses == word else frozenset() for word in ("elsewhere", "required"))
    default = part(part(document, "consent"), "default")
    quiet = part(document, "quiet_hours")
    return Policy(
        given=given,
        consent={purpose: word == "grant" for purpose, word in default.items()},
        elsewhere=elsewhere,
        required=required,
        base=str(money["base"]) if "base" in money else None,
        rates=rates,
        quiet=quiet_hours(quiet) if quiet else None,
        max_age=duration(document.get("trigger_max_age", "72h")) if given else None,
    )


def quiet_hours(document: Document) -> Quiet:
    if "channels" in document or document.get("then", "defer") == "next_channel":
        msg = "quiet hours by channel"
        raise NotJudged(msg)
    start, end = (int(hour) * 60 + int(minute) for hour, minute in (str(document[name]).split(":") for name in ("from", "to")))
    return Quiet(
        start=start,
        end=end,
        zone=str(document.get("zone", "user")),
        fallback=str(document.get("fallback", "UTC")),
        then=str(document.get("then", "defer")),
        spread=duration(document.get("spread", "15m")),
        exempt=texts(document.get("exempt")),
    )


def fnv1a32(text: str) -> int:
    code = 0x811C9DC5
    for unit in text.encode("utf-16-le")[::2] if text.isascii() else [ord(letter) for letter in text]:
        code = ((code ^ unit) * 0x01000193) % 2**32
    return code


def chance(seed: str, value: str) -> float:
    """GrowthBook's hash, version 2."""
    return (fnv1a32(str(fnv1a32(seed + value))) % 10000) / 10000
