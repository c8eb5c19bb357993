"""What would have had to be different where a cap was full, the throughput was taken, or it was night."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.explain.case import Case, listed
from services.explain.words import clock, duration, spelled, when

_CAP = re.compile(r"(?P<id>.+?): (?P<counted>\d+) of (?P<most>\d+) (?:within (?P<within>\w+)|per (?P<per>\w+))(?:, the last at (?P<last>\d+))?")


def cap_reached(case: Case) -> str:
    """Each cap that had no room; all of them have to have it."""
    told = [_room(case, each) for each in case.detail.split("; ")]
    return told[0] if len(told) == 1 else f"Room in all {len(told)} caps. {' '.join(told)}"


def _room(case: Case, detail: str) -> str:
    full = _CAP.search(detail)
    if full is None:
        return f"Room in the cap: {spelled(detail)}."
    counted, most = int(full["counted"]), int(full["most"])
    if most == 0:
        return f"The cap {full['id']} lets nothing through: its max would have had to be above 0."
    less, messages = counted - most + 1, "message" if counted == most else "messages"
    if within := duration(full["within"]):
        window, since = f"within {full['within']}", f"since {when(case.at - within)}"
    else:
        window, since = f"per {full['per']}", f"since the {full['per']} began where {case.user} lives"
    last = f"; the last was at {when(int(full['last']))}" if full["last"] else ""
    number = "One" if less == 1 else str(less)
    return f"{number} {messages} less{_counted(case, full['id'])} {since} (cap {full['id']}: {most} {window}{last}), or a max of {counted + 1}."


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
        there = f"it was {clock(case.at, ZoneInfo(case.detail))} in {case.detail}"
    except (ZoneInfoNotFoundError, ValueError):
        return "A known time zone (the trait timezone, or context.timezone of an event), or another `fallback` than strictest in the policy."
    return f"A decision {window} by the customer's clock: {there}."


def throttled(case: Case) -> str:
    """Others were first."""
    return f"Fewer messages to all customers together just then, or more throughput in the policy: {spelled(case.detail)}."
