"""A file of Segment events becomes history: every line, as it is, in order of time."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.replay.records import History, ReplayError
from services.replay.segment import key_of, segment, segment_spec
from udfs.codecs.decode import decode, decode_all
from udfs.core.records import Event, Rejection

NOON = 1_767_614_400_000
"""2026-01-05 12:00 UTC."""


def event(number: int, at: Any = "2026-01-05T12:00:00Z", **fields: Any) -> str:
    return json.dumps({"messageId": str(number), "userId": "ada", "timestamp": at, **fields})


def history(folder: Path, *lines: str) -> History:
    path = folder / "events.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return segment_spec(path)


def ids(read: History) -> list[str]:
    return [json.loads(record.value)["messageId"] for record in read.records]


def test_lines_keep_their_bytes_and_take_their_own_time_and_key(tmp_path: Path) -> None:
    line = '{ "messageId":"1",  "userId":"ada", "timestamp":"2026-01-05T13:00:00+01:00", "x":[1.50, 1e2] }'
    read = history(tmp_path, line)
    assert (read.events, read.note) == (1, None)
    [record] = read.records
    assert record == (NOON, b"ada", line.encode(), 1)


def test_an_unsorted_file_is_sorted_first_and_says_so(tmp_path: Path) -> None:
    read = history(tmp_path, event(1, NOON + 2000), event(2, NOON), "", event(3, NOON + 2000), event(4, NOON + 1000), event(5, NOON))
    assert read.note is not None
    assert "3 of 5 lines not in order" in read.note
    records = list(read.records)
    assert [record.at - NOON for record in records] == [0, 0, 1000, 2000, 2000]
    assert [json.loads(record.value)["messageId"] for record in records] == ["2", "5", "4", "1", "3"]  # equal times keep their order


def test_blank_lines_are_skipped_wherever_they_stand(tmp_path: Path) -> None:
    read = history(tmp_path, "", event(1), "   ", "", event(2), "\r", "")
    assert read.events == 2
    assert ids(read) == ["1", "2"]


def test_a_broken_line_is_sent_in_its_place_under_whatever_id_it_shows(tmp_path: Path) -> None:
    broken = '{"userId": "ada", "properties": {'
    read = history(tmp_path, "nonsense", event(1, NOON), broken, event(2, NOON + 1), event(3, "yesterday"))
    assert list(read.records) == [
        (NOON, b"unreadable", b"nonsense", 1),  # nothing stands before it: it takes the first time there is
        (NOON, b"ada", event(1, NOON).encode(), 2),
        (NOON, b"ada", broken.encode(), 3),
        (NOON + 1, b"ada", event(2, NOON + 1).encode(), 4),
        (NOON + 1, b"ada", event(3, "yesterday").encode(), 5),
    ]


def test_a_line_without_a_time_keeps_its_neighbour_when_the_file_is_sorted(tmp_path: Path) -> None:
    read = history(tmp_path, event(1, NOON + 5000), "broken", event(2, NOON))
    assert [record.value for record in read.records] == [event(2, NOON).encode(), event(1, NOON + 5000).encode(), b"broken"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"userId": "ada", "anonymousId": "a1"}', b"ada"),
        ('{"userId": null, "anonymousId": "a1"}', b"a1"),
        ('{"userId": "", "anonymousId": "a1"}', b"a1"),
        ('{"userId": 17850}', b"17850"),
        ('{"userId": 0}', b"unreadable"),
        ('{"userId": "null", "anonymousId": "a1"}', b"a1"),
        ('{"userId": 4711.0}', b"4711"),
        ('{"userId": " ", "anonymousId": "a1"}', b"a1"),
        ('{"message_id": "1", "user_id": "ada"}', b"ada"),
        ('{"userId": true}', b"unreadable"),
        ('{"userId": ["ada"]}', b"unreadable"),
        ("[1, 2]", b"unreadable"),
        ('{"anonymousId": "a1", ', b"a1"),
        ('{"userId": "żaneta"}', "żaneta".encode()),
    ],
)
def test_the_key_is_the_user_id_else_the_anonymous_id_and_never_empty(line: str, key: bytes) -> None:
    assert key_of(line.encode()) == key


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_decode_never_finds_fault_with_the_key(user: Any) -> None:
    line = json.dumps({"messageId": "1", "type": "page", "userId": user, "anonymousId": "a1"}).encode()
    answer = decode(key_of(line), line, NOON)
    assert isinstance(answer, Event) or answer.field != "key"


@given(st.binary())
def test_any_bytes_get_a_key(line: bytes) -> None:
    assert key_of(line)
    assert key_of(b'{"userId": "' + line)


def test_a_batch_is_a_line_for_each_of_its_messages_each_under_its_own_key(tmp_path: Path) -> None:
    batch = json.dumps({"batch": [json.loads(event(1, NOON)), json.loads(event(2, NOON + 1, userId="bo"))], "writeKey": "app"})
    read = history(tmp_path, batch, event(3, NOON + 2))
    assert read.events == 3
    records = list(read.records)
    assert [(record.at, record.key) for record in records] == [(NOON, b"ada"), (NOON + 1, b"bo"), (NOON + 2, b"ada")]
    assert [json.loads(record.value).get("writeKey") for record in records] == ["app", "app", None]


def test_what_only_looks_like_a_batch_is_sent_as_it_is(tmp_path: Path) -> None:
    lines = [event(1, NOON, properties={"note": "batch", "batch": 7}), '{"batch": "x"}']
    assert [record.value.decode() for record in history(tmp_path, *lines).records] == lines


def test_an_event_that_was_sent_later_keeps_its_time_and_is_not_corrected_twice(tmp_path: Path) -> None:
    """Nothing says when a line of a file was received, but that cannot have been before it was sent."""
    (record,) = history(tmp_path, event(1, NOON, type="page", sentAt=NOON + 7_200_000)).records
    assert record.at == NOON
    for arrives in (NOON, NOON + 7_200_000, NOON + 86_400_000):
        read = decode(record.key, record.value, arrives)
        assert isinstance(read, Event)
        assert read.at == NOON


def test_an_event_of_a_slow_clock_is_corrected_by_when_it_was_received(tmp_path: Path) -> None:
    slow = {"originalTimestamp": NOON - 7_200_000, "sentAt": NOON - 7_140_000, "receivedAt": NOON}
    (record,) = history(tmp_path, event(1, None, type="page", **slow)).records
    read = decode(record.key, record.value, NOON)
    assert isinstance(read, Event)
    assert record.at == read.at == NOON - 60_000


def test_what_a_server_has_corrected_is_left_as_it_is(tmp_path: Path) -> None:
    line = event(1, NOON, originalTimestamp=NOON - 5, sentAt=NOON, receivedAt=NOON + 5)
    assert [record.value.decode() for record in history(tmp_path, line).records] == [line]


def test_a_packed_file_and_a_pipe_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "\n".join([event(2, NOON + 1), event(1, NOON)]).encode()
    packed = tmp_path / "events.jsonl.gz"
    packed.write_bytes(gzip.compress(lines))
    assert ids(segment_spec(packed)) == ["1", "2"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert ids(segment_spec(Path("-"))) == ["1", "2"]


def test_what_is_no_file_of_lines_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"jq -c"):
        history(tmp_path, "[", event(1) + ",", event(2), "]")
    with pytest.raises(ReplayError, match="nowhere"):
        segment_spec(tmp_path / "nowhere.jsonl")
    torn = tmp_path / "torn.jsonl.gz"
    torn.write_bytes(gzip.compress(b"{}\n" * 1000)[:-10])
    with pytest.raises(ReplayError, match="cannot be read"):
        segment_spec(torn)


def test_an_empty_file_is_an_empty_history(tmp_path: Path) -> None:
    read = history(tmp_path, "")
    assert (read.events, list(read.records)) == (0, [])


@pytest.mark.parametrize("field", ["timestamp", "originalTimestamp", "receivedAt"])
@pytest.mark.parametrize("is_batch", ["alone", "batch"])
def test_a_time_that_cannot_be_read_is_reported_of_a_file_as_of_the_topic(field: str, is_batch: str, tmp_path: Path) -> None:
    sent = {"type": "track", "event": "x", "userId": "ann", "messageId": "m", field: "garbage"}
    line = {"batch": [sent], "sentAt": "2026-03-02T10:05:00Z"} if is_batch == "batch" else {**sent, "sentAt": "2026-03-02T10:05:00Z"}
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(line))
    (record,) = segment(file).records
    told = [
        [(each.field, each.message, each.accepted) for each in decode_all(b"ann", value, record.at) if isinstance(each, Rejection)]
        for value in (record.value, json.dumps(line).encode())
    ]
    assert told[0] == told[1]
    assert [field for field, _, _ in told[0]] == [field]


def test_lines_without_a_time_are_named_with_the_time_that_was_used(tmp_path: Path) -> None:
    def row(n: int, **more: Any) -> str:
        return json.dumps({"type": "track", "event": "go", "userId": "u", "messageId": str(n), **more})

    told = [row(1), row(2, timestamp="2026-01-05T09:00:00Z"), row(3, timestamp="yesterday"), "nonsense", row(4, timestamp=NOON)]
    path = tmp_path / "e.jsonl"
    path.write_text("".join(f"{line}\n" for line in told))
    note = segment_spec(path).note
    assert note is not None
    assert "2 lines have no time that can be read" in note
    assert "(line 1: 2026-01-05T09:00:00Z, line 3: 2026-01-05T09:00:00Z)" in note
    path.write_text("".join(f"{row(n)}\n" for n in range(9)) + row(9, timestamp=NOON))
    assert " and 4 more)" in str(segment_spec(path).note)
    found = [each for record in segment_spec(path).records for each in decode_all(record.key, record.value, record.at)]
    assert {each.at for each in found if isinstance(each, Event)} == {NOON}


@pytest.mark.parametrize(
    "times", [{"timestamp": "yesterday"}, {"timestamp": "yesterday", "sentAt": "nor this"}, {"originalTimestamp": "no", "sentAt": "no"}]
)
def test_the_report_about_a_time_that_cannot_be_read_says_which_was_used(times: dict[str, str]) -> None:
    payload = {"type": "track", "event": "go", "userId": "u", "messageId": "m", **times}
    found = decode_all(b"u", json.dumps(payload).encode(), NOON)
    reports = [each for each in found if isinstance(each, Rejection)]
    assert len(reports) == len(times)
    assert all(each.message.endswith("; 2026-01-05 12:00:00 UTC is used instead") for each in reports)
