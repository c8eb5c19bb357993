"""The lake holds what its topics hold, once, whatever happens to the job; nobody who was erased is in it, and no secret is shown."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.lake_options import LakeOptions
from jobs.read_to_end import read_to_end
from services.devstack import lake as running
from services.devstack import lifecycle
from services.devstack.settings import Settings, load
from services.flink.rest import Rest
from services.kafka.client import consumer
from services.lake.ask import ask, opened
from services.lake.compact import compact
from services.lake.erase import erase
from services.lake.flush import flush
from services.lake.store import Lake
from tests.cluster.deployment import MINUTE, Deployment, shoppers, until
from udfs.lake.pseudonyms import Pseudonyms, add_key, read_keys

pytestmark = [pytest.mark.cluster, pytest.mark.apart, pytest.mark.timeout(1800)]
PATIENCE_S = 300
"""What is waited for takes seconds, and minutes on a busy machine."""
TABLES = ("events", "decisions", "segments", "outcomes")


def on_topic(deployment: Deployment, table: str) -> dict[tuple[int, int], dict[str, Any]]:
    """(partition, offset) -> what was sent, without heartbeats."""
    with closing(consumer(deployment.options.brokers, [f"{deployment.options.deployment}-{table}"])) as reader:
        records = [record for batch in read_to_end(reader) for record in batch]
    return {(record.partition, record.offset): json.loads(record.value) for record in records if record.key}


def in_lake(place: Lake, table: str) -> Counter[tuple[int, int, str]]:
    """(partition, offset, person) -> how many rows."""
    with opened(place) as connection:
        return Counter(ask(connection, f"SELECT topic_partition, topic_offset, person FROM {table}").fetchall())


def expected(records: Mapping[tuple[int, int], Mapping[str, Any]], known: Pseudonyms) -> Counter[tuple[int, int, str]]:
    return Counter((partition, offset, known.of(str(told.get("userId", told.get("user_id"))))) for (partition, offset), told in records.items())


def test_the_lake_equals_its_topics_through_a_kill_and_erased_people_are_gone(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    with (deployment.folder / "cart.yaml").open("a") as campaign:
        campaign.write("goal: {event: order_completed, value: revenue}\n")
    deployment.submit(restore="none")
    name = deployment.options.deployment
    keys = tmp_path / "keys"
    add_key(keys)
    known = read_keys(keys)
    options = LakeOptions(
        brokers=stack.brokers,
        deployment=name,
        lake=str(tmp_path / "lake"),
        keys=str(keys),
        topics=",".join(f"{table}={name}-{table}" for table in TABLES),
        checkpoint_interval_ms=1_000,
    )
    job = running.submit(options, load(stack.home)).job
    rest, place = Rest(stack.rest), Lake(tmp_path / "lake")
    (host,) = {each.rpartition("-")[0] for each in rest.hosts(job)}
    victim = lifecycle.alive(load(stack.home))[host].pid
    events, owed = shoppers(600)
    stream = threading.Thread(target=deployment.send, args=(events,), kwargs={"per_second": 60})
    stream.start()
    until(lambda: in_lake(place, "events").total() > 100, seconds=PATIENCE_S)
    compact(place, now=time.time())  # files that the job has just finished are merged under its feet
    os.kill(victim, signal.SIGKILL)
    stream.join()
    deployment.beat(events[-1]["at"] + 40 * MINUTE)
    assert len(deployment.decisions(count=len(owed), seconds=PATIENCE_S)) == len(owed)
    wanted = {table: expected(on_topic(deployment, table), known) for table in TABLES}
    assert wanted["events"].total() == len(events)
    until(lambda: rest.runs(job) and bool(flush(rest, suffix="-lake")) and in_lake(place, "events").total() >= len(events), seconds=PATIENCE_S)
    flush(rest, suffix="-lake")
    for table in TABLES:
        assert in_lake(place, table) == wanted[table], table

    gone = ["user-7", "user-8", "user-9"]
    done = erase(place, gone, known, before=int(time.time() * 1000))
    left = {table: Counter({key: 1 for key in wanted[table] if key[2] not in {known.of(user) for user in gone}}) for table in TABLES}
    assert sum(done.rows.values()) == sum(wanted[table].total() - left[table].total() for table in TABLES) > 0
    assert in_lake(place, "events") == left["events"]
    assert in_lake(place, "decisions") == left["decisions"]

    # Another submit goes on from the savepoint: nothing is written twice, and nobody who was erased comes back.
    running.submit(replace(options, checkpoint_interval_ms=2_000), load(stack.home))
    more, _ = shoppers(20, start=events[-1]["at"] + MINUTE)
    deployment.send(json.loads(json.dumps(more).replace("user-", "newcomer-")))
    until(lambda: bool(flush(rest, suffix="-lake")) and in_lake(place, "events").total() == left["events"].total() + len(more), seconds=PATIENCE_S)

    secret = known.keys[1].hex()
    (again,) = [each["jid"] for each in rest.unfinished() if each["name"] == f"{name}-lake"]
    shown = json.dumps([rest.get(f"/jobs/{again}"), rest.get(f"/jobs/{again}/plan"), rest.get(f"/jobs/{again}/config")])
    assert "known_events" in shown
    logs = "".join(log.read_text(errors="replace") for log in stack.logs.glob("*"))
    for said in (secret, secret.upper(), known.keys[1].decode("latin-1")):
        assert said not in shown
        assert said not in logs
    for file in (tmp_path / "lake").rglob("*"):
        assert not file.is_file() or not any(said in file.read_bytes() for said in (b"user-", b"newcomer-"))
