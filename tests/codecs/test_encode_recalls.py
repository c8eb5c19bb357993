"""Actions and recalls share a topic: a recall follows its action, and readers tell the two apart."""

import json
from io import BytesIO
from typing import Any

import fastavro

from tests.codecs.test_encode import NOW, TOPICS, action, decision, recall, written
from tests.schemas.test_schemas import load
from udfs.codecs.avro import fingerprint_of
from udfs.codecs.encode import encode, encode_all
from udfs.codecs.topics import Topics
from udfs.core.records import Action, Recall


def test_a_recall_follows_its_action_to_the_same_partition() -> None:
    """Same topic, same key: whoever reads in order finds it after its action."""
    for channel in ("email", "push"):
        assert (
            encode(recall(channel=channel), decided_at=NOW, topics=TOPICS)[:2] == encode(action(channel=channel), decided_at=NOW, topics=TOPICS)[:2]
        )
    document = written(recall())
    assert (document["decision_id"], document["reason"], document["decided_at"]) == ("d-1", "EXITED", NOW)


def test_json_says_first_whether_it_is_an_action_or_a_recall() -> None:
    both: list[Action | Recall] = [action(), recall()]
    assert [next(iter(written(each).items())) for each in both] == [("kind", "action"), ("kind", "recall")]
    odd: list[Action | Recall] = [
        action(content={"body": "x" * 2_000_000}),
        action(user_id="a\ud800"),
        recall(detail="x" * 2_000_000),
        recall(user_id="a\ud800"),
    ]
    assert [next(iter(written(each).items())) for each in odd] == [("kind", "action")] * 2 + [("kind", "recall")] * 2
    assert "kind" not in written(decision())


def test_a_recall_on_a_channel_that_is_not_deployed_is_rejected_and_withholds_no_decision() -> None:
    records: list[Any] = [decision(), recall(channel="push")]
    sent = [(topic, json.loads(value)) for topic, _, value in encode_all(records, decided_at=NOW, topics=Topics(channels=("email",)))]
    assert [topic for topic, _ in sent] == ["decisions", "rejected"]
    assert sent[0][1]["outcome"] == "acted"


def test_avro_tells_an_action_from_a_recall_by_the_fingerprint_of_its_schema() -> None:
    """Whoever converts the topic to Avro writes single objects: C3 01, the fingerprint, the body."""
    marks: dict[str, bytes] = {}
    records: list[tuple[str, Action | Recall]] = [("action.avsc", action()), ("recall.avsc", recall())]
    for name, record in records:
        schema = fastavro.parse_schema(load(name))
        body = BytesIO()
        fastavro.schemaless_writer(body, schema, written(record))
        body.seek(0)
        assert fastavro.schemaless_reader(body, schema, None, return_record_name=False)["decision_id"] == "d-1"
        marks[name] = fingerprint_of(load(name))
    assert len(set(marks.values())) == 2


def test_an_action_of_a_version_before_kinds_is_read_as_an_action() -> None:
    old = {**load("action.avsc"), "fields": load("action.avsc")["fields"][1:]}
    body = BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(old), {key: value for key, value in written(action()).items() if key != "kind"})
    body.seek(0)
    assert fastavro.schemaless_reader(body, fastavro.parse_schema(old), fastavro.parse_schema(load("action.avsc")))["kind"] == "action"
