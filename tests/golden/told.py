"""How the records of the story are written down: in the Segment spec, each with its time, in a few words."""

from typing import Any, NamedTuple

from tests.operators.running import iso

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_300_060_800_000
"""Monday, 14 March 2011, 00:00 UTC."""
SAVED = START + 14 * DAY
"""The savepoint is made at noon of the last day before this."""
FRIENDS = 5
"""So many people do each of the things on which chance decides, so that somebody is on each side."""


class Told(NamedTuple):
    """One record to be sent."""

    at: int
    key: str
    event: dict[str, Any]
    of: str = ""
    """Of a receipt: the campaign whose latest message it is about."""


_BARE = frozenset({"identify", "alias", "group", "page"})


def told(user: str, at: int, name: str, /, *, of: str = "", anonymous: str = "", sender: str = "", late: int = 0, **said: Any) -> Told:
    """`anonymous`: the id of the browser. `sender`: its write key. `late`: by how many milliseconds its record is younger. A name that begins with an
    underscore is a field of the call itself."""
    kind = name if name in _BARE else "track"
    fields = {key.removeprefix("_"): said.pop(key) for key in [*said] if key.startswith("_")}
    event = {"type": kind, "messageId": f"{name}-{user}-{at}", "timestamp": iso(at), **({"userId": user} if user else {}), **fields}
    if kind == "track":
        event["event"] = name
    if anonymous:
        event["anonymousId"] = anonymous
    if sender:
        event["writeKey"] = sender
    event["traits" if kind in ("identify", "group") else "properties"] = said
    return Told(at + late, user or anonymous, event, of)


def product(number: int, **more: Any) -> dict[str, Any]:
    """The properties of a product, as an event about it says them."""
    return {"product_id": f"p{number}", "name": f"Product {number}", "price": 20.5 * number, "quantity": 1, "currency": "USD", **more}


def line(number: int) -> dict[str, Any]:
    """The line of an order."""
    return {"product_id": f"p{number}", "price": 20.5 * number, "quantity": 2}
