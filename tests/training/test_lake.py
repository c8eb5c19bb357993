"""What is learned from the lake is what would be learned from the events themselves."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from services.replay.segment import segment_spec
from tests.builders import DAY, book
from tests.lake.filled import KNOWN, put
from tests.training.shop import features, history
from training.command import training
from training.errors import HistoryError
from training.lake import read
from training.replay import Replay
from udfs.codecs.decode import decode

PROBE = {"campaign": "after-order", "trigger": {"event": "order_completed"}, "variants": {"probe": {"channel": "email", "content": {"body": "x"}}}}


def filled(folder: Path, lines: Path) -> Path:
    """The lake that the job would make of a file of events."""
    days: dict[int, list[tuple[str, dict[str, Any], int]]] = {}
    for record in segment_spec(lines).records:
        days.setdefault(record.at // DAY, []).append((record.key.decode(), json.loads(record.value), record.at))
    for day, records in days.items():
        put(folder, "events", records, name=f"part-{day}", first=1000 * day)
    return folder


def test_rows_of_the_lake_are_those_of_the_events_with_pseudonyms_for_people(tmp_path: Path) -> None:
    lines = history(tmp_path / "events.jsonl", users=12, days=60)
    lake = filled(tmp_path / "lake", lines)
    told = msgspec.json.encode  # features may hold any value
    declared = YAML(typ="safe").load(features(tmp_path))

    def seen(events: Any, rename: bool) -> list[tuple[int, str, bytes]]:  # noqa: FBT001
        replay = Replay(book(declared, PROBE), goal="order_completed", campaign="after-order")
        return sorted(
            (each.decision.at, KNOWN.of(each.decision.user_id) if rename else each.decision.user_id, told(each.decision.features))
            for each in replay.decisions(events)
        )

    of_events, of_lake = seen(segment_spec(lines), True), seen(read(str(lake)), False)
    assert of_events == of_lake
    assert len(of_lake) > 50


@pytest.mark.parametrize(
    "event",
    [
        {
            "type": "track",
            "event": "Product Added",
            "userId": "ada",
            "anonymousId": "b7",
            "properties": {"product_id": "p", "price": 1.5, "quantity": 2},
        },
        {"type": "track", "event": "Something Own", "anonymousId": "b7", "properties": {"deep": {"er": [1, {"a": None}]}}},
        {"type": "identify", "userId": "ada", "traits": {"plan": "pro", "country": "DE", "email_reachable": False}},
        {"type": "page", "userId": "ada", "name": "Home", "category": "start", "properties": {}},
        {"type": "alias", "userId": "ada", "previousId": "b7"},
        {"type": "group", "userId": "ada", "groupId": "acme", "traits": {"employees": 7}},
        {"type": "track", "event": "Consent Granted", "userId": "ada", "properties": {"purpose": "marketing", "channel": "email"}},
        {"type": "track", "event": "X", "userId": "ada", "context": {"locale": "de-DE", "consent": {"categoryPreferences": {"marketing": False}}}},
    ],
)
def test_an_event_comes_back_as_the_job_read_it(tmp_path: Path, event: dict[str, Any]) -> None:
    sent = {**event, "messageId": "a message that is long enough", "timestamp": "2026-03-02T10:00:00Z"}
    key, at = str(sent.get("userId", sent.get("anonymousId"))), 1_772_445_605_000
    first = decode(key.encode(), json.dumps(sent).encode(), at)
    put(tmp_path, "events", [(key, sent, at)], name="part-0")
    record = next(iter(read(str(tmp_path)).records))
    again = decode(record.key, record.value, record.at)
    ids = {"user_id": KNOWN.of(key), "message_id": KNOWN.record("a message that is long enough")}
    assert again == msgspec.structs.replace(first, **ids, **changed(first))


def changed(event: Any) -> dict[str, Any]:
    """What else is another name in the lake."""
    other = {"previous_id", "group_id"}
    properties = {name: KNOWN.of(value) if name in other else value for name, value in event.properties.items()}
    return {"properties": properties, "anonymous_id": None if event.anonymous_id is None else KNOWN.of(event.anonymous_id)}


def test_a_lake_without_events_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="holds no event"):
        read(str(tmp_path / "none"))


@pytest.mark.slow
def test_training_learns_from_a_lake(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", history(tmp_path / "events.jsonl", users=40))
    words = [
        "--lake",
        str(lake),
        "--features",
        str(features(tmp_path)),
        "--within",
        "5d",
        "--out",
        str(tmp_path / "out"),
        "--store",
        str(tmp_path / "store"),
    ]
    ran = CliRunner().invoke(training, words)
    assert ran.exit_code == 0, ran.output
    card = (tmp_path / "out" / "card.md").read_text() if (tmp_path / "out" / "card.md").exists() else next(tmp_path.rglob("card.md")).read_text()
    assert "lake lake" in card


def test_two_histories_are_refused(tmp_path: Path) -> None:
    ran = CliRunner().invoke(training, ["--lake", str(tmp_path), "--history", str(tmp_path / "x.jsonl")])
    assert ran.exit_code == 1
    assert "two histories" in ran.output
