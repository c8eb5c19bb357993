"""A campaign's document, read as far as the oracle has an opinion on it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.world_oracle.conditions import NotJudged
from tests.world_oracle.instants import DAY, duration

Document = Mapping[str, object]
READ = {"campaign", "description", "purpose", "tags", "priority", "trigger", "when", "entry", "variants", "steps", "send", "value"}


@dataclass(frozen=True)
class Exit:
    """An event that ends what is pending, `same`: only where this property equals the trigger's."""

    event: str
    same: str | None = None


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """`kind`: event, idle, since or date."""

    name: str
    purpose: str
    priority: int
    kind: str
    events: tuple[str, ...] = ()
    of: str = "any"
    wait: int = 0  # of a silence and a since
    unless: tuple[Exit, ...] = ()
    when: object = True
    once_per: str | None = None
    again: int | None = None
    concurrent: int | None = None
    channels: dict[str, tuple[str, ...]]  # by variant, in order of preference
    steps: tuple[Document, ...] = ()
    expires: int = DAY
    trait: str = ""
    at: tuple[int, int] = (9, 0)
    before: int = 0
    yearly: bool = True


def read(document: Document) -> Campaign:
    """From a plain dict, as YAML gives it."""
    if extra := set(document) - READ:
        msg = f"{document['campaign']}: {sorted(extra)}"
        raise NotJudged(msg)
    trigger, entry, send = part(document, "trigger"), part(document, "entry"), part(document, "send")
    kind = next((name for name in ("event", "idle", "since", "date") if name in trigger), None)
    if kind is None or "becomes" in trigger:
        msg = f"{document['campaign']}: trigger {dict(trigger)}"
        raise NotJudged(msg)
    variants = part(document, "variants")
    channels = {name: texts(part(variants, name)["channel"]) for name in variants}
    if any("wait" in part(variants, name) for name in variants):
        msg = f"{document['campaign']}: a variant's wait"
        raise NotJudged(msg)
    steps = tuple(step for step in listed(document.get("steps")) if isinstance(step, Mapping))
    if not steps and len(set(channels.values())) > 1:
        msg = f"{document['campaign']}: which variant, only a hash can tell"
        raise NotJudged(msg)
    hour, minute = str(trigger.get("at", "09:00")).split(":")
    return Campaign(
        name=str(document["campaign"]),
        purpose=str(document.get("purpose", "marketing")),
        priority=int(str(document.get("priority", 0))),
        kind=kind,
        events=texts(trigger.get("event") or trigger.get("since") or ()),
        of=str(trigger.get("of", "any")),
        wait=duration(trigger["idle"]) if kind == "idle" else duration(trigger["wait"]) if kind == "since" else 0,
        unless=exits(trigger.get("unless")),
        when=document.get("when", True),
        once_per=str(entry["once_per"]) if "once_per" in entry else None,
        again=duration(entry["again"]) if "again" in entry else None,
        concurrent=int(str(entry["concurrent"])) if "concurrent" in entry else None,
        channels=channels,
        steps=steps,
        expires=duration(send.get("expires", "24h")),
        trait=str(trigger.get("date", "")).removeprefix("user."),
        at=(int(hour), int(minute)),
        before=duration(trigger["before"]) if "before" in trigger else 0,
        yearly=trigger.get("repeat", "yearly") == "yearly",
    )


def part(document: Document, name: str) -> Document:
    """A mapping inside, empty if there is none."""
    inner = document.get(name)
    return inner if isinstance(inner, Mapping) else {}


def listed(value: object) -> list[object]:
    """A list, also of one."""
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def texts(value: object) -> tuple[str, ...]:
    """One text or several."""
    return tuple(str(one) for one in listed(value))


def exits(value: object) -> tuple[Exit, ...]:
    """`order_completed`, `{event: payment_succeeded, same: invoice_id}`, or a list of such."""
    found: list[Exit] = []
    for one in listed(value):
        if isinstance(one, Mapping):
            found += [Exit(event, str(one["same"]) if "same" in one else None) for event in texts(one["event"])]
        else:
            found.append(Exit(str(one)))
    return tuple(found)
