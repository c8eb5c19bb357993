"""Looks for marks in all that a running stack shows and keeps: topics, REST pages, metrics, logs, working files, checkpoints, and the lake."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from jobs.options import Options
from jobs.read_to_end import read_to_end
from services.devstack.settings import Settings
from services.kafka.client import consumer
from services.lake import rows
from services.lake.store import Lake
from tests.marked.belongs import NOTHING, STATE, WAITING
from tests.marked.judge import Judged
from udfs.codecs.routes import with_topics

STATES = {"savepoints": STATE, "claimed": STATE, "checkpoints": WAITING, "changelog": WAITING}
"""Folders of a stack in which the job's state is written. When the savepoint of this test is made, nobody waits."""
BROKER = ("kafka", "zookeeper")
"""The topics themselves, which are read as topics."""
PROGRAMS = (".jar", ".zip", ".so", ".pyc")
OURS = ("flink", "kafka-conf", "job", "releases")
"""What is installed, as links and archives."""
SUBMITTED = "blobStorage"
"""Where Flink keeps the jars and archives of jobs."""


def scan(settings: Settings, options: Options, lake: Path) -> Judged:
    """Everything there is now."""
    found = Judged()
    topics(found, options)
    files(found, settings.home, lake)
    tables(found, lake)
    for path, page in pages(settings):
        found.look("REST pages", page)
        found.look("REST pages", path.encode())
    for port in (settings.metrics_port, settings.heartbeat_metrics_port):
        found.look("metrics", _get(f"http://127.0.0.1:{port}/metrics"))
    return found


def topics(found: Judged, options: Options) -> None:
    """What the job writes, also what it has taken back; and what is published."""
    for route in with_topics():
        for name in options.topics.of(route):
            for key, value in _records(options, name):
                found.record(route.name, key, value)
    for name in (options.control_topic, options.arms_topic):
        for key, value in _records(options, name):
            found.look("control", (key or b"") + (value or b""))


def _records(options: Options, topic: str) -> Iterator[tuple[bytes | None, bytes | None]]:
    with closing(consumer(options.brokers, [topic], committed=False)) as reader:
        for records in read_to_end(reader):
            yield from ((record.key, record.value) for record in records)


def files(found: Judged, home: Path, lake: Path) -> None:
    """Every file of the stack, but what is installed and the broker's own."""
    for path in _below(home):
        folder = path.relative_to(home).parts[0]
        if path.is_symlink() or folder in BROKER + OURS or path.suffix in PROGRAMS or SUBMITTED in path.parts or path.is_relative_to(lake):
            continue
        where = folder if folder in STATES or folder == "logs" else "working files"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue  # a checkpoint has given way to the next
        found.look(where, str(path).encode() + b"\n" + content, STATES.get(folder, NOTHING))


def _below(folder: Path) -> Iterator[Path]:
    """Files, but those that go while they are looked for, as old checkpoints do."""
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in names)


def tables(found: Judged, place: Path) -> None:
    """Every row of the lake."""
    lake = Lake(place)
    for table in ("events", "decisions", "segments", "outcomes"):
        finished = [file for file in lake.finished() if file.table == table]
        for batch in rows.batches(lake, finished):
            for row in batch.to_pylist():
                found.row(table, row)
    for path in _below(place):
        if not path.name.startswith("part-"):
            found.look("lake: other files", path.name.encode() + b"\n" + path.read_bytes())


def pages(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Every page of Flink that tells something of the cluster, its jobs and its processes."""
    for address in settings.job_manager_addresses.split(","):
        for path in _paths(address):
            yield path, _get(address + path)


def _paths(address: str) -> Iterator[str]:
    yield from ("/config", "/overview", "/jobs/overview", "/jobs/metrics", "/dataset", "/jars", "/taskmanagers", "/taskmanagers/metrics")
    yield from (f"/jobmanager/{each}" for each in ("config", "environment", "metrics", "logs", "log", "stdout", "thread-dump"))
    yield from (f"/jobmanager/logs/{each['name']}" for each in _json(address, "/jobmanager/logs").get("logs", []))
    for each in _json(address, "/taskmanagers")["taskmanagers"]:
        base = f"/taskmanagers/{each['id']}"
        yield base
        yield from (f"{base}/{part}" for part in ("metrics", "logs", "log", "stdout", "thread-dump"))
        yield from (f"{base}/logs/{log['name']}" for log in _json(address, f"{base}/logs").get("logs", []))
    for job in _json(address, "/jobs/overview")["jobs"]:
        yield from _of_job(address, f"/jobs/{job['jid']}")


def _of_job(address: str, base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}/{part}" for part in ("plan", "config", "exceptions", "accumulators", "checkpoints", "checkpoints/config", "metrics"))
    yield from (f"{base}/checkpoints/details/{each['id']}" for each in _json(address, f"{base}/checkpoints").get("history", []))
    for vertex in _json(address, base)["vertices"]:
        inner = f"{base}/vertices/{vertex['id']}"
        yield inner
        yield from (f"{inner}/{part}" for part in ("accumulators", "metrics", "subtasks/metrics", "subtasks/accumulators", "subtasktimes"))
        yield from (f"{inner}/{part}" for part in ("taskmanagers", "watermarks", "backpressure", "flamegraph"))
        names = ",".join(each["id"] for each in _json(address, f"{inner}/metrics"))
        yield f"{inner}/metrics?get={urllib.parse.quote(names)}" if names and len(names) < 6_000 else inner


def _json(address: str, path: str) -> Any:
    try:
        return json.loads(_get(address + path))
    except ValueError:
        return {}


def _get(url: str) -> bytes:
    """The page; of one that cannot be had what is said about it, which is a page, too."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.read()
