"""Who somebody is, as far as anybody has said so, and what they allow."""

from typing import Any

from udfs.core.export.part import Known, Part, fields_of, instant, timed
from udfs.core.profile.identity import NOBODY_ELSE

_DAYS_FROM = 40
"""Bits below the day in `Profile.listed`, see `udfs.core.decision.people`."""
_DAY = 86_400_000


def _other_ids(known: Known) -> dict[str, Any]:
    identity = known.profile.identity or NOBODY_ELSE
    return {"linked": timed(identity.linked), "lot": identity.lot or None, "lots": dict(identity.lots)}


def _consents(known: Known) -> list[dict[str, Any]]:
    return [{"about": about, **fields_of(word, "at", "expires")} for about, word in sorted(known.profile.consents.items())]


def _closed(known: Known) -> list[dict[str, Any]]:
    profile = known.profile
    channels = sorted({*profile.unreachable, *profile.bounced})
    marks = {channel: mark.hex() for channel, mark in profile.bounced.items()}
    return [{"channel": each, "since": instant(profile.unreachable.get(each)), "bounced": marks.get(each)} for each in channels]


PARTS = (
    Part(
        "anonymous",
        "Whether only an anonymous id is known: nobody has said who it is. Such profiles are kept for a shorter time.",
        ("anonymous",),
        lambda known: known.profile.anonymous,
    ),
    Part("first_event", "When the first event that is remembered happened.", ("born",), lambda known: instant(known.profile.born)),
    Part("last_event", "When the latest event happened.", ("now",), lambda known: instant(known.profile.now)),
    Part("last_received", "When the latest event was received.", ("clock",), lambda known: instant(known.profile.clock)),
    Part("last_active", "The latest event that was the person's own doing.", ("active",), lambda known: instant(known.profile.active)),
    Part(
        "other_ids",
        "Other ids that turned out to be the same person.",
        ("identity",),
        _other_ids,
        {
            "linked": "Each id, and since when it is known to be this person's.",
            "lot": "The id by which groups of experiments are drawn, where that is an earlier one.",
            "lots": "The same for single campaigns.",
        },
    ),
    Part("time_zone", "The time zone of the device.", ("zone",), lambda known: known.profile.zone),
    Part("locale", "Language and country of the device.", ("locale",), lambda known: known.profile.locale),
    Part("traits", "What the shop's systems have said about the person, by the names they use.", ("traits",), lambda known: known.profile.traits),
    Part(
        "addresses_said",
        "When the latest word was said on each trait that holds an address; also that there is none.",
        ("addressed",),
        lambda known: timed(known.profile.addressed),
    ),
    Part(
        "organisation",
        "What was said of the organisation to which the person belongs.",
        ("group",),
        lambda known: known.profile.group,
    ),
    Part(
        "consents",
        "What the person has agreed to, or not.",
        ("consents",),
        _consents,
        {
            "about": "A purpose, or a purpose/channel. * is every purpose, - every channel; = marks the last tick of a consent banner, "
            "~ a consent that ends.",
            "granted": "Whether it was agreed to.",
            "at": "When it was said.",
            "source": "What said it.",
            "expires": "Until when it holds; null: without an end.",
        },
    ),
    Part(
        "channels_closed",
        "Channels by which nothing arrives.",
        ("unreachable", "bounced"),
        _closed,
        {
            "channel": "The channel.",
            "since": "Since when.",
            "bounced": "A fingerprint of the address by which nothing arrived. The address cannot be told from it.",
        },
    ),
    Part(
        "not_interested_in",
        "What the person has said not to be interested in, or to be interested in again.",
        ("declined",),
        lambda known: [{"about": key, "declined": word > 0, "at": instant(abs(word))} for key, word in sorted(known.profile.declined.items())],
        {"about": "campaign, topic, product or category, and which.", "declined": "Whether it is not wanted.", "at": "When that was said."},
    ),
    Part("segments", "Each segment to which the person belongs, and since when.", ("segments",), lambda known: timed(known.profile.segments)),
    Part(
        "listed_on",
        "The day for which the person was last written to the directory of people.",
        ("listed",),
        lambda known: (instant((known.profile.listed >> _DAYS_FROM) * _DAY) or "")[:10] or None,
    ),
)
