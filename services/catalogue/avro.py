"""Records of the topic `catalogue` in Avro's single-object encoding: C3 01, the fingerprint of schemas/item.avsc, the body.

The cost of hostile bytes is limited by their size: the schema is not recursive, and no item of an array or map can be empty (tests/schemas).
"""

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import fastavro
import msgspec

from services.items.faults import Fault
from udfs.codecs.avro import fingerprint_of

_HEADER = 10
_FIX = "write JSON, or Avro by the schema that `kairos schema item` prints"


@cache
def _schema() -> tuple[bytes, Any]:
    """Fingerprint and schema. Apache's Python library computes the same fingerprint: the schema has no logical types."""
    raw = msgspec.json.decode(files("schemas").joinpath("item.avsc").read_bytes())
    return fingerprint_of(raw), fastavro.parse_schema(raw)


def read_avro(value: bytes) -> dict[str, Any] | Fault:
    """The fields of an item in a single object, or what is wrong with it."""
    mark, schema = _schema()
    if (mark_there := value[2:_HEADER]) != mark:
        return Fault(None, f"is Avro of another schema than schemas/item.avsc (fingerprint {mark_there.hex()})", _FIX, whole=True)
    body = BytesIO(value)
    body.seek(_HEADER)
    try:
        found: dict[str, Any] = fastavro.schemaless_reader(body, schema, None)
    except Exception as error:  # bytes from outside make a decoder raise anything: EOFError, IndexError, OverflowError, MemoryError, its own kinds
        return Fault(None, f"is Avro that does not follow its schema ({type(error).__name__})", _FIX, whole=True)
    if left := len(value) - body.tell():
        return Fault(None, f"is Avro with {left} bytes behind its end", "send one item in each record", whole=True)
    return {name: told for name, told in found.items() if told is not None}
