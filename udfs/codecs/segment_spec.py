"""Events as trackers send them: JSON in the Segment spec, camelCase."""

import re

import msgspec

from udfs.codecs.loose import read_loose
from udfs.codecs.payload import Payload
from udfs.codecs.reasons import Aside

_decode = msgspec.json.Decoder(Payload).decode
_SNAKE = re.compile(rb'"(message_id|user_id|anonymous_id|sent_at|original_timestamp|received_at|write_key)"')


def read_json(value: bytes, asides: list[Aside]) -> tuple[Payload, bool]:
    """The payload in a JSON object, and whether it may hold numbers or text that no encoder takes. Raises Refused.

    Those who follow the spec pay nothing for those who do not: what the first reading does not take is read a second time, loosely.
    """
    try:
        if not value.isascii():
            value.decode()  # msgspec does not validate the text of unknown fields, but invalid UTF-8 is refused there too
        payload = _decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return read_loose(value, asides, broken=str(error)), True
    if payload.properties is None and b'"params"' in value:  # as Google Analytics calls them
        return read_loose(value, asides), True
    if (payload.message_id is None or (payload.user_id is None and payload.anonymous_id is None)) and _SNAKE.search(value):
        return read_loose(value, asides), True
    return payload, False
