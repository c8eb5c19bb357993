"""The directory of people as it leaves the operator: a record with the key of the customer, and at the end one without a value."""

import json

from tests.operators.fakes import FakeContext
from tests.operators.running import BOOK, T0, sent
from udfs.codecs.topics import Topics
from udfs.operators.decide import Decide


def told(user: str, event: str, at: int, **properties: str) -> bytes:
    return json.dumps({"type": "track", "event": event, "userId": user, "messageId": f"{event}-{at}-message", "properties": properties}).encode()


def test_a_customer_is_written_once_and_ends_with_a_record_without_a_value() -> None:
    context = FakeContext()
    operator = Decide(book=BOOK.pack(), topics=Topics(people="directory"), max_event_bytes=10_000)
    operator.open(context)
    ((topic, key, value),) = sent(operator, context, T0, told("anna", "Page Viewed", T0))
    assert (topic, key, json.loads(value)["last_seen"]) == ("directory", b"anna", json.loads(value)["first_seen"])
    assert sent(operator, context, T0 + 1, told("anna", "Page Viewed", T0 + 1)) == []
    ((topic, key, value),) = sent(operator, context, T0 + 2, told("anna", "Consent Withdrawn", T0 + 2, purpose="storage"))
    assert (topic, key, value) == ("directory", b"anna", None)
