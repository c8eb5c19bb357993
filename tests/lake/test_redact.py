"""No file of the lake says who somebody is."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lake.filled import KNOWN, START, events, put, track
from udfs.lake.redact import Redact
from udfs.lake.tables import BY_NAME, Rules

RULES = Rules(pseudonyms=KNOWN)
WHO = "ada.lovelace-1815"
MAIL = "Ada.Lovelace@example.com"
SAID = (
    "ada.lovelace-1815",
    "ada.lovelace@example.com",
    "ada.lovelace%40example.com",
    "lovelace",
    "+44 20 7946",
    "192.168.7.9",
    "2001:db8:",
    "baker street",
)
HOSTILE: list[dict[str, Any]] = [
    {"properties": {"email": MAIL, "product_id": "tent"}},
    {"properties": {"comment": f"write to {MAIL}, please", "link": f"https://shop.example/?to={MAIL.replace('@', '%40')}&x=1"}},
    {"properties": {"customer": {"name": "Ada Lovelace", "id": 7}, "billing_address": {"street": "Baker Street 1"}}},
    {"properties": {"billing": {"line1": "Baker Street 1"}, "shipping": 4.9, "firstName": "Ada Lovelace", "e-mail": MAIL}},
    {"properties": {"user_id": WHO, "ref": WHO.upper(), "path": f"/account/{WHO}/orders", "items": [{"for": WHO, "buyerEmail": MAIL}]}},
    {"properties": {MAIL: True, "counts": {MAIL: 3}, "phone": "+44 20 7946 0958", "note": "call +44 20 7946 0958"}},
    {
        "context": {
            "ip": "192.168.7.9",
            "userAgent": "x",
            "traits": {"email": MAIL},
            "device": {"id": WHO, "type": "ios", "token": WHO},
            "locale": "en-GB",
        }
    },
    {"context": {"page": {"url": f"https://x/?u={WHO}", "path": f"/u/{WHO}", "referrer": MAIL}, "campaign": {"name": f"for {MAIL}"}}},
    {
        "properties": {"from": "192.168.7.9 via 2001:db8:0:0:0:0:0:1"},
        "traits": {"email": MAIL, "last_name": "Lovelace", "vip": True, "country": "GB"},
    },
    {"properties": {"products": [{"product_id": "tent", "price": 1.0, "name": f"engraved {MAIL}"}]}},
    {"type": "identify", "traits": {"name": "Ada Lovelace", "address": {"street": "Baker Street 1", "country": "GB"}, "plan": f"plan of {WHO}"}},
    {"type": "alias", "previousId": MAIL},
    {"type": "group", "groupId": "acme", "traits": {"name": "Lovelace & Co", "email": MAIL, "employees": 7}},
    {"type": "page", "name": f"Account of {WHO}", "properties": {"search": f"?q={MAIL}"}},
    {"event": f"Wrote to {WHO}"},
    {"anonymousId": MAIL},
    {"messageId": f"{WHO}-1-and-more-of-it"},
]


def whole(row: tuple[Any, ...]) -> str:
    return json.dumps(row, default=str).lower()


@pytest.mark.parametrize("more", HOSTILE, ids=[json.dumps(each)[:60] for each in HOSTILE])
def test_no_id_and_no_address_is_written_wherever_it_stood(more: dict[str, Any]) -> None:
    event = {**track(WHO, "Product Viewed", START), **more}
    rows = list(BY_NAME["events"].rows(WHO.encode(), json.dumps(event).encode(), START, RULES))
    assert len(rows) == 1
    for said in SAID:
        assert said not in whole(rows[0])


def test_no_file_holds_an_id_or_an_address(tmp_path: Path) -> None:
    told = [{**track(WHO, "Product Viewed", START + n, message=f"a message that is number {n:04d}"), **more} for n, more in enumerate(HOSTILE)]
    assert events(tmp_path, told) == len(told)
    decision = {
        "decision_id": "d-1",
        "attempt": 0,
        "user_id": WHO,
        "campaign": "cart",
        "detail": f"{WHO} has no address",
        "features": {"last_mail": MAIL},
    }
    put(
        tmp_path,
        "decisions",
        [(WHO, {**decision, "outcome": "withheld", "reason": "UNREACHABLE", "facts": [{"to": MAIL}], "at": START}, START)],
        name="part-0",
    )
    for file in tmp_path.rglob("part-*"):
        content = "\n".join(whole(tuple(row.values())) for row in pq.read_table(file).to_pylist())
        raw = file.read_bytes().lower()
        for said in SAID:
            assert said not in content
            assert said.encode() not in raw


def test_what_says_nothing_of_one_person_stays() -> None:
    properties = {
        "product_id": "tent",
        "price": 120.0,
        "quantity": 2,
        "name": "Two-person tent",
        "shipping": 4.9,
        "order_id": "o-17",
        "currency": "EUR",
    }
    event = track(
        WHO,
        "Product Added",
        START,
        properties=properties,
        context={"locale": "en-GB", "timezone": "Europe/London", "library": {"name": "js", "version": "1.2.3"}},
    )
    row = dict(
        zip(
            (name for name, _ in BY_NAME["events"].read_columns),
            next(BY_NAME["events"].rows(WHO.encode(), json.dumps(event).encode(), START, RULES)),
            strict=True,
        )
    )
    assert json.loads(row["properties"]) == properties
    assert json.loads(row["context"]) == {"locale": "en-GB", "timezone": "Europe/London", "library": {"name": "js", "version": "1.2.3"}}
    assert (row["event"], row["type"], row["at"]) == ("product_added", "track", START)


def test_a_short_id_does_not_tear_words_apart() -> None:
    redact = Redact(KNOWN, ["1"])
    assert redact.fields({"quantity": 1, "sku": "A1-11", "owner_of": "1"}) == {"quantity": 1, "sku": "A1-11", "owner_of": KNOWN.of("1")}


def test_counts_of_a_decision_stay_whatever_they_are_called() -> None:
    decision = {"user_id": WHO, "decision_id": "d", "features": {"emails_opened_7d": 3, "phone_reachable": True, "last_email": MAIL, "tier": "gold"}}
    row = dict(
        zip(
            (name for name, _ in BY_NAME["decisions"].read_columns),
            next(BY_NAME["decisions"].rows(b"k", json.dumps(decision).encode(), START, RULES)),
            strict=True,
        )
    )
    assert json.loads(row["features"]) == {"emails_opened_7d": 3, "phone_reachable": True, "tier": "gold"}
    assert row["person"] == KNOWN.of(WHO)


def test_ids_of_others_stay_linkable() -> None:
    assert Redact(KNOWN, [WHO]).fields({"customer_id": "bob", "referred_by": 17}) == {"customer_id": KNOWN.of("bob"), "referred_by": KNOWN.of("17")}


def test_further_traits_are_written_when_they_are_named() -> None:
    event = {"type": "identify", "userId": WHO, "timestamp": START, "traits": {"favourite_sport": "golf", "plan": "pro", "email": MAIL}}
    column = [name for name, _ in BY_NAME["events"].read_columns].index("traits")

    def traits(rules: Rules) -> Any:
        return json.loads(next(BY_NAME["events"].rows(WHO.encode(), json.dumps(event).encode(), START, rules))[column])

    assert traits(RULES) == {"plan": "pro"}
    assert traits(Rules(pseudonyms=KNOWN, traits=frozenset({"favourite_sport"}))) == {"favourite_sport": "golf"}


def test_a_heartbeat_and_what_cannot_be_read_are_no_rows() -> None:
    for table in BY_NAME.values():
        for value in (b"heartbeat", b"", None, b"\x00", b"{", b"[]", b'{"user_id": 7}'):
            assert list(table.rows(b"", value, START, RULES)) == []


def test_a_batch_is_a_row_for_each_message() -> None:
    batch = {"batch": [track(WHO, "Product Viewed", START), track(WHO, "Product Added", START + 1)]}
    rows = list(BY_NAME["events"].rows(WHO.encode(), json.dumps(batch).encode(), START, RULES))
    assert [row[-1] for row in rows] == [0, 1]


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_nothing_that_an_event_holds_stops_the_job(value: Any) -> None:
    redact = Redact(KNOWN, [WHO, "1", "", "."])
    redact.value(value)
    redact.value({"a": value, "user_id": value, "traits": value, "customer": value})


def test_the_id_of_a_record_that_stands_in_for_that_of_an_order_is_hashed_like_it() -> None:
    message = f"a message of {WHO} that is long"
    event = {**track(WHO, "Order Completed", START, message=message), "properties": {"total": 12.5}}
    row = next(BY_NAME["events"].rows(WHO.encode(), json.dumps(event).encode(), START, RULES))
    told = dict(zip((name for name, _ in BY_NAME["events"].read_columns), row, strict=True))
    assert told["message"] == KNOWN.record(message)
    assert json.loads(told["properties"])["order_id"] == told["message"]
