"""`kairos profiles touch`: whose profile the job is to look at, and that nothing else comes of it."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.arrivals.counted import arrivals
from services.kafka import client
from services.replay import touch as touching
from services.replay.touch import customers_in, touch
from tests.builders import MONDAY
from udfs.codecs.decode import HEARTBEAT
from udfs.core.values.errors import InvalidInput

EVENT = b'{"type": "track", "event": "signed_up", "timestamp": "2026-01-05T00:00:00Z", "userId": "%s"}'


class Sender:
    """Stands in for a producer: keeps what is sent, and counts what was waited for."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes, int]] = []
        self.waited = 0

    def send(self, topic: str, *, key: bytes, value: bytes, timestamp_ms: int) -> "Sender":
        self.sent.append((topic, key, value, timestamp_ms))
        return self

    def get(self, timeout: float) -> None:
        assert timeout > 0
        self.waited += 1

    def close(self, timeout: float) -> None:
        assert self.waited == len(self.sent)


def written(folder: Path, *lines: bytes, name: str = "customers.txt") -> Path:
    file = folder / name
    file.write_bytes(b"\n".join(lines))
    return file


@pytest.mark.parametrize(
    "lines",
    [
        [b"ada", b"bo"],
        [b"ada", b"", b"  bo  ", b"ada"],
        [b"\xef\xbb\xbfada\r", b"bo\r", b""],
        [EVENT % b"ada", EVENT % b"bo", EVENT % b"ada"],
        [b'{"anonymousId": "ada"}', b"bo"],
    ],
)
def test_each_customer_of_a_file_is_named_once(tmp_path: Path, lines: list[bytes]) -> None:
    assert customers_in(written(tmp_path, *lines)) == [b"ada", b"bo"]


def test_a_file_may_be_compressed(tmp_path: Path) -> None:
    assert customers_in(written(tmp_path, gzip.compress(b"ada\nbo\n"), name="customers.jsonl.gz")) == [b"ada", b"bo"]


@pytest.mark.parametrize("line", [b'{"type": "track"}', b"{broken", b"[]"])
def test_a_line_that_names_nobody_is_told_with_its_number(tmp_path: Path, line: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"customers\.txt:2: names no customer") as told:
        customers_in(written(tmp_path, b"ada", line))
    assert told.value.hint


def test_every_touch_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touching, "AT_ONCE", 2)
    sender: Any = Sender()
    assert touch(sender, "events", [b"a", b"b", b"c", b"d", b"e"], at=7) == 5
    assert sender.waited == 5
    assert sender.sent[0] == ("events", b"a", HEARTBEAT, 7)


def test_the_command_sends_with_the_time_of_the_newest_record_and_a_dry_run_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sender, file = Sender(), str(written(tmp_path, b"ada", b"bo"))
    monkeypatch.setattr(client, "producer", lambda brokers: sender)
    monkeypatch.setattr(client, "end_offsets", lambda brokers, topic: {0: 5})
    monkeypatch.setattr(client, "newest", lambda brokers, topic: 1_234)
    dry = CliRunner().invoke(kairos, ["profiles", "touch", file, "--topic", "events", "--dry-run", "--brokers", "b:1"])
    assert dry.output == "2 customers would be touched on events\n"
    assert sender.sent == []
    ran = CliRunner().invoke(kairos, ["profiles", "touch", file, "--topic", "events", "--brokers", "b:1"])
    assert ran.output == "2 customers touched on events\n"
    assert {(key, at) for _, key, _, at in sender.sent} == {(b"ada", 1_234), (b"bo", 1_234)}


def test_who_reads_the_topic_takes_a_touch_for_no_event() -> None:
    found = arrivals([(b"ada", HEARTBEAT, MONDAY), (b"", HEARTBEAT, MONDAY), (b"ada", EVENT % b"ada", MONDAY)])
    assert (found.records, found.rejected) == (1, 0)
