"""A broker that is killed in the middle of a replay: what was sent is found on the topic again, and every line is there once."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from jobs.kafka.connect import KafkaUnavailable
from jobs.read_to_end import read_to_end
from services.devstack import broker, lifecycle, ports, processes
from services.devstack.settings import Settings
from services.kafka.client import Topic, consumer, ensure_topics, producer
from services.replay.records import ReplayError
from services.replay.run import Replayed, Target, replay
from services.replay.segment import segment_spec
from tests.cluster.deployment import START, until
from tests.cluster.test_replay import Quiet
from tests.conftest import settings_in

pytestmark = [pytest.mark.cluster, pytest.mark.apart]

LINES = 12_000
RATE = 3_000.0
TOPIC = "history"


class Broker:
    """A broker on its own, to kill and to start again: its keeper is the test."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def start(self) -> None:
        processes.start(broker.program(self.settings), pids=self.settings.pids)

    def kill(self) -> None:
        found = processes.process("broker", pids=self.settings.pids)
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        found.wait(10)

    def wait(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while ports.is_free(self.settings.broker_port) or not lifecycle._broker_answers(self.settings):
            assert time.monotonic() < deadline, processes.tail(self.settings.logs / "broker.log")
            time.sleep(0.1)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Broker]:
    found = Broker(settings_in(tmp_path / "home"))
    found.settings.save()
    found.start()
    try:
        found.wait()
        ensure_topics(found.settings.brokers, [Topic(name=TOPIC, partitions=4, config={"retention.ms": "-1"})])
        yield found
    finally:
        processes.stop(["broker"], pids=found.settings.pids, grace=1)


def history(folder: Path, lines: int = LINES) -> Path:
    """Events of 50 customers, each numbered."""
    path = folder / "history.jsonl"
    with path.open("w") as file:
        for number in range(lines):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START // 1000 + number))
            event = {"type": "track", "event": "Product Viewed", "userId": f"u{number % 50}", "messageId": f"m{number}", "timestamp": at}
            file.write(json.dumps(event) + "\n")
    return path


def on_topic(settings: Settings) -> list[tuple[str, int]]:
    """(customer, number) of every line on the topic, partition by partition, in order."""
    reader = consumer(settings.brokers, [TOPIC], committed=False)
    read = (record for records in read_to_end(reader) for record in records)
    found = [(record.key.decode(), int(json.loads(record.value)["messageId"][1:])) for record in read if record.key and record.key != b"x"]
    reader.close()
    return found


def each_once(found: list[tuple[str, int]], lines: int = LINES) -> None:
    numbers = [number for _, number in found]
    assert len(numbers) - len(set(numbers)) == 0, "lines are duplicated"
    assert sorted(numbers) == list(range(lines))
    for user in {user for user, _ in found}:
        mine = [number for each, number in found if each == user]
        assert mine == sorted(mine), "one customer's events keep their order"


def run(alone: Broker, path: Path, watcher: Quiet, patience: float) -> Replayed:
    target = Target(brokers=alone.settings.brokers, topic=TOPIC, rest="http://127.0.0.1:9")
    return replay(segment_spec(path), target, rate=RATE, drain=1000, wait=False, watcher=watcher, patience=patience)


@pytest.mark.parametrize("own_retries_ms", [120_000, 1_500])
def test_every_line_is_there_once_after_the_broker_was_killed(
    alone: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_retries_ms: int
) -> None:
    """Whether the producer lives through it or gives up, so that the topic has to be read; with another writer on the topic."""
    monkeypatch.setattr("services.replay.delivery.DELIVERY_MS", own_retries_ms)
    watcher, stop = Quiet(), threading.Event()
    path = history(tmp_path)

    def another_writer() -> None:
        with closing(producer(alone.settings.brokers)) as other:  # it waits for the broker, too
            while not stop.wait(0.02):
                other.send(TOPIC, key=b"x", value=b"{}", timestamp_ms=START, headers=[("replay", b"of-another:1")])

    def outage() -> None:
        time.sleep(1.5)
        alone.kill()
        time.sleep(4)
        alone.start()

    beside = [threading.Thread(target=job, daemon=True) for job in (outage, another_writer)]
    for thread in beside:
        thread.start()
    try:
        done = run(alone, path, watcher, patience=60.0)
    finally:
        stop.set()
        for thread in beside:
            thread.join(60)
    assert done.sent.events == LINES
    each_once(on_topic(alone.settings))
    assert any("waiting for the broker" in line for line in watcher.warnings), watcher.warnings


def test_patience_ends_with_what_is_on_the_topic(alone: Broker, tmp_path: Path) -> None:
    threading.Timer(1.0, alone.kill).start()
    began = time.monotonic()
    with pytest.raises(ReplayError, match=r"waited 4 s in all.*--patience.*\d+ of its events are on the topic") as told:
        run(alone, history(tmp_path), Quiet(), patience=4.0)
    assert time.monotonic() - began < 30
    assert "kairos up" in str(told.value)


def test_a_broker_that_is_not_there_at_all_is_not_waited_for(alone: Broker, tmp_path: Path) -> None:
    alone.kill()
    began = time.monotonic()
    with pytest.raises(KafkaUnavailable, match="kairos up"):
        run(alone, history(tmp_path, 10), Quiet(), patience=60.0)
    assert time.monotonic() - began < 15


def test_the_command_waits_and_says_so_and_ctrl_c_says_what_is_there(alone: Broker, tmp_path: Path) -> None:
    path = history(tmp_path)
    command = [sys.executable, "-m", "cli.main", "replay", str(path), "--brokers", alone.settings.brokers, "--topic", TOPIC, "--no-wait"]
    with subprocess.Popen([*command, "--rate", "1000", "--rest", "http://127.0.0.1:9"], stderr=subprocess.PIPE, text=True) as going:
        until(lambda: len(on_topic(alone.settings)) > 500)
        going.send_signal(signal.SIGINT)
        _, said = going.communicate(timeout=60)
    assert going.returncode == 130
    assert "Traceback" not in said
    found = re.search(r"interrupted: the first ([\d,]+) of 12,000 events are on the topic '\w+'(?:, and maybe up to ([\d,]+) more)?", said)
    assert found, said
    certain, perhaps = (int((number or "0").replace(",", "")) for number in found.groups())
    there = on_topic(alone.settings)
    assert certain <= len(there) <= certain + perhaps
    each_once(there, len(there))
