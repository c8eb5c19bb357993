"""What is known of people in the running job: asked for, erased, and traced, in both guarantees and through a kill."""

import json
import os
import signal
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from jobs.read_to_end import read_to_end
from services.devstack.settings import Settings
from services.flink.rest import Rest
from services.kafka.client import consumer
from services.kafka.settings import settings_of
from services.people.ask import ask
from services.people.erase import erase
from services.people.export import document
from services.people.places import Places
from services.people.send import made, send_and_wait
from services.people.trace import state
from services.people.trace.everywhere import person_of, trace
from tests.cluster.deployment import MINUTE, START, Deployment, added, ordered, shoppers, until

pytestmark = pytest.mark.cluster
SECONDS = 60


def places(deployment: Deployment) -> Places:
    return Places.of(deployment.options)


def on(deployment: Deployment, stream: str) -> list[tuple[bytes, bytes | None]]:
    """Key and value of every committed record of a stream, tombstones included."""
    with closing(consumer(deployment.options.brokers, [deployment.options.topics[stream]])) as reader:
        return [(record.key, record.value) for records in read_to_end(reader) for record in records]


def carts(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(answer)["profile"]["carts"]["value"]
    return found


@pytest.mark.parametrize("guarantee", ["exactly-once", pytest.param("at-least-once", marks=pytest.mark.apart)])
def test_a_profile_is_told_erased_and_does_not_come_back(stack: Settings, tmp_path: Path, guarantee: str) -> None:
    deployment = Deployment.new(stack, tmp_path, guarantee=guarantee)
    deployment.submit(restore="none")
    where = places(deployment)
    deployment.send([added("ada", START), added("bob", START + 1)])
    answer = ask(where, "ada", seconds=SECONDS)
    assert answer["status"] == "known"
    assert [item["product_id"] for item in carts(answer)[0]["items"]] == ["tent"]

    again = made("profile_requested", "ada", request_id="the same id")
    told = [send_and_wait(where, where.responses, again, lambda found: found["request_id"] == "the same id", seconds=SECONDS) for _ in range(2)]
    assert told[0]["profile"] == told[1]["profile"]

    (notice,) = erase(where, "ada", seconds=SECONDS).notices
    assert (notice["user_id"], notice["was_known"], notice["linked"]) == ("ada", True, [])
    deployment.send([added("ada", START + MINUTE, product="late")])
    assert ask(where, "ada", seconds=SECONDS)["status"] == "erased"
    assert ask(where, "bob", seconds=SECONDS)["status"] == "known"

    deployment.beat(START + 40 * MINUTE)
    decisions = deployment.decisions(count=1)
    assert {decision["user_id"] for decision in decisions} == {"bob"}
    until(lambda: (b"ada", None) in on(deployment, "people"))


def test_answers_do_not_wait_for_a_checkpoint(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path, checkpoint_interval_ms=20_000)
    deployment.submit(restore="none")
    deployment.send([added("ada", START)])
    began = time.monotonic()
    assert ask(places(deployment), "ada", seconds=SECONDS)["status"] == "known"
    took = time.monotonic() - began
    assert took < 15, "a transaction would have been open for twenty seconds"
    assert on(deployment, "people") == [], "what goes out in transactions is not committed yet"


def test_a_message_under_way_is_called_back_and_traces_say_where_something_is(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    where = places(deployment)
    deployment.send([added("ada", START), added("bob", START)])
    deployment.beat(START + 40 * MINUTE)
    actions = deployment.options.topics.actions("email")
    assert len(deployment.read(actions, count=2)) == 2
    (notice,) = erase(where, "ada", seconds=SECONDS).notices
    assert notice["recalled"] == 1
    recalls = [told for told in deployment.read(actions, count=3) if told["kind"] == "recall"]
    assert [(told["user_id"], told["reason"]) for told in recalls] == [("ada", "ERASED")]

    person = person_of(where, ("ada",), seconds=SECONDS)
    assert person.erased_at == notice["decided_at"]
    found = {each.where: each for each in trace(where, person)}
    name = deployment.options.deployment
    assert found[f"topic {name}-events"].what.startswith("1 of theirs, 2 that ask about them or erase them")
    assert found[f"topic {name}-people"].what.endswith("a tombstone")
    assert found[f"topic {name}-decisions"].there
    assert found[f"topic {actions}"].what == "2 of theirs"
    assert found[f"topic {name}-events"].until.startswith("never"), "a replay keeps everything"
    assert not found["state"].there
    assert not [each for each in trace(where, person_of(where, ("nobody-1",), seconds=SECONDS)) if each.there and each.where == "state"]


@pytest.mark.apart
def test_an_erasure_outlives_a_kill_and_a_savepoint_and_others_are_decided_as_ever(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    where = places(deployment)
    events, owed = shoppers(60, spread_ms=10)
    deployment.send(events[:100])
    gone = {"user-0", "user-1", "user-2", "user-3"}
    for user in sorted(gone):
        erase(where, user, seconds=SECONDS)
    os.kill(deployment.task_manager(), signal.SIGKILL)  # the question waits until another one has gone on from the last checkpoint
    assert ask(where, "user-1", seconds=120)["status"] == "erased"
    deployment.send(events[100:])
    deployment.submit()
    assert [ask(where, user, seconds=SECONDS)["status"] for user in ("user-2", "user-4")] == ["erased", "known"]
    deployment.beat(events[-1]["at"] + 60 * MINUTE)
    left = {user: at for user, at in owed.items() if user not in gone}
    decisions = deployment.decisions(count=len(left), extra_s=2)
    assert sorted((told["user_id"], told["at"]) for told in decisions) == sorted(left.items())
    savepoints = {each.where: each for each in state.of_files(stack, deployment.options.identity, erased_at=None)}
    assert savepoints["savepoints"].there
    assert Rest(stack.job_manager_addresses).unfinished()


def test_the_commands_tell_trace_and_apply_what_is_declared(stack: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = Deployment.new(stack, tmp_path, clock="live")
    policy = tmp_path / "policy.yaml"
    policy.write_text("consent: {default: {marketing: deny}}\nretention: {topics: {decisions: 90d, responses: 30m}}\n")
    deployment.submit(restore="none")
    options = deployment.options
    monkeypatch.setenv("KAIROS_HOME", str(stack.home))
    topics = [f"--{name}-topic={getattr(options, f'{name}_topic')}" for name in ("events", "responses", "erasures")]
    called("policy", "publish", str(policy), "--control-topic", options.control_topic)
    deployment.send([{**added("ada", now := int(time.time() * 1000)), "at": now}])

    told = json.loads(called("user", "export", "ada", *topics))
    assert told["profile"]["carts"]["value"][0]["items"][0]["product_id"] == "tent"
    assert "erased" in called("user", "erase", "ada", "--yes", "--no-lake", *topics)
    places_ = [json.loads(line) for line in called("user", "trace", "ada", "--json", "--deployment", options.deployment, *topics).splitlines()]
    found = {each["where"]: each for each in places_}
    assert found[f"topic {options.events_topic}"]["there"]
    assert not found["state"]["there"]

    settings = settings_of(options.brokers, [options.topics["responses"]])[options.topics["responses"]]
    assert settings["retention.ms"] == str(60 * MINUTE), "submit applies what is usual"
    lines = called("retention", "show", "--control-topic", options.control_topic)
    assert "30m" in lines
    assert "90d" in lines


def called(*words: str) -> str:
    """What a command prints."""
    result = CliRunner().invoke(kairos, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_somebody_who_makes_a_new_account_is_known_again(stack: Settings, tmp_path: Path) -> None:
    deployment = Deployment.new(stack, tmp_path)
    deployment.submit(restore="none")
    where = places(deployment)
    deployment.send([added("ada", START)])
    erase(where, "ada", seconds=SECONDS)
    signed_up = {**ordered("ada", START + MINUTE), "event": "Signed Up", "messageId": "the new account", "properties": {}}
    deployment.send([signed_up, added("ada", START + 2 * MINUTE, product="stove", price=200.0)])
    answer = ask(where, "ada", seconds=SECONDS)
    assert [item["product_id"] for item in carts(answer)[0]["items"]] == ["stove"]
