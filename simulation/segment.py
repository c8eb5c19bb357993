"""A click of the shop as the Segment spec writes it: the JSON that a tracker in a browser would post."""

from datetime import UTC, datetime
from typing import Any

from simulation.shop import Posted


def segment(posted: Posted, *, at: int | None = None) -> dict[str, Any]:
    """The event as the Segment spec writes it; `at` (epoch ms) in place of its own time, for a sender that is a little late."""
    person, click = posted.person, posted.click
    name = {} if click.name is None else {"event": click.name}
    user = {} if person.user_id is None else {"userId": person.user_id}
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
            "device": {"type": person.device},
            "library": {"name": "kairos-shop", "version": "1"},
        },
    }


def iso(at: int) -> str:
    """Epoch milliseconds as trackers write time."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
