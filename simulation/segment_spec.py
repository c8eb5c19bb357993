"""A click of the shop in the Segment spec: the JSON that a tracker in a browser would send."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from simulation.timeline import Posted

_encode = msgspec.json.Encoder().encode


def segment_spec(posted: Posted, *, at: int | None = None) -> dict[str, Any]:
    """The event in the Segment spec. `at` (epoch ms) replaces its own time, for a sender that is a little late."""
    person, click, source = posted.person, posted.click, posted.source
    name = {} if click.name is None else {"event": click.name}
    user = {"userId": person.user_id} if posted.known else {}
    came = {} if source.referrer is None else {"page": {"referrer": source.referrer}}
    campaign = {} if source.campaign is None else {"campaign": source.campaign}
    content = {"traits": person.traits()} if click.kind == "identify" else {"properties": click.properties}
    return {
        "type": click.kind,
        **name,
        **user,
        "anonymousId": person.anonymous_id,
        "messageId": posted.message_id,
        "timestamp": iso(posted.at if at is None else at),
        **content,
        "context": {
            "timezone": person.zone,
            "locale": person.locale,
            "device": {"type": source.device},
            **came,
            **campaign,
            "library": {"name": "kairos-shop", "version": "1"},
        },
    }


def encoded(posted: Posted, *, at: int | None = None) -> bytes:
    """The event as the bytes of a Kafka record."""
    return _encode(segment_spec(posted, at=at))


def iso(at: int) -> str:
    """Epoch milliseconds in the format of trackers."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
