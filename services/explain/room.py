"""What would have had to be different where a cap was reached, the throughput was used up, or quiet hours applied."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.explain.decision_log import Json
from services.explain.objection import Objection, listed
from services.explain.words import clock, spelled, when


def cap_reached(objection: Objection) -> str:
    """Every cap that had no room: a message needs room in all of them."""
    told = [_room(objection, each) for each in objection.facts] or [f"Room in the cap: {spelled(objection.detail)}."]
    return told[0] if len(told) == 1 else f"Room in all {len(told)} caps. {' '.join(told)}"


def _room(objection: Objection, full: Json) -> str:
    counted, most, window = full["counted"], full["max"], full["window"]
    if most == 0:
        return f"The cap {full['cap']} lets nothing through: its max would have had to be above 0."
    less, messages = counted - most + 1, "message" if counted == most else "messages"
    began = f"the {window.removeprefix('per ')} began where {objection.user} lives"
    since = f"since {when(objection.at - full['within'])}" if full["within"] else f"since {began}"
    last = f"; the last was at {when(full['last'])}" if full["last"] else ""
    number = "One" if less == 1 else str(less)
    fewer = f"{number} {messages} less{_counted(objection, full['cap'])} {since} (cap {full['cap']}: {most} {window}{last})"
    if "answered" in full:  # the cap learns
        said = f"{objection.user} had answered {full['answered']} of the last {full['of']} messages, where {full['usual']} are usual"
        return f"{fewer}, or more answers: the limit of this cap is learned, and {said}."
    return f"{fewer}, or a max of {counted + 1}."


def _counted(objection: Objection, name: str) -> str:
    """Which messages a cap counts, in words, if the policy is known. A cap over any channel does not count only this channel's."""
    rule = next((cap for cap in objection.policy.get("caps") or [] if isinstance(cap, dict) and cap.get("id") == name), {})
    words = {"channel": " by {}", "tag": " with the tag {}", "campaign": " of {}"}
    return "".join(said.format(" or ".join(listed(rule[key]))) for key, said in words.items() if rule.get(key) and "any" not in listed(rule[key]))


def quiet_hours(objection: Objection) -> str:
    """It was quiet hours where the customer lives, or the time there is not known."""
    hours = objection.policy.get("quiet_hours") or {}
    window = f"outside {hours['from']} to {hours['to']}" if {"from", "to"} <= hours.keys() else "outside quiet hours"
    try:
        zone = objection.fact["zone"] if objection.facts else objection.detail
        there = f"it was {clock(objection.at, ZoneInfo(zone or ''))} in {zone}"
    except (ZoneInfoNotFoundError, ValueError):
        return "A known time zone (the trait timezone, or context.timezone of an event), or another `fallback` than strictest in the policy."
    return f"A decision {window} by the customer's clock: {there}."


def send_time(objection: Objection) -> str:
    """A better hour was ahead, by what the customer has read before or by the hours of all customers."""
    if not objection.facts:
        return f"No better hour for {objection.user} ahead: {spelled(objection.detail)}."
    fact = objection.fact
    if not fact["of"]:
        return f"No better hour ahead: by the policy's `send_time` most customers read messages at {fact['hour']}:00 ({fact['zone']})."
    read = f"{objection.user} read {fact['opens']} of {fact['of']} messages"
    return f"No better hour ahead: {read} in the hours from {fact['hour']}:00 ({fact['zone']}) on."


def throttled(objection: Objection) -> str:
    """Messages to other customers used up the throughput."""
    return f"Fewer messages to all customers together just then, or more throughput in the policy: {spelled(objection.detail)}."
