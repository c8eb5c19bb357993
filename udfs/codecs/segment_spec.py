"""Events as trackers send them: JSON in the Segment spec, camelCase."""

import re

import msgspec

from udfs.codecs.loose import read_loose
from udfs.codecs.payload import OTHERS, Payload
from udfs.codecs.reasons import Aside

_Spelled = msgspec.defstruct(
    "_Spelled",
    [(f"other_{number}", None, msgspec.field(default=None, name=spelling)) for number, spelling in enumerate(OTHERS)],
    bases=(Payload,),
    kw_only=True,
    gc=False,
)
"""A payload in which nothing is sent in another spelling: any value there makes the first reading give up, at no cost for all others."""
_decode = msgspec.json.Decoder(_Spelled).decode
_ODD_ID = re.compile(rb'"(?:user|anonymous)[ _-]?id"', re.IGNORECASE)
"""An id that is spelled in another way still, such as UserId; without any, the key of the record says who it is."""


def read_json(value: bytes, asides: list[Aside]) -> tuple[Payload, bool]:
    """The payload in a JSON object, and whether it may hold numbers or text that no encoder takes. Raises Refused.

    Those who follow the spec pay nothing for those who do not: what the first reading does not take is read a second time, loosely.
    """
    try:
        if not value.isascii():
            value.decode()  # msgspec does not validate the text of unknown fields, but invalid UTF-8 is refused there too
        payload: Payload = _decode(value)  # type: ignore[assignment]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return read_loose(value, asides, broken=str(error)), True
    if payload.properties is None and b'"params"' in value:  # as Google Analytics calls them
        return read_loose(value, asides), True
    if payload.user_id is None and payload.anonymous_id is None and payload.batch is None and _ODD_ID.search(value):
        return read_loose(value, asides), True
    return payload, False
