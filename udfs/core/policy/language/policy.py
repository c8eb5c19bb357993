"""Reads a policy document (YAML as plain values) into a Policy. Every problem is collected, each with its path."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from udfs.core.policy.language.caps import read_caps, read_channels
from udfs.core.policy.language.currency import read_currency
from udfs.core.policy.language.shape import ADDRESSES, CONSENT, HOLDOUT, POLICY, PURPOSES, QUIET_HOURS, SEND_TIME, SUPPRESS, THENS, WEEKDAYS
from udfs.core.policy.language.shape import RETENTION as RETENTION_SHAPE
from udfs.core.policy.rules import (
    CATEGORIES,
    MARKETING,
    MIN_RETENTION,
    RETENTION,
    SPREAD,
    TOPICS_KEPT,
    TRANSACTIONAL,
    TRIGGER_MAX_AGE,
    ConsentRules,
    Holdout,
    Policy,
    QuietHours,
    Rate,
    Retention,
    Scope,
    Suppress,
    Then,
)
from udfs.core.profile.receipts import MAX_SUPPRESSION, REACTIONS
from udfs.core.values.document_reader import DocumentReader, KeyPath
from udfs.core.values.durations import DAY, HOUR, MINUTE, SECOND
from udfs.core.values.problems import DocumentError, Problem, shown
from udfs.core.values.shapes import keys, words
from udfs.core.values.zones import zone

PERIODS = {"second": SECOND, "minute": MINUTE, "hour": HOUR}
_NO_TIME = re.compile(r"\s*0+(\.0+)?\s*(ms|s|m|h|d|w)\s*")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_HOUR = re.compile(SEND_TIME["properties"]["hours"]["propertyNames"]["pattern"].strip("^$"))
MAX_COUNT = 1_000_000_000
_AFTER = re.compile(r"0*(\d{1,3})\s+([a-z]+)")
_RATE = re.compile(r"0*(\d{1,9})\s+per\s+(second|minute|hour)")


def compile_policy(document: Any, *, version: str = "") -> Policy:
    """A policy from its document; DocumentError with every problem in it."""
    if not isinstance(document, Mapping):
        raise DocumentError([Problem((), "a policy is a mapping of rules, such as caps: and quiet_hours:")])
    reader = DocumentReader()
    reader.keys((), document, keys(POLICY))
    reader.text((), document)
    quiet = _quiet_hours(reader, document["quiet_hours"]) if "quiet_hours" in document else None
    max_age = reader.duration(("trigger_max_age",), document["trigger_max_age"]) if "trigger_max_age" in document else TRIGGER_MAX_AGE
    week = reader.choice(("week_starts",), document.get("week_starts", "monday"), WEEKDAYS, "week_starts")
    policy = Policy(
        version=version,
        holdout=_holdout(reader, document["holdout"]) if "holdout" in document else None,
        quiet_hours=quiet,
        caps=read_caps(reader, document.get("caps", [])),
        week_starts=WEEKDAYS.index(week),
        consent=_consent(reader, document.get("consent", {})),
        suppress=_suppress(reader, document.get("suppress", [])),
        throughput=_throughput(reader, document.get("throughput", {})),
        send_hours=_send_time(reader, document["send_time"]) if "send_time" in document else (),
        answered=_answered(reader, document["answered"]) if "answered" in document else {},
        currency=read_currency(reader, document.get("currency", {})),
        trigger_max_age=max_age,
        addresses=_addresses(reader, document["addresses"]) if "addresses" in document else {},
        addresses_in_actions=_flag(reader, document, "addresses_in_actions", default=True),
        grace=(reader.duration(("grace",), document["grace"]) or MINUTE) if "grace" in document else MINUTE,
        retention=_retention(reader, document["retention"]) if "retention" in document else RETENTION,
        traits=_traits(reader, document.get("traits", {})),
        fallback=quiet.fallback if quiet else "UTC",
    )
    if reader.problems:
        raise DocumentError(reader.problems)
    return policy


def _flag(reader: DocumentReader, document: Mapping[str, Any], key: str, *, default: bool) -> bool:
    found = document.get(key, default)
    if not isinstance(found, bool):
        reader.refuse((key,), f"{key} is true or false; got {shown(found)}")
    return found is True


def _addresses(reader: DocumentReader, found: Any) -> Mapping[str, str]:
    """One word for all channels, or one for each."""
    path = ("addresses",)
    if isinstance(found, str):
        return {"*": reader.choice(path, found, ADDRESSES, "where addresses are")}
    found = reader.mapping(path, found, "{push: elsewhere}")
    read_channels(reader, path, list(found)) if found else None
    return {str(channel): reader.choice((*path, str(channel)), word, ADDRESSES, "where addresses are") for channel, word in found.items()}


def _retention(reader: DocumentReader, found: Any) -> Retention:
    """Each part may be left out."""
    found = reader.mapping(("retention",), found, "{anonymous: 30d, known: 400d, erased: 30d}") or {}
    reader.keys(("retention",), found, keys(RETENTION_SHAPE))
    spans = {"anonymous": RETENTION.anonymous, "known": RETENTION.known, "erased": RETENTION.erased}
    for name in spans:
        if name in found and (span := reader.duration(("retention", name), found[name])) is not None:
            spans[name] = span
            if span < MIN_RETENTION:
                reader.refuse(("retention", name), f"{shown(found[name])} is too short: customers are remembered for 7d at least")
    topics = {str(name): reader.duration(("retention", "topics", str(name)), span) for name, span in _topics(reader, found.get("topics", {}))}
    lake = reader.duration(("retention", "lake"), found["lake"]) if "lake" in found else None
    return Retention(**spans, topics={name: span for name, span in topics.items() if span is not None}, lake=lake)


def _traits(reader: DocumentReader, found: Any) -> Mapping[str, str]:
    """Trait -> purpose."""
    named = reader.mapping(("traits",), found, "{birthday: personalization}")
    for trait, purpose in named.items():
        if not reader.empty(("traits", str(trait)), purpose, "a purpose, such as personalization"):
            reader.purpose(("traits", str(trait)), purpose)
    return {str(trait): str(purpose) for trait, purpose in named.items()}


def _topics(reader: DocumentReader, found: Any) -> Iterable[tuple[Any, Any]]:
    named = reader.mapping(("retention", "topics"), found, "{events: 7d, decisions: 90d}") or {}
    reader.keys(("retention", "topics"), named, TOPICS_KEPT)
    return [(name, span) for name, span in named.items() if name in TOPICS_KEPT]


def _holdout(reader: DocumentReader, found: Any) -> Holdout | None:
    path = ("holdout",)
    found = reader.mapping(path, found, "{share: 5%, epoch: 2026-q4}")
    reader.keys(path, found, keys(HOLDOUT))
    share = reader.share((*path, "share"), found.get("share", "5%"))
    epoch = found.get("epoch")
    if isinstance(epoch, (int, float)) and not isinstance(epoch, bool):
        reader.refuse((*path, "epoch"), f"{shown(epoch)} is a number, and an epoch is a name", f'put it in quotes: "{shown(epoch)}"')
    elif not isinstance(epoch, str) or not epoch.strip():
        reader.refuse((*path, "epoch"), "name the epoch of this holdout, such as 2026-q4: another epoch draws other customers")
    return Holdout(share=share, epoch=epoch if isinstance(epoch, str) else "", exempt=_exempt(reader, path, found))


def _exempt(reader: DocumentReader, path: tuple[str, ...], found: Mapping[str, Any]) -> frozenset[str]:
    if found.get("exempt", None) == []:
        return frozenset()
    named = reader.words((*path, "exempt"), found.get("exempt", [TRANSACTIONAL]), "purposes or tags")
    for at, word in enumerate(named):
        if word not in PURPOSES and word.lower() in PURPOSES:  # any other word may be a tag, which is written as one likes
            place: KeyPath = (*path, "exempt", at) if isinstance(found.get("exempt"), list) else (*path, "exempt")
            reader.refuse(place, f"purposes are words in lower case, and {shown(word)} is none", f"write {word.lower()}")
    return frozenset(named)


def _quiet_hours(reader: DocumentReader, found: Any) -> QuietHours:
    path = ("quiet_hours",)
    found = reader.mapping(path, found, '{from: "22:00", to: "08:00"}')
    reader.keys(path, found, keys(QUIET_HOURS))
    start, end = (_clock(reader, (*path, key), found.get(key)) for key in ("from", "to"))
    if start is not None and start == end:
        reader.refuse((*path, "to"), "from and to are the same: that is no time at all, or all of it")
    where, fallback = found.get("zone", "user"), found.get("fallback", "UTC")
    for key, name, word in (("zone", where, "user"), ("fallback", fallback, "strictest")):
        if name != word and (not isinstance(name, str) or zone(name) is None):
            reader.refuse((*path, key), f"there is no time zone {shown(name)}", f"{word}, or an IANA zone such as Europe/Berlin")
    channels = read_channels(reader, (*path, "channels"), found["channels"]) if "channels" in found else None
    return QuietHours(
        start=start or 0,
        end=end or 0,
        zone=None if where == "user" else str(where),
        fallback=None if fallback == "strictest" else str(fallback),
        then=cast(Then, reader.choice((*path, "then"), found.get("then", "defer"), THENS, "then")),
        channels=channels,
        exempt=_exempt(reader, path, found),
        spread=_spread(reader, (*path, "spread"), found["spread"]) if "spread" in found else SPREAD,
    )


def _spread(reader: DocumentReader, path: tuple[str, ...], text: Any) -> int:
    """Milliseconds; 0 where nothing is spread."""
    if isinstance(text, str) and _NO_TIME.fullmatch(text):
        return 0
    return reader.duration(path, text) or SPREAD


def _clock(reader: DocumentReader, path: tuple[str, ...], text: Any) -> int | None:
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        reader.refuse(path, f'{shown(text)} is not a time of the day: write "22:00", in quotes')
        return None
    return int(match[1]) * 60 + int(match[2])


def _consent(reader: DocumentReader, found: Any) -> ConsentRules:
    path = ("consent",)
    found = reader.mapping(path, found, "{default: {marketing: deny}}")
    reader.keys(path, found, keys(CONSENT))
    told = reader.mapping((*path, "default"), found.get("default", {}), "{marketing: deny}")
    answers = tuple(CONSENT["properties"]["default"]["additionalProperties"]["enum"])
    for purpose in told:
        reader.purpose((*path, "default", purpose), purpose, at_key=True)
    said = {str(purpose): reader.choice((*path, "default", str(purpose)), word, answers, "the default") == "grant" for purpose, word in told.items()}
    categories = reader.mapping((*path, "categories"), found.get("categories", {}), "{Advertising: marketing}")
    seen: dict[str, str] = {}
    for category, purpose in categories.items():
        reader.purpose((*path, "categories", category), purpose)
        if (first := seen.setdefault(str(category).lower(), category)) != category:
            same = f"is {shown(first)} again: capitals make no other category"
            reader.refuse((*path, "categories", category), same, "leave one of the two out", at_key=True)
    named = {str(category).lower(): str(purpose) for category, purpose in categories.items()}
    return ConsentRules(defaults={MARKETING: False, **said}, categories={**CATEGORIES, **named})


def _suppress(reader: DocumentReader, found: Any) -> tuple[Suppress, ...]:
    if not isinstance(found, list):
        reader.refuse(("suppress",), "is a list of rules, such as - {after: 2 dismissed, within: 15d, rest: 30d, scope: campaign}")
        return ()
    return tuple(_rest(reader, ("suppress", at), rule) for at, rule in enumerate(found))


def _rest(reader: DocumentReader, path: tuple[str | int, ...], found: Any) -> Suppress:
    found = reader.mapping(path, found, "{after: 2 dismissed, within: 15d, rest: 30d}")
    reader.keys(path, found, keys(SUPPRESS))
    match = _AFTER.fullmatch(str(found.get("after", "")).strip())
    if match is None or match[2] not in REACTIONS or not 0 < int(match[1]) <= 50:
        reader.refuse((*path, "after"), f"after what? such as 2 dismissed; known are {', '.join(REACTIONS)}")
    within, rest = (reader.duration((*path, key), found.get(key)) or DAY for key in ("within", "rest"))
    for key, span in (("within", within), ("rest", rest)):
        if span > MAX_SUPPRESSION:
            reader.refuse((*path, key), f"is at most {MAX_SUPPRESSION // DAY}d")
    scopes = words(SUPPRESS, "scope")
    scope = cast(Scope, reader.choice((*path, "scope"), found.get("scope", "campaign"), scopes, "scope"))
    return Suppress(count=int(match[1]) if match else 1, kind=match[2] if match else "", within=within, rest=rest, scope=scope)


def _send_time(reader: DocumentReader, found: Any) -> tuple[float, ...]:
    """Shares of the hours of the day; their sum is 1."""
    path = ("send_time",)
    found = reader.mapping(path, found, "{hours: {8: 2, 12: 3, 19: 8}}")
    reader.keys(path, found, keys(SEND_TIME))
    told = reader.mapping((*path, "hours"), found.get("hours"), "{8: 2, 12: 3, 19: 8}")
    counts = [0.0] * 24
    for hour, count in told.items():
        where = (*path, "hours", str(hour))
        if not _HOUR.fullmatch(str(hour)):
            reader.refuse(where, f"{shown(hour)} is no hour of the day: write 0 to 23", at_key=True)
        elif isinstance(count, bool) or not isinstance(count, (int, float)) or not 0 < count < MAX_COUNT:
            reader.refuse(where, f"how many messages are read in that hour? A number above 0, not {shown(count)}", "leave out hours in which none is")
        else:
            counts[int(hour)] = float(count)
    if isinstance(found.get("hours"), Mapping) and not told:
        reader.refuse((*path, "hours"), "names no hour", "such as {8: 2, 12: 3, 19: 8}")
    total = sum(counts)
    return tuple(count / total for count in counts) if total else ()


def _answered(reader: DocumentReader, found: Any) -> dict[str, float]:
    """Channel -> the share of messages that customers usually answer."""
    found = reader.mapping(("answered",), found, "{email: 22%, push: 9%}")
    if isinstance(found, Mapping) and not found:
        reader.refuse(("answered",), "names no channel", "such as {email: 22%, push: 9%}")
    shares: dict[str, float] = {}
    for channel, share in found.items():
        read_channels(reader, ("answered", str(channel)), [channel], at_key=True)
        shares[str(channel)] = reader.share(("answered", str(channel)), share)
    return shares


def _throughput(reader: DocumentReader, found: Any) -> dict[str, Rate]:
    found = reader.mapping(("throughput",), found, "{email: 1000 per minute}")
    rates: dict[str, Rate] = {}
    for channel, text in found.items():
        read_channels(reader, ("throughput", str(channel)), [channel], at_key=True)
        match = _RATE.fullmatch(str(text).strip())
        if match is None or int(match[1]) == 0:
            reader.refuse(("throughput", str(channel)), f"{shown(text)} is not a rate: write 1000 per minute (or second, or hour)")
        else:
            rates[str(channel)] = Rate(most=int(match[1]), period=PERIODS[match[2]])
    return rates
