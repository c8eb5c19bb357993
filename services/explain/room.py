"""What would have had to be different where a cap was full, the throughput was taken, or it was night."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.explain.case import Case, listed
from services.explain.source import Json
from services.explain.words import clock, spelled, when


def cap_reached(case: Case) -> str:
    """Each cap that had no room; all of them have to have it."""
    told = [_room(case, each) for each in case.facts] or [f"Room in the cap: {spelled(case.detail)}."]
    return told[0] if len(told) == 1 else f"Room in all {len(told)} caps. {' '.join(told)}"


def _room(case: Case, full: Json) -> str:
    counted, most, window = full["counted"], full["max"], full["window"]
    if most == 0:
        return f"The cap {full['cap']} lets nothing through: its max would have had to be above 0."
    less, messages = counted - most + 1, "message" if counted == most else "messages"
    began = f"the {window.removeprefix('per ')} began where {case.user} lives"
    since = f"since {when(case.at - full['within'])}" if full["within"] else f"since {began}"
    last = f"; the last was at {when(full['last'])}" if full["last"] else ""
    number = "One" if less == 1 else str(less)
    return f"{number} {messages} less{_counted(case, full['cap'])} {since} (cap {full['cap']}: {most} {window}{last}), or a max of {counted + 1}."


def _counted(case: Case, name: str) -> str:
    """Which messages a cap counts, in words, as the policy at hand has it: those of a cap over any channel are not only this channel's."""
    rule = next((cap for cap in case.policy.get("caps") or [] if isinstance(cap, dict) and cap.get("id") == name), {})
    words = {"channel": " by {}", "tag": " with the tag {}", "campaign": " of {}"}
    return "".join(said.format(" or ".join(listed(rule[key]))) for key, said in words.items() if rule.get(key) and "any" not in listed(rule[key]))


def quiet_hours(case: Case) -> str:
    """It was night, or nobody knows."""
    hours = case.policy.get("quiet_hours") or {}
    window = f"outside {hours['from']} to {hours['to']}" if {"from", "to"} <= hours.keys() else "outside quiet hours"
    try:
        zone = case.fact["zone"] if case.facts else case.detail
        there = f"it was {clock(case.at, ZoneInfo(zone or ''))} in {zone}"
    except (ZoneInfoNotFoundError, ValueError):
        return "A known time zone (the trait timezone, or context.timezone of an event), or another `fallback` than strictest in the policy."
    return f"A decision {window} by the customer's clock: {there}."


def throttled(case: Case) -> str:
    """Others were first."""
    return f"Fewer messages to all customers together just then, or more throughput in the policy: {spelled(case.detail)}."
