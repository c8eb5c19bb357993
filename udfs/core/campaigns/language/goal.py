"""Reads the goal of a campaign."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from udfs.core.campaigns.goal import BASES, GUARDS, HALF_LIFE, MAX_WITHIN, REVENUE, WITHIN, Goal
from udfs.core.campaigns.language.goal_shape import GOAL
from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.expressions.compiler import Expression
from udfs.core.values.durations import in_words
from udfs.core.values.money import AMOUNTS
from udfs.core.values.problems import did_you_mean, shown
from udfs.core.values.shapes import keys

_PATH = ("goal",)
_EXAMPLE = "{event: order_completed, within: 3d, value: revenue}"
_GONE = ("cart.", "session.")
"""Names of what has changed by the time the goal's event has been read: an order closes its cart."""


def read_goal(reader: CampaignReader, found: Any) -> Goal | None:
    """The goal at `goal`. Its conditions are about its own event, so they are read apart from those about the trigger's."""
    if not isinstance(found, Mapping):
        reader.refuse(_PATH, f"goal is a mapping, such as {_EXAMPLE}", f"goal: {{event: {found}}}" if isinstance(found, str) else None)
        return None
    own = CampaignReader(replace(reader.vocabulary, event=True, scores=(), items=False))
    own.keys(_PATH, found, keys(GOAL))
    events: tuple[str, ...] = ()
    if "event" in found:
        events = own.events((*_PATH, "event"), found["event"])
    else:
        own.refuse(_PATH, f"goal needs the event that counts, such as {_EXAMPLE}")
    if len(set(events)) < len(events):
        own.refuse((*_PATH, "event"), "an event stands here twice", "write it once")
    when = own.condition((*_PATH, "when"), found["when"]) if "when" in found else None
    value, of_revenue = _value(own, found)
    within = _span(own, found, "within", WITHIN)
    half_life = _span(own, found, "half_life", HALF_LIFE)
    guards = _guards(own, found["guard"]) if "guard" in found else ()
    basis = own.choice((*_PATH, "basis"), found.get("basis", BASES[0]), BASES, "basis, what a message needs before it is given credit,")
    for key, expression in (("when", when), ("value", value)):
        _refuse_gone(own, key, expression)
    reader.problems += own.problems
    return Goal(
        events=events,
        within=within,
        value=value,
        of_revenue=of_revenue,
        when=when,
        guards=guards,
        basis=basis,
        half_life=half_life,
    )


def _value(reader: CampaignReader, found: Mapping[str, Any]) -> tuple[Expression | None, bool]:
    """The expression, if it is one, and whether it is the revenue."""
    if "value" not in found:
        return None, False
    path, told = (*_PATH, "value"), found["value"]
    word = told.strip() if isinstance(told, str) else told
    if word == REVENUE:
        return None, True
    if isinstance(word, str) and word in AMOUNTS:
        reader.refuse(path, f"{word} alone names nothing here", f"write value: revenue, or value: event.{word}")
        return None, False
    if isinstance(told, bool):
        reader.refuse(path, "value is what one conversion is worth", "write revenue, a number such as 5, or an expression such as event.total")
        return None, False
    return reader.value(path, told), False


def _span(reader: CampaignReader, found: Mapping[str, Any], key: str, usual: int) -> int:
    if key not in found:
        return usual
    span = reader.duration((*_PATH, key), found[key])
    if span is not None and span > MAX_WITHIN:
        reader.refuse((*_PATH, key), f"{key} is {in_words(MAX_WITHIN)} at most: all that time something is kept of each message", "write 90d or less")
    return span or usual


def _guards(reader: CampaignReader, found: Any) -> tuple[str, ...]:
    words = reader.words((*_PATH, "guard"), found, "rates that must not rise, such as unsubscribe_rate")
    for word in words:
        if word not in GUARDS:
            reader.refuse((*_PATH, "guard"), f"{shown(word)} is no rate that is known", did_you_mean(word, GUARDS) or "one of " + ", ".join(GUARDS))
    return words


def _refuse_gone(reader: CampaignReader, key: str, expression: Expression | None) -> None:
    for name in sorted(expression.names) if expression else ():
        if name.startswith(_GONE):
            what = f"{name} is no longer what it was when the goal's event has been read: an order closes its cart"
            reader.refuse((*_PATH, key), what, "ask the event itself, such as event.total")
