"""For how long something of people is kept: declared in the policy, shown, and applied to topics and the lake."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from jobs.options import Options
from services.devstack import retention
from services.devstack.retention import rules, wanted
from services.lake.expire import expire
from services.lake.store import Lake
from tests.lake.filled import DAY, START, events, track
from udfs.codecs.routes import with_topics
from udfs.core.policy.language.policy import compile_policy
from udfs.core.policy.rules import NO_POLICY, TOPICS_KEPT, Policy
from udfs.core.values.durations import HOUR
from udfs.core.values.problems import DocumentError

OPTIONS = Options(channels="email,sms")


def policy(**told: Any) -> Policy:
    return compile_policy({"retention": told})


def settings(found: Policy) -> dict[str, dict[str, str]]:
    return {topic.name: dict(topic.config) for topic in wanted(found, OPTIONS)}


def test_every_topic_that_deletes_can_be_declared_and_no_other() -> None:
    assert set(TOPICS_KEPT) == {"events", *(route.name for route in with_topics() if not route.compacted)}


def test_every_place_with_something_of_people_has_a_rule() -> None:
    told = [rule.what for rule in rules(policy(), OPTIONS)]
    assert {f"topic {name}" for name in (OPTIONS.events_topic, *OPTIONS.outputs)} <= set(told)
    assert {"profiles of known people", "marks of erasures", "rows of the lake", "checkpoints", "savepoints"} <= set(told)
    assert len(told) == len(set(told))


def test_what_is_declared_goes_to_the_topic_and_segments_are_short_enough_for_it() -> None:
    found = settings(policy(topics={"events": "7d", "actions": "4h"}))
    assert found["events"] == {"retention.ms": str(7 * DAY), "segment.ms": str(DAY)}
    assert found["actions.email"] == found["actions.sms"] == {"retention.ms": str(4 * HOUR), "segment.ms": str(HOUR)}
    assert "decisions" not in found, "nothing is declared: the broker decides"


def test_answers_and_notices_are_kept_for_a_while_unless_the_policy_says_otherwise() -> None:
    assert settings(NO_POLICY)["responses"]["retention.ms"] == str(HOUR)
    assert settings(policy(topics={"responses": "10m"}))["responses"]["retention.ms"] == str(HOUR // 6)
    assert settings(NO_POLICY)["erasures"]["retention.ms"] == str(400 * DAY)


def test_a_replay_keeps_everything() -> None:
    assert retention.apply(policy(topics={"events": "7d"}), Options(clock="replay", brokers="nowhere:1")) == []


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"topics": {"people": "7d"}}, "retention.topics.people"),
        ({"topics": {"events": "soon"}}, "retention.topics.events"),
        ({"topics": ["events"]}, "retention.topics"),
        ({"lake": 7}, "retention.lake"),
        ({"erased": "6d"}, "retention.erased"),
    ],
)
def test_what_cannot_be_kept_so_is_refused_where_it_stands(told: Any, wrong: str) -> None:
    with pytest.raises(DocumentError) as refused:
        policy(**told)
    assert wrong in str(refused.value)


def test_days_of_the_lake_that_are_over_are_deleted_and_others_stay(tmp_path: Path) -> None:
    for day in range(4):
        events(tmp_path, [track("ada", "A", START + day * DAY)], name=f"part-{day}")
    now = (START + 4 * DAY + HOUR) / 1000
    assert expire(Lake(tmp_path), kept_ms=2 * DAY, now=now) == {"events": 2}
    assert [file.date for file in Lake(tmp_path).finished()] == ["2026-03-04", "2026-03-05"]
    assert expire(Lake(tmp_path), kept_ms=2 * DAY, now=now) == {}


def test_the_command_shows_a_policy_without_a_broker(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("retention: {known: 200d, topics: {decisions: 90d}, lake: 300d}\nconsent: {default: {marketing: deny}}\n")
    result = CliRunner().invoke(kairos, ["retention", "show", "--policy", str(file)])
    assert result.exit_code == 0, result.output
    lines = {line.split("  ")[0]: line for line in result.output.splitlines()}
    assert "200d after the last event" in lines["profiles of known people"]
    assert "90d" in lines["topic decisions"]
    assert "the policy" in lines["topic decisions"]
    assert "as the broker is configured" in lines["topic rejected"]
    assert "300d" in lines["rows of the lake"]


def test_with_a_file_it_says_that_nobody_was_asked_how_topics_are_set(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("retention: {topics: {decisions: 90d}}\nconsent: {default: {marketing: deny}}\n")
    result = CliRunner().invoke(kairos, ["retention", "show", "--policy", str(file)])
    lines = result.output.splitlines()
    below = lines[next(place for place, line in enumerate(lines) if line.startswith("topic decisions")) + 1]
    assert below.strip() == "how it is set is not known: no broker was asked"


def test_without_a_broker_it_says_what_holds_by_default_and_that_the_rest_is_not_known() -> None:
    result = CliRunner().invoke(kairos, ["retention", "show", "--brokers", "127.0.0.1:9"])
    assert result.exit_code == 0, result.output
    lines = {line.split("  ")[0]: line for line in result.output.splitlines()}
    assert "the published policy is not known" in result.output
    assert "30d after the last event, with a policy; forever without one" in lines["profiles of anonymous ids"]
    assert "1h" in lines["topic responses"]
    assert result.output.count("how it is set is not known: no broker answered") >= 8
