"""What one id hands over to another, on the wire: JSON, with what it knows packed into base64."""

import base64
import binascii
import zlib

import msgspec

from udfs.core.personal_data import Handover

MAX_BODY = 900_000
"""Bytes of packed base64 that leave room for the rest of a record. A full profile needs a tenth of it."""


class Handed(msgspec.Struct, kw_only=True, gc=False):
    """See schemas/identity.avsc."""

    user_id: str
    from_id: str
    content: str
    merge_id: str | None
    own_key: str | None
    merged: list[str]
    via: str | None
    late: bool
    hops: int
    at: int
    body: str
    written_at: int


def handed(record: Handover, now: int) -> Handed:
    """The record, stamped with the time by the wall clock. Raises ValueError where it does not fit: a part of it would be of no use."""
    body = base64.b64encode(zlib.compress(record.body, 1)).decode()
    if len(body) > MAX_BODY:
        message = f"{len(record.body):,} bytes, which are {len(body):,} when packed: {MAX_BODY:,} at most"
        raise ValueError(message)
    return Handed(
        user_id=record.user_id,
        from_id=record.from_id,
        content=record.content,
        merge_id=record.merge_id,
        own_key=record.own_key,
        merged=[*record.merged],
        via=record.via,
        late=record.late,
        hops=record.hops,
        at=record.at,
        body=body,
        written_at=now,
    )


_decode = msgspec.json.Decoder(Handed).decode


def taken(value: bytes) -> Handover:
    """The record from its bytes. Raises ValueError where they are none."""
    try:
        told = _decode(value)
        body = zlib.decompress(base64.b64decode(told.body, validate=True))
    except (msgspec.MsgspecError, binascii.Error, zlib.error) as problem:
        message = f"this is no record of the topic of identity ({problem})"
        raise ValueError(message) from problem
    return Handover(
        user_id=told.user_id,
        from_id=told.from_id,
        content=told.content,
        merge_id=told.merge_id,
        own_key=told.own_key,
        merged=told.merged,
        via=told.via,
        late=told.late,
        hops=told.hops,
        at=told.at,
        body=body,
    )
