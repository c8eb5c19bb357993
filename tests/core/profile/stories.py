"""Customers in the middle of something: what was pending of them in the version whose profiles `profiles_tag_1.json` holds."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, mail, words
from udfs.core.engine import Engine
from udfs.core.records import Event

T = MONDAY + 9 * HOUR
NIGHT = MONDAY + 23 * HOUR
GRANTED = {"consent": {"default": {"marketing": "grant"}}}
QUIET = {**GRANTED, "quiet_hours": {"from": "22:00", "to": "08:00"}}
SLOW = {**GRANTED, "throughput": {"email": "1 per minute"}}


class Story(NamedTuple):
    """The documents, what has happened, and what happens after the upgrade. Then time passes."""

    documents: tuple[dict[str, Any], ...]
    before: tuple[Event, ...]
    after: tuple[Event, ...] = ()
    others: int = 0
    """Customers who have taken places in the throughput before."""


def _story(*documents: dict[str, Any], before: Iterable[Event], after: Iterable[Event] = (), others: int = 0) -> Story:
    return Story(documents, tuple(before), tuple(after), others)


def journey(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A journey that `go` begins."""
    return mail("tour", variants={step["send"]: words() for step in steps if "send" in step}, steps=list(steps), **changes)


def go(at: int = T, **properties: Any) -> Event:
    """The event that triggers, always with the same id."""
    return event("go", at, message_id=f"go-{at}", source="web", **properties)


STORIES = {
    "a silence of a cart": _story(campaign(), before=[add(T, message_id="a1"), add(T + 1, message_id="a2")]),
    "a silence that activity breaks": _story(campaign(), before=[add(T, message_id="a1")], after=[add(T + MINUTE, message_id="a2")]),
    "a time since an event": _story(mail(trigger={"since": "signed_up", "wait": "5h"}), before=[event("signed_up", T, message_id="s")]),
    "a date": _story(
        mail(trigger={"date": "user.birthday"}), before=[event("identify", T, type="identify", traits={"birthday": "1990-01-09"}, message_id="i")]
    ),
    "a stale silence": _story(campaign(), {**GRANTED, "trigger_max_age": "1h"}, before=[add(T, message_id="a1", received=T + 2 * HOUR)]),
    "a variant that waits": _story(mail(variants={"mail": {**words(), "wait": "2h"}}), before=[go()]),
    "a variant that waits, and an exit": _story(
        mail(trigger={"event": "go", "unless": ["bought"]}, variants={"mail": {**words(), "wait": "2h"}}),
        before=[go()],
        after=[event("bought", T + HOUR, message_id="b")],
    ),
    "a variant that reads its event": _story(
        mail(variants={"mail": {"channel": "email", "content": {"body": "{{ event.plan }}"}, "wait": "2h"}}), before=[go(plan="gold", other=1)]
    ),
    "deferred by quiet hours": _story(mail(entry={"once_per": "event.plan"}), QUIET, before=[go(NIGHT, plan="gold")]),
    "deferred by quiet hours, and an exit": _story(
        mail(trigger={"event": "go", "unless": ["bought"]}), QUIET, before=[go(NIGHT)], after=[event("bought", NIGHT + HOUR, message_id="b")]
    ),
    "deferred by the throughput": _story(mail(), SLOW, before=[go()], others=3),
    "a journey that waits": _story(journey({"send": "hello"}, {"wait": "1d"}, {"send": "bye"}), before=[go()]),
    "a journey of the control group that waits": _story(journey({"wait": "1d"}, {"send": "bye"}, control_group="100%"), before=[go()]),
    "a journey that an event ends": _story(
        journey({"wait": "1d", "leave_on": ["bought"]}, {"send": "bye"}), before=[go()], after=[event("bought", T + HOUR, message_id="b")]
    ),
    "a send of a journey that is deferred": _story(
        journey({"send": "hello"}, {"wait": "1h"}, {"send": "bye"}), QUIET, before=[go(NIGHT - 30 * MINUTE), go(NIGHT)]
    ),
    "a segment that time ends": _story(
        {"segments": [{"segment": "fresh", "when": 'seen("signed_up", "6h")'}], "refresh": "1h"},
        mail(trigger={"enters": "fresh"}),
        before=[event("signed_up", T, message_id="s")],
    ),
    "all at once": _story(
        campaign(),
        mail("later", trigger={"event": "come"}, variants={"mail": {**words(), "wait": "2h"}}),
        journey({"send": "hello"}, {"wait": "1d"}, {"send": "bye"}, trigger={"event": "join"}),
        mail("night", priority=5),
        QUIET,
        {"segments": [{"segment": "fresh", "when": 'seen("go", "6h")'}], "refresh": "1h"},
        before=[
            event("join", T, message_id="j"),
            event("come", NIGHT - 2, message_id="c"),
            go(NIGHT),
            add(NIGHT + 1, message_id="a1"),
        ],
        after=[event("page", NIGHT + DAY, message_id="p")],
    ),
}


def start(story: Story, blob: bytes | None = None) -> Life:
    """The customer after what has happened, or with a profile from elsewhere."""
    engine = Engine(book(*story.documents))
    for number in range(story.others):
        Life(engine, f"u{number}").live([event("go", T, user=f"u{number}")])
    lived = Life(engine)
    if blob is None:
        return lived.live(story.before)
    step = engine.on_time(blob, lived.user, 0)
    lived.blob, lived.due = step.blob, step.due
    return lived


def goes_on(lived: Life, story: Story) -> Life:
    """What happens after, and then time, until nothing is pending or a year has passed."""
    return lived.live(story.after).wait(until=T + 370 * DAY)
