"""Reads how long a journey waits: a duration, an expression, a date, or a weekday and a time of the day."""

import re
from collections.abc import Mapping
from typing import Any

from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.campaigns.language.spans import in_milliseconds, is_span
from udfs.core.campaigns.steps import Until
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.times import written
from udfs.core.values.durations import MAX_DURATION
from udfs.core.values.problems import did_you_mean, shown
from udfs.core.values.weekly import WEEKDAYS, parse_time_of_day

_TWELVE_HOURS = re.compile(r"([a-z]+ )?(0?[1-9]|1[0-2])(?::([0-5]\d))?\s*(am|pm)")
_COMPUTED = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]|[*/+()]")
"""What only an expression has: a dotted name, or a sign of arithmetic."""

Path = tuple[str | int, ...]
_NEAR_DAYS = {
    "today": 'write "10:00" for the next ten o\'clock',
    "tomorrow": 'write "10:00" for the next ten o\'clock; for the one of the day after, a step {wait: 12h} before it',
}
"""Days that are counted from now, and what to write instead."""
_NO_SUCH_DAY = 'a wait ends at an hour of the day, or on a weekday, such as "tuesday 10:00"'


def read_wait(reader: CampaignReader, path: Path, found: Mapping[str, Any]) -> int | Expression:
    """A duration, or an expression in which durations are numbers of milliseconds: `event.cycle_days * 1d`."""
    path, value = (*path, "wait"), found["wait"]
    if not isinstance(value, str) or not _COMPUTED.search(value):
        return reader.duration(path, value) or 1
    try:
        expression = reader.value(path, in_milliseconds(value))
    except ValueError as error:  # a part of it is too long
        reader.refuse(path, str(error), "write 400d or less")
        return 1
    if expression is None:
        return 1
    if is_span(reader, path, value) and not expression.names:
        always = expression.evaluate(None)
        if isinstance(always, bool) or not isinstance(always, (int, float)) or not 0 < always <= MAX_DURATION:
            reader.refuse(path, f"{shown(value)} is no wait: it is more than 0 and at most 400d", "write a duration, such as 30d")
    return expression


def read_until(reader: CampaignReader, path: Path, found: Mapping[str, Any]) -> Until:
    """`"tuesday 10:00"`, `"10:00"`, or an expression that says a time, and how long before it."""
    where, value = (*path, "wait_until"), found["wait_until"]
    ahead = (reader.duration((*path, "before"), found["before"]) or 0) if "before" in found else 0
    time = parse_time_of_day(value) if isinstance(value, str) else None
    if time is None:
        if isinstance(value, str) and value.strip().lower() in WEEKDAYS:
            reader.refuse(where, f"{shown(value)} at which time?", f'write "{value.strip().lower()} 10:00", in quotes')
            return Until()
        if not isinstance(value, str):
            reader.refuse(where, f'{shown(value)} is no time: write "tuesday 10:00" in quotes, or a property with a date, such as event.trial_ends')
            return Until()
        if (near := _NEAR_DAYS.get((value.split() or [""])[0].lower())) is not None:
            reader.refuse(where, f"{shown(value)}: {_NO_SUCH_DAY}", near)
            return Until()
        if (clock := _TWELVE_HOURS.fullmatch(value.strip().lower())) is not None:
            hour = int(clock[2]) % 12 + (12 if clock[4] == "pm" else 0)
            reader.refuse(where, f"{shown(value)}: a day has 24 hours here", f'write "{clock[1] or ""}{hour:02}:{clock[3] or "00"}", in quotes')
            return Until()
        told = value if written(value) is None else f'"{value.strip()}"'  # YAML takes the quotes of a date away
        return Until(instant=reader.value(where, told), before=ahead)
    if "before" in found:
        reader.refuse((*path, "before"), "before goes with a date, such as wait_until: event.trial_ends")
    name = time.weekday
    if name in _NEAR_DAYS:
        reader.refuse(where, f"{shown(value)}: {_NO_SUCH_DAY}", _NEAR_DAYS[name])
        return Until()
    if name and name not in WEEKDAYS:
        reader.refuse(where, f"there is no weekday {shown(name)}", did_you_mean(name, WEEKDAYS) or "one of " + ", ".join(WEEKDAYS))
        return Until()
    return Until(weekday=WEEKDAYS.index(name) if name else None, minute=time.minute)
