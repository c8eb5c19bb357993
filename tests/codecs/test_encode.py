"""What goes out: to the right topic, keyed by the person, stamped, and never too large for the broker."""

import base64
import hashlib
import json
from typing import Any

import fastavro
import pytest

from tests.codecs.builders import NOON
from tests.schemas.test_schemas import load
from udfs.codecs.encode import encode, encode_all
from udfs.codecs.fitting import MAX_KEY, MAX_OUTPUT
from udfs.codecs.reasons import RejectionReason
from udfs.codecs.rejected import MAX_ORIGINAL
from udfs.codecs.topics import Topics
from udfs.core.records import Action, Against, Answered, Decision, Outcome, Reason, Recall, Rejection, Score

TOPICS = Topics(actions="shop.actions.", decisions="shop.decisions", rejected="shop.rejected")
NOW = NOON + 5000


SCORES = {
    "churn": Score(
        score=0.2,
        model="churn:abc",
        reason="SCORED",
        role="challenger",
        took_us=41,
        instead_of=Answered(model="churn:def", score=None, reason="REFUSED"),
        shadow=Answered(model="churn:ghi", score=0.3, reason="SCORED", took_us=39),
    )
}


def decision(**changes: Any) -> Decision:
    fields: dict[str, Any] = {
        "decision_id": "d-1",
        "attempt": 0,
        "user_id": "zoë",
        "campaign": "cart",
        "campaign_version": "0123456789ab",
        "outcome": Outcome.ACTED,
        "reason": Reason.ELIGIBLE,
        "detail": None,
        "channel": "email",
        "variant": "discount",
        "probability": 0.5,
        "scores": {"propensity": Score(score=0.03, model="propensity:cold_start", reason="NO_MODEL")},
        "features": {"views_7d": 3, "share": 0.25, "last": "tent", "new": True, "unknown": None},
        "feature_version": "abc",
        "trigger_event_id": None,
        "at": NOON,
    }
    return Decision(**{**fields, **changes})


def action(**changes: Any) -> Action:
    fields: dict[str, Any] = {
        "decision_id": "d-1",
        "attempt": 0,
        "user_id": "zoë",
        "campaign": "cart",
        "campaign_version": "0123456789ab",
        "variant": "discount",
        "channel": "email",
        "content": {"subject": "Dein Warenkorb", "body": "Grüße"},
        "offer": {"percent": 15, "pool": "SPRING"},
        "at": NOON,
        "decided_at": 0,
        "expires_at": NOON + 21_600_000,
    }
    return Action(**{**fields, **changes})


def recall(**changes: Any) -> Recall:
    fields: dict[str, Any] = {
        "decision_id": "d-1",
        "attempt": 0,
        "user_id": "zoë",
        "campaign": "cart",
        "channel": "email",
        "reason": Reason.EXITED,
        "detail": "order_completed",
        "trigger_event_id": "m-2",
        "at": NOON + 1000,
    }
    return Recall(**{**fields, **changes})


def rejected(original: bytes = b"{}", **changes: Any) -> Rejection:
    fields: dict[str, Any] = {"reason": RejectionReason.MALFORMED, "field": None, "message": "broken", "key": "zoë", "original": original, "at": NOON}
    return Rejection(**{**fields, **changes})


def written(record: Decision | Action | Recall | Rejection) -> dict[str, Any]:
    value = encode(record, decided_at=NOW, topics=TOPICS)[2]
    assert len(value) <= MAX_OUTPUT
    document: dict[str, Any] = json.loads(value)
    return document


@pytest.mark.parametrize(
    ("record", "topic"),
    [(decision(), "shop.decisions"), (action(), "shop.actions.email"), (action(channel="push"), "shop.actions.push"), (rejected(), "shop.rejected")],
)
def test_each_record_goes_to_its_topic_keyed_by_the_person(record: Decision | Action | Rejection, topic: str) -> None:
    assert encode(record, decided_at=NOW, topics=TOPICS)[:2] == (topic, "zoë".encode())


def test_the_wall_clock_is_stamped_on_a_copy() -> None:
    record = decision()
    assert (written(record)["decided_at"], record.decided_at) == (NOW, 0)
    assert written(action())["decided_at"] == NOW
    assert written(rejected())["rejected_at"] == NOW


def test_a_decision_says_everything_in_the_order_of_its_schema() -> None:
    document = written(decision())
    assert list(document) == list(Decision.__struct_fields__)
    assert document["features"] == {"views_7d": 3, "share": 0.25, "last": "tent", "new": True, "unknown": None}
    assert document["trigger_event_id"] is None


def test_a_feature_that_is_unknown_is_null() -> None:
    assert written(decision(features={"recency": float("nan")}))["features"] == {"recency": None}


def test_no_decision_holds_an_address_for_those_are_in_actions_only() -> None:
    features = {"from": "https://mail.example/?to=ada%40example.com", "latest": ["ada@example.com", "tent"], "call": "+44 20 7946 0958", "views": 3}
    sent = written(decision(features=features, detail="'ada@example.com' cannot be rounded"))
    assert sent["features"] == {"from": "https://mail.example/?to=[email]", "latest": '["[email]","tent"]', "call": "[number]", "views": 3}
    assert sent["detail"] == "'[email]' cannot be rounded"
    assert features["latest"] == ["ada@example.com", "tent"], "what the job goes on with is as it was"
    assert written(action(to="ada@example.com"))["to"] == "ada@example.com"


def test_a_rejection_carries_the_bytes() -> None:
    original = bytes(range(256))
    document = written(rejected(original))
    assert base64.b64decode(document["original"]) == original
    assert (document["truncated"], document["length"], document["sha256"]) == (False, 256, hashlib.sha256(original).hexdigest())


def test_a_large_original_is_cut_at_64_kib_with_the_hash_of_the_whole() -> None:
    original = b"x" * 5_000_000
    document = written(rejected(original))
    assert base64.b64decode(document["original"]) == original[:MAX_ORIGINAL]
    assert (document["truncated"], document["length"], document["sha256"]) == (True, 5_000_000, hashlib.sha256(original).hexdigest())


def test_an_original_of_exactly_64_kib_is_whole() -> None:
    assert written(rejected(b"x" * MAX_ORIGINAL))["truncated"] is False


def test_a_rejection_without_a_key_has_an_empty_one() -> None:
    assert encode(rejected(key=None), decided_at=NOW, topics=TOPICS)[1] == b""


def test_content_too_large_is_cut_with_hash_and_length_and_the_rest_stays() -> None:
    content = {"body": "ü" * 600_000}
    document = written(action(content=content))
    whole = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    assert document["content"] == {"truncated": document["content"]["truncated"], "sha256": hashlib.sha256(whole).hexdigest(), "length": len(whole)}
    assert document["content"]["truncated"].startswith('{"body":"üü')
    assert {**document, "content": None} == {**written(action()), "content": None}


def test_features_too_large_are_cut_and_the_decision_still_counts() -> None:
    document = written(decision(features={f"f{index}": "x" * 1000 for index in range(2000)}))
    assert set(document["features"]) == {"truncated", "sha256", "length"}
    assert document["outcome"] == "acted"


def test_text_too_large_stays_text() -> None:
    detail = written(decision(detail="x" * 2_000_000))["detail"]
    assert detail.startswith("xxx")
    assert "2000000 bytes, sha256 " in detail


def test_whatever_is_too_large_a_record_goes_out() -> None:
    large = "x" * 1_100_000
    assert written(rejected(b"y", message=large, key=large, field=large))["sha256"] == hashlib.sha256(b"y").hexdigest()


def test_escapes_count_as_the_bytes_they_become() -> None:
    assert written(action(content={"body": "\x01" * 300_000}))["content"]["length"] > MAX_OUTPUT


def kept(record: Decision | Action | Recall | Rejection, schema: str) -> dict[str, Any]:
    document = written(record)
    assert fastavro.validate(document, load(schema), strict=True, raise_errors=True)
    return document


def test_half_a_character_becomes_the_sign_for_what_cannot_be_read() -> None:
    torn = "a\ud800b"
    assert kept(action(content={"body": torn}, offer={torn: torn}), "action.avsc")["content"] == {"body": "a\ufffdb"}
    assert kept(decision(detail=torn, features={"last": torn}), "decision.avsc")["features"] == {"last": "a\ufffdb"}
    assert kept(rejected(key=torn, message=torn), "rejected.avsc")["key"] == "a\ufffdb"
    assert encode(rejected(key=torn), decided_at=NOW, topics=TOPICS)[1] == b"a?b"


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**200, 10**400])
def test_a_whole_number_beyond_64_bits_is_sent_as_a_double(number: int) -> None:
    as_double = float(number) if number < 10**300 else None
    assert kept(action(offer={"percent": number, "deep": {"a": [number]}}), "action.avsc")["offer"]["percent"] == as_double
    assert kept(decision(features={"sum": number}), "decision.avsc")["features"] == {"sum": as_double}


def test_what_is_nested_deeper_than_its_schema_is_sent_as_its_json() -> None:
    offer = {"flat": [1, {"a": 2}], "deep": [{"a": {"b": [1]}}], "deeper": {"a": [[1]], "b": {"c": {"d": "e"}}}, 5: (1, 2)}
    sent = kept(action(offer=offer), "action.avsc")["offer"]
    assert sent == {"flat": [1, {"a": 2}], "deep": [{"a": '{"b":[1]}'}], "deeper": {"a": ["[1]"], "b": {"c": '{"d":"e"}'}}, "5": [1, 2]}
    assert kept(decision(features={"last": {"a": 1}, "list": [1]}), "decision.avsc")["features"] == {"last": '{"a":1}', "list": "[1]"}


def test_a_list_too_large_is_cut_and_keeps_its_shape() -> None:
    against = [Against(channel=f"c{number}", reason=Reason.CAP_REACHED, detail="x" * 100_000) for number in range(500)]
    document = kept(decision(against=against), "decision.avsc")
    assert [each["channel"] for each in document["against"]] == [*(f"c{number}" for number in range(19)), "c19"]
    assert "[cut: 100000 bytes, sha256 " in document["against"][0]["detail"]
    assert "[cut: 480 more]" in document["against"][-1]["detail"]


@pytest.mark.parametrize("key", ["k" * 5_000, "ü" * 5_000, "\U0001f600" * 5_000])
def test_a_key_is_cut_between_two_characters(key: str) -> None:
    cut = encode(rejected(key=key), decided_at=NOW, topics=TOPICS)[1]
    assert MAX_KEY - 4 < len(cut) <= MAX_KEY
    assert key.startswith(cut.decode())


def test_an_action_without_a_topic_is_rejected_and_its_decision_does_not_say_that_it_acted() -> None:
    only_email = Topics(channels=frozenset({"email"}))
    other = decision(decision_id="d-2")
    records: list[Decision | Action] = [decision(channel="push"), action(channel="push"), other, action(decision_id="d-2")]
    sent = [(topic, json.loads(value)) for topic, _, value in encode_all(records, decided_at=NOW, topics=only_email)]
    assert [topic for topic, _ in sent] == ["decisions", "rejected", "decisions", "actions.email"]
    assert [(told["outcome"], told["reason"]) for topic, told in sent if topic == "decisions"] == [
        ("withheld", "ENGINE_FAILED"),
        ("acted", "ELIGIBLE"),
    ]
    refused = sent[1][1]
    assert (refused["reason"], refused["field"], refused["key"]) == ("UNSENDABLE", "channel", "zoë")
    assert "--channels" in refused["message"]
    assert b"'discount'" in base64.b64decode(refused["original"])
