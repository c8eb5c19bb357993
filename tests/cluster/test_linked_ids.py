"""One person with several ids on the real cluster: through both guarantees, a backlog, a kill, a savepoint, and from state that was kept without."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from services.devstack.settings import Settings
from services.replay.segment import segment
from tests.cluster.deployment import MINUTE, Deployment
from tests.cluster.linked import customers, expected, send, told
from tests.field.playing import CASES, needs_cases

pytestmark = pytest.mark.cluster

GUARANTEES = ["exactly-once", pytest.param("at-least-once", marks=pytest.mark.apart)]
CASE = CASES / "guest-cart-then-account-then-order"


@needs_cases
def test_a_guest_who_registers_and_buys_gets_nothing_and_neither_does_who_left(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, link_ids="on", channels="email,push")
    (tmp_path / "cart.yaml").write_text((CASE / "campaign.yaml").read_text())
    records = [*segment(CASE / "events.jsonl").records]
    deployment.submit(restore="none")
    send(deployment, records)
    deployment.beat(records[-1].at + 60 * MINUTE)
    (decision,) = deployment.decisions(count=1, extra_s=3)
    assert (decision["user_id"], decision["reason"]) == ("lee", "UNSUBSCRIBED")


@pytest.mark.parametrize("guarantee", GUARANTEES)
def test_a_backlog_of_strangers_who_log_in_is_decided_as_in_one_process(stack: Settings, tmp_path: Path, guarantee: str) -> None:
    deployment = Deployment.new(stack, tmp_path, link_ids="on", guarantee=guarantee, parallelism=2)
    deployment.create_topics()
    records = customers(600, seed=1)
    send(deployment, records)
    deployment.beat(records[-1].at + 60 * MINUTE)
    deployment.submit(restore="none")
    wanted = expected(tmp_path, records)
    assert told(deployment.decisions(count=len(wanted), extra_s=3)) == wanted
    assert deployment.read(deployment.options.topics["rejected"], count=1, seconds=2) == []


@pytest.mark.apart
@pytest.mark.parametrize("guarantee", GUARANTEES)
def test_a_killed_task_manager_loses_no_history_and_doubles_none(stack: Settings, tmp_path: Path, guarantee: str) -> None:
    deployment = Deployment.new(stack, tmp_path, link_ids="on", guarantee=guarantee, parallelism=2)
    deployment.submit(restore="none")
    records = customers(1_500, seed=2)
    stream = threading.Thread(target=send, args=(deployment, records), kwargs={"per_second": 800})
    stream.start()
    time.sleep(2.5)
    os.kill(deployment.task_manager(), signal.SIGKILL)
    stream.join()
    deployment.beat(records[-1].at + 60 * MINUTE)
    wanted = expected(tmp_path, records)
    found = told(deployment.decisions(count=len(wanted), seconds=120, extra_s=5))
    assert (found if guarantee == "exactly-once" else sorted(set(found))) == wanted


@pytest.mark.apart
def test_who_is_who_outlives_a_savepoint_and_another_parallelism(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, link_ids="on")
    deployment.submit(restore="none")
    records = customers(400, seed=3)
    half = len(records) // 2
    send(deployment, records[:half])
    time.sleep(2)
    assert deployment.submit(parallelism=2).restored is not None
    send(deployment, records[half:])
    deployment.beat(records[-1].at + 60 * MINUTE)
    wanted = expected(tmp_path, records)
    assert told(deployment.decisions(count=len(wanted), extra_s=3)) == wanted


@pytest.mark.apart
def test_it_can_be_switched_on_for_state_that_was_kept_without(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    records = customers(60, seed=4, spread_ms=100)
    strangers = [record for record in records if b"userId" not in record.value]
    send(deployment, strangers)
    time.sleep(2)
    assert deployment.submit(link_ids="on").restored is not None
    rest = [record for record in records if b"userId" in record.value]
    send(deployment, rest)
    deployment.beat(records[-1].at + 60 * MINUTE)
    wanted = expected(tmp_path, records)
    assert told(deployment.decisions(count=len(wanted), extra_s=3)) == wanted
