"""What is published, as far as an explanation may lean on it: only what still stands as it stood when the decision was made."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.campaigns.listing import Published
from services.explain.source import Json
from services.replay.times import moment
from udfs.core.durations import parse_duration

_INSTANT = re.compile(r"\b1\d{12}\b")
_SPAN = re.compile(r"\b(\d+) ms\b")


@dataclass(frozen=True, kw_only=True)
class Context:
    """The records of `control` by key; None: nothing is known of them."""

    held: Mapping[str, Published] | None

    @staticmethod
    def of(published: Iterable[Published] | None) -> "Context":
        """From what is published."""
        return Context(held=None if published is None else {entry.key: entry for entry in published})

    def document(self, key: str, version: str | None) -> Mapping[str, Any]:
        """The document under a key, if it still has this version; else empty."""
        entry = (self.held or {}).get(key)
        return entry.document if entry is not None and entry.version == version else {}

    def campaign(self, decision: Json) -> Mapping[str, Any]:
        """The campaign that decided, if it is the published one still."""
        return self.document(f"campaign/{decision['campaign']}", decision["campaign_version"])

    def policy(self, decision: Json) -> Mapping[str, Any]:
        """The policy under which it was decided, if it is the published one still."""
        return self.document("policy", decision.get("policy_version"))

    def standing(self, key: str, version: str | None) -> str:
        """Whether a version is still the published one, in words."""
        if self.held is None:
            return "whether it is still the published one is not known here"
        entry = self.held.get(key)
        if entry is None:
            return "taken back since" if version else "none is published"
        if entry.version == version:
            return "still the published one" + (f", {entry.status.replace('_', ' ')} now" if entry.status not in {"live", ""} else "")
        return f"replaced since by {entry.version}, published {when(entry.published_at)}" if version else f"{entry.version} is published since"


def when(at: int) -> str:
    """An instant for people: date, time, UTC; milliseconds where there are any."""
    return f"{moment(at)}{f'.{at % 1000:03}' if at % 1000 else ''} UTC"


def spelled(detail: str | None) -> str:
    """A detail with its instants and spans in words."""
    told = _INSTANT.sub(lambda match: when(int(match[0])), detail or "")
    return _SPAN.sub(lambda match: span(int(match[1])), told)


def span(ms: int) -> str:
    """A length of time in words: `1h 30m`, `45s`."""
    parts, rest = [], ms
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        count, rest = divmod(rest, length)
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts[:2]) or f"{ms} ms"


def duration(text: Any) -> int | None:
    """A duration of a document in milliseconds, None where there is none."""
    try:
        return parse_duration(text)
    except ValueError:
        return None


def clock(at: int, zone: Any) -> str:
    """The time of the day at a place, as HH:MM."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).strftime("%H:%M")
