"""Random policies and campaigns, small and tight, so that rules collide."""

from random import Random
from typing import Any

CHANNELS = ("email", "push", "sms")
TAGS = ("promo", "urgent", "loyalty")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Tokyo", "UTC")
THENS = ("drop", "defer", "next_channel")
NAMES = ("cart", "news", "offer", "receipt", "survey", "tips")


def maybe(chance: Random, share: float, made: dict[str, Any]) -> dict[str, Any]:
    """It, or nothing."""
    return made if chance.random() < share else {}


def policy(chance: Random) -> dict[str, Any] | None:
    """Any part may be missing; sometimes the whole policy is."""
    if chance.random() < 0.04:
        return None
    return {
        **maybe(chance, 0.4, {"holdout": _holdout(chance)}),
        **maybe(chance, 0.7, {"quiet_hours": _quiet_hours(chance)}),
        **maybe(chance, 0.85, {"caps": [_cap(chance, number) for number in range(chance.randint(1, 4))]}),
        **maybe(chance, 0.3, {"week_starts": chance.choice(("monday", "sunday", "saturday"))}),
        **maybe(chance, 0.85, {"consent": _consent(chance)}),
        **maybe(chance, 0.5, {"suppress": [_suppress(chance) for _ in range(chance.randint(1, 2))]}),
        **maybe(chance, 0.3, {"throughput": _throughput(chance)}),
        **maybe(chance, 0.2, {"trigger_max_age": chance.choice(("1h", "72h"))}),
    }


def _holdout(chance: Random) -> dict[str, Any]:
    exempt = chance.choice(([], ["transactional"], ["urgent"], ["transactional", "loyalty"]))
    return {"share": chance.choice(("5%", "30%", "60%")), "epoch": chance.choice(("e1", "e2")), **maybe(chance, 0.5, {"exempt": exempt})}


def _quiet_hours(chance: Random) -> dict[str, Any]:
    start, end = chance.choice(
        (("22:00", "08:00"), ("21:30", "07:15"), ("00:30", "02:30"), ("22:00", "02:15"), ("12:00", "14:00"), ("20:00", "19:50"))
    )
    return {
        "from": start,
        "to": end,
        **maybe(chance, 0.6, {"zone": chance.choice(("user", "user", *ZONES))}),
        **maybe(chance, 0.7, {"fallback": chance.choice((*ZONES, "strictest"))}),
        **maybe(chance, 0.8, {"then": chance.choice((*THENS, "defer", "defer"))}),
        **maybe(chance, 0.2, {"channels": chance.sample(CHANNELS, chance.randint(1, 2))}),
        **maybe(chance, 0.3, {"exempt": chance.choice((["urgent"], ["transactional"], ["service", "loyalty"]))}),
        **maybe(chance, 0.4, {"spread": chance.choice(("1m", "1h", "3h"))}),
    }


def _cap(chance: Random, number: int) -> dict[str, Any]:
    what = {
        **maybe(chance, 0.6, {"channel": chance.choice(("any", *CHANNELS, ["email", "sms"]))}),
        **maybe(chance, 0.25, {"tag": chance.choice((*TAGS, ["promo", "loyalty"]))}),
        **maybe(chance, 0.2, {"campaign": chance.choice((*NAMES[:3], ["news", "offer"]))}),
    }
    return {
        "id": f"cap-{number}",
        **(what or {"channel": "any"}),
        "max": chance.choice((1, 1, 1, 2, 3)),
        **(
            {"within": chance.choice(("30m", "2h", "24h", "7d"))}
            if chance.random() < 0.6
            else {"per": chance.choice(("day", "day", "week", "month"))}
        ),
        **maybe(chance, 0.8, {"then": chance.choice((*THENS, "defer"))}),
        **maybe(chance, 0.3, {"count_transactional": chance.random() < 0.7}),
    }


def _consent(chance: Random) -> dict[str, Any]:
    default = {purpose: chance.choice(("grant", "grant", "grant", "deny")) for purpose in ("marketing", "service") if chance.random() < 0.8}
    default |= maybe(chance, 0.04, {"storage": "deny"})
    return {"default": default, **maybe(chance, 0.2, {"categories": {"C1": "marketing", "C2": "service"}})}


def _throughput(chance: Random) -> dict[str, Any]:
    rates = ("1 per hour", "1 per hour", "2 per hour", "1 per minute", "1 per second")
    return {channel: chance.choice(rates) for channel in chance.sample(CHANNELS, chance.randint(1, 3))}


def _suppress(chance: Random) -> dict[str, Any]:
    return {
        "after": f"{chance.choice((1, 1, 2, 3))} {chance.choice(('dismissed', 'dismissed', 'opened', 'clicked', 'bounced', 'complained'))}",
        "within": chance.choice(("30m", "1d", "15d")),
        "rest": chance.choice(("2h", "1d", "7d")),
        "scope": chance.choice(("campaign", "tag", "channel", "any")),
    }


def campaigns(chance: Random) -> list[dict[str, Any]]:
    """One to six."""
    return [_campaign(chance, name) for name in chance.sample(NAMES, chance.choice((1, 2, 2, 3, 3, 4, 6)))]


def _campaign(chance: Random, name: str) -> dict[str, Any]:
    trigger: dict[str, Any] = chance.choice(
        (
            {"event": "page"},
            {"event": "page"},
            {"event": ["page", "search"]},
            {"event": ["search", "order_completed"]},
            {"idle": chance.choice(("30m", "3h")), "of": "cart"},
            {"idle": chance.choice(("20m", "1d")), "of": "browsing"},
            {"idle": "45m", "of": "any"},
        )
    )
    event, cart = "event" in trigger, trigger.get("of") == "cart"
    unless = [name for name in ("order_completed", "cart_cleared", "unsubscribed", "search") if chance.random() < 0.3]
    conditions = ['not seen("order_completed", "2h")', 'not seen("identify")', 'not seen("identify")', "user.vip == 'yes'"]
    conditions += ["event.price > 50"] * event + ["cart.value > 99"] * 2 * cart
    key = maybe(chance, 0.4, {"once_per": "event.article" if event else "cart.id"}) if event or cart else {}
    entry = {**key, **maybe(chance, 0.3, {"again": chance.choice(("30m", "1d", "7d"))})}
    return {
        "campaign": name,
        "trigger": trigger | ({"unless": unless} if unless else {}),
        **maybe(chance, 0.5, {"when": chance.choice(conditions)}),
        **({"entry": entry} if entry else {}),
        **maybe(chance, 0.25, {"control_group": chance.choice(("10%", "50%"))}),
        **maybe(chance, 0.6, {"tags": chance.sample(TAGS, chance.randint(0, 2))}),
        **maybe(chance, 0.4, {"purpose": chance.choice(("marketing", "service", "transactional"))}),
        **maybe(chance, 0.5, {"priority": chance.randint(-2, 2)}),
        **maybe(chance, 0.5, {"send": {"expires": chance.choice(("1h", "6h", "12h", "3d", "10d"))}}),
        "variants": {f"v{number}": _variant(chance) for number in range(chance.choice((1, 1, 2, 3)))},
    }


def _variant(chance: Random) -> dict[str, Any]:
    channels = chance.sample(CHANNELS, chance.choice((1, 2, 2, 3)))
    return {
        **maybe(chance, 0.5, {"weight": chance.choice((1, 2, 0.5, 10))}),
        "channel": channels[0] if len(channels) == 1 and chance.random() < 0.5 else channels,
        "content": {"body": "x"},
        **maybe(chance, 0.25, {"wait": chance.choice(("10m", "1h", "12h"))}),
    }


def learning(chance: Random, policy: dict[str, Any] | None, campaigns: list[dict[str, Any]]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The same, in a third of all worlds with caps and orders of channels that follow from what the customer does with messages."""
    if chance.random() > 0.33:
        return policy, campaigns
    if policy is not None:
        policy = {
            **policy,
            **maybe(chance, 0.5, {"answered": {channel: chance.choice(("5%", "20%", "45%", "100%")) for channel in chance.sample(CHANNELS, 2)}}),
            "caps": [_learned(chance, cap) for cap in policy.get("caps", [_cap(chance, 0)])],
        }
    return policy, [{**each, "variants": {name: _best(chance, variant) for name, variant in each["variants"].items()}} for each in campaigns]


def _learned(chance: Random, cap: dict[str, Any]) -> dict[str, Any]:
    least = chance.choice((1, 1, 2))
    return cap | maybe(chance, 0.7, {"max": "learned", "between": [least, least + chance.randint(1, 4)]})


def _best(chance: Random, variant: dict[str, Any]) -> dict[str, Any]:
    channels = variant["channel"]
    return variant | maybe(chance, 0.7, {"channel": {"best": channels}}) if isinstance(channels, list) and len(channels) > 1 else variant
