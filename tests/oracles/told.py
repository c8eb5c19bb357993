"""What a customer's events tell, for the laws: whether storage is forbidden, where she lives, what a word grants."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.oracles.times import span
from udfs.core.records import Event

if TYPE_CHECKING:
    from tests.oracles.laws import Seen


def is_forbidden(events: tuple[Event, ...], policy: Mapping[str, Any]) -> bool:
    """Whether the latest word about storage is its withdrawal; of two at one instant, the withdrawal, whose name comes last. Without a word
    it is as the policy says."""
    about = [event for event in events if event.name.startswith("consent_") and event.properties.get("purpose") == "storage"]
    ending = [event for event in about if "expires_in" in event.properties]  # the latest of these says how long
    now = max((event.at for event in events), default=0)
    over = {event.message_id for event in ending if event is not max(ending, key=lambda event: event.at) or event.at + lasts(event) <= now}
    latest = max((event for event in about if event.message_id not in over), key=lambda event: (event.at, event.name), default=None)
    if latest is None:
        return bool(policy.get("consent", {}).get("default", {}).get("storage") == "deny")
    return latest.name == "consent_withdrawn"


def lasts(event: Event) -> int:
    return span(event.properties["expires_in"])


def is_hard_bounce(event: Event) -> bool:
    return event.name == "message_bounced" and event.properties.get("bounce_type") != "soft"


def grants(event: Event) -> bool:
    ticks = event.context.get("consent", {}).get("categoryPreferences", {})
    return event.name in {"consent_given", "subscribed"} or any(ticks.values())


def article(each: "Seen") -> Any:
    return next(event.properties.get("article") for event in each.before if event.message_id == each.decision.trigger_event_id)


def home(each: "Seen", policy: Mapping[str, Any]) -> str | None:
    """Her zone as the events say: the trait, else the context. What is late does not overwrite; without storage nothing stays."""
    stated = place = None
    now = 0
    for number, event in enumerate(each.before, 1):
        now = max(now, event.at)
        if is_forbidden(each.before[:number], policy):
            stated = place = None
            continue
        stated = event.traits.get("timezone", stated)
        found = event.context.get("timezone")
        place = found if found and (event.at == now or place is None) else place
    return stated if stated not in {None, "Atlantis"} else place


def is_lost(each: "Seen") -> bool:
    """Whether she said last that she lives where no zone is: that is somewhere, and no fall-back is right for it."""
    told = [event.traits["timezone"] for event in each.before if "timezone" in event.traits]
    return bool(told) and told[-1] == "Atlantis"
