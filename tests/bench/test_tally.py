"""What the evidence counts of millions of decisions."""

import json

import msgspec
import pytest

from bench.evidence.tally import Tally


def decision(event: str) -> bytes:
    return json.dumps({"decision_id": "d", "trigger_event_id": event, "reason": "sent"}).encode()


def test_what_is_missing_doubled_and_beside() -> None:
    found = Tally("n", 5)
    for event in ("n0", "n1", "n1", "n1", "n4", "cart", "n5", "note"):
        found.add(decision(event))
    assert (found.missing, found.doubled, found.read) == (2, 2, 8)
    assert dict(found.others) == {"cart": 1, "n5": 1, "note": 1}


def test_doubles_of_other_events_and_beyond_a_byte_count() -> None:
    found = Tally("n", 1)
    for _ in range(300):
        found.add(decision("n0"))
    found.add(decision("cart"))
    found.add(decision("cart"))
    assert (found.missing, found.doubled) == (0, 300)


@pytest.mark.parametrize("value", [b"", b"{}", b"[1]", b'{"trigger_event_id": 4}'])
def test_what_is_no_decision_raises(value: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        Tally("n", 1).add(value)
