"""Erasing somebody who is known by several ids: what the operator of linked ids has to see of it."""

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from udfs.codecs.decode import decode_all
from udfs.core.decision.erase import NAME, is_back
from udfs.core.identity.ties import Parked
from udfs.core.personal_data import Erasure
from udfs.core.profile.tombstone import is_tombstone, opened
from udfs.core.records import Event


def is_asked(record: Parked, key: str) -> bool:
    """Whether a record asks to erase the id of this key. Only records for ids that point to somebody are looked at, and these are few."""
    if record.own != key:
        return False
    found = decode_all(key.encode("utf-8", "replace"), record.value, record.at)
    return any(isinstance(each, Event) and each.name == NAME for each in found)


def is_over(blob: bytes | None, records: Iterable[Parked], key: str) -> bool:
    """Whether what is stored is the mark of an erasure that one of these records ends: she has made a new account, and brings what she did before it
    under the id of a browser."""
    if blob is None or not is_tombstone(blob):
        return False
    mark = opened(blob)
    found = (each for record in records for each in decode_all((record.own or key).encode("utf-8", "replace"), record.value, record.at))
    return any(isinstance(each, Event) and is_back(each, mark) for each in found)


def still(blob: bytes | None, at: int) -> bool:
    """Whether this is somebody who was erased, and not so long ago that they are somebody new."""
    return blob is not None and is_tombstone(blob) and at < opened(blob).until


def linked_to(person: str, records: Iterable[Any]) -> list[Any]:
    """The same records; a notice of an erasure also says whose id it was."""
    return [replace(each, linked=sorted({*each.linked, person})) if isinstance(each, Erasure) else each for each in records]
