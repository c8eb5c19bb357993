"""The topic `catalogue`: one record an item, keyed by its id, the last of each counts. Whoever writes it writes JSON, or Avro by
schemas/item.avsc."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from services.catalogue.avro import read_avro
from services.items.columns import Shapes
from services.items.faults import Fault
from services.items.reading import item_of
from services.kafka.client import Topic
from udfs.catalogue.snapshot import Removed
from udfs.codecs.avro import MARKER
from udfs.core.items.item import MAX_ID, Item, as_document

NAME = "catalogue"
MAX_VALUE = 1024 * 1024
_encode = msgspec.json.Encoder().encode
_SHAPES = Shapes()


def topic(name: str = NAME, partitions: int = 4) -> Topic:
    """The topic: compacted, and compacted soon, since prices come often."""
    return Topic(name=name, partitions=partitions, config={"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"})


def record_of(entry: Item | Removed) -> tuple[bytes, bytes | None]:
    """Key and value of an item's record; without a value it is removed."""
    return entry.id.encode(), None if isinstance(entry, Removed) else _encode(as_document(entry))


def entry_of(key: bytes | None, value: bytes | None, *, now: int = 0) -> tuple[Item | Removed | None, Sequence[Fault]]:
    """What a record says, None where it says nothing, and what was set aside of it. The key is the id, whatever the value says."""
    try:
        item_id = (key or b"").decode().strip()
    except UnicodeDecodeError:
        fix = "write the item's id as UTF-8: with other bytes it would be another id"
        return None, [Fault("key", "is not UTF-8", fix, repr(key)[:40], whole=True)]
    if not item_id or len(item_id) > MAX_ID:
        return None, [Fault("key", "is no id of an item", f"the key of a record is the item's id, {MAX_ID} characters at most", whole=True)]
    if value is None:
        return Removed(item_id), []
    found = read_avro(value) if value.startswith(MARKER) and len(value) <= MAX_VALUE else _read(value)
    if isinstance(found, Fault):
        return None, [found._replace(value=item_id[:40])]
    if not isinstance(found, dict):
        return None, [Fault(None, "is neither a JSON object nor Avro", 'write {"id": "tent", "price": 19.9}', item_id[:40], whole=True)]
    return item_of({**_SHAPES.read(found), "id": item_id}, now=now)


def _read(value: bytes) -> Any:
    if len(value) > MAX_VALUE:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
