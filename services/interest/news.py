"""Records of the topic `interest`, and the events that they become on `events`."""

from typing import Annotated, Any, Literal

import msgspec

from services.items.changes import Changed
from udfs.core.values.instants import LATEST, iso_of

TOPIC = "interest"
PROPERTIES = ("product_id", "name", "category", "brand", "url", "image_url", "currency", "price", "previous_price", "stock", "interest")
LIBRARY = "kairos-interest"
Time = Annotated[int, msgspec.Meta(ge=0, lt=LATEST)]
"""Epoch milliseconds."""


class News(Changed, frozen=True, kw_only=True):
    """Something that one person is to be told of a product, as the interest job writes it."""

    id: str
    """Made from the content: the same news has the same id, however often it is written."""
    event: Literal["price_dropped", "back_in_stock", "low_stock", "new_in_category"]
    person: str
    anonymous: int = 0
    """1: `person` is the id of a browser."""
    interest: str | None = None
    """wished, carted or viewed: the strongest that was shown."""
    interested_at: Time | None = None

    @property
    def about(self) -> tuple[str, str, int]:
        """What it is about: all news of one change take turns with those of others."""
        return self.event, self.product_id, self.at


_decode = msgspec.json.Decoder(News).decode
_encode = msgspec.json.Encoder().encode


def read(value: bytes) -> News | None:
    """A record of the topic; None for what the job has not written."""
    try:
        found = _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if found.person and found.product_id and found.id else None


def event_of(news: News, *, now: int) -> bytes:
    """The event, as JSON of the Segment spec. It happens when it is handed over (`now`, epoch milliseconds): only then the person can be told."""
    properties = {name: value for name in PROPERTIES if (value := getattr(news, name)) is not None}
    properties["changed_at"] = iso_of(news.at)
    if news.interested_at:
        properties["interested_at"] = iso_of(news.interested_at)
    event: dict[str, Any] = {
        "type": "track",
        "event": news.event,
        "messageId": news.id,
        "anonymousId" if news.anonymous else "userId": news.person,
        "timestamp": iso_of(now),
        "properties": properties,
        "context": {"library": {"name": LIBRARY}},
    }
    return _encode(event)
