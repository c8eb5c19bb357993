"""The envelope in which trackers send messages over HTTP: `{"batch": [...], "sentAt": ...}`, or a bare list. Each message is an event."""

import json
from typing import Any

import msgspec

from udfs.codecs.kinds import from_json
from udfs.codecs.loose import spelled
from udfs.codecs.payload import Payload
from udfs.codecs.properties import shown
from udfs.codecs.reasons import Refused, RejectionReason

MAX_MESSAGES = 5_000
"""Messages of one envelope: more than fit into what trackers send at once (500 kB)."""


class Envelope(msgspec.Struct, kw_only=True, rename="camel"):
    """What holds for every message that does not say it itself."""

    batch: list[msgspec.Raw]
    sent_at: Any = None
    received_at: Any = None
    write_key: Any = None
    context: Any = None

    def complete(self, payload: Payload) -> None:
        """Tell a message what its envelope says."""
        if payload.sent_at is None and _is_time(self.sent_at):
            payload.sent_at = self.sent_at
        if payload.received_at is None and _is_time(self.received_at):
            payload.received_at = self.received_at
        if payload.write_key is None and isinstance(self.write_key, str):
            payload.write_key = self.write_key
        if isinstance(self.context, dict) and self.context:
            payload.context = {**self.context, **(payload.context or {})}


class _Spelled(Envelope, kw_only=True):
    """An envelope in which nothing is sent in another spelling."""

    other_sent_at: None = msgspec.field(default=None, name="sent_at")
    other_received_at: None = msgspec.field(default=None, name="received_at")
    other_write_key: None = msgspec.field(default=None, name="write_key")


_envelope = msgspec.json.Decoder(_Spelled).decode
_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(Envelope)}
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


def opened(value: bytes) -> Envelope:
    """The envelope in JSON. Raises Refused where it holds no messages."""
    try:
        envelope = _envelope(value) if value[:1] == b"{" else Envelope(batch=_list(value))
    except (msgspec.MsgspecError, RecursionError):
        envelope = _loosely(value)
    number = len(envelope.batch)
    if not 0 < number <= MAX_MESSAGES:
        message = f"a batch of {number:,} messages: send 1 to {MAX_MESSAGES:,}"
        raise Refused(RejectionReason.BATCH, "batch", message)
    return envelope


def _loosely(value: bytes) -> Envelope:
    try:
        document = json.loads(value.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError) as error:
        raise Refused(RejectionReason.MALFORMED, "batch", "a batch that breaks off or breaks JSON's grammar: send it complete") from error
    fields = {"batch": document} if isinstance(document, list) else spelled(document, _NAMES) if isinstance(document, dict) else {}
    messages = fields.pop("batch", None)
    if isinstance(messages, str):
        messages = from_json(messages)
    if isinstance(messages, dict):
        messages = [messages]
    if not isinstance(messages, list):
        raise Refused(RejectionReason.BATCH, "batch", f"batch must be a list of messages; got {shown(messages)}")
    raw = [msgspec.Raw(json.dumps(message).encode()) for message in messages]
    return Envelope(batch=raw, **fields)


def _is_time(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)
