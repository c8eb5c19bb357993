"""Everything that a careless sender or a hostile one may put onto `events`: kinds of broken input, each with the expected rejection.

Some records nobody can attribute, name or place in time: they are refused whole. Of the others a part is broken: that is set aside.
What is expected is written down here by hand, from the promise to senders; nothing of the codecs is asked.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

MEGABYTE = 1_000_000
LIMIT = 1_048_576
HUGE = (5 * MEGABYTE, *(2 * MEGABYTE,) * 20, *(LIMIT + 1,) * 20)
"""Bytes of the events that are too large: among hundreds of thousands of small ones, now and then."""
NOTHING_KNOWN = (b'"Product Added"', b"42", b"null", b"true", b"  \n", b"Product Added;tent;120")
WRONG_IDS: dict[str, list[Any]] = {"event": [[4], {}, True], "userId": [1.5, [], {}, True]}
WRONG_FIELDS: dict[str, list[Any]] = {"properties": ["x", 1], "context": [1], "traits": [[1]], "messageId": [{}], "timestamp": [True]}
WRONG_PROPERTIES: dict[str, list[Any]] = {
    "price": ["twenty", "1,234", "$20", -1, {}, True],
    "quantity": [-1, "some"],
    "product_id": [[], {}],
    "products": [5, "x"],
}
PLACEHOLDERS = ("null", "undefined", "None", "NaN", "guest", "[object Object]", 0, -1, False)
ABSURD_TIMES = ("yesterday", "", 0, -1, 10**40, 1e300, "9999-12-31T23:59:59Z", "1900-01-01", "2011-13-45T99:00:00Z", "9" * 3000)
NOT_UTF8 = (b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\xc0\xaf", b"caf\xe9")
MARKER = b"\xc3\x01"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One record that must be refused, or a part of it set aside, for one of `reasons`, naming one of `fields` (None: none is to blame)."""

    kind: str
    key: bytes | None
    value: bytes | None
    at: int
    reasons: frozenset[str]
    fields: frozenset[str | None]
    accepted: bool
    """Only a part of it is broken: the event is processed."""


Fault = tuple[bytes | None, bytes | None, str, str | None]
"""Key, value, reason(s) and field(s), alternatives separated by `|`."""


class Sender:
    """A sender that does everything wrong, always for existing customers, so that a broken event that is accepted would change their decisions."""

    def __init__(self, random: Random, avro: Callable[[dict[str, Any]], bytes]) -> None:
        """`avro` writes an event in snake_case as a single object."""
        self.random, self.avro, self.count = random, avro, 0
        self.kinds: dict[str, Callable[[str, int], Fault]] = self._named("_kind_")
        """What is refused whole."""
        self.parts: dict[str, Callable[[str, int], Fault]] = self._named("_part_")
        """Of what a part is set aside."""

    def broken(self, number: int, users: list[str], clock: Callable[[], int]) -> Iterator[Broken]:
        """`count` records, of each kind in turn."""
        names = sorted(self.kinds)
        for turn in range(number):
            kind = names[turn % len(names)]
            at = clock()
            key, value, reason, field = self.kinds[kind](self.random.choice(users), at)
            yield _broken(kind, key, value, 0 if kind == "no time anywhere" else at, reason, field)

    def partly_broken(self, number: int, clock: Callable[[], int]) -> Iterator[Broken]:
        """So many records of strangers about whom no campaign says anything, kinds in turn."""
        names = sorted(self.parts)
        for turn in range(number):
            kind = names[turn % len(names)]
            at = clock()
            key, value, reason, field = self.parts[kind](f"stranger-{turn}", at)
            yield _broken(kind, key, value, at, reason, field, accepted=True)

    def _named(self, prefix: str) -> dict[str, Callable[[str, int], Fault]]:
        return {name.removeprefix(prefix).replace("_", " "): getattr(self, name) for name in dir(self) if name.startswith(prefix)}

    def huge(self, users: list[str], clock: Callable[[], int]) -> Iterator[Broken]:
        """Events that are too large, to the byte."""
        for size in HUGE:
            user, at = self.random.choice(users), clock()
            value = self.json(user, at, note="HERE")
            yield _broken("too large", user.encode(), value.replace(b"HERE", b"x" * (size - len(value) + 4)), at, "TOO_LARGE", None)

    def event(self, user: str, at: int, **properties: Any) -> dict[str, Any]:
        """A valid event: 500 in the cart. Accepting a broken version of it would change a customer's decisions."""
        self.count += 1
        known = {"product_id": f"broken-{self.count}", "price": 500.0, "quantity": 1, **properties}
        return {"messageId": f"broken-{self.count}", "type": "track", "event": "Product Added", "userId": user, "timestamp": at, "properties": known}

    def json(self, user: str, at: int, **properties: Any) -> bytes:
        """The same as bytes."""
        return json.dumps(self.event(user, at, **properties)).encode()

    def changed(self, user: str, at: int, **changes: Any) -> bytes:
        """The same with changed fields; `...` removes one."""
        event = {**self.event(user, at), **changes}
        return json.dumps({name: value for name, value in event.items() if value is not ...}).encode()

    def harmless(self, user: str, at: int, **properties: Any) -> bytes:
        """One that is known, and turns no decision."""
        return self.changed(user, at, event="Coupon Entered", properties={"price": 500.0, "quantity": 1, **properties})

    def avro_event(self, user: str, at: int) -> bytes:
        """The same in Avro."""
        event = self.event(user, at)
        return self.avro({"message_id": event.pop("messageId"), "user_id": event.pop("userId"), **event})

    def _one_of(self, wrongs: dict[str, list[Any]]) -> tuple[str, Any]:
        name = self.random.choice(sorted(wrongs))
        return name, self.random.choice(wrongs[name])

    def _kind_a_name_that_is_not_utf8(self, user: str, at: int) -> Fault:
        return user.encode(), self.json(user, at).replace(b"Product", self.random.choice(NOT_UTF8)), "NOT_UTF8", "event"

    def _part_text_that_is_not_utf8(self, user: str, at: int) -> Fault:
        value = self.harmless(user, at, name="HERE")
        return user.encode(), value.replace(b"HERE", self.random.choice(NOT_UTF8)), "NOT_UTF8", None

    def _kind_json_cut_short(self, user: str, at: int) -> Fault:
        value = self.json(user, at)
        return user.encode(), value[: self.random.randrange(1, len(value))], "MALFORMED", None

    def _kind_json_with_more_behind_it(self, user: str, at: int) -> Fault:
        return user.encode(), self.json(user, at) + self.random.choice([b"}", b" {}", b"\n" + self.json(user, at), b"\0"]), "MALFORMED", None

    def _kind_json_that_is_no_object(self, user: str, at: int) -> Fault:
        return user.encode(), self.random.choice(NOTHING_KNOWN), "UNKNOWN_FORMAT", None

    def _kind_nobody(self, user: str, at: int) -> Fault:
        return user.encode(), self.changed(user, at, userId=self.random.choice([..., None, "", "  "])), "MISSING_FIELD", "userId"

    def _kind_a_placeholder_for_an_id(self, user: str, at: int) -> Fault:
        return user.encode(), self.changed(user, at, userId=self.random.choice(PLACEHOLDERS)), "PLACEHOLDER_ID", "userId"

    def _kind_no_event(self, user: str, at: int) -> Fault:
        return user.encode(), self.changed(user, at, event=self.random.choice([..., None, "", "?!"])), "MISSING_FIELD", "event"

    def _kind_a_call_nobody_knows_that_says_nothing(self, user: str, at: int) -> Fault:
        return user.encode(), self.changed(user, at, type="purchase", event=...), "UNKNOWN_TYPE", "type"

    def _part_a_call_nobody_knows(self, user: str, at: int) -> Fault:
        return user.encode(), self.changed(user, at, event="Coupon Entered", type="purchase"), "UNKNOWN_TYPE", "type"

    def _kind_a_name_too_long(self, user: str, at: int) -> Fault:
        return user.encode(), self.changed(user, at, event="n" * self.random.randrange(129, 4000)), "TOO_LONG", "event"

    def _kind_the_key_of_somebody_else(self, user: str, at: int) -> Fault:
        return f"not-{user}".encode(), self.json(user, at), "KEY_MISMATCH", "key"

    def _kind_a_key_that_is_not_utf8(self, user: str, at: int) -> Fault:
        return user.encode() + b"\xff\xfe", self.json(user, at), "KEY_MISMATCH", "key"

    def _kind_an_empty_key(self, user: str, at: int) -> Fault:
        return b"", self.json(user, at), "MISSING_KEY", "key"

    def _kind_no_key(self, user: str, at: int) -> Fault:
        return None, self.json(user, at), "MISSING_KEY", "key"

    def _kind_no_key_and_avro(self, user: str, at: int) -> Fault:
        return None, self.avro_event(user, at), "MISSING_KEY", "key"

    def _kind_no_value(self, user: str, at: int) -> Fault:
        key, value = self.random.choice([(user.encode(), None), (user.encode(), b""), (b"", None), (b"", b""), (None, b"")])
        return key, value, "EMPTY", None

    def _kind_an_id_or_a_name_of_the_wrong_type(self, user: str, at: int) -> Fault:
        field, wrong = self._one_of(WRONG_IDS)
        return user.encode(), self.changed(user, at, **{field: wrong}), "WRONG_TYPE", field

    def _part_a_field_of_the_wrong_type(self, user: str, at: int) -> Fault:
        field, wrong = self._one_of(WRONG_FIELDS)
        return user.encode(), self.changed(user, at, **{"event": "Coupon Entered", "properties": {}, field: wrong}), "WRONG_TYPE", field

    def _part_a_property_of_the_wrong_type(self, user: str, at: int) -> Fault:
        name, wrong = self._one_of(WRONG_PROPERTIES)
        return user.encode(), self.harmless(user, at, **{name: wrong}), "BAD_PROPERTY", f"properties.{name}"

    def _part_a_whole_number_beyond_all_ids(self, user: str, at: int) -> Fault:
        return user.encode(), self.harmless(user, at, gtin=10 ** self.random.randrange(160, 200)), "BAD_PROPERTY", "properties.gtin"

    def _part_a_property_that_lacks(self, user: str, at: int) -> Fault:
        event, lacking = self.random.choice([("Product Shared", "product_id"), ("Order Refunded", "order_id"), ("Products Searched", "query")])
        return user.encode(), self.changed(user, at, event=event, properties={"price": 500}), "MISSING_PROPERTY", f"properties.{lacking}"

    def _part_a_number_that_is_none(self, user: str, at: int) -> Fault:
        wrong = self.random.choice([b"NaN", b"Infinity", b"-Infinity", b"1e999"])
        return user.encode(), self.harmless(user, at).replace(b"500.0", wrong), "NOT_FINITE", "properties.price"

    def _part_a_time_that_is_absurd(self, user: str, at: int) -> Fault:
        value = self.changed(user, at, event="Coupon Entered", properties={}, timestamp=self.random.choice(ABSURD_TIMES))
        return user.encode(), value, "BAD_TIMESTAMP", "timestamp"

    def _kind_no_time_anywhere(self, user: str, at: int) -> Fault:
        return user.encode(), self.changed(user, at, timestamp=...), "BAD_TIMESTAMP", "timestamp"

    def _part_nested_too_deep(self, user: str, at: int) -> Fault:
        depth = self.random.choice([33, 60, 100, 3000])
        return user.encode(), self._nested(self.harmless(user, at, deep="HERE"), depth), "TOO_DEEP", "properties.deep"

    def _nested(self, value: bytes, depth: int) -> bytes:
        begin, end = self.random.choice([(b"[", b"]"), (b'{"a":', b"}")])
        return value.replace(b'"HERE"', begin * depth + b"1" + end * depth)

    def _kind_a_batch_of_nothing(self, user: str, at: int) -> Fault:
        return user.encode(), json.dumps({"batch": self.random.choice([[], "x", 1]), "sentAt": at}).encode(), "BATCH", "batch"

    def _kind_avro_of_an_unknown_schema(self, user: str, at: int) -> Fault:
        return user.encode(), MARKER + self.random.randbytes(8) + self.avro_event(user, at)[10:], "UNKNOWN_SCHEMA", None

    def _kind_avro_cut_short(self, user: str, at: int) -> Fault:
        value = self.avro_event(user, at)
        return user.encode(), value[: self.random.randrange(2, len(value))], "MALFORMED", None

    def _kind_avro_with_more_behind_it(self, user: str, at: int) -> Fault:
        return user.encode(), self.avro_event(user, at) + self.random.randbytes(self.random.randrange(1, 20)), "MALFORMED", None

    def _kind_random_bytes(self, user: str, at: int) -> Fault:
        first = self.random.choice([byte for byte in range(1, 256) if byte not in b"{[ \t\r\n\xc3"])
        return user.encode(), bytes([first]) + self.random.randbytes(self.random.randrange(400)), "UNKNOWN_FORMAT", None

    def _kind_random_bytes_that_begin_like_json(self, user: str, at: int) -> Fault:
        return user.encode(), b"{" + self.random.randbytes(self.random.randrange(1, 400)), "MALFORMED|NOT_UTF8", None

    def _kind_random_bytes_that_begin_like_avro(self, user: str, at: int) -> Fault:
        head = self.avro_event(user, at)[:10]
        return user.encode(), head + self.random.randbytes(self.random.randrange(1, 400)), "MALFORMED|NOT_UTF8", "|user_id|event"

    def _kind_another_encoding(self, user: str, at: int) -> Fault:
        value = self.json(user, at)
        other = self.random.choice([gzip.compress(value, mtime=0), value.decode().encode("utf-16")])
        return user.encode(), other, "UNKNOWN_FORMAT", None

    def _kind_a_schema_of_no_registry(self, user: str, at: int) -> Fault:
        return user.encode(), b"\0\0\0\0\1" + self.json(user, at), "UNKNOWN_SCHEMA", None

    def _kind_almost_a_heartbeat(self, user: str, at: int) -> Fault:
        key, value = self.random.choice([(user.encode(), b"heartbeat"), (b"", b"heartbeat "), (b"", b"HEARTBEAT"), (None, b"heartbeat\n")])
        return key, value, "UNKNOWN_FORMAT", None


def _broken(kind: str, key: bytes | None, value: bytes | None, at: int, reason: str, field: str | None, *, accepted: bool = False) -> Broken:
    fields = frozenset(name or None for name in (field or "").split("|"))
    return Broken(kind=kind, key=key, value=value, at=at, reasons=frozenset(reason.split("|")), fields=fields, accepted=accepted)
