"""Short notation: `tue 08:00 +1 acted by push` for what must be decided, `mon 10:00 page {price: 60}` for what happens; and back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from tests.oracles.play import Change, Happening
from udfs.core.records import Decision, Event

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
_AT = r"(?:\d{4}-\d\d-\d\dT[\d:.]+Z|[a-z]{3}\d? [\d:.]+)"
_WHAT = re.compile(rf"({_AT}) (\S+)(?: (.*))?")
_EXPECTED = re.compile(
    rf"(?P<at>{_AT})(?: (?P<campaign>(?!acted|withheld|held_out|control|deferred)[a-z]+))?(?: \+(?P<attempt>\d))? (?P<outcome>[a-z_]+)"
    rf"(?: (?P<reason>[A-Z_]+))?(?: by (?P<channel>\w+))?(?: until (?P<until>{_AT}))?(?: rule (?P<rule>\S+))?"
)
OF_THE_RECORD = ("traits", "context")


def moment(text: str, zone: str) -> int:
    """`tue2 08:00`, in a zone, or a full time, as epoch milliseconds."""
    if "T" in text:
        return _ms(datetime.fromisoformat(text))
    day, clock = text.split(" ")
    date = MONDAY + timedelta(days=DAYS.index(day[:3]), weeks=int(day[3:] or 1) - 1)
    hours, minutes, *seconds = clock.split(":")
    local = datetime(date.year, date.month, date.day, int(hours), int(minutes), tzinfo=ZoneInfo(zone))
    return _ms(local) + round(float(seconds[0] if seconds else 0) * 1000)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def happening(text: str, *, number: int, user: str, zone: str, campaigns: Mapping[str, Mapping[str, Any]], sent: list[Decision]) -> Happening:
    """One line of what happens. `of: 1` becomes the id of the first message that went out."""
    match = _WHAT.fullmatch(text)
    assert match, text
    at, name, rest = moment(match[1], zone), match[2], match[3] or ""
    if name in {"off", "on"}:
        return Change(at=at, key=f"switch/{rest}", status=name)
    if name in {"pause", "resume"}:
        return Change(at=at, key=f"campaign/{rest}", status="paused" if name == "pause" else "live")
    told: dict[str, Any] = YAML(typ="safe", pure=True).load(rest) if rest else {}
    if name == "publish":
        return Change(at=at, key=f"campaign/{told['campaign']}", status="live", document=campaign(**{**campaigns[told["campaign"]], **told}))
    if "of" in told:
        told["decision_id"] = sent[told.pop("of") - 1].decision_id
    arrives = told.pop("arrives", None)
    return Event(
        message_id=f"m{number}",
        type="track",
        name=name,
        user_id=user,
        at=at,
        traits=told.pop("traits", {}),
        context=told.pop("context", {}),
        properties=told,
        passive=name in {"message_sent", "message_delivered", "message_bounced"},
        received=moment(arrives, zone) if arrives else 0,
    )


def campaign(**told: Any) -> dict[str, Any]:
    """A campaign in a few words: `channel`, `wait` and `expires` find their places."""
    words = dict(told)
    variant = {"channel": words.pop("channel", "email"), "content": {"body": "x"}}
    if "wait" in words:
        variant["wait"] = words.pop("wait")
    if "expires" in words:
        words["send"] = {"expires": words.pop("expires")}
    return {"trigger": {"event": "page"}, "variants": {"mail": variant}, **words}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One line of what must be decided; what it does not name it does not ask."""

    at: int
    campaign: str
    attempt: int
    outcome: str
    reason: str | None
    channel: str | None
    until: int | None
    rule: str | None

    @staticmethod
    def read(text: str, *, zone: str) -> "Expected":
        """From its line."""
        match = _EXPECTED.fullmatch(text)
        assert match, text
        reason = match["reason"] or {"acted": "ELIGIBLE", "held_out": "GLOBAL_HOLDOUT", "control": "EXPERIMENT_CONTROL"}[match["outcome"]]
        return Expected(
            at=moment(match["at"], zone),
            campaign=match["campaign"] or "news",
            attempt=int(match["attempt"] or 0),
            outcome=match["outcome"],
            reason=reason,
            channel=match["channel"],
            until=moment(match["until"], zone) if match["until"] else None,
            rule=match["rule"],
        )

    def told(self, zone: str) -> str:
        """As a line that compares with `told` of a decision."""
        return _line(self.at, self.campaign, self.attempt, self.outcome, self.reason, self.until, zone)


def told(decision: Any, zone: str) -> str:
    """A decision, or a verdict of the oracle, as a line."""
    return _line(decision.at, decision.campaign, decision.attempt, decision.outcome, decision.reason, decision.deferred_until, zone)


def _line(at: int, campaign_: str, attempt: int, outcome: str, reason: str | None, until: int | None, zone: str) -> str:
    again = f" +{attempt}" if attempt else ""
    later = f" until {clock(until, zone)}" if until is not None else ""
    return f"{clock(at, zone)} {campaign_}{again} {outcome} {reason}{later}"


def clock(at: int, zone: str) -> str:
    """A time for people."""
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    return f"{local:%a %Y-%m-%d %H:%M:%S}" + (f".{at % 1000:03}" if at % 1000 else "")
