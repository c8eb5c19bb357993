"""Marked personal data goes through a running job and the lake: no log, metric, page, checkpoint, topic or file shows more than belongs there."""

import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from jobs.lake_options import LakeOptions
from services.devstack import lake as running
from services.devstack.settings import Settings, load
from services.devstack.state import stop_with_savepoint
from services.flink.rest import Rest
from services.kafka.client import producer
from services.lake.flush import flush
from services.lake.store import Lake
from services.people.send import encoded, made
from services.replay.records import Record
from tests.cluster.deployment import MINUTE, START, Deployment, until
from tests.marked.marks import EVERY, Mark, mark
from tests.marked.said import SPREAD_MS, records
from tests.marked.scan import files, scan
from udfs.core.decision import erase
from udfs.core.decision.requests import PROFILE
from udfs.lake.pseudonyms import add_key

pytestmark = [pytest.mark.cluster, pytest.mark.apart, pytest.mark.timeout(1800)]
PEOPLE, ERASED = 200, 20
PATIENCE_S = 300
TABLES = ("events", "decisions", "segments", "outcomes")
CAMPAIGNS = """
campaign: left-cart
trigger: {idle: 30m, of: cart, unless: [order_completed, cart_cleared]}
when: cart.value > 99
goal: {event: order_completed, within: 1d}
variants:
  reminder: {channel: [email, sms, push], content: {subject: "Your cart waits", body: "Hello {{ user.first_name | default('you') }}"}}
send: {expires: 6h}
"""
FEATURES = Path("campaigns/features.yaml")


def send(deployment: Deployment, told: Sequence[Record]) -> None:
    with closing(producer(deployment.options.brokers, linger_ms=5)) as sender:
        sent = [sender.send(deployment.options.events_topic, key=each.key, value=each.value, timestamp_ms=each.at) for each in told]
        for each in sent:
            each.get(timeout=30)


def asked(name: str, number: int, at: int) -> Record:
    return Record(at, *encoded(made(name, mark(Mark.USER, number), as_user=name == erase.NAME), at=at))


def test_marks_are_nowhere_that_they_do_not_belong(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, link_ids="on", channels="email,sms,push")
    (tmp_path / "cart.yaml").write_text(CAMPAIGNS)
    (tmp_path / "features.yaml").write_text((Path(__file__).parents[2] / FEATURES).read_text())
    decided = deployment.submit(restore="none")
    name = deployment.options.deployment
    add_key(tmp_path / "keys")
    lake = stack.home / "lake-of-marks"
    options = LakeOptions(
        brokers=stack.brokers,
        deployment=name,
        lake=str(lake),
        keys=str(tmp_path / "keys"),
        topics=",".join(f"{table}={name}-{table}" for table in TABLES),
        checkpoint_interval_ms=1_000,
    )
    job = running.submit(options, load(stack.home)).job
    said = records(PEOPLE, START)
    send(deployment, said[: len(said) // 2])
    time.sleep(2)
    os.kill(deployment.task_manager(), signal.SIGKILL)
    send(deployment, said[len(said) // 2 :])
    end = START + PEOPLE * SPREAD_MS + 60 * MINUTE
    deployment.beat(end)
    assert deployment.decisions(count=PEOPLE // 2, seconds=PATIENCE_S)
    send(deployment, [asked(PROFILE, number, end) for number in range(PEOPLE)])
    send(deployment, [asked(erase.NAME, number, end) for number in range(ERASED)])
    assert len(deployment.read(deployment.options.topics["erasures"], count=ERASED, seconds=PATIENCE_S)) >= ERASED
    assert len(deployment.read(deployment.options.topics["responses"], count=PEOPLE, seconds=PATIENCE_S)) >= PEOPLE  # so nobody waits
    until(lambda: bool(flush(Rest(stack.rest), suffix="-lake")) and any(file.table == "decisions" for file in Lake(lake).finished()), PATIENCE_S)

    found = scan(load(stack.home), deployment.options, lake)
    stop_with_savepoint(Rest(stack.rest), decided.job, load(stack.home), identity=deployment.options.identity)
    files(found, stack.home, lake)
    assert found.findings == {}, found.told()
    seen, looked = found.seen, found.looked
    assert seen["actions"] >= {Mark.USER, Mark.EMAIL}
    assert seen["decisions"] >= {Mark.USER}
    assert seen["responses"] >= {Mark.USER, Mark.EMAIL, Mark.STREET}
    assert seen["rejected"] == EVERY
    assert seen["savepoints"] >= {Mark.USER, Mark.EMAIL}
    assert seen["checkpoints"] | seen.get("changelog", set()) >= {Mark.USER, Mark.EMAIL}
    assert {"people", "erasures", "identity", "lake: events", "lake: decisions", "logs", "metrics", "control", "working files"} <= {*looked}
    assert looked["REST pages"] > 60
    assert json.dumps(Rest(stack.rest).get(f"/jobs/{job}/exceptions"))
