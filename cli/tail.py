"""`kairos tail`: follow topics, in a form for people, or for programs with --json."""

import base64
import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from cli.kafka import kafka
from cli.registry import registry
from cli.wording import NOBODY, audit_line, decision_line, erasure_line, outcome_line, plain, recall_line, rejection_line, segment_line
from services.replay.times import date_and_time
from udfs.codecs.routes import with_topics

STREAMS = (*(route.name for route in with_topics()), "events", "arms", "audit")
SHOWN = 160
"""The maximum number of characters shown of a rejected record."""


@click.command()
@click.argument("stream", type=click.Choice(STREAMS))
@click.option("--channel", help="Only actions of this channel.")
@click.option("--from", "start", type=click.Choice(["earliest", "latest"]), default="latest", show_default=True, help="Where to start.")
@click.option("--user", help="Only records with this key, the customer's id.")
@click.option("--campaign", help="Only records of this campaign.")
@click.option("-n", "--number", type=click.IntRange(min=1), help="Stop after NUMBER records.")
@click.option("--no-follow", is_flag=True, help="Stop at the current end.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per record: topic, key, value.")
@kafka
@registry
@click.option("--topic", help="Read this topic. [default: that of the stream]")
def tail(
    *,
    stream: str,
    channel: str | None,
    start: str,
    user: str | None,
    campaign: str | None,
    number: int | None,
    no_follow: bool,
    as_json: bool,
    brokers: str | None,
    topic: str | None,
) -> None:
    """Follow actions, decisions, rejected records, events, segments, outcomes, arms or audit, as a consumer sees them: only committed records."""
    from services.devstack.settings import load
    from services.kafka.tail import follow
    from udfs.codecs.decode import HEARTBEAT

    show = _json if as_json else READERS.get(stream, _plainly)
    left, shown = number, 0
    try:
        for record in follow(brokers or load().brokers, _wanted(stream, channel, topic), start=start, to_the_end=no_follow):  # type: ignore[arg-type]
            if record.value == HEARTBEAT or (user is not None and record.key != user.encode()):
                continue
            value = _value(record.value) if stream != "events" else _value_of_event(record.value)
            if campaign is not None and not (isinstance(value, dict) and value.get("campaign") == campaign):
                continue
            for line in show(record, value):
                click.echo(line)
            sys.stdout.flush()
            shown += 1
            left = None if left is None else left - 1
            if left == 0:
                return
    except KeyboardInterrupt:
        return  # the way to stop following
    if not shown:
        click.echo(_nothing(stream, start=start, narrowed=bool(user or campaign or channel)), err=True)


def _nothing(stream: str, *, start: str, narrowed: bool) -> str:
    """What is said where there was nothing to show."""
    what = "records" if stream in {"rejected", "audit"} else stream
    what = f"{what} on the topic {stream}" if what != stream else what
    if start == "latest":
        return f"no new {what}: --from earliest shows those that are there"
    return f"no {what} yet{' that match' if narrowed else ''}"


def _wanted(stream: str, channel: str | None, topic: str | None) -> Callable[[str], bool]:
    from jobs.options import Options
    from services.control.audit import audit_name

    options = Options()
    if channel is not None and stream != "actions":
        message = "--channel goes with actions: other topics hold all channels"
        raise click.UsageError(message)
    if topic is None and stream == "actions" and channel is None:
        return lambda name: name.startswith(options.topics["actions"])
    names = {
        **options.topics.names,
        "actions": options.topics.actions(channel or ""),
        "events": options.events_topic,
        "arms": options.arms_topic,
        "audit": audit_name(options.control_topic),
    }
    name = topic or names[stream]
    return lambda other: other == name


def _value(data: bytes | None) -> Any:
    """The JSON of a record, or its bytes if it is not JSON."""
    try:
        return json.loads(data or b"")
    except ValueError:
        return data


def _value_of_event(data: bytes | None) -> Any:
    """As above; Avro as its JSON would be, where its schema can be had."""
    import msgspec

    from udfs.codecs.decode import read_payload
    from udfs.codecs.reasons import Refused

    value = _value(data)
    if not isinstance(value, bytes):
        return value
    try:
        payload = read_payload(value)
    except Refused:
        return value
    return {name: told for name, told in msgspec.to_builtins(payload).items() if told not in (None, {}, [])}


def _json(record: Any, value: Any) -> Iterator[str]:
    body = base64.b64encode(value).decode() if isinstance(value, bytes) else value
    yield json.dumps({"topic": record.topic, "key": _text(record.key), "value": body}, ensure_ascii=False, separators=(",", ":"))


def _decision(record: Any, value: Any) -> Iterator[str]:
    yield decision_line(value, width=_width())


def _action(record: Any, value: Any) -> Iterator[str]:
    """The customer, channel and campaign, then the message. Of a recall its reason; a record of any other kind as it is."""
    kind = value.get("kind", "action") if isinstance(value, Mapping) else None
    if kind != "action":
        yield from [recall_line(value, width=_width())] if kind == "recall" else _plainly(record, value)
        return
    how = click.style(f"{value['variant']} by {value['channel']}", fg="green")
    until = click.style(f"until {date_and_time(value['expires_at'])}", dim=True)
    yield f"{date_and_time(value['at'])}  {value['user_id']:<16} {value['campaign']:<20} {how}  {until}"
    said = {name: text for name, text in value["content"].items() if name != "html" or len(value["content"]) == 1}
    yield from _indented(said)
    if value["offer"]:
        yield from _indented({"offer": ", ".join(f"{name} {worth}" for name, worth in value["offer"].items())})


def _rejected(record: Any, value: Any) -> Iterator[str]:
    from services.replay.segment import names_nobody

    raw = base64.b64decode(value["original"])
    key = NOBODY if names_nobody(value["key"], raw) else value["key"]
    yield rejection_line(at=value["record_at"], key=key, reason=value["reason"], message=value["message"], accepted=value["accepted"])
    original = raw.decode("utf-8", "backslashreplace")
    if original:
        yield click.style("    " + textwrap.shorten(original, SHOWN, placeholder=f" … ({value['length']:,} bytes)"), dim=True)


def _event(record: Any, value: Any) -> Iterator[str]:
    start = f"{date_and_time(record.timestamp)}  {_text(record.key) or '(no key)':<16} "
    if not isinstance(value, Mapping):
        yield start + click.style(f"{len(value or b''):,} bytes that are not JSON", dim=True)
        return
    properties = value.get("properties") or value.get("traits") or {}
    yield (start + f"{value.get('event') or value.get('type') or '?':<20} " + _brief(properties))[: _width() or None]


def _segment(record: Any, value: Any) -> Iterator[str]:
    yield segment_line(value)


def _outcome(record: Any, value: Any) -> Iterator[str]:
    yield outcome_line(value)


def _response(record: Any, value: Any) -> Iterator[str]:
    """Without the profile, which is nobody's business in a terminal: `kairos user export` tells it to whoever asked."""
    told = "" if value["profile"] is None else f", a profile of {len(value['profile']):,} characters"
    yield f"{date_and_time(value['at'])}  {value['user_id']:<16} {value['request']} {value['request_id']}: {value['status']}{told}"


def _erasure(record: Any, value: Any) -> Iterator[str]:
    yield erasure_line(value)


def _audit(record: Any, value: Any) -> Iterator[str]:
    yield audit_line(value)


def _plainly(record: Any, value: Any) -> Iterator[str]:
    """A record for which no line of its own was written: its fields as they are."""
    fields = value if isinstance(value, Mapping) else {"value": value}
    yield f"{date_and_time(record.timestamp)}  {_text(record.key):<16} {_brief(fields)}"[: _width() or None]


def _brief(properties: Any) -> str:
    if not isinstance(properties, Mapping):
        return str(properties)
    shown = {name: f"{len(each)} of them" if isinstance(each, list) else each for name, each in properties.items()}
    return "  ".join(f"{name}={each}" for name, each in shown.items())


def _indented(fields: Mapping[str, Any]) -> Iterator[str]:
    width = max((_width() or 120) - 16, 40)
    for name, text in fields.items():
        told = plain(text) if name == "html" else str(text).strip()
        lines = [wrapped for line in told.splitlines() for wrapped in textwrap.wrap(line, width) or [""]]
        for n, line in enumerate(lines):
            label = name if n == 0 else ""
            yield f"    {click.style(f'{label:<9}', dim=True)} {line}"


def _text(key: bytes | None) -> str:
    return (key or b"").decode("utf-8", "replace")


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


READERS: dict[str, Callable[[Any, Any], Iterator[str]]] = {
    "actions": _action,
    "decisions": _decision,
    "rejected": _rejected,
    "events": _event,
    "segments": _segment,
    "outcomes": _outcome,
    "responses": _response,
    "erasures": _erasure,
    "audit": _audit,
}
